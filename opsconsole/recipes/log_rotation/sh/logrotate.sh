# The host's logrotate: version, its configuration files, and what its dry run says.
# usage: logrotate.sh LIMIT     changes nothing
# Writes NUL-ended records: "version TEXT", "nodry" when the dry run was not made, "errors COUNT",
# "output TEXT" (the first of them), "access MODE UID:GID PATH", "conf PATH" followed by its content, "end".
limit=$1
report() {
  if has logrotate; then
    printf 'version %s\0' "$(logrotate --version 2>&1 | head -n 1)"
    errors /etc/logrotate.conf
    case $told in *' not made'*) printf 'nodry\0';; esac
    printf 'errors %s\0output %s\0' "$count" "$errors"
    for file in /etc/logrotate.conf /etc/logrotate.d/*; do
      [ -f "$file" ] || continue
      printf 'access %s %s\0' "$(stat -L -c '%a %u:%g' -- "$file")" "$file"
      printf 'conf %s\0' "$file"; head -c 65536 "$file" | tr -d '\000'; printf '\0'
    done
  fi
  printf 'end\0'
}
report | head -c "$limit"
