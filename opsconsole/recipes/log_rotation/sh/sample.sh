# How well some files compress: packs the first 256 KiB of each in memory.
# usage: sample.sh  <LIST     changes nothing; writes "SIZE PACKED" for each
while read -r device inode size mtime mode links blocks escaped; do
  [ -n "$escaped" ] || continue
  decode "$escaped"
  enter "$dir" && [ -f "$name" ] && [ ! -L "$name" ] || continue
  [ "$size" -gt 262144 ] && size=262144
  echo "$size $(head -c 262144 <"$name" | gzip -c | wc -c)"
done
