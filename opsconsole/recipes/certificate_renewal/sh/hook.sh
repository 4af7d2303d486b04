# Writes a deploy hook of certbot's. usage: hook.sh TOKEN ESCAPED_FILE  <CONTENT
decode "$2"
folder=${path%/*}
mkdir -p -- "$folder" && [ -d "$folder" ] && [ ! -L "$folder" ] || fail "$folder cannot be made"
draft=$folder/.opsconsole-$1~
rm -f -- "$draft"
{ cat >"$draft" && chmod 700 "$draft" && mv -f -- "$draft" "$path"; } || { rm -f -- "$draft"; fail "$path cannot be written"; }
echo "written: $path"
