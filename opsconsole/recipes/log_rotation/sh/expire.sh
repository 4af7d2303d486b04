# Removes earlier quarantines whose time is over.
# usage: expire.sh PARENT  <LINES      NAME
enter "$1" && [ "$(stat -c %u .)" = 0 ] || fail "$1: a link is in its path, or it belongs to somebody else"
while read -r name; do
  case $name in */*|.*|'') continue;; until-[0-9]*) ;; *) continue;; esac
  [ -d "./$name" ] && [ ! -L "./$name" ] || continue
  rm -rf -- "./$name" && echo "removed $name"
done
