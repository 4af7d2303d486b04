"""The Host screen and the panels' own screens: findings, cards, details, trouble of the connection."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from console_pilot import console, screen_lines, screen_text, until, until_shown
from fake_source import FakeSource, down, figures, host_state
from readings import full_health, full_logs, full_resources

from opsconsole.console.ssh.status import ConnectionState, HostKeyOffer
from opsconsole.console.state import HostState, PanelState
from opsconsole.console.tui.dialogs import HostKeyChangedDialog, HostKeyDialog
from opsconsole.console.tui.fleet import FleetScreen
from opsconsole.console.tui.host import HostScreen
from opsconsole.console.tui.host_detail import DetailScreen
from opsconsole.console.tui.host_findings import FindingScreen, FindingsList
from opsconsole.data.host import Facts
from opsconsole.panels.health import PANEL as HEALTH
from opsconsole.panels.logs import PANEL as LOGS
from opsconsole.panels.panel import Finding, Level
from opsconsole.panels.resources import PANEL as RESOURCES
from opsconsole.panels.view import Detail

HOSTILE = "\x1b[31m[/red][b]x\x1b]0;t\x07\x00\u202eevil\u2066\n\r[@click=app.quit]y[/]\ud83d" + "z" * 1000


def full(word: str = "", **host: Any) -> HostState:
    now = datetime.now(UTC)
    state = host_state(
        "db1",
        environment="production",
        address="10.0.0.7",
        jump=("bastion",),
        reading=full_resources(word),
        **host,
    )
    state.facts = Facts(os_name=f"Debian GNU/Linux 12{word}")
    state.panels["resources"].findings = RESOURCES.judge(
        state.panels["resources"].reading, RESOURCES.limits_type()
    )
    reading = full_health(word)
    state.panels["health"] = PanelState(
        30.0, reading=reading, findings=HEALTH.judge(reading, HEALTH.limits_type()), taken_at=now
    )
    logs = full_logs(word)
    state.panels["logs"] = PanelState(
        900.0,
        reading=logs,
        findings=LOGS.judge(logs, LOGS.limits_type()),
        taken_at=now - timedelta(seconds=2),
    )
    return state


async def opened(pilot: Any) -> HostScreen:
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, HostScreen))
    screen: HostScreen = pilot.app.screen
    await until(pilot, lambda: screen.query_one(FindingsList).option_count)
    await pilot.pause()
    return screen


async def test_the_title_says_which_machine_this_is_and_how_fresh() -> None:
    source = FakeSource([full()])
    async with console(source) as (app, pilot):
        await opened(pilot)
        title = screen_lines(app)[0]
        for part in (
            "db1",
            " PROD ",
            "10.0.0.7",
            "Debian GNU/Linux 12",
            "up 41d",
            "via bastion",
            "ago",
            "● critical",
        ):
            assert part in title
        assert ("focus", "db1") in source.asked
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, FleetScreen))
        assert source.asked[-1] == ("focus", None)


async def test_findings_come_worst_first_with_evidence_and_what_helps() -> None:
    async with console(FakeSource([full()]), size=(140, 40)) as (app, pilot):
        await opened(pilot)
        lines = screen_lines(app)
        first = next(line for line in lines if "/var 94 % used" in line)
        assert "● /var 94 % used, full in about 3 h" in first
        assert "df, " in first
        assert "→ log-rotation" in first
        shown = [line for line in lines if line.startswith(" │ ") and line[3] in "●▲○"]
        ranks = ["●▲○".index(line[3]) for line in shown]
        assert ranks == sorted(ranks)


async def test_a_finding_opens_whole_and_is_copied() -> None:
    evidence = "\n".join(f"line {number} [/b]" for number in range(5))
    state = host_state("db1")
    state.panels["resources"].findings = [
        Finding(Level.CRITICAL, "x", "y", "first finding", "df"),
        Finding(Level.WARNING, "z", "y", "second finding", evidence, datetime.now(UTC), "log-rotation"),
    ]
    async with console(FakeSource([state])) as (app, pilot):
        await opened(pilot)
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(app.screen, FindingScreen))
        await until_shown(pilot, "line 4 [/b]")
        assert "since 20" in screen_text(app)
        await pilot.press("c")
        assert app.clipboard == f"db1: second finding\n{evidence}"
        await pilot.press("escape")
        await pilot.press("k", "c")
        assert app.clipboard == "db1: first finding\ndf"


async def test_the_highlight_stays_on_its_finding() -> None:
    state = host_state("db1")
    panel = state.panels["resources"]
    panel.findings = [Finding(Level.WARNING, f"r{n}", "s", f"finding {n}") for n in range(3)]
    source = FakeSource([state])
    async with console(source) as (_, pilot):
        screen = await opened(pilot)
        await pilot.press("j")
        chosen = screen.query_one(FindingsList)
        assert chosen.chosen is not None
        assert chosen.chosen.summary == "finding 1"
        panel.findings = [Finding(Level.CRITICAL, "new", "s", "worse"), *panel.findings]
        source.board.changed("db1")
        await until_shown(pilot, "● worse")
        assert chosen.chosen.summary == "finding 1"


async def test_nothing_found_is_said() -> None:
    async with console(FakeSource([host_state("db1")])) as (app, pilot):
        await opened(pilot)
        assert "✓ nothing found" in screen_text(app)
        await pilot.press("enter")
        assert isinstance(app.screen, HostScreen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (300, 80)])
async def test_the_cards_tell_the_figures(size: tuple[int, int]) -> None:
    async with console(FakeSource([full()]), size=size) as (app, pilot):
        screen = await opened(pilot)
        await pilot.pause()
        assert [card.id for card in screen.query("Card")] == [
            "card-resources",
            "card-health",
            "card-certificates",
            "card-logs",
        ]
        text = screen_text(app)
        for part in (
            "cpu",
            "42%",
            "mem",
            "61%",
            "9.8G of 16.0G",
            "/var",
            "94%",
            "84 units, 3 failed",
            "orders.service",
        ):
            assert part in text
        if size[1] >= 40:
            for part in ("top", "php-fpm 88%", "reboot pending", "login: 500, expected 2xx"):
                assert part in text
        assert "could not draw" not in text
        assert "? help" in screen_lines(app)[-1]


async def test_cards_follow_the_readings() -> None:
    source = FakeSource([full()])
    async with console(source) as (app, pilot):
        await opened(pilot)
        source.hosts["db1"].panels["resources"].reading = figures(cpu=77)
        source.board.changed("db1")
        await until_shown(pilot, "cpu    77%")
        assert "42%" not in screen_text(app)


async def test_a_stale_card_says_how_old_it_is() -> None:
    async with console(FakeSource([host_state("db1", age_seconds=400)])) as (app, pilot):
        await opened(pilot)
        assert "○ resources" in screen_text(app)
        assert "6m old" in screen_text(app)
        assert app.screen.query_one("#card-resources").has_class("-stale")


async def test_what_was_never_read_is_not_called_ok() -> None:
    state = host_state("db1")
    state.panels.clear()
    async with console(FakeSource([state])) as (app, pilot):
        await opened(pilot)
        text = screen_text(app)
        assert text.count("not read yet") == 4
        assert "no reading yet  ○ unknown" in text
        assert "✓ resources" not in text


async def test_what_cannot_be_read_says_why() -> None:
    state = host_state("db1")
    state.panels["resources"].problem = "df was killed after 5 s"
    async with console(FakeSource([state]), size=(200, 40)) as (app, pilot):
        await opened(pilot)
        assert "could not be read: df was killed after 5 s" in screen_text(app)
        assert "○ resources" in screen_text(app)


async def test_a_card_that_cannot_draw_harms_no_other() -> None:
    state = full()
    state.panels["resources"].reading = "not a reading [/b]"
    async with console(FakeSource([state]), size=(300, 60)) as (app, pilot):
        await opened(pilot)
        text = screen_text(app)
        assert "could not draw: AttributeError: 'str' object has no" in text
        assert "84 units, 3 failed" in text


async def test_a_panel_whose_view_cannot_be_loaded_harms_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    from opsconsole.console.tui import host_base

    def broken(panel: str) -> Any:
        if panel == "resources":
            raise ImportError("no such view")
        return loaded(panel)

    loaded = host_base._view
    monkeypatch.setattr(host_base, "_view", broken)
    async with console(FakeSource([full()]), size=(200, 40)) as (app, pilot):
        await opened(pilot)
        assert "could not draw: NotImplementedError" in screen_text(app)
        assert "84 units, 3 failed" in screen_text(app)
        await pilot.press("tab", "enter")
        await until_shown(pilot, "could not draw: NotImplementedError")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (300, 80)])
async def test_resources_in_full(size: tuple[int, int]) -> None:
    source = FakeSource([full()])
    now = datetime.now(UTC)
    source.past_values["cpu_percent"] = [
        (now - timedelta(hours=hour), 97.0 - hour) for hour in range(23, 0, -1)
    ]
    async with console(source, size=size) as (app, pilot):
        await opened(pilot)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await until_shown(pilot, "96%")  # the worst of the last day, from the history
        assert ("past", ("db1", "cpu_percent")) in source.asked
        assert ("focus", "db1") in source.asked
        text = " ".join(app.screen.query_one(Detail).content.plain.split())
        for part in (
            "/mnt/nfs: df was killed after 5 s", "user 30%", "load 3.50 3.20 2.10", "cpu7", "waiting for",
            "6.0G available", "/var", "2.1G/h", "3h 00m", "nvme0n1", "1.4 ms", "docker0", "open files",
            "2,112", "TCP sockets 212", "212 in all", "those of other users are hidden", "php-fpm9",
            "/srv/backup/postgres",
        ):  # fmt: skip
            assert part in text, part
        assert "could not draw" not in text
        await pilot.press("G")
        await until_shown(pilot, "php-fpm9")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HostScreen))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (300, 80)])
async def test_health_in_full(size: tuple[int, int]) -> None:
    async with console(FakeSource([full()]), size=size) as (app, pilot):
        await opened(pilot)
        await pilot.press("tab", "tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await until_shown(pilot, "orders.service")
        text = " ".join(app.screen.query_one(Detail).content.plain.split())
        for part in (
            "restart counters: systemctl timed out", "panic: no such table", "its log could not be read",
            "and 1 more", "nginx.service", "worker.service", "between two tries", "postgresql", "Killed 812",
            "+3.0 ms off its source", "kernel 6.1.0-28 is installed", "read-only", "may be absent",
            "orders API", "310 ms", "40%", "status: 500, expected 2xx",
        ):  # fmt: skip
            assert part in text, part
        assert "could not draw" not in text


async def test_na_is_no_fault_and_unknown_is_not_ok() -> None:
    from dataclasses import replace

    bare = replace(
        full_health(), has_systemd=False, failed_units=None, failed_unit_count=None, restarts=None,
        journal=None, clock=None, skew=None, reboot=None, mounts=None, checks=(), expected_units=(),
        problems=(),
    )  # fmt: skip
    state = host_state("db1")
    state.panels["health"] = PanelState(30.0, reading=bare, taken_at=datetime.now(UTC))
    async with console(FakeSource([state]), size=(300, 60)) as (app, pilot):
        await opened(pilot)
        text = screen_text(app)
        assert "· n/a: units, expected units, restarts, journal" in text
        assert "○ mounts: not known" in text


async def test_hostile_readings_do_no_harm() -> None:
    state = full(HOSTILE)
    state.panels["resources"].findings = [
        Finding(Level.CRITICAL, HOSTILE, HOSTILE, HOSTILE, HOSTILE, None, HOSTILE)
    ]
    state.panels["health"].problem = HOSTILE
    for size in ((80, 24), (300, 80)):
        async with console(FakeSource([state]), size=size) as (app, pilot):
            await opened(pilot)
            for keys in (["enter"], ["escape", "tab", "enter"], ["G"], ["escape", "tab", "enter"], ["G"]):
                await pilot.press(*keys)
                await pilot.pause()
                lines = screen_lines(app)
                assert len(lines) == size[1]
                assert all(unicodedata.category(char)[0] != "C" for line in lines for char in line)
                assert "could not draw" not in "".join(lines)


def offer(**more: Any) -> HostKeyOffer:
    known = {
        "hop": "db1",
        "address": "[10.0.0.7]:22",
        "algorithm": "ssh-ed25519",
        "fingerprint": "SHA256:abc",
        "known_fingerprints": (),
        "known_hosts_file": "~/.ssh/known_hosts",
        "line": "10.0.0.7 ssh-ed25519 AAAA",
        "command": "ssh-keyscan",
    }
    return HostKeyOffer(**(known | more))


async def test_an_unknown_host_key_is_decided_with_enter() -> None:
    source = FakeSource([down("db1", ConnectionState.HOST_KEY_UNKNOWN, offer=offer())])
    async with console(source) as (app, pilot):
        await opened(pilot)
        assert "host key unknown" in screen_text(app)
        assert "enter: look at the key and decide" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HostKeyDialog))
        await pilot.press("y", "enter")
        await until(pilot, lambda: ("accept", offer()) in source.asked)


async def test_a_declined_host_key_is_not_accepted() -> None:
    source = FakeSource([down("db1", ConnectionState.HOST_KEY_UNKNOWN, offer=offer())])
    async with console(source) as (app, pilot):
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HostKeyDialog))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HostScreen))
        assert not [asked for asked in source.asked if asked[0] == "accept"]


async def test_a_changed_host_key_cannot_be_accepted() -> None:
    changed = offer(known_fingerprints=("SHA256:old",))
    source = FakeSource([down("db1", ConnectionState.HOST_KEY_CHANGED, offer=changed)])
    async with console(source) as (app, pilot):
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HostKeyChangedDialog))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HostScreen))
        assert not [asked for asked in source.asked if asked[0] == "accept"]


async def test_a_key_that_cannot_be_saved_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    source = FakeSource([down("db1", ConnectionState.HOST_KEY_UNKNOWN, offer=offer())])

    async def refuse(_offer: HostKeyOffer) -> None:
        raise PermissionError(13, "Permission denied", "known_hosts")

    monkeypatch.setattr(source, "accept_host_key", refuse)
    async with console(source) as (app, pilot):
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HostKeyDialog))
        await pilot.press("y", "enter")
        await until_shown(pilot, "The key was not saved")


async def test_trying_again_with_enter_and_with_ctrl_r() -> None:
    source = FakeSource([down("db1", ConnectionState.AUTHENTICATION_FAILED, "no key fits")])
    async with console(source) as (app, pilot):
        await opened(pilot)
        assert "authentication failed: no key fits" in screen_text(app)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: ("retry", "db1") in source.asked)
        await pilot.press("escape", "ctrl+r")
        assert source.asked.count(("retry", "db1")) == 2


async def test_a_host_that_is_lost_keeps_its_last_figures_and_says_so() -> None:
    state = full()
    source = FakeSource([state])
    async with console(source) as (app, pilot):
        await opened(pilot)
        state.status = down("db1", ConnectionState.LOST, "no answer to keepalive").status
        source.board.changed("db1")
        await until_shown(pilot, "○ lost: no answer to keepalive")
        assert ", lost" in screen_lines(app)[0]
        assert "42%" in screen_text(app)
