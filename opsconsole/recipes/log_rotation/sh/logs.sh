# The live logs that some patterns of logrotate mean, and the folders they are in.
# usage: logs.sh LIMIT PATTERN...     changes nothing
# Writes NUL-ended records: "log DEVICE INODE LINKS SIZE BLOCKS MTIME PERMISSIONS PATH", each followed by
# "older ENDING" of each of its rotated logs (1001 at most) and
# "parent PERMISSIONS UID GID USER GROUP FREE", FREE being the free bytes of the file system; "end".
limit=$1; shift
expand() {
  IFS=
  for pattern in "$@"; do
    for file in $pattern; do
      [ -f "$file" ] && [ ! -L "$file" ] || continue
      parent=${file%/*}
      enter "${parent:-/}" || continue
      unset IFS
      printf 'log %s %s\0' "$(stat -c '%d %i %h %s %b %Y %a' -- "$file")" "$file"
      older_of "$file" | head -n 1001 | while read -r ending; do printf 'older %s\0' "$ending"; done
      free_of .
      printf 'parent %s %s\0' "$(stat -c '%a %u %g %U %G' .)" "$free"
      IFS=
    done
  done
  printf 'end\0'
}
expand "$@" | head -c "$limit"
