# Proves new certificates on disk.
# usage: renewed.sh TOKEN  <LINES      NAME FINGERPRINT_BEFORE NOT_AFTER_BEFORE NAMES ESCAPED_LIVE
# NAMES: escaped, separated by commas; FINGERPRINT_BEFORE, NOT_AFTER_BEFORE (seconds since 1970), NAMES: or "-"
lacking() { # NAMES FILE: those that are not in it
  [ "$1" != - ] || return 0
  decode "$1"; have=$(names_of "$2")
  printf '%s\n' "$path" | tr ',' '\n' | while read -r one; do
    printf '%s\n' "$have" | grep -qxF -- "$one" || printf '%s ' "$one"
  done
}
judge() {
  bad=0
  while read -r name before end names live; do
    [ -n "$name" ] || continue
    decode "$live"
    print_of "$path/fullchain.pem"; short "$print"
    said="$name: $brief"
    problem=
    [ -n "$print" ] || problem="no certificate in $path/fullchain.pem"
    [ "$print" != "$before" ] || problem="still the certificate of before: certbot did not renew it"
    print_of "$path/cert.pem"
    [ -n "$problem" ] || [ "$(plain_print <"$path/fullchain.pem")" = "$print" ] || problem="cert.pem and fullchain.pem are not of one version"
    public=$(openssl x509 -noout -pubkey <"$path/cert.pem" 2>/dev/null | openssl pkey -pubin -outform DER 2>/dev/null | sha256sum)
    own=$(openssl pkey -in "$path/privkey.pem" -passin pass: -pubout -outform DER 2>/dev/null </dev/null | sha256sum)
    [ -n "$problem" ] || [ "$public" = "$own" ] || problem="the key does not belong to the certificate"
    [ -n "$problem" ] || openssl x509 -noout -checkend 60 <"$path/cert.pem" >/dev/null || problem="it has expired"
    if [ -z "$problem" ] && [ "$end" != - ]; then
      longer=$((end - $(now)))
      [ "$longer" -lt 1 ] || openssl x509 -noout -checkend "$longer" <"$path/cert.pem" >/dev/null || problem="it ends before the one it replaces"
    fi
    missing=$(lacking "$names" "$path/cert.pem")
    [ -n "$problem" ] || [ -z "$missing" ] || problem="names are missing in it: $missing"
    if [ -z "$problem" ] && [ -s "$path/chain.pem" ]; then
      openssl verify -partial_chain -trusted "$path/chain.pem" "$path/cert.pem" >/dev/null 2>&1 || problem="chain.pem is not the chain of it"
    fi
    if [ -n "$problem" ]; then echo "$said: $problem"; bad=1
    else echo "$said, valid until $(openssl x509 -noout -enddate <"$path/cert.pem" | sed 's/.*=//'), $(names_of "$path/cert.pem" | grep -c .) names, its key belongs to it (before: $(printf %.12s "$before"))"; fi
  done
  [ "$bad" = 0 ]
}
state_folder "$1"
judge
