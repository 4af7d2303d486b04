r"""The one long-lived process per host that reads its values at each tick.

A POSIX `sh` reads tick lines from stdin and answers each with one bounded blob. It runs on until stdin
closes, so nothing stays behind when the console dies. Frames carry a nonce that is sent through stdin, not
argv: nothing on the host can see it and forge a frame.

On the wire, for tick 7 with sections `cpu` and `mem` (statuses 0 and 1)::

    7 fast\n
    \n@@NONCE 7 0 cpu\n…\n@@NONCE 7 0 mem\n…\n@@NONCE 7 1 .\n

Each boundary names the exit status of the section before it and the key of the one after it.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, cast

from opsconsole.console.ssh.process import Process, Receiver
from opsconsole.console.ssh.wire import new_nonce, script_argv, with_environment
from opsconsole.data.host import Shell, ShellError
from opsconsole.data.text import clean_line

TICK_LIMIT_BYTES = 512 * 1024
SECTION_LIMIT_BYTES = 256 * 1024
SCRIPT_LIMIT_BYTES = 32 * 1024
_SHELL_MEMORY_KIB = 256 * 1024
_COMPLAINT_BYTES = 200
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")

Groups = Mapping[str, Sequence[tuple[str, str]]]
"""Group name -> (section key, POSIX sh snippet) in order."""


class Section(NamedTuple):
    """What one section printed.

    Attributes:
        data: Its stdout, raw; NUL bytes are lost on the way and newlines at its end may be.
        exit_status: Of its last command.
        truncated: Whether it was cut.
    """

    data: bytes
    exit_status: int
    truncated: bool


class TickTimeoutError(ShellError):
    """The host did not answer a tick in time; its late answer will be dropped."""


class ProtocolError(ShellError):
    """The sampler sent what it must not, or too much of it; it is closed."""


class SamplerClosedError(ShellError):
    """The sampler is gone: its process ended or the connection was lost."""


class _Opener(Protocol):
    """What the shells of this room have beside `data.host.Shell`."""

    async def open_process(self, argv: Sequence[str], receiver: Receiver) -> Process: ...

    def reap_later(self, nonce: str, *, as_root: bool) -> None: ...


def sampler_script(groups: Groups) -> str:
    """Return the script that answers ticks for `groups`.

    Snippets are braced, not forked: cheap, so they share variables within a tick. All of a tick's sections
    run in one command substitution, so that the answer is one write and so few packets. The memory of the
    shell that gathers it is limited (an endless section ends the sampler, not the host's memory); that of
    the commands themselves is not.

    Raises:
        ValueError: A name is not a plain word, a key occurs twice in a group, or it all is too long.
    """
    cases = []
    for group, sections in groups.items():
        keys = [key for key, _ in sections]
        if not all(_WORD.fullmatch(word) for word in (group, *keys)) or len(set(keys)) != len(keys):
            raise ValueError(f"group {group!r} or one of its keys {keys} is not a plain, single name")
        body = "\n".join(f"b {key}\n{{ {snippet}\n}} </dev/null; R=$?" for key, snippet in sections)
        cases.append(f"{group})\n{body}\n;;")
    script = _SCRIPT.replace("@CASES@", "\n".join(cases)).replace("@MEMORY@", str(_SHELL_MEMORY_KIB))
    if len(script.encode()) > SCRIPT_LIMIT_BYTES:
        raise ValueError(f"the sampler script is longer than {SCRIPT_LIMIT_BYTES} bytes")
    return script


# Only builtins but for the snippets: one fork a tick. `b` prints a boundary with the status of the section
# before it. The soft limit on memory is lifted again in the subshell, for the commands.
_SCRIPT = r"""exec 2>/dev/null
cd /
read -r N || exit
H=$(ulimit -H -v) && ulimit -S -v @MEMORY@
b() { printf '\n@@%s %s %s %s\n' "$N" "$S" "$R" "$1"; }
run() {
R=0
for G in $W; do case $G in
@CASES@
esac; done
b .
}
while read -r S W; do
[ -n "$S" ] || exit
O=$([ -n "$H" ] && ulimit -S -v "$H"; run)
printf '%s\n' "$O"
done
"""


class Sampler:
    """Asks one host for its values, one tick at a time. Make it with `Sampler.start`."""

    def __init__(self, name: str, limit_bytes: int = TICK_LIMIT_BYTES) -> None:
        self._name = name
        self._limit = limit_bytes
        self._process: Process | None = None
        self._nonce = new_nonce().encode()
        self._sequence = 0
        self._buffer = bytearray()
        self._start = b""
        self._answer: asyncio.Future[None] | None = None
        self._due = 0.0
        self._deadline_seconds = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._turn = asyncio.Lock()
        self._closed = ""
        self._complaint = b""
        self._busy = False
        self._sweep: Callable[[], None] | None = None

    @classmethod
    async def start(cls, shell: Shell, groups: Groups, *, limit_bytes: int = TICK_LIMIT_BYTES) -> Sampler:
        """Start a sampler on the host of `shell`, which is one of this room's shells.

        Raises:
            ShellError: It could not be started.
            ValueError: `groups` cannot be made into a script.
        """
        sampler = cls(shell.host.name, limit_bytes)
        opener, run = cast(_Opener, shell), new_nonce()
        argv = with_environment(script_argv(sampler_script(groups)), run)
        sampler._process = await opener.open_process(argv, sampler)
        sampler._sweep = lambda: opener.reap_later(run, as_root=False)
        if sampler._closed:
            raise SamplerClosedError(f"{sampler._name}: {sampler._closed}")
        sampler._process.write(sampler._nonce + b"\n")
        return sampler

    @property
    def is_closed(self) -> bool:
        """Whether it can answer no more."""
        return bool(self._closed)

    async def tick(self, groups: Sequence[str], deadline_seconds: float) -> dict[str, Section]:
        """Run the sections of `groups` and return them by key.

        Raises:
            TickTimeoutError: No answer within `deadline_seconds`; the next tick may still succeed.
            ProtocolError: More than the limit arrived, or not what was asked; the sampler is closed.
            SamplerClosedError: It has ended.
        """
        async with self._turn:
            if self._closed or self._process is None:
                raise SamplerClosedError(f"{self._name}: {self._closed}")
            self._sequence += 1
            self._start = start = b"\n@@%s %d " % (self._nonce, self._sequence)
            self._buffer.clear()
            loop = asyncio.get_running_loop()
            self._answer = answer = loop.create_future()
            self._busy = True
            self._due, self._deadline_seconds = loop.time() + deadline_seconds, deadline_seconds
            if self._watch is None or self._watch.when() > self._due:
                self._watch_until(self._due)
            self._process.write(b"%d %s\n" % (self._sequence, " ".join(groups).encode()))
            try:
                await answer
                return self._sections(start)
            finally:
                self._answer = None

    async def close(self) -> None:
        """End it: its stdin closes, it leaves; what hangs in it is ended."""
        self._fail(SamplerClosedError, "the sampler was closed")

    def data_received(self, data: bytes, *, is_stderr: bool) -> None:
        """Gather the answer; the boundary that ends the tick is the last thing in it."""
        if is_stderr:  # the script itself has none: it is the login shell that will not have it
            self._complaint = (self._complaint + data)[:_COMPLAINT_BYTES]
            return
        if self._closed:
            return
        buffer = self._buffer
        buffer += data
        if len(buffer) > self._limit:
            self._fail(ProtocolError, f"a tick brought more than {self._limit} bytes")
        elif (
            buffer.endswith(b" .\n")
            and self._answer is not None
            # Only the last line can be the end; the status in it has at most three digits.
            and buffer.find(self._start, max(0, len(buffer) - len(self._start) - 6)) >= 0
            and not self._answer.done()
        ):
            self._busy = False
            self._answer.set_result(None)

    def exited(self, exit_status: int | None) -> None:
        """The shell ended."""
        said = clean_line(self._complaint, _COMPLAINT_BYTES)
        self._fail(
            SamplerClosedError, f"the sampler ended (status {exit_status})" + (f": {said}" if said else "")
        )

    def closed(self, exit_status: int | None) -> None:
        """The channel is gone."""
        self._fail(SamplerClosedError, "the connection to the sampler was lost")

    def _watch_until(self, due: float) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.get_running_loop().call_at(due, self._late)

    def _late(self) -> None:
        """Give up on a tick that is late. One timer serves many ticks: most are answered long before it."""
        self._watch = None
        if self._answer is None or self._answer.done():
            return
        if asyncio.get_running_loop().time() < self._due:
            self._watch_until(self._due)
            return
        reason = f"no answer within {self._deadline_seconds:g} s"
        self._answer.set_exception(TickTimeoutError(f"{self._name}: {reason}"))

    def _fail(self, error: type[ShellError], reason: str) -> None:
        if self._closed:
            return
        self._closed = reason
        self._buffer.clear()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error(f"{self._name}: {reason}"))
        if self._process is not None:
            self._process.close()
        # An idle shell leaves at the end of its stdin. One in the midst of a tick may hang (a dead mount, or
        # a dropbear that no longer reads what it writes).
        if self._busy and self._sweep is not None:
            self._sweep()

    def _sections(self, start: bytes) -> dict[str, Section]:
        """Cut the answer at its boundaries. What came before the first is the late answer of another tick."""
        pieces = bytes(self._buffer).split(start)
        self._buffer.clear()
        sections: dict[str, Section] = {}
        try:
            for piece, following in itertools.pairwise(pieces[1:]):
                header, _, data = piece.partition(b"\n")
                key = header.split(b" ")[1].decode("ascii")
                cut = len(data) > SECTION_LIMIT_BYTES
                status = int(following[: following.index(b" ")])
                sections[key] = Section(data[:SECTION_LIMIT_BYTES] if cut else data, status, cut)
        except (ValueError, IndexError):
            self._fail(ProtocolError, "its answer is not in the form of a tick")
            raise ProtocolError(f"{self._name}: its answer is not in the form of a tick") from None
        return sections
