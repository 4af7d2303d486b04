# Takes a rotation back that renamed: the old file gets its name again, and what was written to the new one is
# appended, after its writer was told to open its log anew. No line is lost; a few may change their order.
# usage: unrotate.sh TOKEN POSTROTATE...  <LINES      DEVICE INODE ESCAPED_LOG [NAME<MOVED...]
# POSTROTATE: each script that tells a writer; NAME<MOVED: endings of a rotated log, and what it has when it was moved
token=$1; shift
list=$(cat)
state_folder "$token"
aside=.opsconsole-$token.new
each() { # COMMAND: for each log
  printf '%s\n' "$list" | {
    failed=0
    while read -r device inode escaped older; do
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
  if [ "$now" != "$device $inode" ]; then
    old=$(find . -maxdepth 1 -type f -inum "$inode" | head -n 1)
    [ -n "$old" ] && [ "$(stat -c '%d %i' -- "$old")" = "$device $inode" ] ||
      { echo "$escaped: the old file is not there any more"; return 1; }
    if [ -n "$now" ]; then
      [ ! -e "./$aside-${name#./}" ] || { echo "$escaped: $aside-${name#./} is there already"; return 1; }
      # Kept first: only this file's lines are appended, whatever has its name then.
      printf '%s %s\n' "$now" "$escaped" >>"$state/unrotate.new" &&
        mv -fT -- "$name" "./$aside-${name#./}" || return 1
    fi
    mv -fT -- "$old" "$name" || return 1
  fi
  wrong=0
  for pair in $older; do older_back "${pair%%<*}" "${pair#*<}" || wrong=1; done
  return "$wrong"
}
older_back() { # ENDING MOVED: the lowest number comes first, so that the place of each is free
  [ -e "$name$1" ] || [ -L "$name$1" ] && return 0
  was=$1
  case $1 in
    *.gz) ;;
    *) case $2 in *.gz) was=$1.gz;; esac;; # with delaycompress it was compressed in passing
  esac
  [ -e "$name$was" ] || [ ! -f "$name$2" ] || mv -fT -- "$name$2" "$name$was" || return 1
  [ "$was" = "$1" ] || [ ! -f "$name$was" ] || [ -L "$name$was" ] || gunzip -- "$name$was"
}
merge() { # after the writer was told
  added="./$aside-${name#./}"
  [ -e "$added" ] || [ -L "$added" ] || return 0
  why="the new file or the log is not what it was"
  [ -f "$added" ] && [ -f "$name" ] && { merge_open; } 4<"$added" 5<"$name" && rm -f -- "$added" && return 0
  echo "$escaped: $why; what was written meanwhile is in $added"; return 1
}
merge_open() { # 4: what was written meanwhile, 5: the log
  # Both are reached through descriptors: whoever owns the folder cannot make root read or write another file.
  [ -f /proc/self/fd/5 ] && [ "$(stat -L -c '%d %i' /proc/self/fd/5)" = "$device $inode" ] || return 1
  [ -f /proc/self/fd/4 ] && [ "$(stat -L -c %h /proc/self/fd/4)" = 1 ] || return 1
  grep -Fqxe "$(stat -L -c '%d %i' /proc/self/fd/4) $escaped" "$state/unrotate.new" 2>/dev/null || return 1
  tries=0
  while writers; writes "$(stat -L -c %d:%i /proc/self/fd/4)"; do
    tries=$((tries + 1)); [ "$tries" -le 20 ] || { why="its writer does not let go of the new file"; return 1; }
    sleep 0.5
  done
  cat <&4 >>/proc/self/fd/5 || { why="it cannot be appended"; return 1; }
}
each rename_back; status=$?
for post in "$@"; do sh -c "$post" </dev/null; done
each merge || status=1
exit "$status"
