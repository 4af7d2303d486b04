"""Which runs go on, for the headers; tells when one ends that nobody looks at, and which were interrupted.

It is made at the start of the console, so it imports what it needs when there is a run.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.worker import Worker

    from opsconsole.console.tui.app import OpsconsoleApp
    from opsconsole.console.tui.source_runs import LiveRunLike
    from opsconsole.data.ledger import RunRow

LOOK_EVERY_SECONDS = 0.5
ASK_AFTER_SECONDS = 1.0
"""The ledger is asked for interrupted runs when the first screen has been painted."""

log = logging.getLogger(__name__)


class RunWatch:
    """Watches the runs of the session on behalf of all screens.

    Attributes:
        interrupted: Runs that were begun, have no verdict and are driven by nobody.
    """

    def __init__(self, app: OpsconsoleApp) -> None:
        self.interrupted: list[RunRow] = []
        self._app = app
        self._awake = False
        self._ended: set[str] = set()
        self._seen: set[str] = set()

    def start(self) -> None:
        """Begin."""
        self._app.set_timer(ASK_AFTER_SECONDS, self.wake)

    def wake(self) -> None:
        """Look at the runs from now on: at the latest when there is one."""
        if not self._awake:
            self._awake = True
            self.ask(tell=True)
            self._app.set_interval(LOOK_EVERY_SECONDS, self.look)

    def seen(self, key: str) -> None:
        """Note that a person saw how a run ended."""
        self._seen.add(key)

    def going_on(self) -> list[LiveRunLike]:
        """Return the runs that go on."""
        return [run for run in self._app.source.runs.live.values() if not run.done] if self._awake else []

    def look(self) -> None:
        """Tell of runs that ended since the last look, however short they were, where nobody saw it."""
        ended = [
            run for run in self._app.source.runs.live.values() if run.done and run.key not in self._ended
        ]
        for run in ended:
            self._ended.add(run.key)
            self.ask()
            if run.key not in self._seen:
                self._tell_end(run)

    def _tell_end(self, run: LiveRunLike) -> None:
        from opsconsole.console.tui.recipe_ends import worst
        from opsconsole.console.tui.recipe_run_lines import run_words

        ended = worst(run)
        self._app.notify(
            f"{run_words(run)}. v: look.",
            severity="information" if ended is not None and ended.is_good else "error",
            timeout=12,
            markup=False,
        )

    def ask(self, *, tell: bool = False) -> None:
        """Ask the ledger which runs were interrupted."""

        # A function, not its coroutine: one that ends with the app before it began leaves nothing behind.
        async def asked() -> None:
            await self._ask(tell=tell)

        _: Worker[None] = self._app.run_worker(
            asked, group="interrupted", exclusive=True, exit_on_error=False
        )

    async def _ask(self, *, tell: bool) -> None:
        from opsconsole.data.text import clean_line

        try:
            self.interrupted = list(await self._app.source.runs.interrupted())
        except Exception as error:
            log.exception("the ledger could not be asked for interrupted runs")
            if tell:
                self._app.notify(
                    f"Interrupted runs are not known: {clean_line(str(error))}",
                    severity="warning",
                    timeout=12,
                    markup=False,
                )
            return
        if tell and self.interrupted:
            self._app.notify(
                f"{self._interrupted_words()}. v: look, resume or undo.",
                severity="warning",
                timeout=20,
                markup=False,
            )

    def _interrupted_words(self) -> str:
        from opsconsole.data.text import clean_line

        first = self.interrupted[0]
        what = f"{clean_line(first.recipe, 64)} on {clean_line(first.host, 64)}"
        count = len(self.interrupted)
        return (
            f"1 interrupted run: {what}" if count == 1 else f"{count:,} interrupted runs, the newest {what}"
        )

    def words(self) -> Content | None:
        """Return the header's line; None when there is nothing to say."""
        if not self._awake:
            return None
        parts: list[Content | str | tuple[str, str]] = []
        live = self._app.source.runs.live
        if live:
            parts += self._live_parts(list(live.values()))
        if self.interrupted:
            parts += ["   " if parts else "", (f"! {self._interrupted_words()}", "$text-warning")]
        return Content.assemble(*parts, ("   v runs", "$foreground-muted")) if parts else None

    def _live_parts(self, live: list[LiveRunLike]) -> list[Content | str | tuple[str, str]]:
        from opsconsole.console.tui.recipe_ends import worst
        from opsconsole.console.tui.recipe_run_lines import run_words

        going_on = [run for run in live if not run.done]
        parts: list[Content | str | tuple[str, str]] = []
        if going_on:
            number = "1 run" if len(going_on) == 1 else f"{len(going_on):,} runs"
            words = "; ".join(run_words(run) for run in going_on[:3])
            more = f" and {len(going_on) - 3:,} more" if len(going_on) > 3 else ""
            parts.append((f"▸ {number}: {words}{more}", "$text-accent bold"))
        for run in live:
            if run.done and run.key not in self._seen:
                ended = worst(run)
                good = ended is not None and ended.is_good
                sign, look = ("✓", "$text-success") if good else ("●", "$text-error bold")
                parts += ["   " if parts else "", (f"{sign} {run_words(run)}", look)]
        return parts


class RunsBar(Static):
    """A line of a header that is there while runs go on, ended unseen, or were interrupted."""

    DEFAULT_CSS = """
    RunsBar { height: 1; padding: 0 1; display: none; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def on_mount(self) -> None:
        """Follow the runs."""
        self.set_interval(LOOK_EVERY_SECONDS, self.draw)
        self.draw()

    def draw(self) -> None:
        """Show what there is."""
        from opsconsole.console.tui.screens import ConsoleScreen

        if not isinstance(self.screen, ConsoleScreen) or not self.screen.is_current:
            return
        words = self.screen.console.watch_runs.words()
        if words is not None:
            self.update(words, layout=False)
        if self.display != (words is not None):
            self.display = words is not None

    def on_click(self) -> None:
        """List the runs."""
        self.app.simulate_key("v")
