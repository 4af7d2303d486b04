"""Runs that are over or were interrupted: looked at, resumed, undone; a lock that is in the way."""

from __future__ import annotations

from typing import Literal

import pytest
from console_pilot import until, until_shown
from fake_runs import a_plan, a_row, end, irreversible
from recipe_pilot import (
    ConfirmRun,
    RecipeChooser,
    RunScreen,
    a_fleet,
    catalogue,
    noticed,
    recipe_console,
    shows,
    text_of,
    to_run,
)
from textual.widgets import Button, Input

from opsconsole.console.tui.audit_story import StoryScreen
from opsconsole.console.tui.dialogs import SecretDialog
from opsconsole.console.tui.palette import CommandLine
from opsconsole.console.tui.recipe_runs import RunsScreen
from opsconsole.recipes.recipe import HIDDEN
from opsconsole.recipes.runner.lock import Holder
from opsconsole.recipes.runner.state import RunState, StepState

_ = catalogue  # a fixture that every test uses


async def test_interrupted_runs_are_told_at_the_start_and_resumed() -> None:
    source = a_fleet()
    source.runs.rows = [a_row(host="web1")]
    async with recipe_console(source) as (app, pilot, runs):
        await until_shown(pilot, "! 1 interrupted run: log-rotation on web1")
        assert "1 interrupted run: log-rotation on web1. v: look, resume or undo." in noticed(app)
        await pilot.press("v")
        await shows(pilot, RunsScreen)
        await until_shown(pilot, "! log-rotation on web1   begun 2026-03-01 14:05:00 UTC by ann   run r-1")
        await pilot.press("enter")  # look
        await shows(pilot, StoryScreen)
        await until_shown(pilot, "log-rotation on web1")
        await pilot.press("escape", "p")
        question = await shows(pilot, ConfirmRun)
        assert "Go on with log-rotation on web1" in text_of(pilot)
        assert app.focused is question.query_one("#no")
        await pilot.press("enter")
        await shows(pilot, RunsScreen)
        assert runs.calls == []
        await pilot.press("p")
        await shows(pilot, ConfirmRun)
        await pilot.press("y", "enter")
        await shows(pilot, RunScreen)
        assert runs.calls == [
            (
                "resume",
                {
                    "run_id": "r-1",
                    "confirmed": a_plan("web1").plan_id,
                    "reason": "",
                    "secrets": {},
                    "wait_lock_seconds": 0.0,
                },
            )
        ]
        await until_shown(pilot, "resume of log-rotation on web1")


async def test_undo_of_an_interrupted_run_in_production_wants_the_name() -> None:
    source = a_fleet()
    source.runs.rows = [a_row(host="db1")]
    async with recipe_console(source) as (_app, pilot, runs):
        await until_shown(pilot, "! 1 interrupted run")
        await pilot.press("v")
        await shows(pilot, RunsScreen)
        await until_shown(pilot, "! log-rotation on db1")
        await pilot.press("u")
        await shows(pilot, ConfirmRun)
        assert "2 of 2 steps were applied, wholly or in part: taken back" in text_of(pilot)
        await pilot.press("y", "enter")
        await until_shown(pilot, 'found "y", expected "db1"')
        await pilot.press("backspace", *"db1", "enter", "enter")
        await shows(pilot, RunScreen)
        assert runs.calls[0][0] == "undo"


async def test_a_done_run_is_undone_from_its_screen() -> None:
    source = a_fleet()
    source.runs.rows = [a_row("id-of-run-1-web1", "web1")]
    async with recipe_console(source) as (_app, pilot, runs):
        await to_run(pilot)
        end(runs.live["run-1"], RunState.DONE, host="web1")
        await until_shown(pilot, "u undo")
        assert "p resume" not in text_of(pilot)
        await pilot.press("u")
        await shows(pilot, ConfirmRun)
        await pilot.press("y", "enter")
        await until(pilot, lambda: "undo-2" in runs.live)
        assert runs.calls[-1][1]["run_id"] == "id-of-run-1-web1"


