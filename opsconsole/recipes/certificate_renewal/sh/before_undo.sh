# What stands against an undo that a person asks for, weeks after the run maybe; changes nothing.
# usage: before_undo.sh TOKEN  <LINES
#   back ESCAPED_COPY ESCAPED_FILE PRINT   what would come back, below the folder of copies or a whole path, and
#     where to; PRINT: of the certificate that this run put there, or "-"
#   own ESCAPED_ARCHIVE NUMBER             the newest version that this run knows
# Writes NUL-ended records "against WORDS", "gone FILE" (there is no copy of it any more), "kept FOLDER".
if keep_folder "$1"; then printf 'kept %s\0' "$keep"; else keep=; fi
against() { printf 'against %s\0' "$*"; }
good() { openssl x509 -noout -checkend 0 <"$1" >/dev/null 2>&1; }
ends() { openssl x509 -noout -enddate <"$1" 2>/dev/null | sed 's/.*=//'; }
back() { # COPY FILE PRINT
  if [ ! -f "$1" ] || ! good "$2"; then return; fi
  print_of "$2"; there=$print
  print_of "$1"
  if [ -n "$print" ] && ! good "$1"; then
    against "the certificate that would be back in $2 has ended ($(ends "$1")), the one there is good until $(ends "$2")"
  fi
  case $there in "$3"|"$print") ;; *)
    [ "$3" = - ] || against "another certificate was put into $2 since then (good until $(ends "$2")), and that would be lost";;
  esac
}
own() { # ARCHIVE NUMBER
  newest=$2
  for one in "$1"/cert[0-9]*.pem; do
    number=${one##*/cert}; number=${number%.pem}
    case $number in *[!0-9]*) continue;; esac
    [ "$number" -le "$newest" ] || newest=$number
  done
  [ "$newest" != "$2" ] && good "$1/cert$newest.pem" &&
    against "since then it was renewed ($1/cert$newest.pem, good until $(ends "$1/cert$newest.pem")), and that would be lost"
}
while read -r word one two three; do
  decode "$one"; first=$path
  case $word in
    own) own "$first" "$two";;
    back) decode "$two"
      case $first in
        /*) back "$first" "$path" "$three";;
        *) if [ -n "$keep" ]; then back "$keep/$first" "$path" "$three"; else printf 'gone %s\0' "$path"; fi;;
      esac;;
  esac
done
printf 'end \0'
