# Proves what was put in place. usage: files_placed.sh TOKEN  <LINES
#   ESCAPED NAME PRINT|- PUBLIC|- SHA256|-      NAME: of its copy
keep_folder "$1" || fail "the folder of copies is not there: whether mode and owner are as before is not known"
token=$1 bad=0 certificate='' private=''
while read -r one copy wanted_print wanted_public wanted_sum; do
  beside "$one"
  if [ "$wanted_print" != - ]; then
    print_of "$name"
    if [ "$print" = "$wanted_print" ]; then echo "$path: certificate sha256 $print"
    else echo "$path: has the certificate ${print:-(none)}, not $wanted_print"; bad=1; fi
    certificate=$(openssl x509 -in "$name" -noout -pubkey 2>/dev/null | openssl pkey -pubin -outform DER 2>/dev/null | sha256sum)
    certificate=${certificate%% *}
  fi
  if [ "$wanted_sum" != - ]; then
    sum=$(sha256sum <"$name")
    [ "${sum%% *}" = "$wanted_sum" ] || { echo "$path: its content is not what was given"; bad=1; }
  fi
  if [ "$wanted_public" != - ]; then public_of "$name"; private=$public; fi
  if [ "$(looks "$name")" = "$(looks "$keep/$copy")" ]; then echo "$path: mode and owner as before: $(stat -c '%a %U:%G' -- "$name")"
  else echo "$path: mode or owner differ: $(stat -c '%a %U:%G' -- "$name"), before $(stat -c '%a %U:%G' -- "$keep/$copy")"; bad=1; fi
  for left in .opsconsole-"$token"-*; do
    [ ! -e "$left" ] || { echo "a part was left: ${path%/*}/$left"; bad=1; }
  done
done
if [ -n "$private" ] && [ "$certificate" = "$private" ]; then
  echo "the key belongs to the certificate: both have the public key sha256 $private"
else echo "the key does not belong to the certificate: public key ${private:-(none)}, $certificate in the certificate"; bad=1; fi
exit "$bad"
