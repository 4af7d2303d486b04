# Proves that they are gone. usage: expired.sh TOKEN DAYS
left=$(over_keeps "$2" "$1")
[ -z "$left" ] || { printf 'still there: %s\n' "$left"; exit 1; }
echo "no copies of earlier runs are older than $2 days"
