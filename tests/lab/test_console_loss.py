"""Losing a host in front of one's eyes: it says so, the others never notice, and it comes back by itself."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.lab import claims, faults
from tests.lab.conftest import Lab
from tests.lab.consoles import CALM, chosen, configure, console, live, names, row
from tests.lab.terminal import Terminal

pytestmark = pytest.mark.lab

THREE_TICKS_SECONDS = 6
NOTICED_SECONDS = 15 + 3  # keepalive's limit, and what the screen and a busy machine may add
DOWN = r"(lost|unreachable: timed out) \((next try \d+s|trying again)\): \w"


def age(terminal: Terminal, name: str) -> float:
    """Return the age column of a row in seconds; infinite when there is none."""
    found = re.search(r" (\d+)(s|m|h)(  |$)", terminal.line(row(name)))
    return float("inf") if found is None else int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


def colour(terminal: Terminal, name: str) -> str:
    """Return the colour of a row's first figure."""
    line = next(line for line in terminal.styled().splitlines() if f" {name} " in line and "%" in line)
    return re.findall(r"38;2;\d+;\d+;\d+", line[: line.index("%")])[-1]


def test_one_is_lost_and_the_others_never_notice(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web1", "web2", "busy1"], more=CALM)
    environ = {"COLORTERM": "truecolor"}
    with console(config, tmp_path / "terminal", size=(200, 30), environ=environ) as terminal:
        terminal.wait_for(live("web1"), live("web2"), live("busy1"), live("localhost"))
        chosen(terminal, "localhost")  # the cursor's row has colours of its own
        fresh = colour(terminal, "web2")
        terminal.wait_until(lambda: colour(terminal, "web1") == fresh, "web1 as fresh as web2")
        oldest = 0.0

        def watched(true: object = None) -> bool:
            nonlocal oldest
            oldest = max(oldest, *(age(terminal, name) for name in ("web2", "busy1", "localhost")))
            return bool(re.search(DOWN, terminal.line(row("web1"))))

        with faults.packets_dropped("web1"):
            began = time.monotonic()
            terminal.wait_until(watched, "web1 to be down", within=NOTICED_SECONDS)
            # Its figures are still there, and look like what they are: old.
            assert colour(terminal, "web1") != fresh
            assert re.search(live("web1"), terminal.text(), re.MULTILINE)
            assert names(terminal)[0] == "web1"
            assert "1 unknown" in terminal.text()
            # Through the first attempts to come back, too.
            terminal.wait_until(
                lambda: watched() and "timed out" in terminal.line(row("web1")), "a try", within=60
            )
            assert age(terminal, "web1") > time.monotonic() - began - THREE_TICKS_SECONDS
        assert oldest <= THREE_TICKS_SECONDS
        terminal.wait_until(lambda: age(terminal, "web1") <= THREE_TICKS_SECONDS, "web1 back", within=90)
        terminal.wait_until(lambda: colour(terminal, "web1") == fresh, "web1's figures fresh again")
        terminal.keys("q")
        assert terminal.ended() == 0


def marked(name: str) -> set[str]:
    """Return the processes on a host that a console started."""
    script = (
        "for p in /proc/[0-9]*; do"
        " tr '\\0' '\\n' 2>/dev/null <$p/environ | grep -q ^OPSCONSOLE_RUN= && echo $p; done"
    )
    return set(faults.execute(name, ["sh", "-c", script]).stdout.split())


def test_a_console_that_is_killed_leaves_nothing_on_the_hosts(lab: Lab, tmp_path: Path) -> None:
    hosts = ("web1", "busy1")
    config = configure(lab, tmp_path / "opsconsole.toml", hosts, more=CALM)
    for name in hosts:
        claims.claim(name, "console")
    try:
        before = {name: marked(name) for name in hosts}
        with console(config, tmp_path / "terminal") as terminal:
            terminal.wait_for(live("web1"), live("busy1"))
            chosen(terminal, "web1")
            terminal.keys("l")  # a stream, beside the sampler
            terminal.wait_for("following")
            left = {name: marked(name) - before[name] for name in hosts}
            assert all(left.values())
            os.kill(terminal.program_pids()[0], signal.SIGKILL)
            assert terminal.ended() == 128 + signal.SIGKILL
            for name in hosts:
                terminal.wait_until(
                    lambda name=name: not left[name] & marked(name), f"{name} rid of {left[name]}", within=30
                )
    finally:
        for name in hosts:
            claims.release(name, "console")
