# Certificates of the files that the standard input names, and their keys from outside.
digest() {
  if has sha256sum; then sha256sum; else openssl dgst -sha256 -r; fi | head -c 64
}
why() { # a path is not to be seen
  dir=$1
  while dir=${dir%/*}; [ "$dir" ]; do
    [ -d "$dir" ] && { [ -x "$dir" ] && echo '?missing' || echo '?forbidden'; return; }
  done
  echo '?missing'
}
late() { # asks the clock each eighth time
  asked=$(((asked + 1) % 8))
  [ "$asked" -ne 1 ] || now=$(date +%s)
  [ $((now - began)) -ge 12 ]
}
head_of() { # SIGN PATH: its line of mode, owners, size and time; false when it is no file to read
  printf '>%s %s\n=%s\n' "$1" "$(stat -L -c '%a %u %g %s %Y %U %G' "$2")" "$2"
  if late; then echo '?late'; return 1; fi
  if [ ! -e "$2" ]; then
    if [ -L "$2" ]; then printf '@%s\n' "$(readlink "$2" | tr '\n' '\001')"; fi
    why "$2"; return 1
  fi
  [ -f "$2" ] || { echo '?special'; return 1; }
  [ -L "$2" ] && printf '@%s\n' "$(readlink -f "$2" | tr '\n' '\001')"
  [ -r "$2" ] || { echo '?forbidden'; return 1; }
  [ "$(stat -L -c %s "$2")" -le 1048576 ] || { echo '?large'; return 1; }
}
certificates_only() { # the PEM blocks of certificates; `+key` when there is a key, `?binary` when no PEM
  awk '/-----BEGIN / { pem = 1; on = 0 }
    /^-----BEGIN ((TRUSTED|X509) )?CERTIFICATE-----[ \t\r]*$/ { on = 1 }
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/ { key = 1; on = 0 }
    on && /^(-----(BEGIN|END) [A-Z0-9 ]*CERTIFICATE-----|[A-Za-z0-9+\/=]*)[ \t\r]*$/ {
      print "|" $0; sent += length($0); if (sent > 262144) { print "?large"; exit } }
    /-----END / { on = 0 }
    END { if (key) print "+key"; if (!pem) print "?binary" }' "$@"
}
binary() { # PATH: DER or PKCS#12, told by how they begin; a DER key begins like neither
  bytes=$(od -An -v -tx1 -N 24 "$1" | tr -d ' \n')
  case $bytes in 3082????*) rest=${bytes#3082????} ;; 3081??*) rest=${bytes#3081??} ;; 30??*) rest=${bytes#30??} ;;
  *) echo '?nocert'; return ;; esac
  case $rest in
  3082????a0*|3082????02*|3081??a0*|3081??02*|30??a0*|30??02*)
    printf '#%s\n' "$(od -An -v -tx1 "$1" | tr -d ' \n')" ;;
  020103*) pkcs12 "$1" ;;
  *) echo '?nocert' ;;
  esac
}
unpack() { # PATH OPTIONS...: the password on a pipe, by a printf that is part of the shell
  file=$1; shift
  printf '%s\n' "$password" | limit 5 openssl pkcs12 -in "$file" -passin stdin "$@" 2>/dev/null
}
pkcs12() {
  echo '*pkcs12'
  has openssl || { echo '?noopenssl'; return; }
  legacy=
  unpack "$1" -nokeys -out /dev/null || legacy=-legacy # old ciphers, in OpenSSL 3
  if unpack "$1" -nokeys $legacy -out /dev/null; then
    unpack "$1" -nokeys $legacy -clcerts | certificates_only | grep '^|'
    unpack "$1" -nokeys $legacy -cacerts | certificates_only | grep '^|'
    echo +key
    sum=$(unpack "$1" -nocerts -nodes $legacy | limit 5 openssl pkey -pubout -outform DER 2>/dev/null | digest)
    case $sum in ''|e3b0c44298fc1c149afbf4c8996fb924*) ;; *) printf '%%%s\n' "$sum" ;; esac
  else
    case $(printf '%s\n' "$password" | limit 5 openssl pkcs12 -in "$1" -passin stdin -nokeys $legacy 2>&1 >/dev/null) in
    *'mac verify'*|*password*) echo '?password' ;;
    *) echo '?broken' ;;
    esac
  fi
}
certificate() { # PATH
  head_of c "$1" || return 0
  has awk || { echo '?noawk'; return; }
  said=$(certificates_only "$1")
  case $said in
  *'?binary') binary "$1" ;;
  *) [ "$said" ] && printf '%s\n' "$said" ;;
  esac
  return 0
}
reach() { # PATH: mode and group of each folder above it
  path=$(readlink -f "$1"); set --
  while path=${path%/*}; [ "$path" ]; do set -- "$@" "$path"; done
  printf '^%s\n' "$(stat -c '%a:%g' / "$@" | tr '\n' ' ')"
}
key() { # PATH
  head_of k "$1" || return 0
  case $(stat -L -c %a "$1") in *[4-7]?|*[4-7]) reach "$1" ;; esac
  has openssl || { echo '?noopenssl'; return; }
  sum=$(limit 5 openssl pkey -in "$1" -passin pass: -pubout -outform DER 2>/dev/null </dev/null | digest)
  case $sum in
  ''|e3b0c44298fc1c149afbf4c8996fb924*) # of nothing at all
    if grep -qs ENCRYPTED "$1"; then echo '?encrypted'; else echo '?broken'; fi ;;
  *) printf '%%%s\n' "$sum" ;;
  esac
}
bundle() { # PATH: a certificate with its key, or a folder of them
  if [ -d "$1" ] && [ -r "$1" ] && [ -x "$1" ]; then
    holds=
    for file in "$1"/*; do
      case $file in *"$nl"*|*.key|*.ocsp|*.issuer|*.sctl) continue ;; esac
      [ -f "$file" ] && { bundle "$file"; holds=yes; }
    done
    [ "$holds" ] || printf '>c \n=%s\n?empty\n' "$1"
    return 0
  fi
  certificate "$1"
  [ -f "$1" ] || return 0
  if [ -f "$1.key" ] && ! grep -qs -e '-----BEGIN .*PRIVATE KEY' "$1"; then key "$1.key"; else key "$1"; fi
  printf '&%s\n' "$1"
}
pattern() { # GLOB
  IFS=$nl
  for file in $1; do
    unset IFS
    case $file in *"$nl"*) continue ;; esac
    certificate "$file"
    if [ -f "$file" ] && grep -qs -e '-----BEGIN .*PRIVATE KEY' "$file"; then key "$file"; printf '&%s\n' "$file"; fi
  done
  unset IFS
}
files() {
  began=$(date +%s); now=$began; asked=0; password=
  while IFS= read -r line; do
    path=${line#?}
    case $line in
    p*) password=$path ;;
    c*) certificate "$path"; password= ;;
    h*) bundle "$path"; password= ;;
    k*) key "$path" ;;
    g*) pattern "$path"; password= ;;
    esac
  done
}
part files 6000000 files
exit 0
