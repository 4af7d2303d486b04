# Room for a folder that may not be there yet. usage: room.sh FOLDER     changes nothing
# Writes "room STATE DEVICE FREE INODES_FREE PATH" of what is there of it, NUL-ended; STATE: ok, link or no;
# then "type TYPE" of its file system, and "set BYTES NAME" of each earlier quarantine in it.
path=$1
while [ ! -e "$path" ] && [ "$path" != / ] && [ -n "$path" ]; do path=${path%/*}; done
[ -n "$path" ] || path=/
state=ok
[ -d "$path" ] || state=no
enter "$path" || state=link
free_of "$path"
printf 'room %s %s %s %s %s\0' "$state" "$(stat -c %d -- "$path")" "$free" "$inodes" "$path"
printf 'type %s\0' "$(stat -f -c %T -- . 2>/dev/null)"
if [ "$path" = "$1" ] && [ "$state" = ok ]; then
  for set in until-[0-9]*-*; do
    [ -d "$set" ] && [ ! -L "$set" ] && printf 'set %s %s\0' "$(($(du -xsk "./$set" | cut -f 1) * 1024))" "$set"
  done
fi
