# Proves that nobody holds the deleted files any more and that their writers still run.
# usage: released.sh TOKEN DEVICES PREDICTED_BYTES  <LINES   "DEVICE INODE file", "PID START writer"
state_folder "$1"; devices=$2 predicted=$3
list=$(cat)
open_files "$devices" "$list" deleted
judge() {
  held=0 ended=0 files=0
  while read -r one two word; do
    case $word in
      file) files=$((files + 1)); is_open "$one" "$two" && held=$((held + 1));;
      writer)
        line=$(cat "/proc/$one/stat" 2>/dev/null)
        # shellcheck disable=SC2086
        set -- ${line##*) }
        [ "${20}" = "$two" ] || { ended=$((ended + 1)); echo "process $one does not run any more"; };;
    esac
  done
  human "$predicted"
  echo "$((files - held)) of $files deleted files are held by nobody any more; predicted to come back: $figure"
  compare release
  [ "$held" = 0 ] && [ "$ended" = 0 ]
}
printf '%s\n' "$list" | judge
