"""Copying by OSC 52: bounded, cleaned, and always announced."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App

from opsconsole.console.tui import clipboard


class Noticing(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.notices: list[tuple[str, str]] = []

    def notify(self, message: str, *, severity: str = "information", markup: bool = True, **_: Any) -> None:
        assert not markup
        self.notices.append((severity, message))


@given(st.text(max_size=200), st.integers(min_value=1, max_value=2_000))
@settings(max_examples=100, deadline=None)
def test_what_is_copied_fits_into_one_sequence(text: str, times: int) -> None:
    safe, whole = clipboard.bounded(text * times)
    assert len(base64.b64encode(safe.encode())) + len("\x1b]52;c;\a") <= 100_000
    assert whole == (len((text * times).encode("utf-8", "replace")) <= clipboard.LIMIT_BYTES)
    assert (text * times).encode("utf-8", "replace").decode().startswith(safe)


async def test_a_line_is_copied_and_announced() -> None:
    app = Noticing()
    async with app.run_test():
        clipboard.copy(app, "GET /[/orders] 200")
        assert app.clipboard == "GET /[/orders] 200"
        assert app.notices == [("information", "Copied: GET /[/orders] 200")]


async def test_a_long_text_is_cut_and_said_so() -> None:
    app = Noticing()
    async with app.run_test():
        clipboard.copy(app, "é" * 50_000, "the log")
        assert len(app.clipboard.encode()) == clipboard.LIMIT_BYTES
        [(severity, message)] = app.notices
        assert severity == "warning"
        assert "74,994 bytes" in message
        assert "the log" in message


async def test_what_a_host_wrote_cannot_press_keys_where_it_is_pasted() -> None:
    app = Noticing()
    async with app.run_test():
        clipboard.copy(app, "ls\x03\x1b[201~\x00rm\r")
        assert app.clipboard == "lsrm"


@pytest.mark.parametrize("nothing", ["", "\x1b[0m\x00"])
async def test_nothing_to_copy_is_said(nothing: str) -> None:
    app = Noticing()
    async with app.run_test():
        app.copy_to_clipboard("kept")
        clipboard.copy(app, nothing)
        assert app.clipboard == "kept"
        assert app.notices == [("warning", "Nothing to copy.")]
