# Proves the content of a drop-in and that logrotate's dry run tells no more errors than before.
# usage: installed.sh TARGET SHA256 ERRORS_BEFORE      SHA256: or "none" when it must not be there
target=$1 wanted=$2 before=$3
found=none; [ -e "$target" ] && found=$(sha256sum <"$target") && found=${found%% *}
errors /etc/logrotate.conf
echo "$target: sha256 $found; $told ($before before)"
[ "$count" -le "$before" ] || echo "$errors"
[ "$found" = "$wanted" ] && [ "$count" -le "$before" ]
