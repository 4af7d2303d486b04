# The names that a certificate is for, spelt as `names.spelt` does.
names_of() { # FILE: a line for each DNS name and IP address, in lower case, IPv6 in full; in order
  openssl x509 -noout -ext subjectAltName 2>/dev/null <"$1" | tr ',A-Z' '\na-z' |
    sed -n -e 's/^ *dns://p' -e 's/^ *ip address://p' | sort -u
}
