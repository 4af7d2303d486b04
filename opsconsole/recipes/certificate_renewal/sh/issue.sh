# A new certificate by any ACME server. usage: issue.sh TOKEN BUNDLE MODE  <LINES      MODE: rehearse or issue
#   arg ESCAPED | name NAME | eab_kid TEXT | eab_hmac TEXT     the last two reach certbot in a file for root
# alone, in memory, that goes when certbot ends; should all be killed, an undo or the next run removes it
token=$1 mode=$3
state_folder "$token"; bundle_of "$2"
private=$state/eab.ini name='' last='' challenges=''
trap 'rm -f "$private"' EXIT
# dash runs no EXIT trap when a signal ends it.
trap 'exit 143' INT TERM
forget_private; : >"$private"
set --
while read -r word rest; do
  case $word in
    arg) decode "$rest"; set -- "$@" "$path"
      [ "$last" != --webroot-path ] || challenges=$path/.well-known/acme-challenge
      last=$path;;
    name) name=$rest;;
    eab_kid) printf 'eab-kid = %s\n' "$rest" >>"$private";;
    eab_hmac) printf 'eab-hmac-key = %s\n' "$rest" >>"$private";;
  esac
done
swept() { # certbot takes its answers for the CA out of the web root itself, unless it is killed
  if [ "$status" -le 128 ] || [ -z "$challenges" ]; then return 0; fi
  for entry in "$challenges"/*; do
    [ -f "$entry" ] && [ ! -L "$entry" ] && ! grep -qxF -- "${entry##*/}" "$state/challenges" || continue
    case $(head -c 200 -- "$entry" | tr -d '\000') in "${entry##*/}."*) rm -f -- "$entry" && echo "removed: $entry";; esac
  done
  [ -e "$state/challenges.had" ] || rmdir -- "$challenges" 2>/dev/null
  [ -e "$state/well-known.had" ] || rmdir -- "${challenges%/*}" 2>/dev/null
}
failed() { swept; renewal_failed "$state/certbot.out"; exit 1; }
if [ -n "$challenges" ]; then
  rm -f "$state"/*.had
  [ ! -d "$challenges" ] || : >"$state/challenges.had"
  [ ! -d "${challenges%/*}" ] || : >"$state/well-known.had"
  ls -A -- "$challenges" >"$state/challenges" 2>/dev/null
fi
[ ! -s "$private" ] || set -- "$@" --config "$private"
if [ "$mode" = rehearse ]; then
  rm -f "$state/rehearsed"
  run_certbot certonly "$@" --dry-run || failed
  echo "$name" >"$state/rehearsed"
else
  keep_folder "$token" || fail "there is no copy of what was before: nothing is issued"
  run_certbot certonly "$@" || failed
  list_made || :
fi
