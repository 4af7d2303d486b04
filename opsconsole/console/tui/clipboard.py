"""Copying by OSC 52: the terminal owns the clipboard, so that it works over SSH and in tmux."""

from __future__ import annotations

from typing import Any

from textual.app import App

from opsconsole.data.text import clean, clean_line

# Terminals bound an OSC 52 sequence to 100,000 bytes (hterm's documented limit, the lowest in use): less its
# eight bytes of frame that is 99,992 of base64, which is 74,994 bytes of text.
LIMIT_BYTES = 74_994


def bounded(text: str) -> tuple[str, bool]:
    """Return as much of `text` as fits into one OSC 52 sequence, and whether all of it did."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= LIMIT_BYTES:
        return raw.decode("utf-8"), True
    return raw[:LIMIT_BYTES].decode("utf-8", "ignore"), False


def copy(app: App[Any], text: str, what: str = "") -> None:
    """Copy text to the terminal's clipboard and say what was copied.

    The text is cleaned first: a control character in a clipboard becomes a key press where it is pasted.

    Args:
        app: The running app.
        text: What to copy.
        what: What it is, such as `the line`; without it the notice shows the text's beginning.
    """
    safe, whole = bounded(clean(text, limit_chars=max(len(text), 1)))
    if not safe:
        app.notify("Nothing to copy.", severity="warning", markup=False)
        return
    app.copy_to_clipboard(safe)
    shown = clean_line(what or safe, limit_chars=60)
    if whole:
        app.notify(f"Copied: {shown}", markup=False)
    else:
        app.notify(
            f"Copied only the first {len(safe.encode()):,} bytes, all that a terminal takes: {shown}",
            severity="warning",
            markup=False,
        )
