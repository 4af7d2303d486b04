# What is to be replaced, never a key's bytes. usage: files_look.sh LIMIT  <LINES      ESCAPED file
# Writes records for each: file PATH, real PATH, kind KIND, and of a file: stat MODE UID GID USER GROUP LINKS,
# context CONTEXT, labels LABEL..., sha256 HEX (of a file without a key), public HEX, locked yes, lineage NAME,
# dhparam yes; at the end: openssl yes, now SECONDS, lineage-copy NAME PRINT.
limit=$1
say() { printf '%s %s\0' "$1" "$2"; }
one_file() {
  say file "$path"
  real=$(readlink -f -- "$path" && echo x); say real "${real%?x}"
  if [ -L "$path" ]; then say kind link
  elif [ -f "$path" ]; then say kind file
  elif [ -e "$path" ]; then say kind other
  else say kind missing; return; fi
  [ -f "$path" ] || return
  say stat "$(stat -L -c '%a %u %g %U %G %h' -- "$path")"
  context=$(stat -L -c %C -- "$path" 2>/dev/null); say context "${context:--}"
  labels=$(head -c 1048576 -- "$path" | sed -n 's/^-----BEGIN \([A-Z0-9 ]*\)-----.*/\1/p' | sort | uniq -c | head -n 20)
  printf '%s\n' "$labels" | while read -r count label; do [ -n "$label" ] && say label "$label"; done
  case $labels in *"PRIVATE KE"*) ;; *) sum=$(sha256sum <"$path"); say sha256 "${sum%% *}";; esac
  public=$(openssl pkey -in "$path" -pubout -outform DER -passin pass: 2>/dev/null </dev/null | sha256sum)
  public=${public%% *}
  case $public in e3b0c44298fc1c149afbf4c8996fb924*) ;; *) say public "$public";; esac
  case $real in
    */live/*/*.pem*|*/archive/*/*.pem*)
      folder=${real%/*}; name=${folder##*/}; home=${folder%/*}; home=${home%/*}
      [ -f "$home/renewal/$name.conf" ] && say lineage "$name";;
  esac
  folder=${real%/*}; [ -w "${folder:-/}" ] || say locked yes
}
report() {
  while read -r one; do decode "$one"; one_file; done
  has openssl && say openssl yes
  say now "$(now)"
  for one in /etc/letsencrypt/live/*/cert.pem; do
    [ -f "$one" ] || continue
    print_of "$one"; folder=${one%/*}
    say lineage-copy "$print ${folder##*/}"
  done
}
report | head -c "$limit"
printf 'end \0'
