# Public parts of keys, and where live links lead; changes nothing, prints no key.
# usage: keys.sh  <LINES      NAME ESCAPED_KEY ESCAPED_FULLCHAIN ESCAPED_CONF
while read -r name key chain conf; do
  decode "$key"
  public=$(openssl pkey -in "$path" -passin pass: -pubout -outform DER 2>/dev/null </dev/null | sha256sum); public=${public%% *}
  # sha256 of nothing: openssl could not read it
  case $public in e3b0c44298fc1c14*) public=-;; esac
  decode "$chain"
  link=$(readlink -- "$path"); link=${link##*/}
  decode "$conf"
  sum=$(sha256sum <"$path" 2>/dev/null)
  printf 'key %s %s %s %s\0' "$name" "$public" "${link:--}" "${sum%% *}"
done
printf 'end \0'
