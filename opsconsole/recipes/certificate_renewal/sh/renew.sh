# The real renewal. usage: renew.sh TOKEN BUNDLE  <LINES      NAME SERVER FORCE      SERVER: or "-" for the lineage's own
token=$1
state_folder "$token"; bundle_of "$2"
keep_folder "$token" || fail "there is no copy of what was before: nothing is renewed"
[ -e "$keep/whole" ] || fail "the copy in $keep is not whole: nothing is renewed"
list=$(cat)
printf '%s\n' "$list" | {
  while read -r name server force; do
    [ -n "$name" ] || continue
    set -- renew --non-interactive --cert-name "$name" --no-random-sleep-on-renew
    [ "$server" = - ] || set -- "$@" --server "$server"
    [ "$force" != yes ] || set -- "$@" --force-renewal
    run_certbot "$@" || { renewal_failed "$state/certbot.out"; exit 1; }
  done
} || exit 1
list_made || :
