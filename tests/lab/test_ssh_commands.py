"""Commands on real hosts: quoting, deadlines that leave nothing behind, bounds, streams, files, tunnels."""

from __future__ import annotations

import asyncio
import resource
import time
from contextlib import aclosing

import pytest

from opsconsole.data.host import Command, ShellError
from tests.lab import faults
from tests.lab.sshroom import gone, processes, room

pytestmark = pytest.mark.lab

DEBIAN, BUSYBOX, READ_ONLY = "web2", "busy1", "ro1"


@pytest.mark.parametrize("name", [DEBIAN, BUSYBOX, READ_ONLY, "trixie1"])
async def test_argv_arrives_as_it_was_sent(lab, name: str) -> None:
    words = [
        "",
        " ",
        "it's",
        '"',
        "a\\b",
        "\\",
        "'\\'",
        "$HOME `id` $(id)",
        "*",
        "~",
        "new\nline",
        "!x",
        "é\udcff",
    ]
    async with room([lab.host(name)]) as connections:
        await connections.connect(name)
        output = await connections.shell(name).run(Command(("printf", "%s\\0", *words)))
    sent = b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in words)
    assert output.stdout == sent


@pytest.mark.parametrize("with_facts", [True, False])
@pytest.mark.parametrize("name", [DEBIAN, BUSYBOX])
async def test_a_deadline_ends_the_whole_tree(lab, name: str, with_facts: bool) -> None:
    mark = f"43{int(time.time() * 1000) % 10**7}"  # argument of sleep, to find them by
    script = f"setsid sleep {mark} & (trap '' TERM; sleep {mark}; sleep {mark}) & sleep {mark}"
    async with room([lab.host(name)]) as connections:
        await connections.connect(name)
        shell = connections.shell(name)
        if with_facts:
            await shell.facts()
        began = time.monotonic()
        output = await shell.run(Command(("sh", "-c", script), deadline_seconds=1.0))
        assert time.monotonic() - began < 6
        assert output.timed_out
        assert not output.ok
        assert processes(name, mark) == []


async def test_a_deadline_ends_root_s_tree_too(lab) -> None:
    mark = f"44{int(time.time() * 1000) % 10**7}"
    async with room([lab.host(DEBIAN)]) as connections:
        await connections.connect(DEBIAN)
        script = f"setsid sleep {mark} & sleep {mark}"
        command = Command(("sh", "-c", script), sudo=True, deadline_seconds=1.0)
        output = await connections.shell(DEBIAN).run(command)
        assert output.timed_out
        assert processes(DEBIAN, mark) == []


@pytest.mark.parametrize("name", [DEBIAN, BUSYBOX])
async def test_a_cancelled_command_leaves_nothing(lab, name: str) -> None:
    mark = f"45{int(time.time() * 1000) % 10**7}"
    async with room([lab.host(name)]) as connections:
        await connections.connect(name)
        shell = connections.shell(name)
        task = asyncio.create_task(shell.run(Command(("sh", "-c", f"setsid sleep {mark} & sleep {mark}"))))
        async with asyncio.timeout(20):
            while len(await asyncio.to_thread(processes, name, f"sleep {mark}")) < 2:
                await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await shell.finish()
        assert processes(name, mark) == []


async def test_a_daemon_that_keeps_the_pipe_does_not_keep_us_and_lives_on(lab) -> None:
    mark = f"46{int(time.time() * 1000) % 10**7}"
    async with room([lab.host(DEBIAN)]) as connections:
        await connections.connect(DEBIAN)
        shell = connections.shell(DEBIAN)
        began = time.monotonic()
        output = await shell.run(Command(("sh", "-c", f"setsid sleep {mark} & exit 7")))
        assert time.monotonic() - began < 5
        assert output.exit_status == 7
        assert not output.timed_out
        assert len(processes(DEBIAN, mark)) == 1
        await shell.run(Command(("pkill", "-f", mark)))


