# Before the scripts that write beside the target.
beside() { # ESCAPED: goes to its folder; sets path and name
  decode "$1"
  name=./${path##*/} folder=${path%/*}
  enter "${folder:-/}" || fail "${folder:-/} is not there, or a link is in its path"
  { [ -f "$name" ] && [ ! -L "$name" ]; } || fail "$path is no file any more"
}
public_of() { # FILE: sets public to the digest of its key's public half, or empty
  public=$(openssl pkey -in "$1" -pubout -outform DER -passin pass: 2>/dev/null </dev/null | sha256sum)
  public=${public%% *}
  case $public in e3b0c44298fc1c149afbf4c8996fb924*) public=;; esac
}
flush() { # FILE: to the disk
  sync -- "$1" 2>/dev/null || sync
}
dressed() { # FILE LIKE: gives it the owner, mode, SELinux context and ACL of another
  chown "$(stat -c '%u:%g' -- "$2")" "$1" && chmod "$(stat -c %a -- "$2")" "$1" || return 1
  context=$(stat -c %C -- "$2" 2>/dev/null)
  case $context in ''|'?'|%C) ;; *) chcon --reference="$2" "$1" || return 1;; esac
  if has getfacl && has setfacl; then getfacl -p -- "$2" 2>/dev/null | setfacl --set-file=- "$1" 2>/dev/null; fi
  return 0
}
looks() { # FILE: what must be as before
  stat -c '%a %u %g' -- "$1"; stat -c %C -- "$1" 2>/dev/null
}
