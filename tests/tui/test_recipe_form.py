"""Choosing a recipe and setting its parameters: what is offered, what is wrong, what is cancelled."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from console_pilot import until, until_shown
from fake_runs import a_plan
from recipe_pilot import (
    HOSTILE,
    PlanScreen,
    PlansScreen,
    RecipeChooser,
    RecipeForm,
    a_fleet,
    catalogue,
    recipe_console,
    shows,
    text_of,
    to_form,
)
from textual import events
from textual.widgets import Input

from opsconsole.console.tui.dialogs import ConfirmDialog
from opsconsole.console.tui.fleet import FleetScreen
from opsconsole.console.tui.host import HostScreen
from opsconsole.console.tui.host_findings import FindingScreen, FindingsList
from opsconsole.console.tui.recipe_field import HiddenInput, ParameterField
from opsconsole.data.host import NotConnectedError
from opsconsole.panels.panel import Finding, Level
from opsconsole.recipes.recipe import PlanError

_ = catalogue  # a fixture that every test uses


async def test_r_on_the_fleet_lists_every_recipe_with_what_it_does() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, _runs):
        await pilot.press("r")
        await shows(pilot, RecipeChooser)
        text = text_of(pilot)
        for words in (
            "done to db1?",
            "log rotation",
            "rotates logs and frees",
            "backup-verification",
            "restores a",
        ):
            assert words in text
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, FleetScreen))


async def test_marked_hosts_are_planned_together() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        await pilot.press("space", "space", "r")
        await shows(pilot, RecipeChooser)
        assert "done to db1, web1?" in text_of(pilot)
        await pilot.press("j", "enter")
        await shows(pilot, RecipeForm)
        assert "log rotation on db1, web1" in text_of(pilot)
        await pilot.press(*"/var", "enter")
        await shows(pilot, PlansScreen)
        assert sorted(host for _, host, _ in runs.asked) == ["db1", "web1"]


async def test_a_finding_preselects_what_it_suggests() -> None:
    source = a_fleet()
    source.hosts["db1"].panels["resources"].findings = [
        Finding(Level.CRITICAL, "x", "y", "first finding"),
        Finding(Level.WARNING, "d", "/var", "/var 94 % used", "df", suggests="log_rotation"),
    ]
    async with recipe_console(source) as (_app, pilot, _runs):
        await pilot.press("enter")
        screen = await shows(pilot, HostScreen)
        await until(pilot, lambda: screen.query_one(FindingsList).option_count == 2)
        await pilot.press("j", "r")
        await shows(pilot, RecipeChooser)
        assert "log-rotation   suggested by the finding" in text_of(pilot)
        await pilot.press("enter")
        await shows(pilot, RecipeForm)
        assert "log rotation on db1" in text_of(pilot)
        await pilot.press("escape", "enter")
        await shows(pilot, FindingScreen)
        await pilot.press("r", "enter")
        await shows(pilot, RecipeForm)
        assert "log rotation on db1" in text_of(pilot)


async def test_help_that_is_not_there_is_not_pointed_to() -> None:
    source = a_fleet()
    source.hosts["db1"].panels["resources"].findings = [
        Finding(Level.CRITICAL, "oom-kill", "orders", "the kernel killed 3 processes", suggests="oom"),
    ]
    async with recipe_console(source) as (_app, pilot, _runs):
        await pilot.press("enter")
        await until_shown(pilot, "the kernel killed 3 processes")
        assert "→" not in text_of(pilot)
        await pilot.press("r")
        await shows(pilot, RecipeChooser)
        assert "oom" not in text_of(pilot).split("What is to be done")[1]


async def test_the_form_has_the_defaults_and_the_help_with_its_unit() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, _runs):
        form = await to_form(pilot)
        assert {one.parameter.name: one.text for one in form.fields} == {
            "paths": "",
            "older_than": "30d",
            "free": "25%",
            "how": "gzip",
            "quarantine": "no",
        }
        text = text_of(pilot)
        for words in (
            "older than",
            "age of what may go (a duration such as 15m",
            "must be set",
            "one of gzip, xz",
        ):
            assert words in text
        assert isinstance(pilot.app.focused, Input)
        assert pilot.app.focused.parent.parent.parameter.name == "paths"  # the one that must be set


async def test_each_key_is_validated_and_the_error_names_found_and_expected() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        await to_form(pilot)
        await pilot.press(*"/var", "tab", "backspace", *"x")
        await until_shown(pilot, 'found "30x", expected a duration such as 15m, 12h or 30d, 1d or more')
        await pilot.press("backspace", "d")
        await until(pilot, lambda: "found" not in text_of(pilot))
        await pilot.press("down", "home", *"9")  # 925%
        await until_shown(pilot, 'found "925%", expected a share such as 25% from 1% to 90%')
        await pilot.press("enter")
        await until_shown(pilot, "Not planned: one value is wrong.")
        assert runs.asked == []
        await pilot.press("home", "delete", "enter")
        await shows(pilot, PlanScreen)
        assert runs.asked[0][2]["older_than"] == "30d"


async def test_enter_with_what_must_be_set_goes_to_it() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        await to_form(pilot)
        await pilot.press("tab", "tab", "enter")
        await until_shown(pilot, "✗ found an empty text, expected texts separated by commas")
        assert app.focused is not None
        assert next(iter(app.focused.ancestors_with_self)).has_focus
        assert [
            one.parameter.name for one in app.screen.query(ParameterField) if one.query_one(Input).has_focus
        ] == ["paths"]
        assert runs.asked == []


async def test_planning_turns_and_is_cancelled_by_escape() -> None:
    source = a_fleet()
    source.runs.hold = asyncio.Event()
    async with recipe_console(source) as (app, pilot, runs):
        form = await to_form(pilot)
        await pilot.press(*"/var", "enter")
        await until_shown(pilot, "reading the facts of web1 …")
        await pilot.press("enter")  # once more asks no second time
        assert len(runs.asked) == 1
        await pilot.press("escape")
        await until_shown(pilot, "Cancelled: nothing was planned")
        assert app.screen is form
        await until(pilot, lambda: runs.cancelled == 1)
        runs.hold.set()
        await pilot.press("enter")
        await shows(pilot, PlanScreen)
        await pilot.press("escape")
        assert (await shows(pilot, RecipeForm)) is form
        assert form.fields[0].text == "/var"  # what was typed is still there


async def test_ctrl_c_cancels_the_planning_and_never_loses_what_was_typed() -> None:
    source = a_fleet()
    source.runs.hold = asyncio.Event()
    async with recipe_console(source) as (app, pilot, runs):
        form = await to_form(pilot)
        await pilot.press(*"/var", "ctrl+c")
        await until_shown(pilot, "Nothing goes on that could be cancelled; esc goes back.")
        await pilot.press("enter")
        await until_shown(pilot, "reading the facts of web1 …")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: runs.cancelled == 1)
        await pilot.press("ctrl+c")
        assert app.screen is form
        assert form.fields[0].text == "/var"


async def test_a_plan_that_is_ready_under_another_dialogue_waits_for_its_turn() -> None:
    source = a_fleet()
    source.runs.hold = asyncio.Event()
    async with recipe_console(source) as (app, pilot, runs):
        form = await to_form(pilot)
        await pilot.press(*"/var", "enter")
        await until_shown(pilot, "reading the facts of web1 …")
        app.push_screen(ConfirmDialog("Something else?", "It is asked meanwhile.", yes="Yes"))
        await shows(pilot, ConfirmDialog)
        runs.hold.set()
        await until(pilot, lambda: not form.is_planning)
        assert isinstance(app.screen, ConfirmDialog)
        await until(pilot, lambda: "reading the facts" not in text_of(pilot))
        await pilot.press("escape")
        await shows(pilot, PlanScreen)
        await pilot.press("escape")
        assert (await shows(pilot, RecipeForm)) is form  # shown once, and not again
        assert len(runs.asked) == 1


async def test_a_mistake_with_one_host_holds_up_no_other() -> None:
    source = a_fleet()
    source.runs.plans["web1"] = RuntimeError("boom")
    async with recipe_console(source) as (app, pilot, _runs):
        app.recipes.open_form("log-rotation", ["web1", "web2"])
        await shows(pilot, RecipeForm)
        await pilot.press(*"/var", "enter")
        await shows(pilot, PlansScreen)
        await until_shown(pilot, "✗ web1  no plan: RuntimeError: boom")
        await until_shown(pilot, "1 to change, 0 with nothing to do, 1 without a plan")


@pytest.mark.parametrize(
    "error",
    [PlanError("there is no logrotate on web1"), NotConnectedError("web1: not connected: timed out")],
)
async def test_no_plan_says_why_and_the_form_stays(error: Exception) -> None:
    source = a_fleet()
    source.runs.plans["web1"] = error
    async with recipe_console(source) as (app, pilot, _runs):
        await to_form(pilot)
        await pilot.press(*"/var", "enter")
        await until_shown(pilot, str(error))
        assert isinstance(app.screen, RecipeForm)


async def test_a_mistake_of_ours_is_told_and_ends_nothing() -> None:
    source = a_fleet()
    source.runs.plans["web1"] = RuntimeError("boom [/] here")
    async with recipe_console(source) as (app, pilot, _runs):
        await to_form(pilot)
        await pilot.press(*"/var", "enter")
        await until_shown(pilot, "Not planned: RuntimeError: boom [/] here")
        assert app.is_running


async def test_a_secret_is_masked_never_in_a_message_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    before = Input.post_message

    def spy(self: Input, message: Any) -> bool:
        seen.append(message)
        return before(self, message)

    monkeypatch.setattr(Input, "post_message", spy)
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        form = await to_form(pilot, recipe="backup-verification")
        await pilot.press(*"s3cr3t")
        await pilot.pause()
        assert "s3cr3t" not in text_of(pilot)
        assert "••••••" in text_of(pilot)
        field = form.query_one(HiddenInput)
        field.action_copy()
        assert app.clipboard != "s3cr3t"
        assert not [message for message in seen if "s3cr3t" in repr(message)]
        runs.plans["web1"] = a_plan("web1", parameters={"token": "•••"})
        await pilot.press("enter")
        planned = (await shows(pilot, PlanScreen))._planned
        assert runs.asked[0][2] == {"token": "•••"}  # planning needs no secret, and gets none
        assert planned.secrets == {"token": "s3cr3t"}
        assert "s3cr3t" not in repr(planned)
        assert "s3cr3t" not in text_of(pilot)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, FleetScreen))
        assert field.value == ""


async def test_hostile_hosts_and_errors_are_text() -> None:
    source = a_fleet()
    source.runs.plans["web1"] = PlanError(f"it said {HOSTILE}")
    async with recipe_console(source) as (app, pilot, _runs):
        app.recipes.choose([f"h{HOSTILE}"])
        await shows(pilot, RecipeChooser)
        assert "h[/]gnp[@click=app.quit]x[/red]" in text_of(pilot)
        await pilot.press("escape")
        await to_form(pilot)
        await pilot.press(*"/var", "enter")
        await until_shown(pilot, "it said [/]gnp[@click=app.quit]x[/red]")
        assert not set(text_of(pilot)) & set("\x1b\x00\u202e")


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
@pytest.mark.parametrize("theme", ["opsconsole-dark", "opsconsole-light"])
async def test_everything_is_in_reach_at_every_size(size: tuple[int, int], theme: str) -> None:
    async with recipe_console(a_fleet(theme=theme), size=size) as (app, pilot, _runs):
        form = await to_form(pilot)
        for _ in range(4):
            await pilot.press("down")
        await pilot.pause()
        field = form.fields[-1]
        assert app.focused is field.query_one(Input)
        assert app.screen.region.contains_region(field.query_one(Input).region)
        assert form.query_one("#body").region.overlaps(field.region)
        for words in ("Plan", "enter makes the plan"):
            assert words in text_of(pilot)


async def test_the_mouse_chooses_and_plans() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        await pilot.press("r")
        await shows(pilot, RecipeChooser)
        await pilot.click("#recipes", offset=(4, 2))
        await shows(pilot, RecipeForm)
        assert "log rotation on db1" in text_of(pilot)
        await pilot.press(*"/var")
        await pilot.click("#plan")
        await shows(pilot, PlanScreen)
        assert len(runs.asked) == 1


async def test_what_is_typed_behind_backspace_does_not_overtake_it() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, _runs):
        form = await to_form(pilot)
        for key in ("a", "b", "backspace", "c", "ctrl+u", "x", "y", "home", "z"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: form.fields[0].text == "zxy")