async def test_the_wrapper_adds_one_process(lab) -> None:
    async with room([lab.host(DEBIAN)]) as connections:
        await connections.connect(DEBIAN)
        shell = connections.shell(DEBIAN)
        await shell.facts()
        # From the command up: `timeout`, then sshd itself; the login shell and `env` were replaced.
        output = await shell.run(
            Command(("sh", "-c", "cat /proc/$PPID/comm; ps -o comm= -p $(ps -o ppid= -p $PPID)"))
        )
        assert output.stdout.split() == [b"timeout", b"sshd"]


async def test_exit_by_a_signal_and_plain_failures(lab) -> None:
    async with room([lab.host(DEBIAN)]) as connections:
        await connections.connect(DEBIAN)
        shell = connections.shell(DEBIAN)
        assert (await shell.run(Command(("sh", "-c", "kill -SEGV $$")))).exit_status == 128 + 11
        assert (await shell.run(Command(("no-such-program",)))).exit_status == 127
        output = await shell.run(Command(("sh", "-c", "echo out; echo err >&2; exit 3")))
        assert (output.exit_status, output.stdout, output.stderr) == (3, b"out\n", b"err\n")
        assert (await shell.run(Command(("cat",), stdin=b"in\0put"))).stdout == b"in\0put"
        assert (await shell.run(Command(("cat",)))).stdout == b""


async def test_a_gigabyte_is_cut_in_bounded_memory_and_time(lab) -> None:
    async with room([lab.host(DEBIAN)]) as connections:
        await connections.connect(DEBIAN)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.monotonic()
        command = Command(("head", "-c", "1000000000", "/dev/zero"), output_limit_bytes=100_000)
        output = await connections.shell(DEBIAN).run(command)
        assert time.monotonic() - began < 10
        assert len(output.stdout) == 100_000
        assert output.truncated
        assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 50_000  # KiB
        assert processes(DEBIAN, "1000000000") == []


async def test_output_a_little_over_the_limit_keeps_its_exit_status(lab) -> None:
    async with room([lab.host(DEBIAN)]) as connections:
        await connections.connect(DEBIAN)
        command = Command(("sh", "-c", "head -c 300000 /dev/zero; exit 5"), output_limit_bytes=1000)
        output = await connections.shell(DEBIAN).run(command)
        assert (output.exit_status, output.truncated, len(output.stdout)) == (5, True, 1000)


async def test_more_commands_than_sessions_wait_their_turn(lab) -> None:
    async with room([lab.host(DEBIAN)]) as connections:
        await connections.connect(DEBIAN)
        shell = connections.shell(DEBIAN)
        sampler = await connections.sampler(DEBIAN, {"fast": [("one", "echo 1")]})
        outputs = await asyncio.gather(*(shell.run(Command(("echo", str(number)))) for number in range(40)))
        assert [int(output.stdout) for output in outputs] == list(range(40))
        await sampler.close()


@pytest.mark.parametrize("name", [DEBIAN, BUSYBOX])
async def test_a_stream_follows_and_closing_it_ends_the_tree(lab, name: str) -> None:
    mark = f"47{int(time.time() * 1000) % 10**7}"
    script = f"echo one; echo two >&2; setsid sleep {mark} & sleep {mark}"
    async with room([lab.host(name)]) as connections:
        await connections.connect(name)
        shell = connections.shell(name)
        got = b""
        async with aclosing(shell.stream(Command(("sh", "-c", script)))) as stream:
            async for chunk in stream:
                got += chunk
                if b"one" in got and b"two" in got:
                    break
        await shell.finish()
        assert processes(name, mark) == []


async def test_a_stream_ends_with_the_connection_however_silent(lab, eventually) -> None:
    mark = f"48{int(time.time() * 1000) % 10**7}"
    async with room([lab.host(DEBIAN)]) as connections:
        await connections.connect(DEBIAN)
        stream = connections.shell(DEBIAN).stream(Command(("sh", "-c", f"echo go; exec sleep {mark}")))
        assert await anext(stream) == b"go\n"
        connections._by_name[DEBIAN].connection().abort()
        with pytest.raises(ShellError, match="lost"):
            await anext(stream)
        await gone(DEBIAN, mark)


