# What is there: free space of the file systems of some folders, and the files in them that match some patterns.
# usage: look.sh LIMIT FOLDER... -- PATTERN...      changes nothing
# Writes NUL-ended records: "now SECONDS", then for each folder
#   "folder STATE DEVICE PATH"        STATE: ok, missing, link, engine (another's), or no (cannot be entered)
#   "space UNIT TOTAL FREE AVAILABLE INODES INODES_FREE"   of statfs(2), in units
#   "mount POINT"
#   "file DEVICE INODE LINKS SIZE BLOCKS MTIME PERMISSIONS PATH_BELOW_FOLDER" for each
#   "done STATUS"                     and at the very end "end". Cut after LIMIT bytes: then there is no "end".
limit=$1; shift
# The journal's own files and those of a container engine are theirs to remove: they have steps of their own. An engine
# names its folders and logs by 64 hexadecimal digits; below `overlay2` are the files of containers.
id=[0-9a-f]; id=$id$id$id$id; id=$id$id$id$id; id=$id$id$id$id
look() {
  printf 'now %s\0' "$(date +%s)"
  folders=0
  for word in "$@"; do [ "$word" = -- ] && break; folders=$((folders + 1)); done
  while [ "$folders" -gt 0 ]; do
    root=$1; shift; folders=$((folders - 1))
    [ -e "$root" ] || { printf 'folder missing 0 %s\0' "$root"; continue; }
    enter "$root" || {
      if [ -d "$root" ]; then state=link; else state=no; fi
      printf 'folder %s 0 %s\0' "$state" "$root"; continue
    }
    case $root/ in */log/journal/* | */overlay2/* | */io.containerd.*/* | */$id/* | */$id-init/*)
      printf 'folder engine 0 %s\0' "$root"; continue;;
    esac
    printf 'folder ok %s %s\0' "$(stat -c %d .)" "$root"
    printf 'space %s\0' "$(stat -f -c '%S %b %f %a %c %d' .)"
    printf 'mount %s\0' "$(df -P . | sed -n '$s/^.*% *\//\//p')"
    files "$@"
    printf 'done %s\0' "$?"
  done
  printf 'end\0'
}
files() { # FOLDER... -- PATTERN...: in the current folder; never over a link or into another file system
  while [ "$1" != -- ]; do shift; done
  shift
  count=$#
  while [ "$count" -gt 0 ]; do
    set -- "$@" -o -name "$1"; shift; count=$((count - 1))
  done
  [ "$1" = -o ] && shift
  set -- -type d \( -name journal -path '*/log/journal' -o -name journal -path ./journal -o -name "$id" \
    -o -name "$id-init" -o -name overlay2 -o -name 'io.containerd.*' \) -prune -o \
    -type f ! -name "$id-json.log*" \( "$@" \)
  if gnu_find; then
    find . -xdev "$@" -printf 'file %D %i %n %s %b %T@ %m %P\0' 2>/dev/null
  else
    # shellcheck disable=SC2016
    find . -xdev "$@" -exec sh -c '
        one() { stat -c "%d %i %h %s %b %Y %a" -- "$@" 2>/dev/null; }
        tell() { while read -r line; do printf "file %s %s\0" "$line" "${1#./}"; shift; done; }
        if lines=$(one "$@"); then printf "%s\n" "$lines" | tell "$@"
        else for file; do line=$(one "$file") && printf "%s\n" "$line" | tell "$file"; done; fi
      ' sh {} + 2>/dev/null
  fi
}
look "$@" | head -c "$limit"
