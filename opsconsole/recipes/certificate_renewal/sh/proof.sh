# What is remembered before a reload, and what is under way while it happens.
hold() { # NUMBER ADDRESS PORT NAME: a request of which half is sent now and the rest when reload.go is there
  held=$state/reload.hold.$1 host=$4
  [ "$host" != - ] || host=localhost
  (
    {
      printf 'GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: opsconsole\r\n' "$host"
      turns=0
      while [ ! -e "$state/reload.go" ] && [ "$turns" -lt 300 ]; do nap; turns=$((turns + 1)); done
      printf 'Connection: close\r\n\r\n'
    } | client 60 "$2" "$3" "$4" - -brief -ign_eof >"$held.head" 2>"$held.said"
    echo end >"$held.end"
  ) </dev/null >/dev/null 2>&1 &
}
fetch() { # ADDRESS PORT NAME ESCAPED_PATH: a slow download that goes on at full speed when reload.go is there
  decode "$4"
  held=$state/reload.load address=$1 port=$2 name=$3
  (
    printf 'GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: opsconsole\r\nConnection: close\r\n\r\n' "$path" "$name" |
      client 300 "$address" "$port" "$name" - -brief -ign_eof 2>"$held.said" | {
        turns=0 had=0
        : >"$held.head"
        while [ ! -e "$state/reload.go" ] && [ "$turns" -lt 300 ]; do
          dd bs=4096 count=1 2>/dev/null >>"$held.head"
          has_now=$(wc -c <"$held.head"); [ "$has_now" -gt "$had" ] || break
          had=$has_now turns=$((turns + 1)); nap
        done
        wc -c >"$held.rest"
      }
    echo end >"$held.end"
  ) </dev/null >/dev/null 2>&1 &
}
nap() { sleep 0.2 2>/dev/null || sleep 1; }
connected() { # FILE: wait until openssl says that the handshake is done; at most about 6 seconds
  turns=0
  while [ "$turns" -lt 30 ]; do
    grep -q ESTABLISHED "$1" 2>/dev/null && return 0
    nap; turns=$((turns + 1))
  done
  return 1
}
whole() { # FILE REST_BYTES: sets body, expected (-1: not said); 0 when an answer has its whole length
  return_char=$(printf '\r')
  header=$(sed "/^$return_char\$/q" "$1" | wc -c)
  expected=$(sed "/^$return_char\$/q" "$1" | tr -d '\r' | sed -n 's/^[Cc]ontent-[Ll]ength: *\([0-9]*\)$/\1/p' | head -n 1)
  [ -n "$expected" ] || expected=-1
  body=$(($(wc -c <"$1") - header + $2))
  head -c 5 "$1" | grep -q HTTP/ || return 1
  if [ "$expected" -ge 0 ]; then [ "$body" -eq "$expected" ]; return; fi
  if sed "/^$return_char\$/q" "$1" | grep -qi '^transfer-encoding:.*chunked'; then
    [ "$2" -gt 0 ] || [ "$(tail -c 5 "$1" | od -An -tx1 | tr -d ' \n')" = 300d0a0d0a ]; return
  fi
  return 0
}
emergencies() { # LINES: what the programs' logs and journal say of a refused reload since `reload.began`
  wanted='\[emerg\]|:emerg\]|\[ALERT\]'
  began=$(cat "$state/reload.began")
  printf '%s\n' "$1" | while read -r word one two rest; do
    case $word in
      program) [ "$two" = - ] || journalctl -q --no-pager -o cat -u "$two" --since "@$began" 2>/dev/null;;
      log) decode "$one"
        was=$(sed -n "s|^\([0-9]* [0-9]*\) $one\$|\1|p" "$state/reload.logs" 2>/dev/null | head -n 1)
        inode=$(stat -c %i -- "$path" 2>/dev/null) || continue
        if [ "${was%% *}" = "$inode" ]; then tail -c "+$((${was#* } + 1))" -- "$path"; else cat -- "$path"; fi;;
    esac
  done 2>/dev/null | tail -c 262144 | grep -aE "$wanted" | sort -u | head -n 5
}
