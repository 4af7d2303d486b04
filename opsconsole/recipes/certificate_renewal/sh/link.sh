# Has files lead to certbot's, atomically. usage: link.sh TOKEN  <LINES      ESCAPED_FILE ESCAPED_TARGET
keep_folder "$1" || fail "there is no copy of what was before: nothing is replaced"
while read -r file target; do
  [ -n "$file" ] || continue
  decode "$target"; target=$path
  decode "$file"
  [ -f "$target" ] || fail "$target is not there"
  [ -f "$path" ] || fail "$path is no file"
  draft=${path%/*}/.opsconsole-link.$$
  rm -f -- "$draft"
  ln -s -- "$target" "$draft" && mv -f -- "$draft" "$path" || { rm -f -- "$draft"; fail "$path cannot be replaced"; }
  echo "$path leads to $target"
done