async def test_to_go_on_with_a_run_that_goes_backwards_is_told_as_that() -> None:
    source = a_fleet()
    source.runs.rows = [a_row(host="web1")]
    source.runs.backs["r-1"] = "the operator asked for it"
    async with recipe_console(source) as (_app, pilot, _runs):
        await pilot.press("v")
        await shows(pilot, RunsScreen)
        await until_shown(pilot, "! log-rotation on web1")
        await pilot.press("p")
        await shows(pilot, ConfirmRun)
        await until_shown(pilot, "It goes on taking it back, for the operator asked for it")
        assert "from where the host" not in text_of(pilot)


@pytest.mark.parametrize("kind", ["undo", "resume"])
async def test_an_undo_that_took_all_back_is_told_as_done(kind: str) -> None:
    """Also when its console was lost, and it was gone on with."""
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        live = runs.begin(kind, [a_plan("web1")])
        app.watch_runs.wake()
        end(live, RunState.UNDONE, "2 steps were taken back", "web1", undo_asked=True)
        told = f"{kind} of log-rotation on web1: taken back and proved; the host is as before"
        await until_shown(pilot, f"✓ {told}")
        await until(pilot, lambda: f"{told}. v: look." in noticed(app))
        assert [notice.severity for notice in app._notifications] == ["information"]
        await pilot.press("v")
        await shows(pilot, RunsScreen)
        await until_shown(pilot, f"✓ {told}")
        await pilot.press("enter")
        await shows(pilot, RunScreen)
        await until_shown(
            pilot, "✓ taken back and proved; the host is as before   12.0 s after the run began"
        )
        assert "esc leaves. r plans it again." in text_of(pilot)
        assert "not done" not in text_of(pilot)


async def test_an_undo_that_goes_on_offers_no_stop() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        live = runs.begin("undo", [a_plan("web1")])
        app.recipes.show_run(live)
        await until_shown(pilot, "esc leave it running")
        assert "^c stop" not in text_of(pilot)
        await pilot.press("ctrl+c")
        assert isinstance(app.screen, RunScreen)
        assert not live.stopping


async def test_what_cannot_be_taken_back_as_a_whole_is_refused_before_anything_is_asked() -> None:
    source = a_fleet()
    source.runs.plans["web1"] = irreversible("web1")
    source.runs.rows = [a_row(host="web1")]
    async with recipe_console(source) as (app, pilot, runs):
        app.recipes.take_up("undo", "r-1", "web1")
        words = "Refused: it cannot be taken back: “delete app logs” (deleted). Nothing was changed."
        await until(pilot, lambda: words in noticed(app))
        assert not isinstance(app.screen, ConfirmRun)
        assert runs.calls == []


async def test_a_step_without_an_undo_that_was_never_begun_stands_in_no_way() -> None:
    source = a_fleet()
    source.runs.plans["web1"] = irreversible("web1")
    source.runs.rows = [a_row(host="web1")]
    source.runs.come["r-1"] = [StepState.DONE, StepState.PLANNED]
    async with recipe_console(source) as (app, pilot, _runs):
        app.recipes.take_up("undo", "r-1", "web1")
        await shows(pilot, ConfirmRun)
        assert "1 of 2 steps were applied" in text_of(pilot)


@pytest.mark.parametrize("kind", ["resume", "undo"])
async def test_what_is_taken_up_keeps_its_incident_and_does_not_ask_for_another(
    kind: Literal["resume", "undo"],
) -> None:
    source = a_fleet()
    source.runs.rows = [a_row(host="web1")]
    async with recipe_console(source) as (app, pilot, runs):
        app.recipes.take_up(kind, "r-1", "web1")
        question = await shows(pilot, ConfirmRun)
        assert {field.id for field in question.query(Input)} == {"wait", "reason"}
        question.query_one("#wait", Input).value = "5m"
        question.query_one("#reason", Input).value = "disk"
        await pilot.press("y", "enter")
        await shows(pilot, RunScreen)
        said = runs.calls[0][1]
        assert (said["reason"], said["wait_lock_seconds"]) == ("disk", 300.0)


