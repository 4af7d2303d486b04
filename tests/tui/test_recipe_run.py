"""The Run screen: what goes on, what was proved, what it came to; leaving, stopping, coming back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from console_pilot import until, until_shown
from fake_runs import a_plan, a_step, end, irreversible, progress
from hypothesis import given, settings
from hypothesis import strategies as st
from recipe_pilot import (
    HOSTILE,
    RunScreen,
    a_fleet,
    catalogue,
    noticed,
    recipe_console,
    shows,
    text_of,
    to_run,
)

from opsconsole.console.live_run import HostRun
from opsconsole.console.tui.dialogs import ConfirmDialog
from opsconsole.console.tui.fleet import FleetScreen
from opsconsole.console.tui.host import HostScreen
from opsconsole.console.tui.recipe_run_lines import host_lines, tail
from opsconsole.console.tui.recipe_runs import RunsScreen
from opsconsole.data.host import Host
from opsconsole.data.text import clean
from opsconsole.recipes.runner.state import Phase, Progress, RunResult, RunState, StepResult, StepState

_ = catalogue  # a fixture that every test uses


async def test_it_shows_each_step_with_what_goes_on() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        await to_run(pilot)
        live = runs.live["run-1"]
        await until_shown(pilot, "▸ begins")
        progress(
            live,
            "web1",
            step=1,
            elapsed_seconds=12.1,
            output_bytes=5_900_000,
            output_tail="one\ntwo\n9 of 14 files\n",
            message="gzip",
        )
        await until_shown(pilot, "9 of 14 files")
        text = text_of(pilot)
        for words in (
            "✓ 1 rotate app logs",
            "▸ 2 compress app logs",
            "running   12.",
            "5.6M of output   gzip",
            "│ one",
        ):
            assert words in text
        await until_shown(pilot, "running   13.")  # the seconds go on by themselves
        progress(live, "web1", step=1, phase=Phase.CHECKING)
        await until_shown(pilot, "checking")
        progress(live, "web1", step=1, phase=Phase.UNDOING)
        await until_shown(pilot, "undoing")


async def test_what_was_proved_of_a_step_is_there_as_soon_as_the_step_is() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        await to_run(pilot)
        live = runs.live["run-1"]
        done = StepResult("rotate", "rotate", StepState.DONE, "pid 812 writes inode 52311", 0.4)
        begun = StepResult("compress", "compress", StepState.RUNNING, "of an earlier try")
        progress(live, "web1", step=1, results=(done, begun))
        await until_shown(pilot, "proved: pid 812 writes inode 52311")
        text = text_of(pilot)
        assert "running" in text  # there is no verdict yet
        assert "an earlier try" not in text


async def test_a_lost_connection_is_told_and_what_it_means() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        await to_run(pilot)
        progress(runs.live["run-1"], "web1", step=1, phase=Phase.RECONNECTING, message="timed out")
        await until_shown(pilot, "reconnecting")
        assert "timed out   the step goes on on the host by itself" in text_of(pilot)


async def test_waiting_for_the_lock_names_its_holder() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        await to_run(pilot)
        progress(
            runs.live["run-1"], "web1", step=None, phase=Phase.LOCKING, message="held by bob since 14:02"
        )
        await until_shown(pilot, "waiting for the lock   0.")
        assert "held by bob since 14:02" in text_of(pilot)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RunState.DONE, ("✓ done and verified", "proved: evidence of rotate", "u takes it back")),
        (RunState.UNDONE, ("↶ not done; everything was undone, the host is as before", "plan again with r")),
        (RunState.REFUSED, ("○ refused; nothing was changed", "Plan again with r")),
        (RunState.NEEDS_PERSON, ("● THE HOST NEEDS A PERSON", "Do what the verdict says: s opens a shell")),
    ],
)
async def test_every_verdict_says_what_it_came_to_and_what_to_do(
    state: RunState, words: tuple[str, ...]
) -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        await to_run(pilot)
        end(runs.live["run-1"], state, "the first line\nthe second line", "web1")
        for part in (*words, "the first line", "the second line", "after 12.0 s", "run id-of-run-1-web1"):
            await until_shown(pilot, part)
        await until_shown(pilot, "esc back")
        assert "^c stop" not in text_of(pilot)


async def test_u_promises_nothing_that_the_runner_refuses() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        for state in (RunState.DONE, RunState.NEEDS_PERSON):
            live = runs.begin("run", [irreversible("web1")])
            app.recipes.show_run(live)
            end(live, state, host="web1")
            await until_shown(pilot, "it cannot be taken back, for “delete app")
            assert "u takes it back" not in text_of(pilot)
            screen = await shows(pilot, RunScreen)
            assert screen.dimmed == {"take_up('undo')"}
            await pilot.press("escape")


async def test_it_goes_on_when_left_the_headers_show_it_and_one_comes_back() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        await to_run(pilot)
        live = runs.live["run-1"]
        progress(live, "web1", step=1)
        await pilot.press("escape")
        await shows(pilot, FleetScreen)  # the plan is spent: its screens are gone
        await until_shown(pilot, "▸ 1 run: log-rotation on web1, step 2/2")
        assert not live.stopping
        await pilot.press("enter")
        await shows(pilot, HostScreen)
        await until_shown(pilot, "▸ 1 run: log-rotation on web1, step 2/2")
        await pilot.press("v")
        await shows(pilot, RunsScreen)
        await until_shown(pilot, "▸ log-rotation on web1, step 2/2")
        await pilot.press("enter")
        assert (await shows(pilot, RunScreen)).live is live
        await until_shown(pilot, "▸ 2 compress app logs")
        await pilot.press("escape", "escape", "escape")
        await shows(pilot, FleetScreen)
        end(live, RunState.NEEDS_PERSON, "look at web1", "web1")
        await until_shown(pilot, "● log-rotation on web1: THE HOST NEEDS A PERSON")
        told = "log-rotation on web1: THE HOST NEEDS A PERSON. v: look."
        await until(pilot, lambda: told in noticed(app), "the notice")
        await pilot.press("v", "enter")
        await shows(pilot, RunScreen)
        await until_shown(pilot, "look at web1")
        await pilot.press("escape", "escape")
        await shows(pilot, FleetScreen)
        await until(pilot, lambda: not app.screen.query_one("#runs-bar").display)


async def test_a_click_on_the_header_lists_the_runs() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, _runs):
        await to_run(pilot)
        await pilot.press("escape")
        await until_shown(pilot, "▸ 1 run")
        await pilot.click("#runs-bar")
        await shows(pilot, RunsScreen)


async def test_ctrl_c_asks_and_then_stops_after_the_step() -> None:
    source = a_fleet()
    source.runs.plans["web1"] = a_plan("web1")
    async with recipe_console(source) as (app, pilot, runs):
        await to_run(pilot)
        live = runs.live["run-1"]
        progress(live, "web1", step=0)
        await pilot.press("ctrl+c")
        question = await shows(pilot, ConfirmDialog)
        assert "Stop log-rotation on web1?" in text_of(pilot)
        assert app.focused is question.query_one("#no")
        await pilot.press("enter")
        await shows(pilot, RunScreen)
        assert not live.stopping
        await pilot.press("ctrl+c")
        await shows(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        await until_shown(pilot, "stops after this step, then undoes what was applied")
        assert live.stopping
        assert live.hosts["web1"].control.is_stopping
        await until(pilot, lambda: "^c stop" not in text_of(pilot))
        await pilot.press("ctrl+c")  # once is enough, and it never ends the console
        assert app.is_running


async def test_stopping_says_what_cannot_be_undone() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        live = runs.begin("run", [irreversible("web1")])
        app.recipes.show_run(live)
        await shows(pilot, RunScreen)
        await pilot.press("ctrl+c")
        await shows(pilot, ConfirmDialog)
        assert "What cannot be undone, if it was applied: delete app logs." in text_of(pilot)


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_asks_while_a_run_is_going(key: str) -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        await to_run(pilot)
        await pilot.press(key)
        question = await shows(pilot, ConfirmDialog)
        text = text_of(pilot)
        assert "A run is going on. Quit?" in text
        assert "▸ log-rotation on web1" in text
        assert app.focused is question.query_one("#no")
        await pilot.press("enter")
        await shows(pilot, RunScreen)
        assert app.return_value is None
        end(runs.live["run-1"], RunState.DONE, host="web1")
        await pilot.press(key)
        await until(pilot, lambda: app.return_value == 0)


async def test_quitting_anyway() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, _runs):
        await to_run(pilot)
        await pilot.press("q")
        await shows(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        await until(pilot, lambda: app.return_value == 0)


# Several hosts -----------------------------------------------------------------------------------


async def test_several_hosts_have_a_row_each_and_open() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        live = runs.begin("run", [a_plan("db1"), a_plan("web1"), a_plan("web2")])
        app.recipes.show_run(live)
        await shows(pilot, RunScreen)
        progress(live, "db1", step=1)
        await until_shown(pilot, "3 hosts: 1 going on, 2 waiting")
        await until_shown(pilot, "▸ db1    PROD   step 2/2")
        end(live, RunState.UNDONE, "the disk was full", "db1")
        progress(live, "web1", step=0)
        await until_shown(pilot, "3 hosts: 1 undone, 1 going on, 1 waiting")
        assert "undone, the host is as before: the disk was full" in text_of(pilot)
        await pilot.press("j", "enter")
        screen = await shows(pilot, RunScreen)
        await until(pilot, lambda: screen.host_name == "db1")
        await until_shown(pilot, "log-rotation on 3 hosts › db1")
        await until_shown(pilot, "the disk was full")
        await pilot.press("escape")
        await until_shown(pilot, "3 hosts:")
        live.hosts["web2"].ended = True
        end(live, RunState.DONE, host="web1")
        await until_shown(pilot, "3 hosts: 1 undone, 1 not begun, 1 done")


# Taking up ---------------------------------------------------------------------------------------


# Lines -------------------------------------------------------------------------------------------


@given(st.text(max_size=80), st.text(max_size=400))
@settings(max_examples=100, deadline=None)
def test_whatever_a_host_says_the_lines_are_clean(word: str, output: str) -> None:
    plan = a_plan(word=word, steps=(a_step(word=word), a_step("b", word=word)))
    now = datetime.now(UTC)
    run = HostRun(Host("h", "h"), plan, begun=True)
    run.progress = Progress(
        "r", "h", 1, Phase.STEP, 3.0, output, len(output), word, (StepState.DONE, StepState.RUNNING)
    )
    ended = HostRun(Host("h", "h"), plan, begun=True)
    steps = tuple(StepResult(step.name, step.title, StepState.FAILED, word) for step in plan.steps)
    ended.result = RunResult(word, "p", "h", "r", RunState.UNDONE, word, steps, now, now)
    for line in (*host_lines("run", run, stopping=True), *host_lines("undo", ended)):
        assert clean(line.text, len(line.text) + 1) == line.text
        assert "\n" not in line.text


def test_the_tail_is_bounded() -> None:
    rows = tail("x" * 100_000 + "\nprogress 10%\rprogress 20%\n" + "\n".join(f"line {n}" for n in range(100)))
    assert rows == [f"line {n}" for n in range(92, 100)]


async def test_hostile_words_of_a_run_are_text() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        await to_run(pilot)
        live = runs.live["run-1"]
        progress(live, "web1", step=0, output_tail=HOSTILE, message=HOSTILE)
        await until_shown(pilot, "│ [/]gnp[@click=app.quit]x[/red]")
        evidence: dict[str, Any] = {
            "steps": (
                StepResult("rotate", "x", StepState.FAILED, HOSTILE),
                StepResult("b", "y", StepState.PLANNED),
            )
        }
        end(live, RunState.NEEDS_PERSON, HOSTILE, "web1", **evidence)
        await until(pilot, lambda: text_of(pilot).count("[/]gnp[@click=app.quit]x[/red]") >= 2)
        assert not set(text_of(pilot)) & set("\x1b\x00\u202e")
        await pilot.press("escape")
        await until_shown(pilot, "opsconsole")
        assert app.is_running


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_it_fits(size: tuple[int, int]) -> None:
    async with recipe_console(a_fleet(theme="opsconsole-light"), size=size) as (_app, pilot, _runs):
        await to_run(pilot)
        await until_shown(pilot, "esc leave it running  ^c stop after this step, undo")
        await until_shown(pilot, "? help")
