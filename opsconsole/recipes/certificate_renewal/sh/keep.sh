# Copies what the next steps may change, for their undo. Keys stay on the host, readable by root alone.
# usage: keep.sh TOKEN DAYS  <LINES
#   lineage NAME ESCAPED_LIVE ESCAPED_ARCHIVE ESCAPED_CONF | copy NUMBER ESCAPED_FILE
# Copies of earlier runs that are older than DAYS are removed.
token=$1 days=$2
forget_private
new_keep_folder "$token"
expire_keeps "$days" "$token"
rm -rf "${keep:?}"/*
one() { # ESCAPED NAME: copy, or remember that there is none
  decode "$1"
  if [ -e "$path" ] || [ -L "$path" ]; then cp -a -- "$path" "$keep/$2" || fail "cannot copy $path"
  else : >"$keep/$2.absent"; fi
}
while read -r word name a b c; do
  case $word in
    lineage) mkdir -m 700 "$keep/$name" || fail "cannot make a folder in $keep"
      one "$a" "$name/live"; one "$b" "$name/archive"; one "$c" "$name/conf";;
    copy) one "$a" "copy.$name";;
  esac
done
for folder in csr keys; do
  # An undo takes away what is not listed: half a list would cost others their files, none would leave ours.
  # BusyBox' ls does not tell that it could not write.
  names=
  if [ -d "/etc/letsencrypt/$folder" ]; then names=$(ls -A "/etc/letsencrypt/$folder") || fail "cannot list /etc/letsencrypt/$folder"; fi
  printf '%s\n' "$names" >"$keep/list.$folder" || fail "cannot list /etc/letsencrypt/$folder in $keep"
done
: >"$keep/whole" || fail "$keep cannot be written"
sync "$keep/whole" 2>/dev/null
echo "kept in $keep: $(find "$keep" -type f | wc -l) files"
