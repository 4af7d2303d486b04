# Puts the copies back, each at once. usage: files_restore.sh TOKEN  <LINES      ESCAPED NAME
token=$1
keep_folder "$token" || fail "the folder of copies is not there: nothing can be put back"
bad=0
while read -r one copy; do
  decode "$one"
  folder=${path%/*} name=./${path##*/}
  enter "${folder:-/}" || { echo "${folder:-/} is not there, or a link is in its path"; bad=1; continue; }
  rm -f .opsconsole-"$token"-*
  if same "$name" "$keep/$copy"; then echo "$path is as before"; continue; fi
  part=.opsconsole-$token-back
  rm -f "$part"
  if (umask 077; cp -p -- "$keep/$copy" "$part") 2>&1 && dressed "$part" "$keep/$copy" && flush "$part" &&
    mv -f -- "$part" "$name" 2>&1; then
    flush .; echo "put back $path"
    continue
  fi
  # No room for a file beside it: then in place, where its own room is had again. Only what cannot be helped.
  rm -f "$part"
  if [ -f "$name" ] && [ ! -L "$name" ] && { cat "$keep/$copy" >"$name"; } 2>&1 && dressed "$name" "$keep/$copy" && flush "$name" &&
    same "$name" "$keep/$copy"; then
    touch -r "$keep/$copy" "$name"; echo "put back $path in its place, for there was no room beside it"
  else echo "$path cannot be put back from $keep/$copy"; bad=1; fi
done
exit "$bad"
