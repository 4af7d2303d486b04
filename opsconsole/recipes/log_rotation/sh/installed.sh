# Proves content, mode and owner of a drop-in and that logrotate's dry run tells no more errors than before.
# usage: installed.sh TARGET SHA256 ERRORS_BEFORE MODE OWNER      SHA256: or "none" when it must not be there
target=$1 wanted=$2 before=$3 access="$4 $5"
had=$(stat -c '%a %u:%g' -- "$target" 2>/dev/null) || had=$access
found=none; [ -e "$target" ] && found=$(sha256sum <"$target") && found=${found%% *}
errors /etc/logrotate.conf
echo "$target: sha256 $found, mode and owner $had; $told ($before before)"
[ "$count" -le "$before" ] || echo "$errors"
[ "$found" = "$wanted" ] && [ "$had" = "$access" ] && [ "$count" -le "$before" ]
