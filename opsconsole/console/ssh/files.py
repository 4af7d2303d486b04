"""Reading and replacing files on a host, by POSIX tools only (BusyBox will do)."""

from __future__ import annotations

from typing import Protocol

from opsconsole.data.host import Command, Host, Output, ShellError
from opsconsole.data.text import clean_line

WRITE_DEADLINE_SECONDS = 60.0

# $1 path, $2 mode or "", $3 size. The content comes on stdin, so that `ps` does not show it. A symbolic link
# is followed: the file it leads to is replaced, the link stays. Nothing is renamed unless every byte came
# (a cut connection looks like an end of file), owner and mode are those of the old file, and it is on disk.
_WRITE = r"""
umask 077
path=$1; mode=$2; size=$3
fail() { echo "$1" >&2; exit 1; }
if [ -L "$path" ]; then path=$(readlink -f -- "$path") || fail "the symbolic link leads nowhere"; fi
[ -d "$path" ] && fail "it is a directory"
[ -e "$path" ] && [ ! -f "$path" ] && fail "it is not a regular file"
case $path in */*) folder=${path%/*}/ ;; *) folder=./ ;; esac
temporary=$(mktemp "${folder}.opsconsole.XXXXXX") || fail "cannot make a temporary file beside it"
trap 'rm -f -- "$temporary"' EXIT
trap 'exit 1' HUP INT TERM
dd of="$temporary" bs=65536 conv=fsync 2>/dev/null || fail "cannot write beside it (disk full?)"
written=$(wc -c < "$temporary")
[ "$written" -eq "$size" ] || fail "only $written of $size bytes arrived"
if [ -e "$path" ]; then
  # GNU cp also keeps the ACL and the SELinux label; elsewhere owner and mode are all there is. The times are
  # those of the new content: what looks whether a file has changed must see that it has.
  cp --attributes-only --preserve=all --no-preserve=timestamps -- "$path" "$temporary" 2>/dev/null
  owner=$(stat -c %u:%g -- "$path") || fail "cannot read its owner"
  [ "$(stat -c %u:%g -- "$temporary")" = "$owner" ] || chown "$owner" "$temporary" 2>/dev/null \
    || fail "cannot keep its owner $owner"
  [ -n "$mode" ] || mode=$(stat -c %a -- "$path") || fail "cannot read its mode"
fi
chmod "${mode:-644}" "$temporary" || fail "cannot set its mode"
mv -f -- "$temporary" "$path" || fail "cannot rename over it"
trap - EXIT
sync "$folder" 2>/dev/null || sync
"""


class _Runner(Protocol):
    """The part of a Shell that is needed here."""

    @property
    def host(self) -> Host: ...

    async def run(self, command: Command) -> Output: ...


async def read_file(shell: _Runner, path: str, *, limit_bytes: int, sudo: bool) -> bytes:
    """Return at most `limit_bytes` of a file.

    Raises:
        ShellError: It cannot be read.
    """
    output = await shell.run(
        Command(argv=("head", "-c", str(limit_bytes), "--", path), sudo=sudo, output_limit_bytes=limit_bytes)
    )
    _check(shell, output, f"cannot read {clean_line(path)}")
    return output.stdout


async def write_file(shell: _Runner, path: str, content: bytes, *, mode: int | None, sudo: bool) -> None:
    """Replace a file atomically; a new one gets `mode` or 0644.

    Raises:
        ShellError: It was not replaced.
    """
    octal = "" if mode is None else f"{mode:o}"
    output = await shell.run(
        Command(
            argv=("sh", "-c", _WRITE, "sh", path, octal, str(len(content))),
            stdin=content,
            sudo=sudo,
            deadline_seconds=WRITE_DEADLINE_SECONDS,
        )
    )
    _check(shell, output, f"cannot write {clean_line(path)}")


def _check(shell: _Runner, output: Output, what: str) -> None:
    if output.timed_out:
        raise ShellError(f"{shell.host.name}: {what}: no answer in time")
    if not output.ok:
        words = clean_line(output.stderr, 200) or f"exit status {output.exit_status}"
        raise ShellError(f"{shell.host.name}: {what}: {words}")
