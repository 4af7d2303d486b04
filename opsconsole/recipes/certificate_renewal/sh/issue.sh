# A new certificate by any ACME server. usage: issue.sh TOKEN BUNDLE MODE  <LINES      MODE: rehearse or issue
#   arg ESCAPED | name NAME | eab_kid TEXT | eab_hmac TEXT     the last two reach certbot in a file for root alone
token=$1 mode=$3
state_folder "$token"; bundle_of "$2"
private=$state/eab.ini name=''
trap 'rm -f "$private"' EXIT
# dash runs no EXIT trap when a signal ends it.
trap 'exit 143' INT TERM
rm -f "$private"; : >"$private"
set --
while read -r word rest; do
  case $word in
    arg) decode "$rest"; set -- "$@" "$path";;
    name) name=$rest;;
    eab_kid) printf 'eab-kid = %s\n' "$rest" >>"$private";;
    eab_hmac) printf 'eab-hmac-key = %s\n' "$rest" >>"$private";;
  esac
done
[ ! -s "$private" ] || set -- "$@" --config "$private"
if [ "$mode" = rehearse ]; then
  rm -f "$state/rehearsed"
  run_certbot certonly "$@" --dry-run || { renewal_failed "$state/certbot.out"; exit 1; }
  echo "$name" >"$state/rehearsed"
else
  keep_folder "$token" || fail "there is no copy of what was before: nothing is issued"
  run_certbot certonly "$@" || { renewal_failed "$state/certbot.out"; exit 1; }
fi
