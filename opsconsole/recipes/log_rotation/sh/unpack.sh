# Takes compress.sh back: unpacks NAME.gz of each listed file that is not there itself. Safe to repeat.
# usage: unpack.sh TOKEN  <LIST
token=$1
set -C
unpack() {
  enter "$dir" || { echo "a link or gone: $escaped"; return 1; }
  draft=./.opsconsole-$token.gz
  rm -f -- "$draft"
  if [ -e "$name" ] || [ -L "$name" ]; then
    if [ "$(stat -c '%s %Y %f' -- "$name")" = "$size $mtime $mode" ]; then
      # Interrupted between the copy and the end of the original; the plan saw no .gz.
      [ ! -e "$name.gz" ] || { gzip -dc <"$name.gz" | cmp -s - "$name" && to_disk "$name" && rm -f -- "$name.gz"; }
      return
    fi
    echo "another file has its name: $escaped"; return 1
  fi
  [ -f "$name.gz" ] && [ ! -L "$name.gz" ] || { echo "no .gz: $escaped"; return 1; }
  { unpack_open; } 4<"$name.gz" 3>"$draft" && return 0
  rm -f -- "$draft"; echo "no room, or not what was compressed: $escaped"; return 1
}
unpack_open() { # 4: the .gz, 3: what comes out of it
  ours "$draft" || return 1
  bits=$(printf '%o' "$((0x$mode & 07777))")
  gzip -dc <&4 >&3 2>/dev/null && [ "$(stat -L -c %s /proc/self/fd/3)" = "$size" ] &&
    chown "$(stat -L -c '%u:%g' /proc/self/fd/4)" /proc/self/fd/3 && chmod "$bits" /proc/self/fd/3 &&
    touch -r /proc/self/fd/4 /proc/self/fd/3 && ln "$draft" "$name" && ours "$name" &&
    to_disk /proc/self/fd/3 || return 1
  rm -f -- "$draft" "$name.gz"
  count=$((count + 1))
}
failed=0 count=0
while read -r device inode size mtime mode links blocks escaped; do
  [ -n "$escaped" ] || continue
  decode "$escaped"
  unpack </dev/null || failed=$((failed + 1))
done
echo "unpacked $count files, $failed not"
[ "$failed" = 0 ]
