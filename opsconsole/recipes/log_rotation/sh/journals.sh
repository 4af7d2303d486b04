# Parts for the scripts about the journal.
journal_id() { # prints the name of the folders that are this machine's
  { read -r id </etc/machine-id; } 2>/dev/null
  echo "${id:-none}"
}
journal_taken() { # FOLDER: sets archived and active to the bytes of its files, files to how many are active
  # shellcheck disable=SC2046
  set -- $(find "$1" -maxdepth 1 -type f -name '*.journal*' -exec stat -c '%b %n' {} + 2>/dev/null | awk '
    { blocks = $1; sub(/.*\//, "") }
    /@|~$/ { archived += blocks; next }
    { active += blocks; files++ }
    END { printf "%.0f %.0f %d\n", archived * 512, active * 512, files }')
  archived=${1:-0} active=${2:-0} files=${3:-0}
}
