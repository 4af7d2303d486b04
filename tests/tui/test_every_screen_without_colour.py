"""Every screen without colour and in the light theme: no meaning is in a colour alone; all can be read."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from certificate_hosts import of
from console_pilot import cells, console, until, until_shown
from fake_runs import irreversible, progress
from fake_source import FakeSource, down, host_state
from host_pilot import full, opened
from log_pilot import FakeShell, saying
from made_certificates import full_reading
from recipe_pilot import ConfirmRun, catalogue, shows, to_form, to_plan, to_run
from rich.style import Style
from textual.color import Color
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Button

from opsconsole.console.ssh.status import ConnectionState, HostKeyOffer
from opsconsole.console.tui.app import OpsconsoleApp
from opsconsole.console.tui.audit import AuditScreen
from opsconsole.console.tui.audit_story import StoryScreen
from opsconsole.console.tui.certificates import CertificatesScreen
from opsconsole.console.tui.dialogs import ConfirmDialog, HostKeyChangedDialog, HostKeyDialog, SecretDialog
from opsconsole.console.tui.help import HelpScreen
from opsconsole.console.tui.host_connection import ConnectionScreen
from opsconsole.console.tui.host_detail import DetailScreen
from opsconsole.console.tui.host_findings import FindingScreen
from opsconsole.console.tui.logs import LogScreen
from opsconsole.console.tui.palette import CommandLine
from opsconsole.console.tui.recipe_chooser import RecipeChooser
from opsconsole.console.tui.recipe_runs import RunsScreen
from opsconsole.console.tui.themes import DARK, LIGHT
from opsconsole.data.ledger import Ledger
from opsconsole.panels.panel import Level
from opsconsole.recipes.runner.state import StepResult, StepState

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "ledger"))
from ledger_room import tell

_ = catalogue  # a fixture that every test uses

To = Callable[[Pilot[int], OpsconsoleApp, FakeSource], Awaitable[Any]]
SIGNS = frozenset("●▲○✓✗■▸▹❚↶◆=≠")
# Words that say the same as the colour that they have.
WORDS = re.compile(
    r"critical|warning|unknown|\bok\b|error|fail|refused|warn|denied|timed out|irreversible|wrong"
    r"|not |no undo|undone|done|production|changed|read-only|type |following|ended|none|somebody sits ",
    re.IGNORECASE,
)
OFFER = HostKeyOffer(
    "db1", "[10.0.0.7]:22", "ssh-ed25519", "SHA256:abc", (), "~/.ssh/known_hosts", "10.0.0.7 x", "ssh-keyscan"
)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[FakeSource]:
    """Return hosts of every level, and a ledger with runs."""
    ledger = Ledger.open(tmp_path / "state" / "ledger.db")
    tell(ledger)
    busy = full()
    busy.panels["certificates"] = of("db1", full_reading(now=datetime.now(UTC))).panels["certificates"]
    made = FakeSource(
        [
            busy,
            host_state("web1", Level.WARNING),
            host_state("web2"),
            down("gone", ConnectionState.LOST, "no answer"),
        ],
        ledger_path=ledger.path,
    )
    made.shell_of = lambda _host: FakeShell(saying(b"an error\na warning\nplain\na debug line\n"))
    yield made
    ledger.close()


async def host(pilot: Pilot[int], _app: OpsconsoleApp, _source: FakeSource) -> None:
    await opened(pilot)


def detail(tabs: int) -> To:
    async def to(pilot: Pilot[int], _app: OpsconsoleApp, _source: FakeSource) -> None:
        await opened(pilot)
        await pilot.press(*["tab"] * tabs, "enter")
        await shows(pilot, DetailScreen)

    return to


def by_keys(kind: type[Any], *keys: str) -> To:
    async def to(pilot: Pilot[int], _app: OpsconsoleApp, _source: FakeSource) -> None:
        for key in keys:
            await pilot.press(key)
        await shows(pilot, kind)

    return to


async def finding(pilot: Pilot[int], _app: OpsconsoleApp, _source: FakeSource) -> None:
    await opened(pilot)
    await pilot.press("enter")
    await shows(pilot, FindingScreen)


async def connection(pilot: Pilot[int], app: OpsconsoleApp, _source: FakeSource) -> None:
    app.push_screen(ConnectionScreen("gone"))
    await shows(pilot, ConnectionScreen)


async def log(pilot: Pilot[int], app: OpsconsoleApp, _source: FakeSource) -> None:
    app.open_logs("db1")
    await shows(pilot, LogScreen)
    await until_shown(pilot, "a debug line")


async def audit(pilot: Pilot[int], app: OpsconsoleApp, _source: FakeSource) -> None:
    app.open_audit()
    await shows(pilot, AuditScreen)
    await until_shown(pilot, "log-rotation")


async def story(pilot: Pilot[int], app: OpsconsoleApp, _source: FakeSource) -> None:
    await audit(pilot, app, _source)
    await pilot.press("enter")
    await shows(pilot, StoryScreen)


async def certificates(pilot: Pilot[int], app: OpsconsoleApp, _source: FakeSource) -> None:
    app.open_certificates()
    await shows(pilot, CertificatesScreen)
    await until_shown(pilot, "db1")


async def form(pilot: Pilot[int], _app: OpsconsoleApp, _source: FakeSource) -> None:
    await to_form(pilot)


async def plan(pilot: Pilot[int], _app: OpsconsoleApp, source: FakeSource) -> None:
    source.runs.plans["web1"] = irreversible("web1")
    await to_plan(pilot)


async def confirm(pilot: Pilot[int], app: OpsconsoleApp, source: FakeSource) -> None:
    await plan(pilot, app, source)
    await pilot.press("r")
    await shows(pilot, ConfirmRun)


async def run(pilot: Pilot[int], _app: OpsconsoleApp, source: FakeSource) -> None:
    await to_run(pilot)
    failed = StepResult("rotate", "rotate", StepState.FAILED, "status 1", 0.4)
    done = replace(failed, name="look", state=StepState.DONE)
    progress(source.runs.live["run-1"], "web1", step=1, results=(done, failed))
    await pilot.pause()


async def runs(pilot: Pilot[int], app: OpsconsoleApp, source: FakeSource) -> None:
    await run(pilot, app, source)
    app.recipes.show_runs()
    await shows(pilot, RunsScreen)


def dialog(make: Callable[[], Any]) -> To:
    async def to(pilot: Pilot[int], app: OpsconsoleApp, _source: FakeSource) -> None:
        made = make()
        app.push_screen(made)
        await shows(pilot, type(made))

    return to


async def nothing(_pilot: Pilot[int], _app: OpsconsoleApp, _source: FakeSource) -> None:
    """Stay on the Fleet screen."""


SCREENS: dict[str, To] = {
    "fleet": nothing,
    "host": host,
    "finding": finding,
    "connection": connection,
    "resources": detail(1),
    "health": detail(2),
    "certificates of a host": detail(3),
    "logs of a host": detail(4),
    "log": log,
    "certificates": certificates,
    "audit": audit,
    "story": story,
    "recipes": by_keys(RecipeChooser, "r"),
    "form": form,
    "plan": plan,
    "confirmation": confirm,
    "run": run,
    "runs": runs,
    "help": by_keys(HelpScreen, "question_mark"),
    "command line": by_keys(CommandLine, "colon"),
    "palette": by_keys(CommandPalette, "ctrl+p"),
    "host key": dialog(lambda: HostKeyDialog(OFFER)),
    "changed host key": dialog(
        lambda: HostKeyChangedDialog(replace(OFFER, known_fingerprints=("SHA256:old",)))
    ),
    "secret": dialog(lambda: SecretDialog("db1", "Password:")),
    "question": dialog(lambda: ConfirmDialog("Quit?", "A run goes on.")),
}


def level_colours(app: OpsconsoleApp) -> set[tuple[int, int, int]]:
    known = app.theme_variables
    return {Color.parse(known[name]).rgb for name in ("text-error", "text-warning", "text-success")}


def coloured_without_a_word(app: OpsconsoleApp) -> list[str]:
    """Return the parts of lines that have a level's colour, and neither a sign nor a word that says it."""
    wanted = level_colours(app)
    found = []
    for line in cells(app):
        part, coloured = "", ""
        for text, style in [*line, ("│", Style())]:
            for piece in re.split("([│╭╮╰╯])", text):  # a frame ends a part: beside it is another card
                if piece in set("│╭╮╰╯"):
                    if coloured.strip() and not SIGNS & set(part) and not WORDS.search(part):
                        found.append(f"{coloured.strip()!r} in {part.strip()!r}")
                    part = coloured = ""
                    continue
                part += piece
                if style.color is not None and style.color.triplet in wanted:
                    coloured += piece
    return found


