# Configuration files, as they are. usage: files.sh LIMIT  <LINES      ESCAPED path or glob
# Writes records "file PATH", then the content; files that hold NUL are left out.
limit=$1
report() {
  while read -r one; do
    decode "$one"
    IFS=
    # shellcheck disable=SC2086
    set -- $path
    unset IFS
    for path in "$@"; do
      if [ -f "$path" ]; then printf 'file %s\0' "$path"; head -c 1048576 -- "$path" | tr -d '\0'; printf '\0'; fi
    done
  done
}
report | head -c "$limit"
printf 'end \0'
