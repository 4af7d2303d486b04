"""The dialogues: what they show, which keys answer them, and that nothing a host says can harm them."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
from typing import Any

import pytest
from textual.app import App
from textual.screen import Screen
from textual.widgets import Button, Input, Static

from opsconsole.console.ssh.status import HostKeyOffer
from opsconsole.console.tui.dialogs import (
    ConfirmDialog,
    Dialog,
    HostKeyChangedDialog,
    HostKeyDialog,
    SecretDialog,
    TuiPrompter,
)

FINGERPRINT = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
KNOWN = "SHA256:uNiVztksCsDhcc0u9e8BrbLPLeHe0d9wZTVwJEkUuBg"
OFFER = HostKeyOffer(
    hop="inner",
    address="[10.77.0.5]:2222",
    algorithm="ssh-ed25519",
    fingerprint=FINGERPRINT,
    known_fingerprints=(),
    known_hosts_file="/home/ops/.ssh/known_hosts",
    line="[10.77.0.5]:2222 ssh-ed25519 AAAA",
    command="ssh-keygen -R '[10.77.0.5]:2222'",
)
CHANGED = dataclasses.replace(OFFER, known_fingerprints=(KNOWN,))
HOSTILE = "[/red]\x1b]52;c;ZXZpbA==\x07\x1b[2J\x00\u202egnp[bold"


class Asking(App[None]):
    """Asks one dialogue and keeps the answers."""

    def __init__(self, dialog: Dialog[Any] | None = None) -> None:
        super().__init__()
        self.dialog = dialog
        self.answers: list[Any] = []

    def on_mount(self) -> None:
        if self.dialog is not None:
            self.push_screen(self.dialog, self.answers.append)


def shown(screen: Screen[Any]) -> str:
    """All the text of the screen's widgets; nothing while a dialogue is still being laid out."""
    if not screen.query("#box"):
        return ""
    texts = [str(static.content) for static in screen.query(Static)]
    texts += [str(button.label) for button in screen.query(Button)]
    return "\n".join([*texts, str(screen.query_one("#box").border_title)])


DECIDING = [
    (["enter"], False),
    (["escape"], False),
    (["n"], False),
    (["right", "left", "enter"], False),
    (["y", "n"], False),
    (["y", "enter"], True),
    (["right", "enter"], True),
    (["tab", "enter"], True),
]


@pytest.mark.parametrize(("keys", "answer"), DECIDING)
async def test_accepting_takes_two_deliberate_keys(keys: list[str], answer: bool) -> None:
    app = Asking(HostKeyDialog(OFFER))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert app.answers == [answer]


@pytest.mark.parametrize("typed", ["y", "yyyy", "Y", "maybe yes", "t"])
async def test_what_was_typed_for_the_screen_below_accepts_nothing(typed: str) -> None:
    app = Asking(HostKeyDialog(OFFER))
    async with app.run_test(size=(80, 24)) as pilot:
        for key in typed.replace(" ", ""):
            await pilot.press(key)
        await pilot.pause()
        assert True not in app.answers


