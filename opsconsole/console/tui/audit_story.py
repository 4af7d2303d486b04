"""One run of the ledger as a story: what was planned, what ran, what it said, what was proved."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.lines import badge, spread
from opsconsole.console.tui.rows_view import LOOKS, Line, RowsView
from opsconsole.console.tui.screens import ConsoleScreen
from opsconsole.data.ledger import LedgerError, RunRow
from opsconsole.data.ledger_story import StoryLine, last_verdict, story, verdict_words, whole
from opsconsole.data.text import clean_line

if TYPE_CHECKING:
    from opsconsole.console.tui.audit_trail import Trail

_INDENT = 1
_COLOURS = {"ok": "$text-success", "warning": "$text-warning", "critical": "$text-error bold"}


def story_lines(lines: list[StoryLine]) -> list[Line]:
    """Return the lines of a story for the screen."""
    return [
        Line(
            ((line.text, _look(line)),),
            mark=(f"{' ' * _INDENT}{line.mark}" if line.mark else "", _look(line)),
            indent=_INDENT + line.indent,
            key=str(number),
            words=line.look != "command",
        )
        for number, line in enumerate(lines)
    ]


def _look(line: StoryLine) -> str:
    return line.look if line.look in LOOKS else ""


class StoryScreen(ConsoleScreen):
    """Shows one run.

    Args:
        trail: Where it is read from.
        row: The run.
    """

    AUTO_FOCUS = "RowsView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("w", "whole", "whole commands"),
        Binding("ctrl+r", "read_now", "read again", key_display="^r"),
    ]

    def __init__(self, trail: Trail, row: RunRow) -> None:
        super().__init__()
        self._trail = trail
        self._row = row
        self._verdict = row.verdict
        self._lines: list[StoryLine] = []
        self._whole = False

    def compose(self) -> ComposeResult:
        """Compose the screen."""
        yield Static(id="story-title", classes="title")
        yield RowsView(id="story")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Read the run."""
        self.action_read_now()

    def on_resize(self) -> None:
        """Fit the title again."""
        self.call_after_refresh(self._say)

    def action_read_now(self) -> None:
        """Read the run again."""
        self.run_worker(self._read(), exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        try:
            events, plan, problem = await self._trail.run(self._row.run_id, self._row.plan_id)
        except LedgerError as error:
            lines = [StoryLine(clean_line(str(error), 400), "critical")]
        else:
            lines = story(events, plan)
            if events:
                del lines[:2]  # the title says that
                self._verdict = last_verdict(events)
            if problem:
                lines.insert(0, StoryLine(clean_line(problem, 400), "critical"))
        self._lines = lines
        self._show()

    def _show(self) -> None:
        if self.is_attached:
            self.query_one(RowsView).show(story_lines(whole(self._lines) if self._whole else self._lines))
            self._say()

    def action_whole(self) -> None:
        """Show every command whole, or scripts by their length."""
        self._whole = not self._whole
        self._show()

    def _say(self) -> None:
        if not self.is_attached:
            return
        title = self.query_one("#story-title", Static)
        sign, words, look = verdict_words(self._verdict)
        state = self.source.hosts.get(self._row.host)
        left: list[Content | str | tuple[str, str]] = [
            (f"{clean_line(self._row.recipe, 64)} on {clean_line(self._row.host, 128)}", "bold")
        ]
        if state is not None and state.host.is_production:
            left += ["  ", badge("PROD")]
        right = Content.styled(f"{sign} {words}", _COLOURS.get(look, ""))
        title.update(spread(Content.assemble(*left), right, title.content_size.width), layout=False)

    @property
    def host_name(self) -> str | None:
        """The run's host, where it is one of ours."""
        return self._row.host if self._row.host in self.source.hosts else None

    @property
    def copied(self) -> tuple[str, str]:
        """The line under the cursor."""
        line = self.query_one(RowsView).current
        return ("", "") if line is None else (line.text, "the line")

    def action_back(self) -> None:
        """Go back."""
        if self.is_current:
            self.app.pop_screen()
