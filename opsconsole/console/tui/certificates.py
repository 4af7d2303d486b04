"""The Certificates screen: all certificates of all hosts, worst first, and the next 90 days as a timeline."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import WorkType

from opsconsole.console.certificates_rows import PANEL, CertificateRow
from opsconsole.console.tui.certificates_filter import Test, parse
from opsconsole.console.tui.certificates_gather import Gather
from opsconsole.console.tui.certificates_lines import CertificateLines, timeline, titles
from opsconsole.console.tui.certificates_order import ORDERS, ordered
from opsconsole.console.tui.long_list import LongListScreen
from opsconsole.console.tui.pattern_guard import PatternTooSlowError
from opsconsole.console.tui.recipe_watch import RunsBar
from opsconsole.console.tui.slices import passing
from opsconsole.console.tui.source import Changes
from opsconsole.data.text import clean_line
from opsconsole.panels.panel import Level
from opsconsole.panels.view import LEVEL_STYLE

RECIPE = "certificate-renewal"
TICK_SECONDS = 0.1
_ARRANGE_EVERY_SECONDS = 1.0
_MUTED = "$foreground-muted"
_STYLES = {"muted": _MUTED, "": "", **{level.word: LEVEL_STYLE[level] for level in Level}}


class CertificatesScreen(LongListScreen[CertificateRow, Test]):
    """All certificates. Its rows are made a little at a time and drawn only where they are seen.

    Args:
        text: The filter to begin with.
    """

    DEFAULT_CSS = """
    CertificatesScreen #cert-timeline { height: 1; margin-top: 1; }
    CertificatesScreen #cert-axis { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", key_display="enter"),
        Binding("r", "recipes", "renew"),
        Binding("x", "export", "export"),
        Binding("p", "password", "password", show=False),
        Binding("e", "certificates", "certificates", show=False),
        *(Binding(key, f"sort('{name}')", f"Sort by {name}", show=False) for key, name in ORDERS.items()),
    ]

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self._gather: Gather | None = None
        self._changes: Changes | None = None
        self._groups: frozenset[str] = frozenset()
        self._names: dict[str, str] = {}
        self._all = 0
        self._sort = "risk"
        self._turned = False
        self._pending = True
        self._arranged_at = 0.0

    def above(self) -> Iterable[Widget]:
        """Return the runs that are going, and the timeline."""
        yield RunsBar(id="runs-bar")
        yield Static(id="cert-timeline")
        yield Static(id="cert-axis")

    def on_mount(self) -> None:
        """Begin to gather, and follow the changes."""
        hosts = self.source.hosts
        self._gather = Gather(hosts)
        self._changes = self.source.subscribe()
        self._names = {clean_line(name, 128): name for name in hosts}
        known = [state.host for state in hosts.values()]
        self._groups = frozenset(f"@{clean_line(group, 64)}" for host in known for group in host.groups)
        self.begin()
        self.tick()
        self.set_interval(TICK_SECONDS, self.tick)

    def on_unmount(self) -> None:
        """Gather no more."""
        if self._changes is not None:
            self._changes.close()

    def on_screen_resume(self) -> None:
        """Catch up after another screen was in front."""
        self.source.focus(None)
        self.call_after_refresh(self.show)

    # What the keys act on ------------------------------------------------------------------------

    @property
    def host_name(self) -> str | None:
        """The host of the row under the cursor."""
        row = self.current
        return None if row is None else self._names.get(row.host)

    @property
    def suggested_recipe(self) -> str:
        """The recipe that renews."""
        return RECIPE

    @property
    def copied(self) -> tuple[str, str]:
        """The line under the cursor, with the fingerprint."""
        row = self.current
        if row is None:
            return "", ""
        ends = "" if row.not_after is None else row.not_after.isoformat()
        parts = (row.host, row.title, row.level.word, ends, row.fingerprint_sha256, row.why)
        return "\t".join(parts).rstrip(), "the certificate"

    # Keeping up ----------------------------------------------------------------------------------

    def tick(self) -> None:
        """Look at some of the hosts that changed; arrange the rows when there are others."""
        gather, changes = self._gather, self._changes
        if gather is None or changes is None or not self.is_current:
            return
        gather.changed(changes.take())
        self._pending = gather.work(datetime.now(UTC)) or self._pending
        clock = time.monotonic()
        typing = self.filter_bar.is_typing
        if self._pending and not typing and clock - self._arranged_at >= _ARRANGE_EVERY_SECONDS:
            self._arrange()

    def _arrange(self) -> None:
        self._pending, self._arranged_at = False, time.monotonic()
        # Not a coroutine yet: one that is cancelled before it began would be warned of.
        work: WorkType[None] = self._sort_and_filter
        self.run_worker(work, group="arrange", exclusive=True, exit_on_error=False)

    async def _sort_and_filter(self) -> None:
        """Sort and filter in slices, letting keys come in between."""
        if self._gather is None:
            return
        now, test = datetime.now(UTC), self._wanted
        every = self._gather.rows
        await asyncio.sleep(0)
        rows = ordered(every, self._sort, turned=self._turned)
        if test is not None:
            try:
                rows = await passing(rows, lambda row: test(row, now))
            except PatternTooSlowError as error:
                self._wanted = None
                self.filter_bar.complain(f"all are shown: {error}")
        self._rows, self._all = rows, len(every)
        self.show()

    # Drawing -------------------------------------------------------------------------------------

    def lines(self, width: int) -> CertificateLines:
        """Return the rows as lines of a list of that width."""
        return CertificateLines(self._rows, width, datetime.now(UTC))

    def titles(self, width: int) -> str:
        """Return the line of titles above a list of that width."""
        return titles(width)

    def identity(self, row: CertificateRow) -> str:
        """Return what stays the same of a certificate."""
        return row.key_of_row

    def say(self) -> None:
        """Write the title, the timeline, and what there is to say instead of rows."""
        super().say()
        if self.is_attached:
            self._draw_timeline()

    def head(self, width: int) -> tuple[Content, Content]:
        """Return the counts by level, and the clock."""
        counts = Counter(row.level for row in self._rows)
        parts: list[tuple[str, str]] = [("certificates", "bold"), (f"   {self._all:,}", _MUTED)]
        for level in sorted(Level, reverse=True):
            number = counts.get(level, 0)
            style = LEVEL_STYLE[level] if number else "$foreground-disabled"
            parts.append((f"  {level.symbol} {number:,} {level.word}", style))
        if self._wanted is not None:
            parts.append((f"   {len(self._rows):,} shown", _MUTED))
        if self._gather is not None and self._gather.is_behind:
            parts.append(("   reading …", _MUTED))
        clock = Content.styled(f"UTC {datetime.now(UTC):%H:%M:%S}", _MUTED)
        return Content.assemble(*parts), clock

    def _draw_timeline(self) -> None:
        first, second = timeline(self._rows, self.size.width - 1, datetime.now(UTC))
        for name, pieces in (("#cert-timeline", first), ("#cert-axis", second)):
            styled = [(text, _STYLES[look]) for text, look in pieces]
            self.query_one(name, Static).update(Content.assemble(*styled), layout=False)

    def nothing(self) -> str:
        """Return why there are no rows."""
        if self._gather is None or self._gather.is_behind:
            return ""
        if self._wanted is not None:
            return "No certificate matches the filter (esc clears it)."
        return "No certificates were found on any host."

    # What the keys do ----------------------------------------------------------------------------

    def action_open(self) -> None:
        """Show all certificates of the host under the cursor."""
        if self.host_name is not None:
            from opsconsole.console.tui.host_detail import DetailScreen

            self.app.push_screen(DetailScreen(self.host_name, PANEL))

    def action_recipes(self) -> None:
        """Open the form of the recipe that renews the certificate under the cursor, with its name in it."""
        row, host = self.current, self.host_name
        if row is not None and host is not None:
            self.console.recipes.open_form(RECIPE, [host], renewal_values(row))

    def action_password(self) -> None:
        """Ask for the passwords of PKCS#12 files of the host under the cursor, and read it anew."""
        if self.host_name is None:
            return
        from opsconsole.console.tui.certificates_password import give_passwords

        work = give_passwords(self.console, self.host_name)
        self.console.run_worker(work, group="password", exclusive=True, exit_on_error=False)

    def action_certificates(self) -> None:
        """Stay: this is the Certificates screen."""

    def action_read_now(self) -> None:
        """Read the host under the cursor now."""
        if self.host_name is not None:
            self.console.read_now([self.host_name])

    def action_export(self) -> None:
        """Write what is shown to a file."""
        from opsconsole.console.tui.certificates_save import SaveCertificates

        def written(words: str | None) -> None:
            if words is not None:
                self.notify(clean_line(words, 400), timeout=6, markup=False)

        self.app.push_screen(SaveCertificates(self._rows), written)

    def action_sort(self, name: str) -> None:
        """Sort by that; once more turns it round."""
        self._turned = self._sort == name and not self._turned
        self._sort = name
        self._arrange()

    # The filter ----------------------------------------------------------------------------------

    def understood(self, text: str) -> Test | None:
        """Return the filter that was typed."""
        return parse(text, self._groups)

    def filter_changed(self) -> None:
        """Arrange the rows anew."""
        self._arrange()


def renewal_values(row: CertificateRow) -> dict[str, str]:
    """Return what the recipe is to be set to for a certificate: certbot's name of it, or the file in use."""
    if row.lineage:
        return {"driver": "certbot", "name": row.lineage}
    return {"driver": "files", "target": row.files[0]} if row.files else {}
