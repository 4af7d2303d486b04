"""The list of runs: those of this session, and those that were interrupted and wait to be taken up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.recipe_ends import worst
from opsconsole.console.tui.recipe_run import RunScreen
from opsconsole.console.tui.recipe_run_lines import run_words
from opsconsole.console.tui.rows_view import Line, RowsView
from opsconsole.console.tui.screens import ConsoleScreen
from opsconsole.console.tui.source_runs import LiveRunLike
from opsconsole.data.text import clean_line

if TYPE_CHECKING:
    from opsconsole.data.ledger import RunRow

TICK_SECONDS = 0.5


def runs_lines(live: Sequence[LiveRunLike], interrupted: Sequence[RunRow]) -> list[Line]:
    """Return the lines: interrupted runs first, for they wait for somebody; then the newest."""
    lines: list[Line] = []
    if interrupted:
        lines.append(_title("interrupted: enter looks, p resumes, u undoes", "interrupted"))
    for row in interrupted:
        pieces = (
            (f"{clean_line(row.recipe, 64)} on {clean_line(row.host, 64)}", "strong"),
            (f"   begun {row.started_at:%Y-%m-%d %H:%M:%S} UTC", ""),
            (f" by {clean_line(row.operator.local_user, 32)}", ""),
            (f"   run {clean_line(row.run_id, 64)}", "muted"),
        )
        lines.append(Line(pieces, mark=(" !", "warning"), indent=3, key=f"interrupted:{row.run_id}"))
    if live:
        lines.append(_title("in this session", "session"))
    for run in reversed(live):
        ended = worst(run)
        sign, look = ("▸", "accent") if not run.done or ended is None else (ended.sign, ended.look)
        lines.append(
            Line(
                ((run_words(run), look if run.done else "strong"),),
                mark=(f" {sign}", look),
                indent=3,
                key=f"live:{run.key}",
            )
        )
    if not lines:
        lines.append(
            Line((("No run in this session, and none was interrupted.", "muted"),), indent=1, key="none")
        )
    return lines


def _title(text: str, key: str) -> Line:
    return Line(((text, "muted"),), indent=1, key=f"title:{key}")


class RunsScreen(ConsoleScreen):
    """All runs that a person may have to do with."""

    AUTO_FOCUS = "RowsView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("enter", "open", "look", key_display="enter"),
        Binding("p", "take_up('resume')", "resume"),
        Binding("u", "take_up('undo')", "undo"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._moved = False

    def compose(self) -> ComposeResult:
        """Compose the screen."""
        yield Static(Content.styled("runs", "bold"), classes="title")
        yield RowsView(id="runs")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Show what is known, and ask the ledger again."""
        self.set_interval(TICK_SECONDS, self.tick)
        self.tick()

    def on_screen_resume(self) -> None:
        """Ask the ledger again: one may have been taken up."""
        self.console.watch_runs.ask()
        self.call_after_refresh(self.tick)

    def tick(self) -> None:
        """Draw what is known now."""
        if not self.is_attached or not self.is_current:
            return
        rows = self.query_one(RowsView)
        rows.show(runs_lines(list(self.source.runs.live.values()), self.console.watch_runs.interrupted))
        if not self._moved and len(rows.lines) > 1:
            self._moved = True
            rows.put_cursor(1)
        self.refresh_bindings()

    @property
    def _key(self) -> tuple[str, str]:
        line = self.query_one(RowsView).current
        kind, _, name = (line.key if line is not None else "").partition(":")
        return kind, name

    @property
    def _row(self) -> RunRow | None:
        kind, name = self._key
        rows = self.console.watch_runs.interrupted
        return next((row for row in rows if kind == "interrupted" and row.run_id == name), None)

    @property
    def _live(self) -> LiveRunLike | None:
        kind, name = self._key
        return self.source.runs.live.get(name) if kind == "live" else None

    @property
    def host_name(self) -> str | None:
        """The host of the run under the cursor."""
        if self._row is not None:
            return self._row.host if self._row.host in self.source.hosts else None
        return next(iter(self._live.hosts)) if self._live is not None and len(self._live.hosts) == 1 else None

    @property
    def copied(self) -> tuple[str, str]:
        """The id of the run under the cursor."""
        if self._row is not None:
            return self._row.run_id, "the run's id"
        if self._live is not None:
            return "\n".join(one.run_id for one in self._live.hosts.values() if one.run_id), "the run's id"
        return "", ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Resume and undo are for interrupted runs; those of this session have their own screen."""
        if action == "take_up":
            return self._row is not None
        return super().check_action(action, parameters)

    @property
    def dimmed(self) -> frozenset[str]:
        """The actions that would be refused now."""
        refused = self._row is not None and self.console.recipes.refusal([self._row.host])
        return frozenset({"take_up('resume')", "take_up('undo')"}) if refused else frozenset()

    def action_open(self) -> None:
        """Look at the run."""
        if self._live is not None:
            self.app.push_screen(RunScreen(self._live))
        elif self._row is not None:
            self.console.recipes.look(self._row)

    @on(RowsView.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_take_up(self, kind: str) -> None:
        """Ask to resume or undo it."""
        if self._row is not None:
            self.console.recipes.take_up(
                "undo" if kind == "undo" else "resume", self._row.run_id, self._row.host
            )

    def action_back(self) -> None:
        """Go back."""
        self.app.pop_screen()
