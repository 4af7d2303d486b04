# Puts what was staged in the place of each target, all at once: nothing is done when one is missing.
# usage: files_swap.sh TOKEN  <LINES      ESCAPED
token=$1
lines=$(cat)
part_of() {
  part=.opsconsole-$token-${name#./}
  [ "${#part}" -lt 250 ] || part=.opsconsole-$token-$(printf '%s' "$name" | cksum | cut -d ' ' -f 1)
}
for one in $lines; do
  beside "$one"; part_of
  [ -f "$part" ] || fail "the new $path is not there"
done
for one in $lines; do
  beside "$one"; part_of
  mv -f -- "$part" "$name" 2>&1 || fail "$path cannot be replaced"
  flush . || fail "the folder of $path cannot be written to the disk"
  echo "replaced $path"
done
