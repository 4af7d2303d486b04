# Proves copies. usage: copied.sh TOKEN  <LINES      as of copies.sh
judge() {
  bad=0
  while read -r live certificate key; do
    [ -n "$live" ] || continue
    decode "$live"; print_of "$path/fullchain.pem"; wanted=$print
    decode "$key"
    own=$(openssl pkey -in "$path" -passin pass: -pubout -outform DER 2>/dev/null </dev/null | sha256sum)
    decode "$certificate"; print_of "$path"; short "$print"
    public=$(openssl x509 -noout -pubkey <"$path" 2>/dev/null | openssl pkey -pubin -outform DER 2>/dev/null | sha256sum)
    if [ "$print" != "$wanted" ]; then echo "$path does not hold the new certificate"; bad=1
    elif [ "$public" != "$own" ]; then echo "$path: its key does not belong to it"; bad=1
    else echo "$path holds $brief and its key ($(stat -c '%a %U:%G' -- "$path"))"; fi
  done
  [ "$bad" = 0 ]
}
judge
