#!/bin/sh
# An internal CA with an intermediate, as companies have one; `lab-ca` on the host.
#   lab-ca init TITLE               makes root and intermediate in /etc/lab-ca; the root goes to the system's store
#   lab-ca issue FILE NAME...       makes FILE.pem (certificate, intermediate) and FILE.key in /etc/lab-ca/issued
# KEY is as openssl's -newkey (ec:prime256v1 or rsa:2048), DAYS how long the certificate lives.
set -eu
home=/etc/lab-ca
umask 022
KEY=${KEY:-ec:prime256v1}

new_key() { # FILE
    case $KEY in
        ec:*) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:${KEY#ec:}" ;;
        rsa:*) openssl genrsa "${KEY#rsa:}" ;;
    esac 2>/dev/null >"$1.new"
    chmod 600 "$1.new"
    mv "$1.new" "$1"
}

sign() { # CERTIFICATE KEY SUBJECT DAYS EXTENSIONS CA: by root or intermediate
    openssl req -new -key "$2" -subj "$3" |
        { printf '%s\n' "$5" >"$1.ext"; openssl x509 -req -days "$4" -CA "$home/$6.pem" -CAkey "$home/$6.key" \
            -set_serial "0x$(openssl rand -hex 16)" -sha256 -extfile "$1.ext" -out "$1"; } 2>/dev/null
    rm "$1.ext"
}

case $1 in
    init)
        KEY=ec:prime256v1
        mkdir -p $home/issued
        new_key $home/root.key
        new_key $home/intermediate.key
        openssl req -x509 -new -key $home/root.key -days 7300 -subj "/O=opsconsole lab/CN=$2 root" \
            -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
            -out $home/root.pem
        sign $home/intermediate.pem $home/intermediate.key "/O=opsconsole lab/CN=$2 1" 7000 \
            'basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid' root
        cp $home/root.pem /usr/local/share/ca-certificates/lab-ca.crt
        ;;
    issue)
        file=$home/issued/$2
        shift 2
        names=
        for name in "$@"; do
            case $name in
                *[!0-9.]*) names=$names,DNS:$name ;;
                *) names=$names,IP:$name ;;
            esac
        done
        new_key "$file.key"
        sign "$file.leaf" "$file.key" "/CN=$1" "${DAYS:-3650}" "subjectAltName=${names#,}
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid" intermediate
        cat "$file.leaf" $home/intermediate.pem >"$file.pem"
        rm "$file.leaf"
        ;;
esac
