# Puts back what a drop-in replaced.
# usage: uninstall.sh TARGET yes|no MODE OWNER  <CONTENT      yes: CONTENT was there; no: nothing was there
target=$1 mode=$3 owner=$4
rm -f "$target.opsconsole.dpkg-tmp"
if [ "$2" = no ]; then rm -f "$target"; echo "removed $target"; exit; fi
draft=$target.opsconsole.dpkg-tmp
cat >"$draft" && chown "$owner" "$draft" && chmod "$mode" "$draft" && mv -f "$draft" "$target" || fail "$target cannot be written"
echo "put back $target"
