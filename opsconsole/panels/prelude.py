"""What the scripts of the panels begin with: POSIX sh for dash and BusyBox ash, constant text.

A script frames each of its parts by `@@name` and `@@=STATUS` lines with `part`, which bounds its size, and
runs each tool under `limit`, which bounds its time.
"""

from __future__ import annotations

TOOLS = r"""
PATH=$PATH:/usr/sbin:/sbin; LC_ALL=C; export PATH LC_ALL
nl='
'
if timeout 1 true 2>/dev/null; then limit() { timeout "$@"; }
elif timeout -t 1 true 2>/dev/null; then limit() { s=$1; shift; timeout -t "$s" "$@"; }
else limit() { shift; "$@"; }; fi
has() { command -v "$1" >/dev/null 2>&1; }
"""
"""`limit SECONDS COMMAND…` with either kind of timeout, `has TOOL`, and `$nl`."""

PART = r"""
part() { # NAME BYTES COMMAND...
  printf '\n@@%s\n' "$1"; bytes=$2; shift 2
  { "$@"; printf '\n@@=%s\n' "$?"; } | head -c "$bytes"
}
"""
"""`part NAME BYTES COMMAND…`: its output in a frame."""

PART_WITH_ERRORS = PART.replace('"$@";', '"$@" 2>&1;')
"""The same, with what the command complains of."""

LOWEST_PRIORITY = r"""
read -r me rest </proc/self/stat # of this very shell: `read` does not fork
{ renice -n 19 -p "$me"; ionice -c 3 -p "$me"; } >/dev/null 2>&1
"""
"""For what costs a host seconds: it gives way to everything else."""

JOURNAL_ACCESS = r"""
access() { # with -o json, journalctl does not say when it may read the user's own journal only
  seen=none
  for file in /var/log/journal/*/system.journal /run/log/journal/*/system.journal; do
    [ -r "$file" ] && { echo readable; return; }
    [ -e "$file" ] && seen=forbidden
  done
  echo "$seen"
}
"""
"""`access` says whether the system's journal is `readable`, `forbidden`, or there is `none`."""
