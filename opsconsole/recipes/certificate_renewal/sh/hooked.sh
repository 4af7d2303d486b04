# Proves a deploy hook. usage: hooked.sh TOKEN ESCAPED_FILE  <CONTENT
decode "$2"
wanted=$(sha256sum) has_now=$(sha256sum 2>/dev/null <"$path")
[ "$wanted" = "$has_now" ] || fail "$path is not as it was written"
[ "$(stat -c '%a %u' -- "$path")" = '700 0' ] || fail "$path: $(stat -c '%a %U' -- "$path"), not 700 root"
echo "$path: as written, 700 root ($(wc -c <"$path") bytes)"
