# Proves that the listed containers and images are gone and that every volume is still there.
# usage: trimmed.sh TOKEN PREDICTED_BYTES  <LINES     "container ID", "image ID", "volume NAME"
state_folder "$1"; predicted=$2
have=" $(docker volume ls -q 2>/dev/null | tr '\n' ' ') "
left=0 things=0 volumes=0 kept=0
while read -r word id; do
  case $word in
    volume) volumes=$((volumes + 1)); case $have in *" $id "*) kept=$((kept + 1));; esac;;
    container|image) things=$((things + 1)); docker "$word" inspect "$id" >/dev/null 2>&1 </dev/null && left=$((left + 1));;
  esac
done
docker version --format '{{.Server.Version}}' >/dev/null 2>&1 || fail "docker does not answer"
human "$predicted"
echo "$((things - left)) of $things are gone, $kept of $volumes volumes are there; predicted to come back: $figure"
compare trim
[ "$left" = 0 ] && [ "$kept" = "$volumes" ]
