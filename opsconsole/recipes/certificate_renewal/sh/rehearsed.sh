# Proves that each rehearsal succeeded and that nothing was changed.
# usage: rehearsed.sh TOKEN MODE  <LINES      NAME FINGERPRINT ESCAPED_FULLCHAIN      MODE: done, or undone
token=$1 mode=$2
state_folder "$token"
bad=0
judge() {
  while read -r name wanted file; do
    [ -n "$name" ] || continue
    said="$name:"
    if [ "$mode" = done ]; then
      if grep -qxF "$name" "$state/rehearsed" 2>/dev/null; then said="$said rehearsed with success,"
      else said="$said was not rehearsed,"; bad=1; fi
    fi
    decode "$file"; print_of "$path"; short "$print"
    if [ "$wanted" = - ] && [ ! -e "$path" ]; then echo "$said nothing was made"
    elif [ "$print" = "$wanted" ]; then echo "$said its certificate is unchanged ($brief)"
    else echo "$said its certificate was changed"; bad=1; fi
  done
  if [ -e "$state/eab.ini" ]; then echo "the secret of the CA's account is still in $state/eab.ini"; bad=1; fi
  [ "$bad" = 0 ]
}
judge
