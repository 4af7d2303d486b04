# The certificates in files, never a key. usage: certificates.sh LIMIT  <LINES      ESCAPED file or folder
# Writes records "certificate PATH", "real PATH", "modified SECONDS MODE OWNER", and the blocks.
limit=$1
one_file() {
  printf 'certificate %s\0real %s\0stat %s\0pem ' "$1" "$(readlink -f -- "$1")" \
    "$(stat -L -c '%Y %a %u %g' -- "$1" 2>/dev/null)"
  head -c 1048576 -- "$1" 2>/dev/null | sed -n '/-----BEGIN CERTIFICATE-----/,/-----END CERTIFICATE-----/p' |
    tr -d '\0' | head -c 65536
  printf '\0'
}
report() {
  while read -r one; do
    decode "$one"
    case $path in
      *"/cert*.pem") for each in "${path%cert*}"cert*.pem; do [ -f "$each" ] && one_file "$each"; done; continue;;
    esac
    if [ -d "$path" ]; then
      for each in "$path"/*; do [ -f "$each" ] && one_file "$each"; done
    elif [ -f "$path" ]; then one_file "$path"
    else printf 'missing %s\0' "$path"; fi
  done
}
report | head -c "$limit"
printf 'end \0'
