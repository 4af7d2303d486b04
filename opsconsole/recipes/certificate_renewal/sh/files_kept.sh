# Proves the copies. usage: files_kept.sh TOKEN  <LINES      ESCAPED NAME
keep_folder "$1" || fail "the folder of copies is not there"
[ "$(stat -c '%u %a' "$keep")" = "0 700" ] || fail "$keep is not root's alone: $(stat -c '%U %a' "$keep")"
count=0
while read -r one name; do
  decode "$one"; count=$((count + 1))
  same "$path" "$keep/$name" || fail "$path and its copy differ"
  echo "$path: its copy is the same, mode and owner too"
done || exit 1
echo "copies in $keep, mode 700, root's"
