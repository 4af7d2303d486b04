# Writes new content beside its target, for root alone, and proves it there: the target is not touched.
# usage: files_stage.sh TOKEN ESCAPED PRINT|- PUBLIC|-  <CONTENT
token=$1 wanted_print=$3 wanted_public=$4
has openssl || fail "the host has no openssl: whether the key belongs to the certificate cannot be proved"
beside "$2"
part=.opsconsole-$token-${name#./}
[ "${#part}" -lt 250 ] || part=.opsconsole-$token-$(printf '%s' "$name" | cksum | cut -d ' ' -f 1)
rm -f "$part"
{ cat >"$part"; } 2>&1 || { rm -f "$part"; fail "no room for the new file beside $path"; }
if [ "$wanted_print" != - ] && [ "$wanted_public" != - ]; then
  # Other parts of a file with both, as Diffie-Hellman parameters, stay.
  sed -n '/^-----BEGIN DH PARAMETERS-----/,/^-----END DH PARAMETERS-----/p' "$name" >>"$part" ||
    { rm -f "$part"; fail "no room for the new file beside $path"; }
fi
if [ "$wanted_print" != - ]; then
  print_of "$part"
  [ "$print" = "$wanted_print" ] || { rm -f "$part"; fail "what arrived for $path is not the certificate"; }
fi
if [ "$wanted_public" != - ]; then
  public_of "$part"
  [ "$public" = "$wanted_public" ] ||
    { rm -f "$part"; fail "the key that arrived for $path is not the one of the plan: its public half differs"; }
fi
dressed "$part" "$name" || { rm -f "$part"; fail "owner and mode of $path cannot be given to the new file"; }
flush "$part" || { rm -f "$part"; fail "the new file beside $path cannot be written to the disk"; }
echo "the new $path is beside it"
