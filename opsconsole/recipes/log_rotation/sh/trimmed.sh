# Proves that the listed containers, images and records of the build cache are gone, and that every volume is there.
# usage: trimmed.sh TOKEN PREDICTED_BYTES  <LINES     "container ID", "image ID", "record ID", "volume NAME"
state_folder "$1"; predicted=$2
docker version --format '{{.Server.Version}}' >/dev/null 2>&1 || fail "docker does not answer"
have=" $(docker volume ls -q 2>/dev/null | tr '\n' ' ') "
lines=$(cat)
cache=
case "
$lines" in *"
record "*)
  ids='{{range .BuildCache}}{{println .ID}}{{end}}'
  cache=$(docker system df -v --format "$ids" 2>/dev/null </dev/null) || fail "docker does not tell its build cache"
  cache=" $(printf '%s\n' "$cache" | tr -d '*' | tr '\n' ' ') ";;
esac
left=0 things=0 volumes=0 kept=0 records=0 stays=0
while read -r word id; do
  case $word in
    volume) volumes=$((volumes + 1)); case $have in *" $id "*) kept=$((kept + 1));; esac;;
    record) records=$((records + 1)); case $cache in *" $id "*) stays=$((stays + 1));; esac;;
    container|image) things=$((things + 1)); docker "$word" inspect "$id" >/dev/null 2>&1 </dev/null && left=$((left + 1));;
  esac
done <<EOT
$lines
EOT
human "$predicted"
[ "$records" = 0 ] || echo "$((records - stays)) of $records records of the build cache are gone"
echo "$((things - left)) of $things are gone, $kept of $volumes volumes are there; predicted to come back: $figure"
compare trim
[ "$left" = 0 ] && [ "$stays" = 0 ] && [ "$kept" = "$volumes" ]
