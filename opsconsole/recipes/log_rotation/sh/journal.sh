# What the journal takes: "journal DEVICE ARCHIVED_BYTES ACTIVE_BYTES ACTIVE_FILES FOLDER" for each folder of it.
# usage: journal.sh     changes nothing
has journalctl || { echo "absent"; exit 0; }
journal_sizes() {
  for root in /var/log/journal /run/log/journal; do
    [ -d "$root" ] || continue
    find "$root" -xdev -type f -name '*.journal*' -exec stat -c '%b %n' {} + 2>/dev/null | {
      archived=0 active=0 files=0
      while read -r blocks file; do
        case $file in
          *@*|*~) archived=$((archived + blocks * 512));;
          *) active=$((active + blocks * 512)); files=$((files + 1));;
        esac
      done
      echo "journal $(stat -c %d "$root") $archived $active $files $root"
    }
  done
}
journal_sizes
