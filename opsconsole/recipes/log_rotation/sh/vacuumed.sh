# Proves that archived journals take no more than the limit and that the journal still takes entries.
# usage: vacuumed.sh TOKEN BYTES PREDICTED_BYTES
state_folder "$1"; limit=$2 predicted=$3
total=0 archived=0
for root in /var/log/journal /run/log/journal; do
  [ -d "$root" ] || continue
  for file in "$root"/*/*.journal*; do
    [ -f "$file" ] || continue
    size=$(($(stat -c %b "$file") * 512))
    total=$((total + size))
    case $file in *@*|*~) archived=$((archived + size));; esac
  done
done
human "$archived"; one=$figure; human "$limit"; two=$figure; human "$predicted"; three=$figure; human "$total"
echo "archived journals take $one (limit $two), all of them $figure; predicted to come back: $three"
compare vacuum
seen=$(journalctl -q -t opsconsole --since=-60min -o cat -n 50 --no-pager | grep -c "mark $1")
echo "entries written after it that can be read back: $seen"
[ "$archived" -le "$limit" ] && [ "$seen" -ge 1 ]
