[ "${RENEWED_LINEAGE-}" = "$lineage" ] || exit 0
set -eu
umask 077
{ [ -f "$file" ] && [ ! -L "$file" ]; } || { echo "$file is no plain file" >&2; exit 1; }
draft=${file%/*}/.opsconsole-hook.$$
trap 'rm -f -- "$draft"' EXIT
cp -p -- "$file" "$draft"
{ cat -- "$lineage/fullchain.pem" "$lineage/privkey.pem"
  sed -n '/^-----BEGIN DH PARAMETERS-----/,/^-----END DH PARAMETERS-----/p' "$file"; } >"$draft"
mv -f -- "$draft" "$file"
for unit in $units; do systemctl reload "$unit"; done