async def test_the_mouse_decides_too() -> None:
    app = Asking(ConfirmDialog("Go?", yes="Go"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click("#yes")
        await pilot.pause()
        assert app.answers == [True]


async def test_an_unknown_key_is_shown_whole_and_says_what_yes_does() -> None:
    app = Asking(HostKeyDialog(OFFER))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        text = shown(app.screen)
        for part in ("inner", "[10.77.0.5]:2222", "ssh-ed25519", FINGERPRINT, "/home/ops/.ssh/known_hosts"):
            assert part in text
        assert app.focused is app.screen.query_one("#no")
        for selector in ("#fingerprint", "#no", "#yes", "#how"):
            widget = app.screen.query_one(selector)
            assert app.screen.region.contains_region(widget.region), selector
            assert widget.region.height == 1, selector


async def test_a_changed_key_shows_both_and_accepts_nothing() -> None:
    app = Asking(HostKeyChangedDialog(CHANGED))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        text = shown(app.screen)
        assert FINGERPRINT in text
        assert KNOWN in text
        assert CHANGED.command in text
        assert [button.id for button in app.screen.query(Button)] == ["close"]
        await pilot.press("y", "right", "tab")
        assert app.answers == []
        await pilot.press("c")
        assert app.clipboard == CHANGED.command
        await pilot.press("enter")
        await pilot.pause()
        assert app.answers == [None]


async def test_hostile_text_is_shown_as_text() -> None:
    offer = dataclasses.replace(
        CHANGED, hop=HOSTILE, address=HOSTILE, algorithm=HOSTILE, fingerprint=HOSTILE, command=HOSTILE
    )
    for dialog in (
        HostKeyDialog(offer),
        HostKeyChangedDialog(offer),
        SecretDialog(HOSTILE, HOSTILE),
        ConfirmDialog(HOSTILE, HOSTILE, HOSTILE[:5], HOSTILE[:5]),
    ):
        app = Asking(dialog)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            text = shown(app.screen)
            assert "[/red]" in text
            assert not set(text) & set("\x1b\x00\x07\u202e")


async def test_a_question_longer_than_the_screen_scrolls_and_keeps_its_buttons() -> None:
    app = Asking(ConfirmDialog("Go?", "\n".join(f"line {n}" for n in range(200)), "Go"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("pagedown")
        await pilot.pause()
        assert app.screen.query_one("#body").scroll_y > 0
        assert app.screen.region.contains_region(app.screen.query_one("#no").region)


@pytest.mark.parametrize(
    ("keys", "answer"), [("pass[/x]", "pass[/x]"), ("", ""), (None, None)], ids=["typed", "empty", "declined"]
)
async def test_a_secret_is_answered_or_declined(keys: str | None, answer: str | None) -> None:
    app = Asking(SecretDialog("web1", "Password:"))
    async with app.run_test() as pilot:
        if keys is None:
            await pilot.press("a", "escape")
        else:
            await pilot.press(*keys, "enter")
        await pilot.pause()
        assert app.answers == [answer]


async def test_a_secret_stays_out_of_screen_clipboard_messages_and_memory(monkeypatch: Any) -> None:
    seen: list[str] = []
    dispatch = App._dispatch_message
    monkeypatch.setattr(
        App,
        "_dispatch_message",
        lambda app, message: (seen.append(repr(message)), dispatch(app, message))[1],
    )
    dialog = SecretDialog("web1", "Password:")
    app = Asking(dialog)
    async with app.run_test() as pilot:
        await pilot.pause()
        field = dialog.query_one(Input)
        posted: list[str] = []
        post = Screen.post_message
        monkeypatch.setattr(
            Screen,
            "post_message",
            lambda screen, message: (posted.append(repr(message)), post(screen, message))[1],
        )
        field.insert_text_at_cursor("hunter2secret")
        await pilot.press("ctrl+shift+a", "ctrl+c", "ctrl+x")
        await pilot.pause()
        assert field.value == "hunter2secret"
        assert app.clipboard == ""
        assert "•" in "".join(segment.text for segment in field.render_line(0))
        assert "hunter2" not in repr(dialog) + repr(field) + "".join(seen) + "".join(posted)
        await pilot.press("enter")
        await pilot.pause()
        assert app.answers == ["hunter2secret"]
        assert field.value == ""
        assert "hunter2" not in "".join(posted)


async def test_a_code_that_may_be_seen_is_echoed() -> None:
    app = Asking(SecretDialog("web1", "One-time code:", echo=True))
    async with app.run_test() as pilot:
        await pilot.press(*"123456")
        await pilot.pause()
        assert "123456" in "".join(segment.text for segment in app.screen.query_one(Input).render_line(0))


# --- the prompter ---


async def test_questions_come_one_at_a_time_in_order(eventually: Any) -> None:
    app = Asking()
    async with app.run_test() as pilot:
        prompter = TuiPrompter(app)
        first = asyncio.create_task(prompter.secret("web1", "Password:"))
        second = asyncio.create_task(prompter.accept_host_key(OFFER))
        await eventually(lambda: isinstance(app.screen, SecretDialog))
        assert len(app.screen_stack) == 2
        await pilot.press("a", "b", "enter")
        assert await first == "ab"
        await eventually(lambda: isinstance(app.screen, HostKeyDialog))
        await pilot.press("y", "enter")
        assert await second is True
        await eventually(lambda: len(app.screen_stack) == 1)


async def test_a_cancelled_question_disappears_shown_or_queued(eventually: Any) -> None:
    app = Asking()
    async with app.run_test():
        prompter = TuiPrompter(app)
        tasks = [asyncio.create_task(prompter.secret(f"web{n}", "Password:")) for n in range(3)]
        await eventually(lambda: isinstance(app.screen, SecretDialog))
        tasks[1].cancel()  # queued
        tasks[0].cancel()  # shown
        await eventually(lambda: isinstance(app.screen, SecretDialog) and "web2" in shown(app.screen))
        assert len(app.screen_stack) == 2
        tasks[2].cancel()
        await eventually(lambda: len(app.screen_stack) == 1)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() for task in tasks)


async def test_a_question_cancelled_before_it_is_shown_never_is(eventually: Any) -> None:
    app = Asking()
    async with app.run_test() as pilot:
        task = asyncio.create_task(TuiPrompter(app).secret("web1", "Password:"))
        await asyncio.sleep(0)  # the task has asked; the app has not run yet
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pilot.pause()
        assert len(app.screen_stack) == 1


async def test_a_cancelled_question_under_another_screen_takes_only_itself_away(eventually: Any) -> None:
    app = Asking()
    async with app.run_test() as pilot:
        task = asyncio.create_task(TuiPrompter(app).secret("web1", "Password:"))
        await eventually(lambda: isinstance(app.screen, SecretDialog))
        above: Screen[None] = Screen()
        await app.push_screen(above)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pilot.pause()
        assert app.screen is above
        above.dismiss()
        await eventually(lambda: len(app.screen_stack) == 1)


async def test_a_dialogue_taken_away_by_a_jump_is_an_answer_and_the_next_may_ask(eventually: Any) -> None:
    app = Asking()
    async with app.run_test() as pilot:
        prompter = TuiPrompter(app)
        first = asyncio.create_task(prompter.secret("web1", "Password:"))
        await eventually(lambda: isinstance(app.screen, SecretDialog))
        await app.pop_screen()
        assert await asyncio.wait_for(first, 30) is None
        second = asyncio.create_task(prompter.accept_host_key(OFFER))
        await eventually(lambda: isinstance(app.screen, HostKeyDialog))
        await pilot.press("y", "enter")
        assert await asyncio.wait_for(second, 30) is True


async def test_closing_the_app_answers_what_is_open(eventually: Any) -> None:
    app = Asking()
    async with app.run_test():
        task = asyncio.create_task(TuiPrompter(app).secret("web1", "Password:"))
        await eventually(lambda: isinstance(app.screen, SecretDialog))
    assert await asyncio.wait_for(task, 30) is None


async def test_a_task_without_the_app_in_its_context_may_ask(eventually: Any) -> None:
    app = Asking()
    async with app.run_test() as pilot:
        prompter = TuiPrompter(app)
        task = contextvars.Context().run(
            lambda: asyncio.get_running_loop().create_task(prompter.accept_host_key(OFFER))
        )
        await eventually(lambda: isinstance(app.screen, HostKeyDialog))
        await pilot.press("enter")
        assert await task is False


async def test_a_changed_key_is_explained_and_declined(eventually: Any) -> None:
    app = Asking()
    async with app.run_test() as pilot:
        task = asyncio.create_task(TuiPrompter(app).accept_host_key(CHANGED))
        await eventually(lambda: isinstance(app.screen, HostKeyChangedDialog))
        await pilot.press("y", "enter")
        assert await task is False


async def test_asking_a_closed_app_declines() -> None:
    app = Asking()
    async with app.run_test():
        pass
    assert await asyncio.wait_for(TuiPrompter(app).secret("web1", "Password:"), 30) is None
