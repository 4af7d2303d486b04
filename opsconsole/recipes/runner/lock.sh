# take RUN TOKEN SILENCE HOLDER | show | break RUN | finish RUN TOKEN MESSAGE
# The answer is one line `@opsconsole-lock …`, then the holder's file. A RUN `user-UID` is what stands at the lock's
# place and is none: somebody else's; nothing in it is read or written.
verb=$1; run=$2; token=$3
answer() {
  age=; what=; by=
  if [ -n "$kind" ]; then
    since=$(stat -c %Y "$lock/beat" 2>/dev/null || stat -c %Y "$lock" 2>/dev/null) && age=$(($(date +%s) - since))
  fi
  case $held_run in
  user-*)
    case $kind in d*) what=folder ;; l*) what=link ;; *) what=file ;; esac
    by=$(ls -ld "$lock" 2>/dev/null | { read -r _ _ name _ && echo "$name"; })
    ;;
  esac
  echo "@opsconsole-lock state=$1 boot=$boot age=$age run=$held_run base=$base echoed=$echoed what=$what by=$by"
  [ -n "$held_run" ] && [ -z "$what" ] && head -c 4096 "$lock/holder" 2>/dev/null
  exit 0
}
# Everybody may read who holds it and since when it is silent. Its beat is the login's that came by sudo: it says
# that it lives with the jobs that need no root, too.
say_holder() {
  printf '%s %s\n%s\n' "$run" "$token" "$holder" >"$lock/holder.$$" && chmod 644 "$lock/holder.$$" \
    && mv "$lock/holder.$$" "$lock/holder" && echo >"$lock/beat" && chmod 644 "$lock/beat" || return
  case $uid:$SUDO_UID in 0:*[!0-9]*) ;; 0:?*) chown "$SUDO_UID" "$lock/beat" || : ;; esac
}
# Sets it aside in a new folder of ours, where nobody can put another in its place; then what is not ours is emptied
# of its files only: no link is followed, nothing below is entered.
release() {
  gone=$lock.gone.$$
  mkdir "$gone" && mv "$lock" "$gone/lock" || { rmdir "$gone"; return 1; }
  if [ -L "$gone/lock" ] || [ ! -d "$gone/lock" ]; then rm -f "$gone/lock"
  elif [ -O "$gone/lock" ]; then rm -rf "$gone/lock"
  else rm -f "$gone/lock"/* && rmdir "$gone/lock"; fi
  rmdir "$gone"
  kind=
} 2>/dev/null
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
  [ -n "$kind" ] || fail "the lock $lock cannot be made"
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
  [ -n "$kind" ] && answer busy
  answer free
  ;;
break)
  read_holder
  [ -n "$kind" ] || answer free
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
  [ -n "$kind" ] || answer free
  [ "$held_run $held_token" = "$run $token" ] || answer busy
  release || fail "the lock $lock cannot be removed"
  answer released
  ;;
esac