def filtered(app: OpsconsoleApp) -> Iterator[Style]:
    """Return the styles as they are written to a terminal under NO_COLOR."""
    for strip in app.screen._compositor.render_strips():
        shown = strip
        for each in app._filters:
            shown = shown.apply_filter(each, app.screen.background_colors[1])
        for segment in shown:
            if segment.style is not None:
                yield segment.style


def unreadable(app: OpsconsoleApp) -> list[str]:
    """Return the texts with less contrast than 2.4:1; buttons that cannot be pressed yet may have it."""
    found: list[str] = []
    if isinstance(app.screen, CommandPalette):
        return found  # what is behind it is dimmed on purpose
    disabled = {str(button.label) for button in app.screen.query(Button) if button.disabled}
    for line in cells(app):
        for text, style in line:
            if text.strip() in disabled:
                continue
            if not text.strip(" ─━▁▂▃▄▅▆▇█│╭╮╰╯▔▎▊") or style.color is None or style.bgcolor is None:
                continue
            front, ground = (Color.from_rich_color(one) for one in (style.color, style.bgcolor))
            if style.reverse:
                front, ground = ground, front
            if ratio(front, ground) < 2.4:
                found.append(text.strip())
    return found


def ratio(one: Color, other: Color) -> float:
    """Return the contrast ratio of WCAG 2.2."""

    def luminance(colour: Color) -> float:
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (each / 255 for each in colour.rgb)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", SCREENS)
async def test_no_meaning_is_in_a_colour_alone(name: str, source: FakeSource) -> None:
    async with console(source, size=(140, 50)) as (app, pilot):
        await SCREENS[name](pilot, app, source)
        await pilot.pause()
        for theme in (DARK, LIGHT) if name != "palette" else (DARK,):  # it closes before a theme changes
            app.theme = theme.name
            own = {Color.parse(each or "").rgb for each in (theme.background, theme.surface)}
            await until(pilot, lambda own=own: own & grounds(app), f"{theme.name} is drawn")
            assert coloured_without_a_word(app) == [], theme.name
            assert unreadable(app) == [], theme.name


@pytest.mark.parametrize("name", SCREENS)
async def test_without_colour_all_of_it_is_grey_and_can_be_read(
    name: str, source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(source, size=(140, 50)) as (app, pilot):
        await SCREENS[name](pilot, app, source)
        await pilot.pause()
        colours = {
            each for style in filtered(app) for each in (style.color, style.bgcolor) if each is not None
        }
        assert colours
        assert all(each.triplet is None or len(set(each.triplet)) == 1 for each in colours)
        assert unreadable(app) == []


def grounds(app: OpsconsoleApp) -> set[tuple[int, int, int]]:
    """Return the colours of all backgrounds."""
    known = {style.bgcolor.triplet for line in cells(app) for _, style in line if style.bgcolor is not None}
    return {(each.red, each.green, each.blue) for each in known if each is not None}
