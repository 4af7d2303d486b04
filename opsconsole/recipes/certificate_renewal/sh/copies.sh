# Writes certificates that no link connects with certbot's own, unless a hook of certbot's did.
# usage: copies.sh TOKEN  <LINES      ESCAPED_LIVE ESCAPED_CERTIFICATE ESCAPED_KEY      both the same: one file holds both
keep_folder "$1" || fail "there is no copy of what was before: nothing is written"
others() { # FILE: what else is in it
  sed -n '/^-----BEGIN DH PARAMETERS-----/,/^-----END DH PARAMETERS-----/p' "$1"
}
refuse() { # TEXT: the last word, for who writes to us would complain of a broken pipe after it
  cat >/dev/null; fail "$1"
}
write() { # FILE <CONTENT: atomically, with owner and mode kept
  [ -f "$1" ] && [ ! -L "$1" ] || refuse "$1 is no plain file"
  draft=${1%/*}/.opsconsole-new.$$
  rm -f -- "$draft"
  { cp -p -- "$1" "$draft" && cat >"$draft" && mv -f -- "$draft" "$1"; } || { rm -f -- "$draft"; refuse "$1 cannot be written"; }
}
both() { # FIRST SECOND
  { [ -s "$live/$1.pem" ] && [ -s "$live/$2.pem" ]; } || fail "$live is not whole"
  more=$(others "$certificate"; echo x)
  { cat "$live/$1.pem" "$live/$2.pem"; printf %s "${more%x}"; } | write "$certificate" || exit 1
}
while read -r live certificate key; do
  [ -n "$live" ] || continue
  decode "$live"; live=$path
  decode "$key"; key=$path
  decode "$certificate"; certificate=$path
  print_of "$live/fullchain.pem"; wanted=$print
  print_of "$certificate"
  if [ "$print" = "$wanted" ]; then echo "$certificate: a hook wrote it already"; continue; fi
  if [ "$certificate" != "$key" ]; then
    write "$key" <"$live/privkey.pem"
    write "$certificate" <"$live/fullchain.pem"
  elif grep -m 1 -e '-----BEGIN' "$certificate" | grep -q KEY; then both privkey fullchain
  elif grep -q 'PRIVATE KEY-----' "$certificate"; then both fullchain privkey
  else fail "$certificate: where its key is, is not known"; fi
  echo "$certificate: written"
done
