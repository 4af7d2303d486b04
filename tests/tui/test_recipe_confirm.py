"""The last question: what it shows, that its focus is on No, and what it takes to say yes."""

from __future__ import annotations

from typing import Any

import pytest
from console_pilot import until, until_shown
from fake_runs import a_plan, irreversible
from fake_source import FakeSource, host_state
from recipe_pilot import (
    HOSTILE,
    ConfirmRun,
    PlanScreen,
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
from textual.pilot import Pilot
from textual.widgets import Button, Input

from opsconsole.recipes.runner.rollout import Batch, Pace, fleet_id

_ = catalogue  # a fixture that every test uses


async def to_question(pilot: Pilot[int], host: str = "web1") -> ConfirmRun:
    await to_plan(pilot, host)
    await pilot.press("r")
    question: ConfirmRun = await shows(pilot, ConfirmRun)
    return question


@pytest.mark.parametrize("host", ["web1", "db1"])
@pytest.mark.parametrize("keys", [["enter"], ["escape"], ["ctrl+c"], ["tab", "escape"]])
async def test_the_focus_is_on_no_and_the_first_keys_are_no(host: str, keys: list[str]) -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        question = await to_question(pilot, host)
        assert app.focused is question.query_one("#no")
        await pilot.press(*keys)
        await shows(pilot, PlanScreen)
        assert runs.calls == []


@pytest.mark.parametrize(
    ("keys", "started"),
    [
        (["n"], False),
        (["y", "n"], False),
        (["y", "left", "enter"], False),
        (["right", "enter"], True),
        (["y", "enter"], True),
    ],
)
async def test_yes_takes_two_deliberate_keys(keys: list[str], started: bool) -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        await to_question(pilot)
        await pilot.press(*keys)
        await until(pilot, lambda: not isinstance(app.screen, ConfirmRun))
        await pilot.pause(0.1)
        assert [name for name, _ in runs.calls] == (["start"] if started else [])


async def test_production_asks_for_the_name_and_looks_different() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        question = await to_question(pilot, "db1")
        text = text_of(pilot)
        for words in (
            "PRODUCTION: please confirm",
            " PROD ",
            "▲ db1 is production",
            "type db1 (the name of the host)",
        ):
            assert words in text
        assert question.query_one("#box").styles.border_top[0] == "heavy"
        assert question.query_one("#yes", Button).disabled
        # Typing goes to the field although the focus is on No; a wrong name is told and runs nothing.
        await pilot.press(*"db2", "enter")
        await until_shown(pilot, 'found "db2", expected "db1"')
        assert question.query_one("#yes", Button).disabled
        await pilot.press("backspace", "1", "enter")
        await until(pilot, lambda: app.focused is question.query_one("#yes"))
        assert runs.calls == []  # enter in the field only moves to the button
        await pilot.press("enter")
        await shows(pilot, RunScreen)
        said = runs.calls[0][1]
        assert said["confirmed"] == a_plan("db1").plan_id


async def test_an_empty_name_is_no() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        question = await to_question(pilot, "db1")
        question.query_one("#typed", Input).focus()
        await pilot.press("enter")
        await shows(pilot, PlanScreen)
        assert runs.calls == []


async def test_a_click_on_a_button_that_is_not_ready_runs_nothing() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        await to_question(pilot, "db1")
        await pilot.click("#yes")
        await pilot.press(*"db")
        await pilot.click("#yes")
        assert isinstance(app.screen, ConfirmRun)
        assert runs.calls == []


async def test_what_cannot_be_undone_asks_for_the_name_on_any_host() -> None:
    source = a_fleet()
    source.runs.plans["web1"] = irreversible("web1")
    async with recipe_console(source) as (app, pilot, runs):
        question = await to_question(pilot)
        text = text_of(pilot)
        assert "risk: IRREVERSIBLE: step 2" in text
        assert "▲ web1: delete app logs: deleted" in text
        assert "PRODUCTION" not in text
        await pilot.press("y", "enter")
        await until_shown(pilot, 'found "y", expected "web1"')
        await pilot.press("backspace", *"web1", "enter", "enter")
        await shows(pilot, RunScreen)
        assert len(runs.calls) == 1
        assert not question.is_attached
        assert app.is_running


def can_be_pressed(question: ConfirmRun) -> bool:
    """Textual passes over a second press within a fifth of a second."""
    return not question.query_one("#yes", Button).has_class("-active")


async def test_reason_and_incident_reach_the_run() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        question = await to_question(pilot)
        question.query_one("#reason", Input).focus()
        await pilot.press(*"disk", "enter")  # goes to No, for it is no answer yet
        assert runs.calls == []
        question.query_one("#incident", Input).focus()
        await pilot.press(*"INC-7", "enter")
        question.query_one("#wait", Input).value = "soon"
        await pilot.press("y", "enter")
        await until_shown(pilot, "'soon' is not a duration such as 30s")
        question.query_one("#wait", Input).value = "5m"
        await until(pilot, lambda: can_be_pressed(question), "the button again")
        await pilot.press("enter")
        await shows(pilot, RunScreen)
        said: dict[str, Any] = runs.calls[0][1]
        assert (said["reason"], said["incident"], said["wait"]) == ("disk", "INC-7", 300.0)


async def test_several_hosts_ask_for_their_number_with_the_list_and_the_pace() -> None:
    source = a_fleet()
    source.runs.plans["web2"] = a_plan("web2", steps=())
    async with recipe_console(source) as (app, pilot, runs):
        app.recipes.open_form("log-rotation", ["web1", "db1", "web2"])
        await shows(pilot, RecipeForm)
        await pilot.press(*"/var", "enter")
        await shows(pilot, PlansScreen)
        await until_shown(pilot, "r runs it: asks to type 2 (2 hosts)")
        await pilot.press("r")
        question = await shows(pilot, ConfirmRun)
        text = text_of(pilot)
        for words in (
            "Run log-rotation on 2 hosts",
            "type 2 (the number of hosts)",
            "  web1",
            "  db1   PROD",
        ):
            assert words in text
        await pilot.press("3", "enter")
        await until_shown(pilot, 'found "3", expected "2"')
        await pilot.press("backspace", "2")
        batch = question.query_one("#batch", Input)
        batch.value = "many"
        await pilot.press("enter", "enter")
        await until_shown(pilot, 'batch: found "many", expected a number of hosts')
        assert runs.calls == []
        batch.value = "50%"
        question.query_one("#failures", Input).value = "1"
        await until(pilot, lambda: can_be_pressed(question), "the button again")
        await pilot.press("enter")
        await shows(pilot, RunScreen)
        said = runs.calls[0][1]
        assert said["pace"] == Pace(Batch(0, 50.0), 1)
        assert said["confirmed"] == fleet_id([a_plan("web1"), a_plan("db1")])  # nothing to do on web2


async def test_hostile_text_in_the_question() -> None:
    source = a_fleet()
    source.runs.plans["web1"] = a_plan("web1", word=HOSTILE)
    async with recipe_console(source) as (_app, pilot, _runs):
        await to_question(pilot)
        text = text_of(pilot)
        assert "(94 % → 71 %)[/]gnp[@click=app.quit]x[/red]" in text
        assert not set(text) & set("\x1b\x00\u202e")


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_the_buttons_are_always_in_sight(size: tuple[int, int]) -> None:
    source = a_fleet(theme="opsconsole-light")
    async with recipe_console(source, size=size) as (app, pilot, _runs):
        app.recipes.open_form("log-rotation", ["web1", "db1", "web2"])
        await shows(pilot, RecipeForm)
        await pilot.press(*"/var", "enter")
        await shows(pilot, PlansScreen)
        await pilot.press("r")
        question = await shows(pilot, ConfirmRun)
        for selector in ("#typed", "#no", "#yes", "#how"):
            assert app.screen.region.contains_region(question.query_one(selector).region), selector
            assert question.query_one(selector).region.height == 1


FOOT = ("typed", "wrong", "batch", "failures", "wait", "reason", "incident", "no", "yes", "how")


@pytest.mark.parametrize("size", [(80, 24), (80, 20), (200, 60)])
async def test_a_long_list_of_hosts_gives_way_to_what_is_answered(size: tuple[int, int]) -> None:
    hosts = [f"web{n}" for n in range(12)]
    source = FakeSource([host_state(name, environment="production") for name in hosts])
    async with recipe_console(source, size=size) as (app, pilot, _runs):
        app.recipes.open_form("log-rotation", hosts)
        await shows(pilot, RecipeForm)
        await pilot.press(*"/var", "enter")
        await shows(pilot, PlansScreen)
        await pilot.press("r")
        question = await shows(pilot, ConfirmRun)
        box, body = question.query_one("#box"), question.query_one("#body")

        def hidden() -> list[str]:
            regions = {name: question.query_one(f"#{name}").region for name in FOOT}
            inner = box.region.shrink((1, 1, 1, 1)).intersection(app.screen.region)
            return [name for name, one in regions.items() if one.area and not inner.contains_region(one)]

        await until(pilot, lambda: not hidden(), "the whole foot")
        assert "type it · tab moves · enter decides · esc is No" in text_of(pilot)
        await pilot.press(*"13", "enter")
        await until_shown(pilot, 'found "13", expected "12"')
        await until(pilot, lambda: not hidden(), "the whole foot with what is wrong")
        assert "web0" in text_of(pilot) or size[1] < 24
        await pilot.press(*(["pagedown"] * 4))
        await until_shown(pilot, "… and 7 reasons more")
        assert body.region.height >= 2


async def test_what_goes_wrong_at_the_start_is_told_and_the_plan_stays() -> None:
    source = a_fleet()
    async with recipe_console(source) as (app, pilot, runs):

        def broken(*_plans: Any, **_said: Any) -> Any:
            raise OSError("the ledger /x is full [/]")

        runs.start = broken  # type: ignore[method-assign]
        await to_question(pilot)
        await pilot.press("y", "enter")
        await until_shown(pilot, "the ledger /x is full [/]")
        assert isinstance(app.screen, PlanScreen)
