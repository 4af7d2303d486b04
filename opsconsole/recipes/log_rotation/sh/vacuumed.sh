# Proves that in each folder archived journals take no more than the limit and that the journal still takes entries.
# usage: vacuumed.sh TOKEN BYTES PREDICTED_BYTES
state_folder "$1"; limit=$2 predicted=$3
own=$(journal_id) over=0
human "$limit"; most=$figure
for folder in "/var/log/journal/$own" "/run/log/journal/$own"; do
  [ -d "$folder" ] || continue
  journal_taken "$folder"
  [ "$archived" -le "$limit" ] || over=1
  human "$archived"; one=$figure; human "$((archived + active))"
  echo "$folder: archived journals take $one (limit $most), all of them $figure"
done
human "$predicted"; echo "predicted to come back: $figure"
compare vacuum
seen=$(journalctl -q -t opsconsole --since=-60min -o cat -n 50 --no-pager | grep -c "mark $1")
echo "entries written after it that can be read back: $seen"
[ "$over" = 0 ] && [ "$seen" -ge 1 ]