async def test_a_slow_reader_of_an_endless_stream_holds_little(lab) -> None:
    async with room([lab.host(DEBIAN)]) as connections:
        await connections.connect(DEBIAN)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        shell = connections.shell(DEBIAN)
        async with aclosing(shell.stream(Command(("cat", "/dev/zero")))) as stream:
            assert len(await anext(stream)) <= 64 * 1024
            await shell.run(Command(("sleep", "2")))  # at 80 MB/s and more, were it read meanwhile
            assert len(await anext(stream)) <= 64 * 1024
        assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 60_000


@pytest.mark.parametrize("name", [DEBIAN, BUSYBOX, READ_ONLY])
async def test_a_file_is_replaced_whole_and_keeps_mode_and_link(lab, name: str) -> None:
    folder = f"/tmp/opsconsole-lab-files-{time.time_ns()}"
    content = b"new\0\xff\n" * 5000
    async with room([lab.host(name)]) as connections:
        await connections.connect(name)
        shell = connections.shell(name)
        script = 'mkdir "$1"; cd "$1"; echo old > "a file"; chmod 640 "a file"; ln -s "a file" link'
        await shell.run(Command(("sh", "-c", script, "sh", folder)))
        await shell.write_file(f"{folder}/link", content)
        assert await shell.read_file(f"{folder}/a file") == content
        await shell.write_file(f"{folder}/-new", b"x", mode=0o600)
        assert await shell.read_file(f"{folder}/-new", limit_bytes=10) == b"x"
        assert await shell.read_file(f"{folder}/link", limit_bytes=4) == content[:4]
        listing = (await shell.run(Command(("ls", "-lA", folder)))).stdout.decode().splitlines()[1:]
        assert [line[:10] for line in listing] == ["-rw-------", "-rw-r-----", "lrwxrwxrwx"]
        with pytest.raises(ShellError, match="cannot read"):
            await shell.read_file(f"{folder}/none")
        with pytest.raises(ShellError, match="directory"):
            await shell.write_file(folder, b"x")
        with pytest.raises(ShellError, match="temporary file"):
            await shell.write_file("/proc/none/x", b"x")
        await shell.run(Command(("rm", "-rf", folder)))


async def test_another_s_file_is_only_replaced_as_root(lab) -> None:
    path = f"/tmp/opsconsole-lab-owner-{time.time_ns()}"
    faults.execute(DEBIAN, ["install", "-o", "plain", "-m", "604", "/dev/null", path])
    faults.execute(DEBIAN, ["mkdir", "-m", "777", f"{path}.d"])
    faults.execute(DEBIAN, ["install", "-o", "plain", "-m", "604", "/dev/null", f"{path}.d/file"])
    async with room([lab.host(DEBIAN)]) as connections:
        await connections.connect(DEBIAN)
        shell = connections.shell(DEBIAN)
        with pytest.raises(ShellError, match="keep its owner"):
            await shell.write_file(f"{path}.d/file", b"mine")
        await shell.write_file(path, b"root's", sudo=True)
        found = faults.execute(DEBIAN, ["stat", "-c", "%U %a", path]).stdout.split()
        assert found == ["plain", "604"]
        assert faults.execute(DEBIAN, ["ls", "-A", f"{path}.d"]).stdout.split() == ["file"]
    faults.execute(DEBIAN, ["rm", "-rf", path, f"{path}.d"])


async def test_tunnels_to_a_port_and_to_a_socket(lab) -> None:
    async with room([lab.host("web1")]) as connections:
        await connections.connect("web1")
        shell = connections.shell("web1")
        async with shell.forward("127.0.0.1", 22) as (address, port):
            reader, writer = await asyncio.open_connection(address, port)
            assert (await reader.readline()).startswith(b"SSH-2.0-")
            writer.close()
        async with shell.forward_socket("/run/systemd/journal/stdout") as path:
            reader, writer = await asyncio.open_unix_connection(path)
            writer.close()
        with pytest.raises(FileNotFoundError):
            await asyncio.open_unix_connection(path)
