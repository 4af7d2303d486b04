"""The Host screen's title and findings: worst first, whole on enter, the highlight stays."""

from __future__ import annotations

from datetime import UTC, datetime

from console_pilot import console, screen_lines, screen_text, until, until_shown
from fake_source import FakeSource, host_state
from host_pilot import full, opened
from textual.geometry import Size

from opsconsole.console.tui.fleet import FleetScreen
from opsconsole.console.tui.host import HostScreen
from opsconsole.console.tui.host_findings import FindingScreen, FindingsList
from opsconsole.panels.panel import Finding, Level


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


async def test_a_finding_drawn_for_a_wider_terminal_takes_one_row() -> None:
    state = host_state("db1")
    state.panels["resources"].findings = [
        Finding(Level.WARNING, "load", "y", "load 7.9 on 2 cores for 15 min", "/proc/loadavg, 19:42:13")
    ]
    async with console(FakeSource([state]), size=(80, 24)) as (app, pilot):
        findings = (await opened(pilot)).query_one(FindingsList)
        # A narrower terminal lays the box out before the lines are drawn anew.
        assert findings.get_content_height(Size(50, 9), app.size, 50) == 1