async def test_a_refused_run_has_nothing_to_undo_and_a_resumable_one_resumes() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        await to_run(pilot)
        end(runs.live["run-1"], RunState.REFUSED, "drift", "web1")
        await until_shown(pilot, "drift")
        assert "u undo" not in text_of(pilot)
        live = runs.begin("run", [a_plan("web2")])
        app.recipes.show_run(live)
        end(live, RunState.NEEDS_PERSON, "the connection did not come back", "web2", resumable=True)
        await until_shown(pilot, "p goes on from where it stands")
        await until_shown(pilot, "p resume")


async def test_planning_again_after_the_end() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        await to_run(pilot)
        await pilot.press("r")  # not while it goes on
        await pilot.pause()
        assert isinstance(pilot.app.screen, RunScreen)
        end(runs.live["run-1"], RunState.REFUSED, "drift", "web1")
        await pilot.press("r")
        await shows(pilot, RecipeChooser)


async def test_secrets_are_asked_again_when_a_run_is_taken_up() -> None:
    source = a_fleet()
    secret = a_plan("web1", recipe="backup-verification", parameters={"token": HIDDEN})
    source.runs.plans["web1"] = secret
    source.runs.rows = [a_row(host="web1")]
    async with recipe_console(source) as (app, pilot, runs):
        app.recipes.take_up("resume", "r-1", "web1")
        await shows(pilot, ConfirmRun)
        await pilot.press("y", "enter")
        await shows(pilot, SecretDialog)
        await pilot.press(*"s3cr3t", "enter")
        await shows(pilot, RunScreen)
        assert runs.calls[0][1]["secrets"] == {"token": "s3cr3t"}
        assert "s3cr3t" not in text_of(pilot)


async def test_a_ledger_that_cannot_be_read_is_told() -> None:
    source = a_fleet()
    source.runs.fails = OSError("the ledger /x cannot be opened [/]")
    async with recipe_console(source) as (app, pilot, _runs):
        words = "Interrupted runs are not known: the ledger /x cannot be opened [/]"
        await until(pilot, lambda: words in noticed(app))
        assert app.is_running


async def test_a_lock_is_broken_only_with_the_typed_name_and_a_reason() -> None:
    source = a_fleet()
    source.runs.locks["web1"] = Holder("r-9", "anna", "laptop", "log-rotation")
    async with recipe_console(source) as (app, pilot, runs):
        for typed, reason, told in (
            ("web2", "her laptop died", ""),
            ("web1", "", "Refused: a broken lock is explained in the audit trail"),
            ("web1", "her laptop died", "the lock of run r-9 on web1 was broken"),
        ):
            assert not [call for call in runs.calls if call[0] == "break"]
            await pilot.press("colon")
            await shows(pilot, CommandLine)
            await pilot.press(*"unlock web1", "enter")
            question = await shows(pilot, ConfirmRun)
            assert {field.id for field in question.query(Input)} == {"typed", "reason"}
            assert "held by anna on laptop (log-rotation, run r-9)" in text_of(pilot)
            await pilot.press(*typed, "enter")
            question.query_one("#reason", Input).value = reason
            if question.query_one("#yes", Button).disabled:
                assert 'found "web2", expected "web1"' in text_of(pilot)
                await pilot.press("escape")
            else:
                await pilot.press("enter")
                await until(pilot, lambda told=told: any(told in one for one in noticed(app)), told)
        assert runs.calls == [("break", {"host": "web1", "holder": "r-9", "reason": "her laptop died"})]


async def test_a_host_without_a_lock_asks_nothing() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        app.recipes.unlock("web1")
        await until(pilot, lambda: "web1 is not locked." in noticed(app))
        assert runs.calls == []
