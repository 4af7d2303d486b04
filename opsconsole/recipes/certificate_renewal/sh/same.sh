# Compares a file or folder with its copy.
sheet() { # PATH: what it is, down to the last byte
  if [ -L "$1" ]; then printf 'link %s\n' "$(readlink "$1")"
  elif [ -f "$1" ]; then stat -c '%a %u %g %s' -- "$1"; sha256sum <"$1"
  elif [ -d "$1" ]; then
    (
      cd -P -- "$1" 2>/dev/null || exit 1
      find . -type l -o -type f -o -type d | sort | while read -r entry; do
        if [ -L "$entry" ]; then printf '%s link %s\n' "$entry" "$(readlink "$entry")"
        elif [ -d "$entry" ]; then printf '%s %s\n' "$entry" "$(stat -c '%a %u %g' -- "$entry")"
        else printf '%s %s %s\n' "$entry" "$(stat -c '%a %u %g %s' -- "$entry")" "$(sha256sum <"$entry")"; fi
      done
    )
  else echo nothing; fi
}
same() { # PATH COPY
  [ "$(sheet "$1")" = "$(sheet "$2")" ]
}
