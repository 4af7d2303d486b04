# Puts back what a drop-in replaced.
# usage: uninstall.sh TARGET yes|no  <CONTENT      yes: CONTENT was there; no: nothing was there
target=$1
rm -f "$target.opsconsole.dpkg-tmp"
if [ "$2" = no ]; then rm -f "$target"; echo "removed $target"; exit; fi
cat >"$target.opsconsole.dpkg-tmp" && chmod 644 "$target.opsconsole.dpkg-tmp" &&
  mv -f "$target.opsconsole.dpkg-tmp" "$target" || fail "$target cannot be written"
echo "put back $target"
