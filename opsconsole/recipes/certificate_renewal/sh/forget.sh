# Removes the copies of this run. usage: forget.sh TOKEN
keep_folder "$1" || { echo "there is no copy"; exit 0; }
rm -rf -- "${keep:?}" && echo "removed $keep"
