"""Hosts that mean harm beside hosts that do not: the real app lives on and the others never notice."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from textual.pilot import Pilot

from opsconsole.console.inventory import load_inventory
from opsconsole.console.service import Service
from opsconsole.console.settings import Settings
from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.tui.app import OpsconsoleApp
from tests.lab.conftest import Lab
from tests.lab.consoles import CALM, OPSCONSOLE, chosen, configure, console, live, row
from tests.lab.hostile import UNREADABLE, WAYS, serving

pytestmark = pytest.mark.lab

GOOD = ("localhost", "web2")
THREE_TICKS_SECONDS = 6.0
WATCHED_SECONDS = 15.0
GROWTH_BYTES = 150 * 1024 * 1024
CHECK_SECONDS = 150  # `check` gives a host 90 s
CONNECTED = ("words", "numbers", "frames", "noise", "flood", "trickle")


@dataclass(frozen=True)
class Hostile:
    """A configuration with a hostile host of each way, a good one, and this machine; a check under way."""

    config: Path
    check: subprocess.Popen[str]


@pytest.fixture(scope="module")
def hostile(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    folder = tmp_path_factory.mktemp("hostile")
    with serving(folder) as ports:
        sections = "".join(
            f'[hosts.{way}]\naddress = "127.0.0.1"\nport = {port}\nknown_hosts = "{folder / "known_hosts"}"\n'
            for way, port in ports.items()
        )
        config = configure(lab, folder / "opsconsole.toml", ["web2"], more=CALM + sections)
        # A host that sends a byte a second is given up after 90 s: that time passes while the app is tried.
        argv = [
            "timeout",
            "-s",
            "KILL",
            str(CHECK_SECONDS),
            OPSCONSOLE,
            "check",
            "--config",
            config,
            "--json",
            *UNREADABLE,
        ]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as check:
            try:
                yield Hostile(config, check)
            finally:
                check.kill()


def drawn(app: OpsconsoleApp) -> str:
    """Return the text of the screen as it would be written."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


