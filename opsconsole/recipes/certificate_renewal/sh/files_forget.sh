# Removes the copies. usage: files_forget.sh TOKEN  <LINES      ESCAPED NAME
keep_folder "$1" || { echo "no copies are there"; exit 0; }
while read -r one name; do rm -f "$keep/$name"; done
rmdir "$keep" 2>/dev/null
[ ! -e "$keep" ] || fail "$keep cannot be removed"
echo "removed $keep"
