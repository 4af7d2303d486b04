"""The Audit screen: one line a run of the ledger, and in the header whether its chain is intact."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static
from textual.worker import WorkType

from opsconsole.console.tui.audit_filter import AuditFilter, AuditFilterError
from opsconsole.console.tui.audit_rows import RunLines, titles
from opsconsole.console.tui.audit_story import StoryScreen
from opsconsole.console.tui.audit_trail import MOST_RUNS, Trail
from opsconsole.console.tui.fleet_filter import FilterBar
from opsconsole.console.tui.header import Badges
from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.lines import spread
from opsconsole.console.tui.logs_guard import PatternTooSlowError
from opsconsole.console.tui.recipe_rows import RowsView
from opsconsole.console.tui.screens import ConsoleScreen
from opsconsole.data.ledger import LedgerError, RunRow, Verification
from opsconsole.data.ledger_words import verification_words
from opsconsole.data.text import clean_line

FOLLOW_SECONDS = 1.0
_TYPING_SECONDS = 0.05
_NEWEST_RUNS = 300
_CHEAP_SECONDS = 0.5
_MUTED = "$foreground-muted"


class AuditScreen(ConsoleScreen):
    """All runs of the ledger. It follows what is appended, and never keeps a key waiting.

    Args:
        path: The ledger; None: the configuration says that there is none.
        text: The filter to begin with.
    """

    AUTO_FOCUS = "RowsView"
    DEFAULT_CSS = """
    AuditScreen #audit-columns { height: 1; color: $foreground-muted; margin-top: 1; }
    AuditScreen #audit-hint { height: auto; padding: 1 2; color: $foreground-muted; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "back"),
        Binding("enter", "open", "read", key_display="enter"),
        Binding("slash", "filter", "filter", key_display="/"),
        Binding("a", "audit", "audit", show=False),
        Binding("ctrl+r", "read_now", "verify", key_display="^r"),
    ]

    def __init__(self, path: Path | None, text: str = "") -> None:
        super().__init__()
        self._trail = Trail(path)
        self._text = text
        self._filter = AuditFilter.parse("")
        self._rows: list[RunRow] = []
        self._cursor_run = ""
        self._seen_seq = -1
        self._checked: Verification | None = None
        self._checking = (0, 0)
        self._check_seconds = 0.0
        self._trouble = ""

    def compose(self) -> ComposeResult:
        """Compose the screen."""
        yield Static(id="audit-title", classes="title")
        yield FilterBar(id="fleet-bar")
        yield Static(id="audit-columns")
        yield RowsView(fold=False, id="audit-rows")
        yield Static(id="audit-hint")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Read the ledger, verify it, and follow it."""
        hosts = [state.host for state in self.source.hosts.values()]
        self.query_one(Badges).show(
            sum(host.is_production for host in hosts),
            self.source.settings.read_only,
            sum(host.read_only for host in hosts),
        )
        self._say()
        if self._text:
            self.query_one(FilterBar).put(self._text)
        self.run_worker(self._follow(), group="follow", exit_on_error=False)

    async def on_unmount(self) -> None:
        """Close the ledger."""
        await self._trail.close()

    def on_resize(self) -> None:
        """Lay the columns out again."""
        self.call_after_refresh(self._show)

    @property
    def view(self) -> RowsView:
        """The list."""
        return self.query_one("#audit-rows", RowsView)

    @property
    def current(self) -> RunRow | None:
        """The run under the cursor."""
        lines = self.view.lines
        return lines.rows[self.view.cursor] if isinstance(lines, RunLines) and len(lines) else None

    @property
    def host_name(self) -> str | None:
        """The host of the run under the cursor, where it is one of ours."""
        row = self.current
        return row.host if row is not None and row.host in self.source.hosts else None

    @property
    def copied(self) -> tuple[str, str]:
        """The id of the run under the cursor."""
        row = self.current
        return ("", "") if row is None else (row.run_id, "the run's id")

    # Following the ledger ------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Read what was appended since, as long as the screen is there."""
        while self.is_attached:
            try:
                if await self._trail.exists() or self._trail.path is None:
                    await self._catch_up()
                elif self._seen_seq < 0:
                    self._trouble = "there is no ledger yet: nothing was ever done from here"
                else:
                    self._trouble = f"the ledger {self._trail.path} is gone"
            except LedgerError as error:
                self._trouble = clean_line(str(error), 400)
            self._say()
            await asyncio.sleep(FOLLOW_SECONDS)

    async def _catch_up(self) -> None:
        head = await self._trail.head()
        self._trouble = ""
        if head == self._seen_seq or not self.is_attached:
            return
        first, self._seen_seq = self._seen_seq < 0, head
        if first:
            self._reload()
            self._verify()
        else:
            await self._take_newest()
            if self._check_seconds < _CHEAP_SECONDS:
                self._verify()

    async def _take_newest(self) -> None:
        """Put the newest runs before those that are known, and bring those up that changed."""
        try:
            newest = await self._trail.newest(self._filter, _NEWEST_RUNS)
        except PatternTooSlowError:
            return  # it was complained of when it was typed
        known = {row.run_id for row in newest if row.run_id}
        oldest = newest[-1].first_seq if newest else 0
        older = [row for row in self._rows if row.run_id not in known and row.first_seq < oldest]
        self._rows = [*newest, *(older if newest else self._rows)]
        self._show()

    def _reload(self) -> None:
        # Not a coroutine yet: one that a quick typist cancels before it began would be warned of.
        work: WorkType[None] = self._load
        self.run_worker(work, group="load", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        """Read the runs that the filter leaves; they are shown from the first page on."""
        await asyncio.sleep(_TYPING_SECONDS)  # a key typed meanwhile cancels this
        rows: list[RunRow] = []
        try:
            if not await self._trail.exists():
                return
            async with aclosing(self._trail.pages(self._filter)) as pages:
                async for page in pages:
                    rows += page
                    self._rows = rows
                    self._show()
        except PatternTooSlowError as error:
            self.query_one(FilterBar).complain(str(error))
        except LedgerError as error:
            self._trouble = clean_line(str(error), 400)
        self._say()

    # Verifying -----------------------------------------------------------------------------------

    def _verify(self) -> None:
        self.run_worker(self._check(), group="verify", exclusive=True, exit_on_error=False)

    async def _check(self) -> None:
        began = time.monotonic()

        def progress(done: int, total: int) -> None:
            self._checking = (done, total)

        try:
            self._checked = await self._trail.verify(progress)
        except LedgerError as error:
            self._trouble = clean_line(str(error), 400)
        self._check_seconds = time.monotonic() - began
        self._checking = (0, 0)
        self._say()

    # Drawing -------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Show the rows; the cursor stays with its run once it was moved."""
        if not self.is_attached:
            return
        view = self.view
        before = self.current
        moved = view.cursor > 0
        width = view.scrollable_content_region.width or self.size.width
        self.query_one("#audit-columns", Static).update(Content(titles(width)))
        lines = RunLines(self._rows, width)
        view.show(lines)
        if moved and before is not None:
            at = next((at for at, row in enumerate(self._rows) if row.first_seq == before.first_seq), None)
            if at is not None and at != view.cursor:
                view.put_cursor(at)
        self._say()

    def _say(self) -> None:
        """Write the header, and what there is to say instead of rows."""
        if not self.is_attached:
            return
        title = self.query_one("#audit-title", Static)
        width = title.content_size.width
        count = f"{len(self._rows):,} run{'' if len(self._rows) == 1 else 's'}"
        if len(self._rows) >= MOST_RUNS:
            count = f"the newest {count}"
        left = Content.assemble(("audit", "bold"), "   ", (count, _MUTED))
        right = self._state()
        if right.cell_length > width - 8:
            right = right.truncate(max(1, width - 8), ellipsis=True)
        title.update(spread(left, right, width), layout=False)
        hint = self.query_one("#audit-hint", Static)
        words = self._nothing()
        hint.display = bool(words)
        hint.update(Content(words))

    def _state(self) -> Content:
        if self._trouble:
            return Content.styled(self._trouble, "$text-warning")
        done, total = self._checking
        found = self._checked
        if found is None:
            of = f" {done:,} of {total:,} events" if total else ""
            return Content.styled(f"verifying{of} …", _MUTED)
        words = clean_line(verification_words(found, short=True), 400)
        if not found.intact:
            return Content.styled(f"● {words}", "$text-error bold")
        since = self._seen_seq - found.events
        if since > 0:
            words += f"; {since:,} since (^r)"
        return Content.styled(f"✓ {words}", "$text-success")

    def _nothing(self) -> str:
        if self._rows or self._seen_seq < 0:
            return ""
        if not self._filter.is_empty:
            return "No run matches the filter (esc clears it)."
        return "No runs yet. What recipes do to hosts is listed here, whoever starts them from this machine."

    # What the keys do ----------------------------------------------------------------------------

    def action_open(self) -> None:
        """Read the story of the run under the cursor."""
        row = self.current
        if row is not None:
            self.app.push_screen(StoryScreen(self._trail, row))

    @on(RowsView.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_read_now(self) -> None:
        """Read all of it again, and verify it."""
        self._checked = None
        self._reload()
        self._verify()
        self._say()

    def action_audit(self) -> None:
        """Stay: this is the Audit screen."""

    async def action_filter(self) -> None:
        """Type a filter."""
        await self.query_one(FilterBar).edit()

    def action_clear(self) -> None:
        """Clear the filter, else go back."""
        bar = self.query_one(FilterBar)
        if bar.text or bar.is_typing:
            bar.put("")
            self.view.focus()
        elif self.is_current:
            self.app.pop_screen()

    def action_keep_filter(self) -> None:
        """Go back to the list, filtered."""
        self._apply(self.query_one(FilterBar).keep())
        self.set_focus(self.view)

    @on(FilterBar.Changed)
    def _filter_changed(self, event: FilterBar.Changed) -> None:
        self._apply(event.text)

    def _apply(self, text: str) -> None:
        bar = self.query_one(FilterBar)
        try:
            wanted = AuditFilter.parse(text)
        except AuditFilterError as error:
            bar.complain(str(error))  # what was shown stays: it is still being typed
            return
        bar.complain("")
        if text == self._text and not self._filter.is_empty:
            return
        self._text, self._filter = text, wanted
        self._reload()
        self._say()


def rows_of(screen: AuditScreen) -> Sequence[RunRow]:
    """Return the runs that a screen lists."""
    lines = screen.view.lines
    return lines.rows if isinstance(lines, RunLines) else ()
