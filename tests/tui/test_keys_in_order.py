"""Keys that arrive all at once, as over a bad link: each has its effect before the next is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from console_pilot import console, order, table, typed_at_once, until
from fake_source import FakeSource, host_state
from textual import events

from opsconsole.console.tui import keys_in_order, session
from opsconsole.console.tui.dialogs import ConfirmDialog, Dialog, SecretDialog
from opsconsole.console.tui.fleet import FleetScreen
from opsconsole.console.tui.fleet_table import FleetTable
from opsconsole.console.tui.help import HelpScreen
from opsconsole.console.tui.host import HostScreen


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("y", "enter"), True),
        (("right", "enter"), True),
        (("tab", "enter"), True),
        (("y", "left", "enter"), False),
        (("y", "shift+tab", "enter"), False),
        (("right", "n"), False),
        (("y", "escape"), False),
        (("enter", "y", "enter"), False),
    ],
)
async def test_what_is_decided_is_what_was_typed(keys: tuple[str, ...], expected: bool) -> None:
    answers: list[bool | None] = []
    async with console(FakeSource([host_state("web1")])) as (app, pilot):
        dialog = ConfirmDialog("Really?")
        app.push_screen(dialog, answers.append)
        await until(pilot, lambda: app.focused is not None and app.focused.id == "no", "the focus on No")
        typed_at_once(app, *keys)
        await until(pilot, lambda: answers, "an answer")
        assert answers == [expected]


async def test_keys_behind_one_that_opens_a_screen_are_for_that_screen() -> None:
    source = FakeSource([host_state(name) for name in ("web1", "web2")])
    async with console(source) as (app, pilot):
        # s, l, a and q are keys of the Fleet: open a session, follow the logs, the audit trail, quit.
        typed_at_once(app, "colon", *"host", "space", *"web2", "enter")
        await until(pilot, lambda: isinstance(app.screen, HostScreen) and app.screen.chosen_hosts == ["web2"])
        typed_at_once(app, "escape", "slash", *"web1", "enter", "space")
        await until(pilot, lambda: isinstance(app.screen, FleetScreen) and table(app).marks == {"web1"})
        assert order(app) == ["web1"]
        typed_at_once(app, "question_mark", "escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, HostScreen) and app.screen.chosen_hosts == ["web1"])


@pytest.mark.parametrize(
    ("make", "then", "expected"),
    [
        (lambda: ConfirmDialog("Really?"), ("n",), False),
        (lambda: SecretDialog("web1", "password:"), ("x", "enter"), "x"),
    ],
)
async def test_what_was_typed_before_a_question_is_no_answer(
    make: Callable[[], Dialog[Any]], then: Sequence[str], expected: object
) -> None:
    answers: list[object] = []
    async with console(FakeSource([host_state("web1")])) as (app, pilot):
        early = [events.Key("y", "y"), events.Paste("words for another screen"), events.Key("enter", "\r")]
        app.push_screen(make(), answers.append)
        await until(
            pilot, lambda: app.focused is not None and app.focused.id in {"no", "secret"}, "the focus"
        )
        for event in early:
            app.post_message(event)
        typed_at_once(app, *then)
        await until(pilot, lambda: answers, "an answer")
        assert answers == [expected]


async def test_a_paste_comes_after_the_key_before_it() -> None:
    async with console(FakeSource([host_state(name) for name in ("web1", "sql1")])) as (app, pilot):
        typed_at_once(app, "slash")
        app.post_message(events.Paste("sql"))
        typed_at_once(app, "enter", "space")
        await until(pilot, lambda: table(app).marks == {"sql1"}, "the filter holds what was pasted")


async def test_what_is_typed_behind_the_key_of_a_session_is_no_key_of_the_console(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = asyncio.Event()
    opened: list[str] = []

    async def open_session(_app: object, _argv: object, host: str) -> None:
        opened.append(host)
        await ended.wait()

    monkeypatch.setattr(session, "open_session", open_session)
    async with console(FakeSource([host_state("web1")])) as (app, pilot):
        typed_at_once(app, "s", "q", "s", "space")
        await until(pilot, lambda: opened, "the session")
        await pilot.pause()
        assert app.return_code is None
        ended.set()
        await pilot.pause()
        typed_at_once(app, "question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen), "keys are the console's again")
        assert opened == ["web1"]
        assert not app.screen_stack[1].query_one(FleetTable).marks


async def test_a_widget_that_hangs_does_not_lock_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_in_order, "LONGEST_SECONDS", 0.01)
    released = asyncio.Event()
    async with console(FakeSource([host_state(name) for name in ("web1", "web2")])) as (app, _pilot):
        table(app).call_later(released.wait)  # its queue stands still: no key gets through it
        try:
            typed_at_once(app, "j", "ctrl+q")  # leaving is looked at first, and by the app
            async with asyncio.timeout(30):
                while app.return_code != 0:  # the pilot would wait for the table
                    await asyncio.sleep(0)
        finally:
            released.set()
