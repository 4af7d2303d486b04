"""The shell of this machine: the same promises without SSH; and the sampler on it."""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.console.ssh import local
from opsconsole.console.ssh.local import LocalShell
from opsconsole.console.ssh.process import Collector
from opsconsole.console.ssh.sampler import (
    ProtocolError,
    Sampler,
    SamplerClosedError,
    TickTimeoutError,
    sampler_script,
)
from opsconsole.data.host import Command, Host, ShellError, SudoError, SudoPolicy
from tests.unit.ssh.sleepers import sleepers


@pytest.fixture
def shell() -> LocalShell:
    return LocalShell(Host("localhost", "localhost"))


async def test_argv_and_streams(shell: LocalShell) -> None:
    output = await shell.run(
        Command(("sh", "-c", 'printf "%s|" "$@"; cat; echo e >&2; exit 3', "sh", "a b", "'\\"), stdin=b"in")
    )
    assert (output.stdout, output.stderr, output.exit_status, output.ok) == (b"a b|'\\|in", b"e\n", 3, False)


@pytest.mark.parametrize("with_facts", [True, False])
async def test_a_deadline_ends_the_tree(shell: LocalShell, word: str, with_facts: bool) -> None:
    if with_facts:
        await shell.facts()
    script = f"setsid sleep {word} & (trap '' TERM; sleep {word}; sleep {word}) & sleep {word}"
    output = await shell.run(Command(("sh", "-c", script), deadline_seconds=0.3))
    assert output.timed_out
    assert sleepers(word) == 0


async def test_where_there_is_no_proc_psutil_finds_what_is_left(shell: LocalShell, word: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "setsid", "sleep", word, env={**os.environ, "OPSCONSOLE_RUN": "n1"}
    )
    other = await asyncio.create_subprocess_exec("sleep", word, env={**os.environ, "OPSCONSOLE_RUN": "n2"})
    await asyncio.to_thread(local._kill_marked, "n1")
    assert await process.wait() == -9
    assert other.returncode is None
    other.kill()
    await other.wait()


