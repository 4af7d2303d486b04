# Handshakes with the host's openssl.
client() { # SECONDS ADDRESS PORT NAME ALGORITHM OPTION...: openssl s_client; NAME, ALGORITHM: or "-"
  for_seconds=$1 server_name=$4 algorithm=$5
  case $2 in *:*) at="[$2]:$3";; *) at=$2:$3;; esac
  shift 5
  case $server_name in -) set -- -noservername "$@";; *) set -- -servername "$server_name" "$@";; esac
  case $algorithm in
    RSA) set -- -sigalgs RSA-PSS+SHA256:RSA+SHA256 "$@";;
    ECDSA) set -- -sigalgs ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512 "$@";;
  esac
  limited "$for_seconds" openssl s_client -connect "$at" "$@"
}
plain_print() { # the fingerprint of the first certificate on stdin
  openssl x509 -noout -fingerprint -sha256 2>/dev/null | sed 's/.*=//; s/://g' | tr A-F a-f
}
shown() { # ADDRESS PORT NAME ALGORITHM: sets print to what is shown there, or empty
  print=$(client 8 "$1" "$2" "$3" "$4" </dev/null 2>/dev/null | plain_print)
}
print_of() { # FILE: sets print to the fingerprint of its first certificate, or empty
  print=$(plain_print 2>/dev/null <"$1")
}
place() { # ADDRESS PORT NAME ALGORITHM: sets where, for a person
  case $1 in *:*) where="[$1]:$2";; *) where=$1:$2;; esac
  case $3 in -) where="$where (no name)";; *) where="$where $3";; esac
  case $4 in -) ;; *) where="$where ($4)";; esac
}
short() { # FINGERPRINT: sets brief
  brief=$(printf %.12s "$1")
}
as_in_files() { # stdin: target lines, as of reload.sh; false when one does not show its file's certificate
  right=0 count=0
  while read -r word kind address port name algorithm before file; do
    [ "$word" = target ] || continue
    count=$((count + 1))
    decode "$file"; print_of "$path"; wanted=$print
    shown "$address" "$port" "$name" "$algorithm"
    if [ -n "$wanted" ] && [ "$print" = "$wanted" ]; then right=$((right + 1)); continue; fi
    place "$address" "$port" "$name" "$algorithm"
    short "$wanted"; has_now=$brief; short "$print"
    echo "$where shows ${brief:-nothing}, the file has ${has_now:-no certificate}"
  done
  echo "$right of $count handshakes show the file's certificate"
  [ "$right" = "$count" ]
}
status_of() { # ADDRESS PORT NAME PATH: sets status to the HTTP status of a GET, or "none"
  host=$3; [ "$host" != - ] || host=localhost
  status=$(printf 'GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: opsconsole\r\nConnection: close\r\n\r\n' "$4" "$host" |
    client 10 "$1" "$2" "$3" - -quiet 2>/dev/null | head -c 32 | sed -n '1s|^HTTP/[0-9.]* \([0-9][0-9][0-9]\).*|\1|p')
  [ -n "$status" ] || status=none
}
