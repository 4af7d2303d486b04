"""The dialogue that asks where the certificates are to be written, and writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from opsconsole.console.certificates_export import FORMATS, export
from opsconsole.console.certificates_file import write_file
from opsconsole.console.certificates_rows import CertificateRow
from opsconsole.console.tui.dialogs_base import Dialog
from opsconsole.data.text import clean_line


class SaveCertificates(Dialog[str]):
    """Answers with what was written, in words; None: nothing was.

    Args:
        rows: What is to be written.
    """

    DEFAULT_CSS = """
    SaveCertificates {
        #path, #path:focus { border: tall $accent; }
        #state { height: auto; color: $text-error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Back")]
    AUTO_FOCUS = "#path"

    def __init__(self, rows: Sequence[CertificateRow]) -> None:
        super().__init__(f"Write {len(rows):,} {'row' if len(rows) == 1 else 'rows'} to a file")
        self._rows = tuple(rows)

    def body(self) -> Iterable[Widget]:
        """Return where the path is typed."""
        yield Static(Content("The ending says what: .csv, .ics (a calendar with alarms) or .json."))
        path = f"certificates-{datetime.now(UTC):%Y%m%d}.csv"
        yield Input(path, id="path", select_on_focus=False)

    def foot(self) -> Iterable[Widget]:
        """Return the line that says what is wrong, and how to go on."""
        yield Static(id="state")
        yield Static(
            Content("enter writes a new file, readable by you alone · esc goes back"), classes="quiet"
        )

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.run_worker(self._write(event.value), group="write", exclusive=True, exit_on_error=False)

    async def _write(self, typed: str) -> None:
        path = Path(typed.strip()).expanduser()
        form = path.suffix.lower().removeprefix(".")
        if form not in FORMATS:
            self._say(f"the name must end with .{', .'.join(FORMATS)}")
            return
        try:
            data = await asyncio.to_thread(export, self._rows, form, datetime.now(UTC))
            await asyncio.to_thread(write_file, path, data)
        except FileExistsError:
            self._say(f"{path} is there already: choose another name")
        except (OSError, RuntimeError) as error:  # RuntimeError: whose home `~name` is, nobody knows
            self._say(f"not written: {getattr(error, 'strerror', None) or error}")
        else:
            self.answer(f"{len(self._rows):,} rows written to {path.absolute()}")

    def _say(self, text: str) -> None:
        self.query_one("#state", Static).update(Content(clean_line(text, 400)))

    def action_cancel(self) -> None:
        """Close without writing."""
        self.answer(None)
