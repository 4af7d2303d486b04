# Tries renewals with certbot's dry run: nothing is kept. usage: rehearse.sh TOKEN BUNDLE  <LINES      NAME SERVER
token=$1
state_folder "$token"; bundle_of "$2"
rm -f "$state/rehearsed"
list=$(cat)
printf '%s\n' "$list" | {
  while read -r name server; do
    [ -n "$name" ] || continue
    # certbot 2 asks Let's Encrypt's staging for whatever --dry-run is given without --server.
    run_certbot renew --non-interactive --cert-name "$name" --dry-run --no-random-sleep-on-renew --server "$server" ||
      { renewal_failed "$state/certbot.out"; exit 1; }
    grep -q 'simulated renewals succeeded' "$state/certbot.out" || fail "certbot does not say that the rehearsal of $name succeeded"
    echo "$name" >>"$state/rehearsed"
  done
}
