# Configuration files, as they are. usage: files.sh LIMIT  <LINES      ESCAPED path or glob
# Writes pairs of records: "WORD PATH", then the content. WORD: file, or why the content is left out, and empty:
# large (over 1 MiB), binary (it holds NUL), closed (it cannot be read).
limit=$1
one_file() { # FILE
  size=$(wc -c 2>/dev/null <"$1") || { printf 'closed %s\0\0' "$1"; return; }
  if [ "$size" -gt 1048576 ]; then printf 'large %s\0\0' "$1"; return; fi
  if [ "$(tr -dc '\0' <"$1" | wc -c)" -gt 0 ]; then printf 'binary %s\0\0' "$1"; return; fi
  # It may change as we read.
  printf 'file %s\0' "$1"; head -c 1048576 -- "$1" | tr -d '\0'; printf '\0'
}
report() {
  while read -r one; do
    decode "$one"
    IFS=
    # shellcheck disable=SC2086
    set -- $path
    unset IFS
    for path in "$@"; do
      if [ -f "$path" ]; then one_file "$path"; fi
    done
  done
}
report | head -c "$limit"
printf 'end \0'
