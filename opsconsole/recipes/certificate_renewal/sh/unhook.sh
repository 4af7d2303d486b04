# Removes a deploy hook. usage: unhook.sh TOKEN ESCAPED_FILE
decode "$2"
rm -f -- "$path" "${path%/*}/.opsconsole-$1~" && echo "removed: $path"