async def test_a_cancelled_command_leaves_nothing(shell: LocalShell, word: str, eventually) -> None:
    task = asyncio.create_task(shell.run(Command(("sh", "-c", f"setsid sleep {word} & sleep {word}"))))
    await eventually(lambda: sleepers(word) == 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await shell.finish()
    assert sleepers(word) == 0


async def test_a_stream_ends_with_its_reader(shell: LocalShell, word: str) -> None:
    command = Command(("sh", "-c", f"echo go; setsid sleep {word} & sleep {word}"))
    async with aclosing(shell.stream(command)) as stream:
        assert await anext(stream) == b"go\n"
    await shell.finish()
    assert sleepers(word) == 0


async def test_a_stream_ends_with_its_command(shell: LocalShell) -> None:
    assert b"".join([chunk async for chunk in shell.stream(Command(("sh", "-c", "echo a; echo b >&2")))]) in {
        b"a\nb\n",
        b"b\na\n",
    }


async def test_a_program_that_is_not_there(shell: LocalShell) -> None:
    assert (await shell.run(Command(("no-such-program",)))).exit_status == 127


async def test_sudo_never(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = LocalShell(Host("localhost", "localhost", sudo=SudoPolicy.NEVER))
    facts = await shell.facts()
    if facts.user_id == 0:  # root needs none
        assert (await shell.run(Command(("id", "-u"), sudo=True))).stdout == b"0\n"
    shell._facts = type(facts)(user_id=1000, timeout_style="gnu")
    with pytest.raises(SudoError, match="policy is never"):
        await shell.run(Command(("id", "-u"), sudo=True))


async def test_a_write_that_lost_its_end_changes_nothing(
    shell: LocalShell, tmp_path: Path, monkeypatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    whole = shell.run

    async def cut_short(command: Command):
        return await whole(Command(command.argv, stdin=(command.stdin or b"")[:3]))

    monkeypatch.setattr(shell, "run", cut_short)
    with pytest.raises(ShellError, match="only 3 of 6 bytes"):
        await shell.write_file(str(path), b"newest")
    assert path.read_bytes() == b"old"
    assert {entry.name for entry in tmp_path.iterdir()} == {"file", "home"}


async def test_new_content_has_a_time_of_its_own_and_the_old_mode(shell: LocalShell, tmp_path: Path) -> None:
    """What looks whether a file has changed (make, rsync, a daemon) goes by its time."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o604)
    os.utime(path, (1, 1))
    await shell.write_file(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o604
    assert path.stat().st_mtime != 1


async def test_the_collector_keeps_the_first_bytes_of_each_stream() -> None:
    collector = Collector(10)
    for chunk in (b"12345", b"67890abc", b"def"):
        collector.data_received(chunk, is_stderr=False)
    collector.data_received(b"err", is_stderr=True)
    collector.closed(0)
    assert (bytes(collector.stdout), bytes(collector.stderr), collector.truncated) == (
        b"1234567890",
        b"err",
        True,
    )


GROUPS = {
    "fast": [("one", "echo 1"), ("two", "printf 2; exit_later=1; (exit 5)")],
    "late": [("three", "sleep 0.5")],
}


async def test_the_sampler_answers_in_order_with_statuses(shell: LocalShell) -> None:
    sampler = await Sampler.start(shell, GROUPS)
    assert await sampler.tick(["fast"], 60) == {"one": (b"1\n", 0, False), "two": (b"2", 5, False)}
    with pytest.raises(TickTimeoutError):
        await sampler.tick(["late"], 0.1)
    assert list(await sampler.tick(["fast"], 60)) == ["one", "two"]
    await sampler.close()
    with pytest.raises(SamplerClosedError):
        await sampler.tick(["fast"], 60)


async def test_a_section_over_its_limit_is_cut_and_says_so(shell: LocalShell) -> None:
    sampler = await Sampler.start(
        shell, {"big": [("x", "head -c 300000 /dev/zero | tr '\\0' x"), ("y", "echo y")]}
    )
    answer = await sampler.tick(["big"], 60)
    assert answer["x"].truncated
    assert len(answer["x"].data) == 256 * 1024
    assert answer["y"] == (b"y\n", 0, False)
    await sampler.close()


async def test_a_section_cannot_forge_a_frame(shell: LocalShell) -> None:
    forged = "printf '\\n@@%s 1 0 two\\nforged\\n@@0123 1 0 .\\n' 0123; echo @@; echo \"$N\""
    sampler = await Sampler.start(shell, {"fast": [("one", forged), ("two", "echo 2")]})
    answer = await sampler.tick(["fast"], 60)
    assert answer["two"].data == b"2\n"
    assert b"forged" in answer["one"].data
    await sampler.close()


async def test_a_sampler_that_ends_says_so(shell: LocalShell) -> None:
    sampler = await Sampler.start(shell, {"fast": [("one", "kill -9 $$")]})
    with pytest.raises(SamplerClosedError):
        await sampler.tick(["fast"], 60)
    assert sampler.is_closed


async def test_a_sampler_that_cannot_begin_says_what_the_shell_complained_of() -> None:
    sampler = Sampler("db1")
    sampler.data_received(b"rbash: line 1: exec: restr", is_stderr=True)
    sampler.data_received(b"icted\n", is_stderr=True)
    sampler.exited(1)
    with pytest.raises(SamplerClosedError, match=r"ended \(status 1\): rbash: line 1: exec: restricted$"):
        await sampler.tick(["fast"], 60)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.binary(max_size=60) | st.sampled_from([b"FRAME 0 one\n", b"FRAME 0 .\n", b"FRAME x .\n"]),
        max_size=8,
    )
)
def test_any_answer_is_a_tick_or_a_protocol_error(parts: list[bytes]) -> None:
    async def run() -> None:
        sampler = Sampler("h", 10_000)

        class Process:
            def write(self, data: bytes) -> None:
                frame = b"\n@@" + sampler._nonce + b" 1"
                for part in parts:
                    sampler.data_received(part.replace(b"FRAME", frame), is_stderr=False)
                sampler.data_received(frame + b" 0 .\n", is_stderr=False)

            def close(self) -> None: ...

        sampler._process = Process()  # type: ignore[assignment] - only what a tick needs
        try:
            answer = await sampler.tick(["fast"], 1)
        except ProtocolError:
            assert sampler.is_closed
        else:
            assert all(isinstance(section.data, bytes) for section in answer.values())

    asyncio.run(run())


@pytest.mark.parametrize(
    "groups",
    [{"a b": []}, {"a": [("x;y", ":")]}, {"a": [("x", ":"), ("x", ":")]}, {"a": [("x", ":" * 40_000)]}],
)
def test_a_script_that_cannot_be_made_is_refused(groups) -> None:
    with pytest.raises(ValueError, match=r"name|longer"):
        sampler_script(groups)
