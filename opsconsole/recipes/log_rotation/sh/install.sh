# Installs a logrotate drop-in after logrotate itself found it good, alone and with all others.
# usage: install.sh TOKEN TARGET SHA256_BEFORE MODE OWNER  <CONTENT      SHA256_BEFORE: of what it replaces, or "none"
token=$1 target=$2 before=$3 mode=$4 owner=$5
state_folder "$token"
digest() { found=none; [ -e "$target" ] && found=$(sha256sum <"$target") && found=${found%% *}; }
digest; [ "$found" = "$before" ] || refuse "$target is not what it was when this was planned"
[ ! -L "$target" ] || refuse "$target is a link"
enter /etc/logrotate.d || refuse "/etc/logrotate.d is a link or not there"
candidate=$state/${target##*/}
rm -f "$candidate"; cat >"$candidate"
globals "$state/globals"
errors "$state/globals" "$candidate"
[ "$count" = 0 ] || refuse "logrotate -d refuses it: $errors"
set --
for file in ./*; do
  case $file in "./${target##*/}"|*.dpkg-*|*.rpm*|*~|*.bak|*.old|*.orig|*.swp|*.disabled) continue;; esac
  [ -f "$file" ] && set -- "$@" "$file"
done
errors "$state/globals" "$@"; already=$count
errors "$state/globals" "$@" "$candidate"
[ "$count" -le "$already" ] || refuse "logrotate -d refuses it with the other rules: $errors"
draft=$target.opsconsole.dpkg-tmp # logrotate never reads a name that ends so
rm -f "$draft"
{ cat "$candidate" >"$draft" && chown "$owner" "$draft" && chmod "$mode" "$draft" && mv -f "$draft" "$target"; } 2>&1 ||
  { rm -f "$draft"; fail "$target cannot be written"; }
echo "installed $target"