class Watcher:
    """Watches the app while hostile hosts do their worst."""

    def __init__(self, service: Service, app: OpsconsoleApp, pilot: Pilot[int]) -> None:
        self.service, self.app, self.pilot = service, app, pilot
        self.oldest = 0.0
        self.seen = ""
        self.mute_states: set[ConnectionState] = set()

    def look(self) -> str:
        """Take one look: nothing that a terminal would obey, and fresh figures of the good hosts."""
        text = drawn(self.app)
        bad = {char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Cs"} and char != "\n"}
        assert not bad, (bad, text)
        now = datetime.now(UTC)
        for name in GOOD:
            age = self.service.hosts[name].age_seconds(now)
            assert age is not None
            self.oldest = max(self.oldest, age)
        self.seen += text
        self.mute_states.add(self.service.hosts["mute"].status.state)
        return text

    async def until(self, true: Callable[[], object], what: str, within: float = 60) -> None:
        """Let the app work, looking at it, until something holds."""
        deadline = time.monotonic() + within
        while not true():
            self.look()
            assert time.monotonic() < deadline, f"{what}\n{drawn(self.app)}"
            await self.pilot.pause(0.1)

    async def watch(self, seconds: float) -> None:
        """Look for so long."""
        deadline = time.monotonic() + seconds
        await self.until(lambda: time.monotonic() > deadline, "time", within=seconds + 60)


async def test_the_app_lives_on_and_the_others_never_notice(hostile: Hostile) -> None:
    settings = Settings.load(hostile.config)
    service = Service(settings, load_inventory(settings))
    app = OpsconsoleApp(service)
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        watcher = Watcher(service, app, pilot)
        hosts = service.hosts
        async with asyncio.timeout(60):
            while not all(hosts[name].age_seconds(datetime.now(UTC)) is not None for name in GOOD):
                await pilot.pause(0.1)
            while not all(hosts[way].status.state is ConnectionState.UP for way in CONNECTED):
                await pilot.pause(0.1)
        before = psutil.Process().memory_info().rss
        await watcher.watch(WATCHED_SECONDS / 2)
        for way in CONNECTED[:4]:
            app.open_host(way)
            await watcher.watch(1.5)
            for _ in range(2):  # both cards in full
                await pilot.press("tab", "enter")
                await watcher.watch(0.5)
                await pilot.press("pagedown")
                watcher.look()
                await pilot.press("escape")
            await pilot.press("escape")
        for way in ("words", "noise", "flood"):
            app.open_logs(way)
            await watcher.watch(2)
            await pilot.press("slash", *"evil", "enter", "G", "w")
            await watcher.watch(1)
            await pilot.press("escape", "escape")
        await watcher.watch(WATCHED_SECONDS / 2)
        grown = psutil.Process().memory_info().rss - before

        # It all was there, and was shown as plain text.
        assert "[/][bold][@click=app.quit]quit[/]" in watcher.seen
        assert "Evil" in watcher.seen
        assert app.is_running
        assert watcher.oldest <= THREE_TICKS_SECONDS
        assert grown <= GROWTH_BYTES
        now = datetime.now(UTC)
        for way in UNREADABLE:
            assert hosts[way].level(now).word != "ok", way
        assert ConnectionState.TIMED_OUT in watcher.mute_states
        assert hosts["banner"].status.state is ConnectionState.AUTHENTICATION_FAILED
        await pilot.press("q")
    assert app.return_value == 0


def test_nothing_of_theirs_reaches_a_real_terminal(hostile: Hostile, tmp_path: Path) -> None:
    with console(hostile.config, tmp_path / "terminal", size=(140, 40)) as terminal:
        terminal.wait_for(live("localhost"), live("web2"), live("words"))
        chosen(terminal, "words")
        terminal.keys("Enter")
        terminal.wait_for(r"^ words .*Evil", r"cpu +\d+%")
        terminal.keys("Tab", "Enter")
        terminal.wait_for("› resources")
        terminal.keys("G")
        terminal.wait_for(re.escape("[@click=app.quit]"))
        terminal.keys("Escape")
        terminal.wait_for(r"─ . health ─")
        terminal.keys("l")
        terminal.wait_for("words +journal", r"evil\[1\]: .*\[@click")
        terminal.keys("Escape")
        terminal.wait_for(r"─ . health ─")
        terminal.keys("Escape")
        terminal.wait_for(row("words"), live("localhost"), live("web2"))
        terminal.keys("q")
        assert terminal.ended() == 0
        assert terminal.is_as_before()
        written = terminal.written
    for theirs in (
        b"\x1b]52",
        b"\x1b]8;",
        b"\x1b]0;owned",
        b"\x1bc",
        b"\x00",
        "\u202e".encode(),
        b"\x1bP1;1|",
    ):
        assert theirs not in written, theirs
    # What is left once CSI sequences are gone: Textual's own, and no title, link, clipboard or reset. The
    # shape of the mouse pointer (OSC 22) is Textual's own too.
    rest = re.sub(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\]22;(?:default|pointer|text)\x07", b"", written)
    assert not re.findall(rb"\x1b[^78=>(]", rest)
    assert not re.findall(rb"[\x80-\x9f]", re.sub(rb"[\xc2-\xf4][\x80-\xbf]+", b"", rest))


def test_a_check_of_them_ends_and_knows_nothing(hostile: Hostile) -> None:
    stdout, stderr = hostile.check.communicate(timeout=CHECK_SECONDS)
    assert hostile.check.returncode == 3, stderr
    hosts = {host["host"]: host for host in json.loads(stdout)["hosts"]}
    assert set(hosts) == set(UNREADABLE)
    assert {host["level"] for host in hosts.values()} == {"unknown"}, {
        name: host["level"] for name, host in hosts.items()
    }
    assert len(stdout) < 1_000_000
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066]", stdout)


def test_every_way_is_tried() -> None:
    assert set(CONNECTED) | set(UNREADABLE) == set(WAYS)
