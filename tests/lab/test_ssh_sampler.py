"""The sampler on real hosts: dash, BusyBox ash, a login shell that is neither, and its end."""

from __future__ import annotations

import time

import pytest

from opsconsole.console.ssh.sampler import ProtocolError, SamplerClosedError, TickTimeoutError
from opsconsole.console.ssh.wire import MARKER
from tests.lab import faults
from tests.lab.sshroom import gone, processes, room

pytestmark = pytest.mark.lab

GROUPS = {
    "fast": [("stat", "cat /proc/stat"), ("empty", ":"), ("status", "(exit 3)")],
    "slow": [("quiet", "ls /nonexistent"), ("reads", "cat"), ("open_end", "printf 'no newline'")],
}


def marked(word: str) -> dict[str, list[tuple[str, str]]]:
    """Return the groups with a word in the script by which its process is found."""
    return {**GROUPS, "mark": [(word, ":")]}


@pytest.mark.parametrize("name", ["web1", "trixie1", "busy1", "ro1", "deep1"])
async def test_it_answers_and_leaves(lab, name: str) -> None:
    async with room(
        [lab.host(other) for other in ("bastion", "inner") if other != name] + [lab.host(name)]
    ) as connections:
        await connections.connect(name)
        word = f"mark{time.time_ns()}"
        sampler = await connections.sampler(name, marked(word))
        assert len(processes(name, word)) == 1
        answer = await sampler.tick(["fast", "slow"], 5)
        assert list(answer) == ["stat", "empty", "status", "quiet", "reads", "open_end"]
        assert answer["stat"].data.startswith(b"cpu ")
        assert answer["empty"] == (b"", 0, False)
        assert answer["status"].exit_status == 3
        assert answer["quiet"].data == b""
        assert answer["quiet"].exit_status != 0
        assert answer["reads"] == (b"", 0, False)
        assert answer["open_end"].data == b"no newline"
        assert list(await sampler.tick(["fast"], 5)) == ["stat", "empty", "status"]
        await sampler.close()
        with pytest.raises(SamplerClosedError):
            await sampler.tick(["fast"], 5)
        await gone(name, word)


async def test_it_ends_with_its_connection(lab) -> None:
    async with room([lab.host("web2")]) as connections:
        await connections.connect("web2")
        word = f"mark{time.time_ns()}"
        sampler = await connections.sampler("web2", marked(word))
        await sampler.tick(["fast"], 5)
        connections._by_name["web2"].connection().abort()
        with pytest.raises(SamplerClosedError):
            await sampler.tick(["fast"], 5)
        await gone("web2", word)


@pytest.mark.parametrize("name", ["web2", "busy1"])
async def test_a_late_answer_is_dropped(lab, name: str) -> None:
    groups = {"late": [("one", "sleep 1; echo late")], "fast": [("two", "echo fast")]}
    async with room([lab.host(name)]) as connections:
        await connections.connect(name)
        sampler = await connections.sampler(name, groups)
        with pytest.raises(TickTimeoutError):
            await sampler.tick(["late"], 0.2)
        assert await sampler.tick(["fast"], 5) == {"two": (b"fast\n", 0, False)}
        await sampler.close()


@pytest.mark.parametrize("name", ["web2", "busy1"])
async def test_an_endless_section_harms_neither_side(lab, name: str) -> None:
    word = f"word{time.time_ns()}"
    groups = {"endless": [("x", "yes | head -c 700000")], "forever": [("y", f"yes {word}")]}
    async with room([lab.host(name)]) as connections:
        await connections.connect(name)
        sampler = await connections.sampler(name, groups)
        with pytest.raises(ProtocolError, match="more than"):
            await sampler.tick(["endless"], 5)
        assert sampler.is_closed
        sampler = await connections.sampler(name, groups)
        with pytest.raises(SamplerClosedError):  # the shell on the host runs into its memory limit
            await sampler.tick(["forever"], 30)
        await gone(name, word)


@pytest.mark.parametrize("name", ["web2", "busy1"])
async def test_a_sampler_that_hangs_is_ended_when_it_is_closed(lab, name: str) -> None:
    word = f"51{time.time_ns() % 10**7}"
    async with room([lab.host(name)]) as connections:
        await connections.connect(name)
        sampler = await connections.sampler(name, {"hangs": [("x", f"sleep {word}")]})
        with pytest.raises(TickTimeoutError):
            await sampler.tick(["hangs"], 0.3)
        await sampler.close()
        await gone(name, word)


async def test_nothing_on_the_host_can_see_the_nonce(lab) -> None:
    async with room([lab.host("web2")]) as connections:
        await connections.connect("web2")
        sampler = await connections.sampler("web2", GROUPS)
        await sampler.tick(["fast"], 5)
        script = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'"
        everything = faults.execute("web2", ["sh", "-c", script]).stdout
        assert MARKER in everything
        assert sampler._nonce.decode() not in everything
        await sampler.close()
