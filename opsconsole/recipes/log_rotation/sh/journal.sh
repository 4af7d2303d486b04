# What the journal takes: "WORD DEVICE ARCHIVED_BYTES ACTIVE_BYTES ACTIVE_FILES FOLDER" for each folder of it.
# usage: journal.sh     changes nothing
# WORD: journal, or foreign for those of other machines (a cloned disk) and of namespaces, which journalctl leaves alone
has journalctl || { echo "absent"; exit 0; }
own=$(journal_id)
for folder in /var/log/journal/* /run/log/journal/*; do
  [ -d "$folder" ] && [ ! -L "$folder" ] || continue
  journal_taken "$folder"
  if [ "${folder##*/}" = "$own" ]; then word=journal; else word=foreign; fi
  [ "$word" = journal ] || [ $((archived + active)) -gt 0 ] || continue
  echo "$word $(stat -c %d -- "$folder") $archived $active $files $folder"
done
