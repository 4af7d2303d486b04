# Runs certbot, and tells its failures apart by the ACME problem document in its log. POSIX sh.
renewal_failed() { # FILE_OF_OUTPUT: says in its last line why, in words for a person
  if [ "${status:-0}" -gt 128 ]; then
    # What it wrote until then tells nothing of it.
    echo "certbot was ended by signal $((status - 128)), from outside$([ "$status" != 137 ] || echo ' (as the kernel does when memory is out)')"
    return 0
  fi
  log=$state/certbot.log
  this_runs_log "$(sed -n 's/^Saving debug log to //p' "$1" | head -n 1)" >"$log"
  problem "$log"
  if [ -n "$type" ]; then explain "$type"; of_account "$1"; printf '%s: %s (%s%s)%s\n' "$meaning" "$detail" "$type" "${code:+, HTTP $code}" "${later:+; not before $later}"
  else local_cause "$1" "$log"; fi
}
this_runs_log() { # LOG: what certbot wrote into it since log_before was set; Debian's certbot appends to the last run's
  [ -n "$1" ] && [ -r "$1" ] || return 0
  set -- "$1" $log_before
  if [ "$2" = "$(stat -c %i -- "$1")" ] && [ "$1" = "$own_log" ]; then tail -c "+$(($3 + 1))" -- "$1"; else cat -- "$1"; fi |
    tail -c 1048576
}
own_log=/var/log/letsencrypt/letsencrypt.log log_before='0 0'
problem() { # LOG: sets type, detail, code and later of the last ACME problem document in it
  type='' detail='' code='' later=''
  [ -r "$1" ] || return 0
  found=$(tail -c 524288 -- "$1" | tr '\n\t' '  ' | grep -ao '{[^{}]*urn:ietf:params:acme:error:[A-Za-z]*"[^{}]*}' |
    grep -v 'error:badNonce' | tail -n 1 | head -c 4096)
  [ -n "$found" ] || return 0
  type=$(printf '%s' "$found" | sed -n 's/.*"type": *"\(urn:ietf:params:acme:error:[A-Za-z]*\)".*/\1/p')
  detail=$(printf '%s' "$found" | sed -n 's/.*"detail": *"\(\([^"\\]\|\\.\)*\)".*/\1/p' | sed 's/\\\(.\)/\1/g' | head -c 400)
  code=$(printf '%s' "$found" | sed -n 's/.*"status": *\([0-9]\{3\}\)[^0-9].*/\1/p')
  case $type in *:rateLimited)
    later=$(tail -c 524288 -- "$1" | sed -n 's/^Retry-After: *\([0-9A-Za-z ,:+-]*\)$/\1/p' | tail -n 1 | head -c 40)
    case $later in ''|*[!0-9]*) ;; *) later="$later seconds from now";; esac;;
  esac
}
explain() { # TYPE: sets meaning
  case ${1##*:} in
    rateLimited) meaning="the CA's rate limit is reached; do not try again before it is over";;
    dns) meaning="DNS: the CA cannot look a name up";;
    connection)
      # pebble and others call a name without an address so, too.
      case $detail in
        *"could not resolve"*|*"no such host"*|*"server misbehaving"*|*NXDOMAIN*|*SERVFAIL*) meaning="DNS: the CA cannot look a name up";;
        *) meaning="challenge: the CA cannot connect to the host (firewall, wrong address, nothing on port 80)";;
      esac;;
    tls) meaning="challenge: the CA's TLS connection to the host failed";;
    unauthorized|incorrectResponse) meaning="challenge: the answer at the name is not the one that was asked for (wrong host or web root?)";;
    caa) meaning="CAA: a DNS record forbids this CA";;
    rejectedIdentifier|unsupportedIdentifier) meaning="permission: the CA refuses this name";;
    accountDoesNotExist) meaning="account: the CA does not know certbot's account";;
    externalAccountRequired) meaning="account: the CA wants an external account binding (eab_kid, eab_hmac)";;
    userActionRequired) meaning="account: the CA wants new terms to be agreed to";;
    badSignatureAlgorithm|badPublicKey|badCSR|badRevocationReason) meaning="the CA does not take this key or request";;
    serverInternal) meaning="the CA has trouble itself; try later";;
    *) meaning="the CA refuses it";;
  esac
}
of_account() { # OUTPUT; sets meaning when it was an account that the CA refused: no name was looked at yet
  grep -q 'Unable to register an account' "$1" || return 0
  case $type$detail in
    *:unauthorized*|*:malformed*|*"external account"*|*"'kid'"*) meaning="account: the CA does not take the external account binding (eab_kid, eab_hmac)";;
  esac
}
local_cause() { # OUTPUT LOG: what the trouble is when no CA answered with a problem document
  text=$(cat "$1"; tail -c 65536 -- "$2" 2>/dev/null)
  case $text in
    *"Another instance of Certbot is already running"*) echo "another certbot is at work on the host";;
    *"requires external account binding"*) echo "account: the CA wants an external account binding (eab_kid, eab_hmac)";;
    *"Could not bind"*|*"Address already in use"*) echo "the port for the challenge is taken by another program";;
    *"CERTIFICATE_VERIFY_FAILED"*|*"certificate verify failed"*) echo "the ACME server's own certificate is not trusted (ca_bundle)";;
    *"No space left on device"*) echo "the disk is full";;
    *"Read-only file system"*) echo "permission: the file system is read-only";;
    *"Permission denied"*|*"Operation not permitted"*|*"Errno 13"*) echo "permission: certbot may not write or read on the host: $(printf '%s' "$text" | grep -a -m 1 -E 'Permission denied|Operation not permitted|Errno 13' | head -c 200)";;
    *"Name or service not known"*|*"Temporary failure in name resolution"*|*"NameResolutionError"*) echo "DNS: the host cannot look the ACME server up";;
    *"Connection refused"*|*"Max retries exceeded"*|*"Network is unreachable"*|*"timed out"*|*"Requesting "*) echo "the ACME server cannot be reached from the host";;
    *"hook"*"error"*|*"returned error code"*) echo "a hook failed: $(printf '%s' "$text" | grep -a -m 1 'returned error code' | head -c 200)";;
    *"not yet due for renewal"*) echo "certbot does not take it for due yet";;
    *) printf 'certbot: %s\n' "$(grep -a -v -e '^[- ]*$' -e '^Ask for help' -e '^See the logfile' "$1" | tail -n 1 | head -c 300)";;
  esac
}
run_certbot() { # ARG...: certbot; waits at most a minute for another one to end. REQUESTS_CA_BUNDLE as $bundle says
  turns=0
  while :; do
    log_before=$(stat -c '%i %s' "$own_log" 2>/dev/null || echo 0 0)
    (
      umask 022
      if [ -n "$bundle" ]; then REQUESTS_CA_BUNDLE=$bundle; export REQUESTS_CA_BUNDLE; fi
      exec certbot "$@"
    ) >"$state/certbot.out" 2>&1 </dev/null
    status=$?
    if [ "$status" != 0 ] && [ "$turns" -lt 12 ] && grep -q 'Another instance of Certbot' "$state/certbot.out"; then
      turns=$((turns + 1)); sleep 5; continue
    fi
    break
  done
  tail -c 8192 "$state/certbot.out"
  return "$status"
}
bundle_of() { # ESCAPED or "-": sets bundle
  bundle=
  [ "$1" = - ] && return 0
  decode "$1"; bundle=$path
  [ -r "$bundle" ] || fail "ca_bundle: $bundle cannot be read"
}
list_made() { # after the last certificate of a run: what is in these folders later is others', and no undo takes it
  for folder in csr keys; do
    [ -d "/etc/letsencrypt/$folder" ] || continue
    names=$(ls -A "/etc/letsencrypt/$folder") && printf '%s\n' "$names" >"$keep/after.draft" &&
      mv -f -- "$keep/after.draft" "$keep/after.$folder"
  done 2>/dev/null
}
