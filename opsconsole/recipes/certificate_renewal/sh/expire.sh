# Removes the copies of runs that are long over. usage: expire.sh TOKEN DAYS
expire_keeps "$2" "$1"
