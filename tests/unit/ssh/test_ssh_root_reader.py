"""The process that reads as root turn after turn, on this machine and so without sudo."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from opsconsole.console import sections
from opsconsole.console.ssh import root_reader
from opsconsole.console.ssh.local import LocalShell
from opsconsole.console.ssh.process import Process, Receiver
from opsconsole.console.ssh.root_reader import RootReader
from opsconsole.data.host import Facts, Host, ShellError, SudoError
from opsconsole.panels.panel import Cadence, Section, SectionOutput
from tests.unit.ssh.sleepers import sleepers

LIMIT = 1000


class Opened(LocalShell):
    """A shell that counts what it opened as root; `inner` is the `sh` it takes, `refusal` what sudo says."""

    inner: tuple[str, ...] = ("sh",)
    refusal: SudoError | None = None

    def __init__(self, style: str) -> None:
        super().__init__(Host("localhost", "localhost"))
        self._facts = Facts(user="root", user_id=0, timeout_style=style)
        self.opened: list[Process] = []
        self.argv: list[str] = []

    async def open_as_root(self, argv: Sequence[str], receiver: Receiver, nonce: str) -> Process:
        if self.refusal is not None:
            raise self.refusal
        self.argv = [*self.inner, *argv[1:]]
        process = await super().open_as_root(self.argv, receiver, nonce)
        self.opened.append(process)
        return process


@pytest.fixture
def shell() -> Opened:
    return Opened("gnu")


@pytest.fixture
async def reader(shell: Opened) -> AsyncIterator[RootReader]:
    reader = RootReader(shell, deadline_seconds=60, limit_bytes=LIMIT)
    yield reader
    reader.close()
    await shell.finish()


def is_there(shell: Opened) -> bool:
    return shell.opened[-1]._child.poll() is None  # type: ignore[attr-defined]  # a LocalProcess


SHELLS = [("sh",), ("dash",), ("bash",), ("busybox", "sh")]


@pytest.mark.parametrize("inner", [one for one in SHELLS if shutil.which(one[0])], ids=" ".join)
async def test_one_process_answers_turn_after_turn(
    shell: Opened, reader: RootReader, inner: tuple[str, ...]
) -> None:
    shell.inner = inner
    for number in (3, 0):
        output = await reader.run(
            b"printf 'a\\0b\\\\n\\n  '\nkept=$kept-$N$S$L; echo \"$kept\"; exit %d" % number
        )
        assert (output.stdout, output.exit_status) == (b"a\0b\\n\n  -\n", number)
        assert (output.truncated, output.timed_out, output.stderr) == (False, False, b"")
    assert (await reader.run(b"echo err >&2; cat; cd /tmp; umask 777; exec 1>&-")).stdout == b""
    assert (await reader.run(b"pwd; umask")).stdout.startswith(b"/\n0022")
    assert len(shell.opened) == 1


async def test_the_sections_of_a_batch_are_found_again(reader: RootReader) -> None:
    scripts = ("a=1; echo one; exit 4", 'printf "%s" "two$a"', "case x in x) echo '\\x' ;; esac")
    sections_ = [(f"p.{at}", Section(f"s{at}", script, Cadence.SLOW)) for at, script in enumerate(scripts)]
    batch = sections.batch(sections_, sudo=True)
    assert batch is not None
    for _ in range(2):
        output = await reader.run(batch.command.stdin or b"")
        assert batch.split(output.stdout) == {
            "p.0": SectionOutput(b"one\n", 4),
            "p.1": SectionOutput(b"two", 0),
            "p.2": SectionOutput(b"\\x\n", 0),
        }


async def test_those_who_ask_at_once_take_turns(shell: Opened, reader: RootReader) -> None:
    outputs = await asyncio.gather(reader.open(), *(reader.run(b"echo %d" % at) for at in range(5)))
    assert [one.stdout for one in outputs[1:]] == [b"%d\n" % at for at in range(5)]  # type: ignore[union-attr]
    assert len(shell.opened) == 1


async def test_what_is_too_long_is_cut_and_the_next_is_whole(shell: Opened, reader: RootReader) -> None:
    output = await reader.run(b"yes | head -c 300000; exit 5")
    assert (output.truncated, len(output.stdout), output.exit_status) == (True, LIMIT, 5)
    assert (await reader.run(b"echo next")).stdout == b"next\n"
    assert len(shell.opened) == 1


async def test_what_has_no_end_is_ended(shell: Opened, reader: RootReader, monkeypatch) -> None:
    monkeypatch.setattr("opsconsole.console.ssh.process.HARD_CAP_BYTES", 10**6)
    output = await reader.run(b"yes")
    assert (output.truncated, output.timed_out) == (True, False)
    assert (await reader.run(b"echo next")).stdout == b"next\n"
    assert len(shell.opened) == 2


@pytest.mark.parametrize("style", ["gnu", "none"])
async def test_what_hangs_is_ended_and_costs_one_process_a_turn(style: str, word: str) -> None:
    shell = Opened(style)
    reader = RootReader(shell, deadline_seconds=3, limit_bytes=LIMIT)
    hangs = f"echo seen; setsid sleep {word} & (trap '' TERM; sleep {word}; sleep {word}) & sleep {word}"
    for turn in (1, 2):
        output = await reader.run(hangs.encode())
        assert output.timed_out
        assert output.stdout == b"seen\n"
        assert sleepers(word) == 0
        assert len(shell.opened) == 1 + turn  # the next one is there already: it ended what hung
    assert (await reader.run(b"echo next")).stdout == b"next\n"
    assert len(shell.opened) == 3
    reader.close()


async def test_cancelled_and_closed_it_leaves_nothing(shell: Opened, word: str, eventually) -> None:
    reader = RootReader(shell, deadline_seconds=60, limit_bytes=LIMIT)
    task = asyncio.create_task(reader.run(f"setsid sleep {word} & sleep {word}".encode()))
    await eventually(lambda: sleepers(word) == 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    reader.close()
    await shell.finish()
    assert sleepers(word) == 0


async def test_cancelled_while_it_ends_what_hung_it_is_ended_all_the_same(
    word: str, monkeypatch: pytest.MonkeyPatch, eventually
) -> None:
    shell = Opened("none")
    reader = RootReader(shell, deadline_seconds=1, limit_bytes=LIMIT)
    monkeypatch.setattr(root_reader, "reap_argv", lambda nonce: ["sleep", f"{word}1"])
    task = asyncio.create_task(reader.run(f"setsid sleep {word} & wait".encode()))
    await eventually(lambda: sleepers(f"{word}1") == 1)
    assert sleepers(word) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    reader.close()
    await shell.finish()
    assert sleepers(word) + sleepers(f"{word}1") == 0


async def test_idle_it_leaves_when_it_is_closed(shell: Opened, eventually) -> None:
    reader = RootReader(shell, deadline_seconds=60, limit_bytes=LIMIT)
    await reader.run(b"true")
    assert is_there(shell)
    reader.close()
    await eventually(lambda: not is_there(shell))
    assert (await reader.run(b"echo again")).stdout == b"again\n"
    reader.close()


async def test_one_that_was_ended_is_told_and_started_at_the_next_turn(
    shell: Opened, reader: RootReader, eventually
) -> None:
    await reader.open()
    output = await reader.run(b"kill -KILL $(ps -o ppid= -p $PPID)")  # `timeout` is between the two
    assert output.exit_status != 0
    assert not output.timed_out
    assert len(shell.opened) == 1
    assert (await reader.run(b"echo next")).stdout == b"next\n"
    os.kill(shell.opened[-1]._child.pid, signal.SIGKILL)  # type: ignore[attr-defined]  # a LocalProcess
    await eventually(lambda: reader._session is None or reader._session.has_ended)
    assert (await reader.run(b"echo next")).stdout == b"next\n"
    assert len(shell.opened) == 3


async def test_a_refusal_is_not_tried_again_by_itself(shell: Opened, reader: RootReader) -> None:
    shell.refusal = SudoError("localhost: sudo refused")
    for ask in (reader.open, lambda: reader.run(b"true")):
        with pytest.raises(SudoError):
            await ask()
    shell.refusal = None
    assert (await reader.run(b"echo given")).stdout == b"given\n"


async def test_a_lost_connection_is_an_error(shell: Opened, reader: RootReader, monkeypatch) -> None:
    def lost(otherwise: str) -> None:
        raise ShellError(otherwise)

    await reader.open()
    monkeypatch.setattr(shell, "check_connected", lost)
    with pytest.raises(ShellError, match="connection was lost"):
        await reader.run(b"kill -KILL $(ps -o ppid= -p $PPID)")
    assert len(shell.opened) == 1


async def test_a_script_that_did_not_come_whole_is_not_run(shell: Opened, reader: RootReader) -> None:
    await reader.open()
    cut = subprocess.run(shell.argv, input=b"word\necho ran\n", capture_output=True, check=False)
    assert cut.stdout == b""
    whole = subprocess.run(shell.argv, input=b"word\necho ran\nword\n", capture_output=True, check=False)
    assert whole.stdout == b"ran\n\n@@word 0\n"


async def test_a_script_is_in_no_environment(shell: Opened, reader: RootReader) -> None:
    await reader.open()
    seen = subprocess.run(
        shell.argv,
        input=b"word\nenv\nword\n",
        env={**os.environ, "N": "a", "S": "b", "L": "c"},
        capture_output=True,
        check=False,
    )
    assert seen.stdout.endswith(b"@@word 0\n")
    assert not {line[:2] for line in seen.stdout.splitlines()} & {b"N=", b"S=", b"L="}


KILLED = """
import asyncio, sys
from opsconsole.console.ssh.local import LocalShell
from opsconsole.console.ssh.root_reader import RootReader
from opsconsole.data.host import Facts, Host

async def main():
    shell = LocalShell(Host("localhost", "localhost"))
    shell._facts = Facts(user="root", user_id=0, timeout_style="gnu")
    reader = RootReader(shell, deadline_seconds=2, limit_bytes=1000)
    await reader.open()
    print(reader._session.process._child.pid, flush=True)
    await reader.run(sys.argv[1].encode())
    print("asked", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("hangs", [False, True])
async def test_it_leaves_when_the_console_is_killed(word: str, eventually, hangs: bool) -> None:
    script = f"exec sleep {word}" if hangs else "true"
    console = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, script, stdout=asyncio.subprocess.PIPE
    )
    assert console.stdout is not None
    pid = int(await console.stdout.readline())
    if hangs:
        await eventually(lambda: sleepers(word) == 1)
    else:
        assert await console.stdout.readline() == b"asked\n"
    console.kill()
    await console.wait()
    await eventually(lambda: sleepers(word) == 0 and not runs(pid))


def runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
