# Removes the listed stopped containers and dangling images, each by its id and without force; never a volume.
# usage: trim.sh TOKEN CACHE FOLDER...  <LINES     "container ID", "image ID"; CACHE: yes to prune the build cache
token=$1 cache=$2; shift 2
state_folder "$token"; remember trim "$@"
failed=0
while read -r word id; do
  case $word in
    container) docker rm "$id" </dev/null || failed=$((failed + 1));;
    image) docker image rm --no-prune "$id" </dev/null || failed=$((failed + 1));;
  esac
done
if [ "$cache" = yes ]; then docker builder prune -f </dev/null || failed=$((failed + 1)); fi
[ "$failed" = 0 ]
