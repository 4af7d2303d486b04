# take RUN TOKEN SILENCE HOLDER | show | break RUN | finish RUN TOKEN MESSAGE
# The answer is one line `@opsconsole-lock …`, then the holder's file.
verb=$1; run=$2; token=$3
answer() {
  age=
  if [ -e "$lock" ]; then
    since=$(stat -c %Y "$lock/beat" 2>/dev/null || stat -c %Y "$lock" 2>/dev/null) && age=$(($(date +%s) - since))
  fi
  echo "@opsconsole-lock state=$1 boot=$boot age=$age run=$held_run base=$base echoed=$echoed"
  [ -r "$lock/holder" ] && head -c 4096 "$lock/holder"
  exit 0
}
say_holder() {
  printf '%s %s\n%s\n' "$run" "$token" "$holder" >"$lock/holder.$$" && chmod 644 "$lock/holder.$$" \
    && mv "$lock/holder.$$" "$lock/holder" && echo >"$lock/beat" && chmod 666 "$lock/beat"
}
release() {
  gone=$lock.gone.$$
  mv "$lock" "$gone" 2>/dev/null && rm -rf "$gone"
  [ ! -e "$lock" ]
}
trap '' HUP INT TERM PIPE
case $verb in
take)
  silence=$4; holder=$5
  if mkdir "$lock" 2>/dev/null; then
    chmod 755 "$lock"
    say_holder || { release; fail "the lock $lock cannot be written"; }
    read_holder
    answer taken
  fi
  read_holder
  [ -e "$lock" ] || fail "the lock $lock cannot be made"
  [ "$held_run" = "$run" ] || answer busy
  [ "$held_token" = "$token" ] && answer held
  since=$(stat -c %Y "$lock/beat" 2>/dev/null) || since=0
  [ $(($(date +%s) - since)) -ge "$silence" ] || answer alive
  say_holder || fail "the lock $lock cannot be written"
  read_holder
  answer taken-over
  ;;
show)
  read_holder
  [ -e "$lock" ] && answer busy
  answer free
  ;;
break)
  read_holder
  [ -e "$lock" ] || answer free
  [ "$held_run" = "$run" ] || answer busy
  release || fail "the lock $lock cannot be removed"
  answer broken
  ;;
finish)
  if [ -n "$4" ]; then
    echoed=no
    logger -t opsconsole -p auth.notice -- "$4" 2>/dev/null && echoed=yes
  fi
  [ -d "$base/$run" ] && [ ! -L "$base" ] && [ -O "$base" ] && rm -rf "$base/$run"
  read_holder
  [ -e "$lock" ] || answer free
  [ "$held_run $held_token" = "$run $token" ] || answer busy
  release || fail "the lock $lock cannot be removed"
  answer released
  ;;
esac
