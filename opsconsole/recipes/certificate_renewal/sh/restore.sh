# Puts back what keep.sh copied, safe when only a part was changed. usage: restore.sh TOKEN  <LINES      as of keep.sh
forget_private || fail "the secret of the CA's account cannot be removed"
keep_folder "$1" || fail "there is no copy of what was before (was it removed?)"
[ -e "$keep/whole" ] || fail "the copy in $keep is not whole"
put() { # COPY TARGET: one file or link, atomically
  if same "$2" "$1"; then return 0; fi
  draft=${2%/*}/.opsconsole-back.$$
  rm -f -- "$draft"
  # A folder under the name would swallow the move.
  if [ -d "$2" ] && [ ! -L "$2" ]; then fail "$2 is a folder now"; fi
  cp -a -- "$1" "$draft" && mv -f -- "$draft" "$2" || { rm -f -- "$draft"; fail "cannot put $2 back"; }
  echo "put back: $2"
}
tree() { # COPY TARGET: a folder of files and links
  if [ -d "$2" ] && [ ! -L "$2" ]; then
    for entry in "$1"/* "$1"/.[!.]*; do
      [ -e "$entry" ] || [ -L "$entry" ] || continue
      put "$entry" "$2/${entry##*/}"
    done
  else cp -a -- "$1" "$2" || fail "cannot put $2 back"; fi
}
prune() { # COPY TARGET: what was not there
  for entry in "$2"/* "$2"/.[!.]*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    [ -e "$1/${entry##*/}" ] || [ -L "$1/${entry##*/}" ] || drop "$entry"
  done
}
drop() { # a file that certbot made
  case ${1##*/} in cert[0-9]*.pem)
    # The CA counts it against the weekly limit, though nobody will see it: force must know.
    names=$(names_of "$1" | sha256sum)
    echo "$(now) ${names%% *}" >>"${keep%/*}/issued";;
  esac
  rm -f -- "$1" && echo "removed: $1"
}
remove_made() { # FOLDER PARENT_NAME: a folder of certbot's that was not there before
  case $1 in */"$2"/?*) ;; *) fail "$1 is no folder of certbot's";; esac
  [ -d "$1" ] || return 0
  prune /nonexistent "$1"
  rmdir -- "$1" || fail "cannot remove $1"
}
list=$(cat)
# First the files in use: links of the run lead to what goes next, and are never left without it.
printf '%s\n' "$list" | {
  while read -r word name a b c; do
    [ "$word" = copy ] || continue
    decode "$a"
    if [ -e "$keep/copy.$name.absent" ]; then rm -f -- "$path"; else put "$keep/copy.$name" "$path"; fi
  done
} || exit 1
archives=$(printf '%s\n' "$list" | sed -n 's/^lineage [^ ]* [^ ]* \([^ ]*\) .*/\1/p')
ours() { # FILE of csr or keys: made by the run, or since then for a lineage of its own; weeks may have passed
  [ -e "$keep/after.$folder" ] || return 0
  entry_name=${1##*/}
  if grep -qxF -- "$entry_name" "$keep/after.$folder"; then return 0; fi
  for key in "/etc/letsencrypt/keys/${entry_name%%_*}_"*; do
    for one in $archives; do
      decode "$one"
      for mine in "$path"/privkey*.pem; do
        if cmp -s -- "$key" "$mine"; then return 0; fi
      done
    done
  done
  return 1
}
for folder in csr keys; do
  [ -e "$keep/list.$folder" ] || continue
  for entry in "/etc/letsencrypt/$folder"/*; do
    [ -f "$entry" ] && ! grep -qxF -- "${entry##*/}" "$keep/list.$folder" && ours "$entry" && rm -f -- "$entry" && echo "removed: $entry"
  done
done
printf '%s\n' "$list" | {
  while read -r word name a b c; do
    [ "$word" = lineage ] || continue
    # Links last: what they lead to must be there.
    if [ -e "$keep/$name/live.absent" ]; then
      decode "$c"; rm -f -- "$path" "$path.new"
      decode "$a"; remove_made "$path" live
      decode "$b"; remove_made "$path" archive
    else
      decode "$b"; archive=$path; tree "$keep/$name/archive" "$archive"
      decode "$a"; live=$path; tree "$keep/$name/live" "$live"
      decode "$c"; put "$keep/$name/conf" "$path"
      rm -f -- "$path.new"
      prune "$keep/$name/live" "$live"; prune "$keep/$name/archive" "$archive"
    fi
  done
} || exit 1
if [ -d /var/lib/letsencrypt/temp_checkpoint ]; then
  echo "certbot was stopped while it had changed a web server's configuration: it puts that back when it runs next"
fi
exit 0
