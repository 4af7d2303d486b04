"""Read-only: every entrance of the console to a change is tried, and none gets through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from console_pilot import cells, screen_lines, until, until_shown
from fake_runs import a_plan, a_row, end
from fake_source import FakeSource
from recipe_pilot import (
    ConfirmRun,
    PlansScreen,
    RecipeForm,
    RunScreen,
    a_fleet,
    catalogue,
    recipe_console,
    shows,
    text_of,
    to_plan,
)
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import OptionList

from opsconsole.console.runs import Runs
from opsconsole.console.settings import Settings
from opsconsole.console.tui.app import OpsconsoleApp
from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.palette import CommandLine
from opsconsole.console.tui.recipe_door import RecipeDoor
from opsconsole.console.tui.recipe_plan import PlanScreen
from opsconsole.console.tui.recipe_runs import RunsScreen
from opsconsole.data.host import Host
from opsconsole.data.ledger import Ledger
from opsconsole.recipes.runner.lock import Holder
from opsconsole.recipes.runner.state import RunState

_ = catalogue  # a fixture that every test uses

WHY = "the console is read-only"
HOSTS = ("db1", "web1", "web2")


def read_only_fleet() -> FakeSource:
    source = a_fleet(read_only=True)
    source.runs.refusals = dict.fromkeys(HOSTS, WHY)
    return source


async def plan_key(app: OpsconsoleApp, pilot: Pilot[int]) -> None:
    await to_plan(pilot, "web1")
    await pilot.press("r")


async def plan_key_production(app: OpsconsoleApp, pilot: Pilot[int]) -> None:
    await to_plan(pilot, "db1")
    await pilot.press("r")


async def plan_bar(app: OpsconsoleApp, pilot: Pilot[int]) -> None:
    await to_plan(pilot, "web1")
    await pilot.pause()
    bar = text_of(pilot).splitlines()[-1]
    await pilot.click(KeyBar, offset=(bar.index("r run"), 0))


async def several(app: OpsconsoleApp, pilot: Pilot[int]) -> None:
    app.recipes.open_form("log-rotation", ["web1", "db1"])
    await shows(pilot, RecipeForm)
    await pilot.press(*"/var", "enter")
    await shows(pilot, PlansScreen)
    await until_shown(pilot, f"They cannot be run: {WHY}")
    await pilot.press("r")


async def chooser(app: OpsconsoleApp, pilot: Pilot[int]) -> None:
    await pilot.press("r", "j", "enter")
    await shows(pilot, RecipeForm)
    await pilot.press(*"/var", "enter")
    await shows(pilot, PlanScreen)
    await pilot.press("r")


async def palette(app: OpsconsoleApp, pilot: Pilot[int]) -> None:
    await pilot.press("ctrl+p", *"recipe log")
    await until(
        pilot,
        lambda: isinstance(app.screen, CommandPalette) and app.screen.query_one(OptionList).highlighted == 0,
    )
    await pilot.press("enter", "enter")
    await shows(pilot, RecipeForm)
    await pilot.press(*"/var", "enter")
    await shows(pilot, PlanScreen)
    await pilot.press("r")


async def command_line(app: OpsconsoleApp, pilot: Pilot[int]) -> None:
    await pilot.press("colon")
    await shows(pilot, CommandLine)
    await pilot.press(*"recipe", "space", *"log-rotation", "enter")
    await shows(pilot, RecipeForm)
    await pilot.press(*"/var", "enter")
    await shows(pilot, PlanScreen)
    await pilot.press("r")


def taken_up(key: str) -> Callable[[OpsconsoleApp, Pilot[int]], Awaitable[None]]:
    async def interrupted(app: OpsconsoleApp, pilot: Pilot[int]) -> None:
        await until_shown(pilot, "! 1 interrupted run")
        await pilot.press("colon")
        await shows(pilot, CommandLine)
        await pilot.press(*"runs", "enter")
        await shows(pilot, RunsScreen)
        await until_shown(pilot, "! log-rotation on web1")
        await pilot.press(key)

    return interrupted


def ended(key: str, state: RunState, **more: Any) -> Callable[[OpsconsoleApp, Pilot[int]], Awaitable[None]]:
    async def run(app: OpsconsoleApp, pilot: Pilot[int]) -> None:
        live = app.source.runs.begin("run", [a_plan("web1")])  # type: ignore[attr-defined]  # a fake
        app.recipes.show_run(live)
        end(live, state, host="web1", **more)
        await shows(pilot, RunScreen)
        await until_shown(pilot, "run id-of")
        await pilot.press(key)

    return run


async def lock_broken(app: OpsconsoleApp, pilot: Pilot[int]) -> None:
    app.source.runs.locks["web1"] = Holder("r-9")  # type: ignore[attr-defined]  # a fake
    await pilot.press("colon")
    await shows(pilot, CommandLine)
    await pilot.press(*"unlock web1", "enter")


ENTRANCES = {
    "the key of the plan": plan_key,
    "the key of the plan, production": plan_key_production,
    "a click on the key bar": plan_bar,
    "several hosts": several,
    "r on the fleet": chooser,
    "the palette": palette,
    "the command line": command_line,
    "resume of an interrupted run": taken_up("p"),
    "undo of an interrupted run": taken_up("u"),
    "a lock that is broken": lock_broken,
    "undo of an ended run": ended("u", RunState.DONE),
    "resume of a run that was left": ended("p", RunState.NEEDS_PERSON, resumable=True),
}


@pytest.mark.parametrize("entrance", ENTRANCES.values(), ids=list(ENTRANCES))
async def test_no_entrance_gets_through_and_each_says_why(
    entrance: Callable[[OpsconsoleApp, Pilot[int]], Awaitable[None]],
) -> None:
    source = read_only_fleet()
    source.runs.rows = [a_row(host="web1")]
    async with recipe_console(source) as (app, pilot, runs):
        await entrance(app, pilot)
        await until(pilot, lambda: f"Refused: {WHY}. Nothing was changed." in told(app), "the refusal told")
        await pilot.press("y", "enter")
        await pilot.pause()
        assert not isinstance(app.screen, ConfirmRun)
        assert runs.calls == []


def told(app: OpsconsoleApp) -> list[str]:
    return [notice.message for notice in app._notifications]


async def test_the_plan_says_so_and_its_key_is_dim() -> None:
    async with recipe_console(read_only_fleet()) as (app, pilot, _runs):
        screen = await to_plan(pilot)
        await until_shown(pilot, f"It cannot be run: {WHY}")
        assert " read-only " in text_of(pilot).splitlines()[0]
        assert screen.dimmed == {"run"}
        # Dim: another colour than the keys beside it.
        colours = {text.strip(): style.color for text, style in cells(app)[-1] if style.color is not None}
        assert colours["r"] != colours["enter"]
        app.source.runs.refusals.clear()  # type: ignore[attr-defined]  # a fake
        assert screen.dimmed == frozenset()


async def test_with_the_courtesy_taken_away_the_real_runner_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoShell:
        """A host that must not be touched."""

        def __init__(self, name: str) -> None:
            self.host = Host(name, name)

        def __getattr__(self, name: str) -> Any:
            if name in {"run", "stream", "facts", "read_file", "write_file"}:
                raise AssertionError(f"the host was touched: {name}")
            raise AttributeError(name)

    settings = Settings(ledger_path=tmp_path / "ledger.sqlite", signing_key=False, read_only=True)
    real = Runs(settings, lambda name: Host(name, name), NoShell)  # type: ignore[arg-type]
    source = a_fleet(read_only=True)
    fake = source.runs
    monkeypatch.setattr(RecipeDoor, "refusal", lambda *_: "")
    async with recipe_console(source) as (_app, pilot, _):
        await to_plan(pilot)
        source.runs = real  # type: ignore[assignment]
        await pilot.press("r")
        await shows(pilot, ConfirmRun)
        await pilot.press("y", "enter")
        await shows(pilot, RunScreen)
        await until_shown(pilot, "refused; nothing was changed")
        await until_shown(pilot, "read-only")
        source.runs = fake
    await real.close()
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    assert [row.verdict for row in ledger.runs()] == ["refused"]
    ledger.close()


async def test_a_refusal_that_is_too_long_for_the_last_line_is_cut_to_be_seen() -> None:
    source = a_fleet()
    source.runs.refusals["web1"] = "read-only by its group: " + "the-archive-of-production " * 5
    async with recipe_console(source, size=(80, 24)) as (app, pilot, _runs):
        await to_plan(pilot)
        await until_shown(pilot, "It cannot be run: read-only by its group")
        foot = next(line for line in screen_lines(app) if "It cannot be run" in line)
        assert foot.rstrip().endswith("…")
