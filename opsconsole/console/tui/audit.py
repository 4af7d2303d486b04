"""The Audit screen: one line a run of the ledger, and in the header whether its chain is intact."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.worker import WorkType

from opsconsole.console.tui.audit_filter import AuditFilter
from opsconsole.console.tui.audit_rows import RunLines, titles
from opsconsole.console.tui.audit_story import StoryScreen
from opsconsole.console.tui.audit_trail import MOST_RUNS, Trail
from opsconsole.console.tui.long_list import LongListScreen
from opsconsole.console.tui.pattern_guard import PatternTooSlowError
from opsconsole.data.ledger import LedgerError, RunRow, Verification
from opsconsole.data.ledger_words import verification_words
from opsconsole.data.text import clean_line

FOLLOW_SECONDS = 1.0
_TYPING_SECONDS = 0.05
_NEWEST_RUNS = 300
_CHEAP_SECONDS = 0.5
_MUTED = "$foreground-muted"


class AuditScreen(LongListScreen[RunRow, AuditFilter]):
    """All runs of the ledger. It follows what is appended, and never keeps a key waiting.

    Args:
        path: The ledger; None: the configuration says that there is none.
        text: The filter to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "read", key_display="enter"),
        Binding("a", "audit", "audit", show=False),
        Binding("ctrl+r", "read_now", "verify", key_display="^r"),
    ]

    def __init__(self, path: Path | None, text: str = "") -> None:
        super().__init__(text)
        self._trail = Trail(path)
        self._seen_seq = -1
        self._checked: Verification | None = None
        self._checking = (0, 0)
        self._check_seconds = 0.0
        self._trouble = ""

    def on_mount(self) -> None:
        """Read the ledger, verify it, and follow it."""
        self.say()
        self.begin()
        self.run_worker(self._follow(), group="follow", exit_on_error=False)

    async def on_unmount(self) -> None:
        """Close the ledger."""
        await self._trail.close()

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

    @property
    def _asked(self) -> AuditFilter:
        return self._wanted or AuditFilter.parse("")

    # Following the ledger ------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Read what was appended since, as long as the screen is there."""
        while self.is_attached:
            try:
                if await self._trail.exists() or self._trail.path is None:
                    await self._catch_up()
                elif self._seen_seq < 0 and not await self._trail.was_there():
                    self._trouble = "there is no ledger yet: nothing was ever done from here"
                else:
                    self._trouble = f"the ledger {self._trail.path} is gone"
            except LedgerError as error:
                self._trouble = clean_line(str(error), 400)
            self.say()
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
        """Put the newest runs in the place of those that are known: some changed, some match no more."""
        try:
            newest, since = await self._trail.newest(self._asked, _NEWEST_RUNS)
        except PatternTooSlowError:
            return  # it was complained of when it was typed
        self._rows = [*newest, *(row for row in self._rows if row.first_seq < since)]
        self.show()

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
            async with aclosing(self._trail.pages(self._asked)) as pages:
                async for page in pages:
                    rows += page
                    self._rows = rows
                    self.show()
        except PatternTooSlowError as error:
            self.filter_bar.complain(str(error))
        except LedgerError as error:
            self._trouble = clean_line(str(error), 400)
        self.say()

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
        self.say()

    # Drawing -------------------------------------------------------------------------------------

    def lines(self, width: int) -> RunLines:
        """Return the runs as lines of a list of that width."""
        return RunLines(self._rows, width)

    def titles(self, width: int) -> str:
        """Return the line of titles above a list of that width."""
        return titles(width)

    def identity(self, row: RunRow) -> int:
        """Return what stays the same of a run."""
        return row.first_seq

    def head(self, width: int) -> tuple[Content, Content]:
        """Return how many runs there are, and whether the chain is intact."""
        count = f"{len(self._rows):,} run{'' if len(self._rows) == 1 else 's'}"
        if len(self._rows) >= MOST_RUNS:
            count = f"the newest {count}"
        left = Content.assemble(("audit", "bold"), "   ", (count, _MUTED))
        right = self._state()
        if right.cell_length > width - 8:
            right = right.truncate(max(1, width - 8), ellipsis=True)
        return left, right

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

    def nothing(self) -> str:
        """Return why there are no runs."""
        if self._seen_seq < 0:
            return ""
        if self._wanted is not None:
            return "No run matches the filter (esc clears it)."
        return "No runs yet. What recipes do to hosts is listed here, whoever starts them from this machine."

    # What the keys do ----------------------------------------------------------------------------

    def action_open(self) -> None:
        """Read the story of the run under the cursor."""
        row = self.current
        if row is not None:
            self.app.push_screen(StoryScreen(self._trail, row))

    def action_read_now(self) -> None:
        """Read all of it again, and verify it."""
        self._checked = None
        self._reload()
        self._verify()
        self.say()

    def action_audit(self) -> None:
        """Stay: this is the Audit screen."""

    # The filter ----------------------------------------------------------------------------------

    def understood(self, text: str) -> AuditFilter | None:
        """Return the filter that was typed."""
        wanted = AuditFilter.parse(text)
        return None if wanted.is_empty else wanted

    def filter_changed(self) -> None:
        """Read the runs that it leaves."""
        self._reload()
        self.say()
