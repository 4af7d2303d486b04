# Takes a rotation back that renamed: the old file gets its name again, and what was written to the new one is
# appended, after its writer was told to open its log anew. No line is lost; a few may change their order.
# usage: unrotate.sh TOKEN POSTROTATE UNPACKED  <LINES      DEVICE INODE ESCAPED_LOG
# UNPACKED: the escaped logs whose newest rotated file was not compressed before, separated by blanks
token=$1 post=$2
list=$(cat)
aside=.opsconsole-$token.new
each() { # COMMAND: for each log
  printf '%s\n' "$list" | {
    failed=0
    while read -r device inode escaped; do
      [ -n "$escaped" ] || continue
      decode "$escaped"
      enter "$dir" || { echo "a link or gone: $dir"; failed=1; continue; }
      "$@" </dev/null || failed=1
    done
    [ "$failed" = 0 ]
  }
}
rename_back() {
  now=$(stat -c '%d %i' -- "$name" 2>/dev/null)
  [ "$now" = "$device $inode" ] && return 0
  old=$(find . -maxdepth 1 -type f -inum "$inode" | head -n 1)
  [ -n "$old" ] && [ "$(stat -c '%d %i' -- "$old")" = "$device $inode" ] ||
    { echo "$escaped: the old file is not there any more"; return 1; }
  if [ -n "$now" ]; then mv -f -- "$name" "./$aside-${name#./}" || return 1; fi
  mv -f -- "$old" "$name" || return 1
  # The older ones were each moved up by one.
  number=1
  while :; do
    next=$((number + 1)) moved=no
    for suffix in '' .gz; do
      [ -e "$name.$number" ] || [ -e "$name.$number.gz" ] && break
      [ -f "$name.$next$suffix" ] && mv -f -- "$name.$next$suffix" "$name.$number$suffix" && moved=yes
    done
    [ "$moved" = yes ] || break
    number=$next
  done
  # With delaycompress the newest of them was compressed in passing.
  [ -f "$name.1.gz" ] && [ ! -L "$name.1.gz" ] && case " $unpacked " in *" $escaped "*) gunzip -- "$name.1.gz";; esac
  return 0
}
merge() { # after the writer was told
  added="./$aside-${name#./}"
  [ -e "$added" ] || return 0
  tries=0
  while writers; writes "$(stat -c %d:%i -- "$added")"; do
    tries=$((tries + 1)); [ "$tries" -le 20 ] || { echo "$escaped: its writer does not let go of the new file"; return 1; }
    sleep 0.5
  done
  cat -- "$added" >>"$name" && rm -f -- "$added"
}
unpacked=$3
each rename_back; status=$?
[ -z "$post" ] || sh -c "$post" </dev/null
each merge || status=1
exit "$status"
