# Copies what is to be replaced, for the undo. usage: files_keep.sh TOKEN DAYS  <LINES      ESCAPED NAME
# Copies of earlier runs that are older than DAYS are removed.
forget_private
new_keep_folder "$1"
expire_keeps "$2" "$1"
while read -r one name; do
  decode "$one"
  { [ -f "$path" ] && [ ! -L "$path" ]; } || fail "$path is no file any more"
  rm -f "$keep/$name"
  cp -p -- "$path" "$keep/$name" 2>&1 || fail "$path cannot be copied to $keep"
  if has chcon; then chcon --reference="$path" "$keep/$name" 2>/dev/null; fi
  if has getfacl && has setfacl; then getfacl -p -- "$path" 2>/dev/null | setfacl --set-file=- "$keep/$name" 2>/dev/null; fi
  same "$path" "$keep/$name" || fail "the copy of $path in $keep is not the same"
  echo "kept $path as $keep/$name"
done || exit 1
sync
