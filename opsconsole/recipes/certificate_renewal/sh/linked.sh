# Proves links. usage: linked.sh TOKEN  <LINES      as of link.sh
judge() {
  bad=0
  while read -r file target; do
    [ -n "$file" ] || continue
    decode "$target"; target=$path
    decode "$file"
    if [ "$(readlink -- "$path")" = "$target" ] && [ -r "$path" ]; then echo "$path leads to $target"
    else echo "$path does not lead to $target"; bad=1; fi
  done
  [ "$bad" = 0 ]
}
judge
