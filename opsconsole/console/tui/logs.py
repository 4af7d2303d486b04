"""The screen that follows a log of one host."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from opsconsole.console.tui import clipboard
from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.lines import badge, spread
from opsconsole.console.tui.logs_chooser import SourceChooser
from opsconsole.console.tui.logs_feed import Feed
from opsconsole.console.tui.logs_lines import LineFilter
from opsconsole.console.tui.logs_sources import LogSource, default_source, reader_words, reads_as_root
from opsconsole.console.tui.logs_view import LogView
from opsconsole.console.tui.pattern_guard import PatternTooSlowError
from opsconsole.data.host import Asking, Shell, ShellError, SudoPolicy
from opsconsole.data.text import clean_line

REDRAWS_PER_SECOND = 10
MUTED = "$foreground-muted"


class LogScreen(Screen[None]):
    """Follows the journal, a unit's journal or a file; leaving the screen ends the reading on the host."""

    DEFAULT_CSS = """
    LogScreen {
        #log-title, #log-status { height: 1; width: 1fr; padding: 0 1; }
        KeyBar { dock: bottom; height: 1; }
        #log-entry { height: 1; display: none; }
        #log-entry.-open { display: block; }
        #log-entry Static { width: auto; padding: 0 1; color: $accent; }
        #log-entry Input, #log-entry Input:focus { border: none; height: 1; padding: 0; width: 1fr; }
        LogView { height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("slash", "enter('filter')", "filter", key_display="/"),
        Binding("f", "enter('find')", "find"),
        Binding("n", "find(1)", "next", show=False),
        Binding("N", "find(-1)", "previous", show=False),
        Binding("space,p", "pause", "pause"),
        Binding("G", "follow", "follow"),
        Binding("w", "wrap", "wrap"),
        Binding("T", "stamps", "time stamps", show=False),
        Binding("o", "choose", "other log"),
        Binding("c", "copy", "copy line"),
        Binding("R", "as_root", "as root, by sudo", show=False),
        Binding("ctrl+r", "reconnect", "reconnect"),
    ]
    AUTO_FOCUS = "LogView"

    def __init__(self, shell: Shell, host: str, source: LogSource | None = None) -> None:
        super().__init__()
        self._shell = shell
        self._host = clean_line(host)
        self._source = source
        self._feed = Feed()
        self._filter_text = ""
        self._filter_problem = ""
        self._find_text = ""
        self._find_problem = ""
        self._mode = "filter"

    def compose(self) -> ComposeResult:
        """Lay out the title, the lines, the input that comes and goes, and the state."""
        yield Static(id="log-title")
        yield LogView(id="log-view")
        with Horizontal(id="log-entry"):
            yield Static(id="log-entry-label")
            yield Input(id="log-entry-input", compact=True, select_on_focus=False)
        yield Static(id="log-status")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Begin to follow."""
        self.set_interval(1 / REDRAWS_PER_SECOND, self._redraw)
        self._begin()

    @property
    def view(self) -> LogView:
        """The widget with the lines."""
        return self.query_one("#log-view", LogView)

    # --- following ---

    def _begin(self, asking: Asking = Asking.ONCE) -> None:
        self._feed.begin()
        self.run_worker(self._follow(asking), group="follow", exclusive=True, exit_on_error=False)
        self._say()

    async def _follow(self, asking: Asking) -> None:
        feed = self._feed
        try:
            if self._source is None:
                self._source = await default_source(self._shell)
            if self._source is None:
                feed.end("no log found: press o and type the path of one")
                return
            facts = await self._shell.facts()
            as_root = await reads_as_root(self._shell, facts, asking)
            feed.reader = reader_words(self._shell, facts, as_root=as_root)
            await feed.follow(self._shell, self._source.command(sudo=as_root))
        except ShellError as error:
            feed.end(clean_line(str(error)))

    def _redraw(self) -> None:
        lines = self._feed.take()
        view = self.view
        if lines or not view.buffer.is_scanned:
            try:
                view.append(lines)
            except PatternTooSlowError as error:
                self._drop_filter(str(error))
        self._say()

    def _say(self) -> None:
        """Write the title and the state; texts that did not change are not drawn again."""
        for selector, left, right in (
            ("#log-title", self._title(), self._reading()),
            ("#log-status", self._state(), Content.styled(self._counts(), MUTED)),
        ):
            static = self.query_one(selector, Static)
            content = spread(left, right, static.content_size.width)
            if static.content != content:
                static.update(content, layout=False)

    def _title(self) -> Content:
        host = self._shell.host
        parts: list[Content | str | tuple[str, str]] = [(self._host, "bold"), "  "]
        if host.is_production:
            parts += [badge("PROD"), "  "]
        if host.read_only:
            parts += [badge("read-only"), "  "]
        parts.append("" if self._source is None else clean_line(self._source.title))
        return Content.assemble(*parts)

    def _reading(self) -> Content:
        """Return in which time zone the log is, and as whom it is read."""
        words = (self.view.zone_words, self._feed.reader)
        return Content.styled("   ".join(word for word in words if word), MUTED)

    def _state(self) -> Content:
        for problem in (
            self._filter_problem and f"filter not applied: {self._filter_problem}",
            self._find_problem,
        ):
            if problem:
                return Content.styled(clean_line(problem), "$text-warning")
        return Content.styled(*self._feed.state(following=self.view.following))

    def _counts(self) -> str:
        buffer = self.view.buffer
        if not self._filter_text or self._filter_problem:
            return f"{buffer.count:,} lines"
        return f"/{clean_line(self._filter_text, 40)}  {len(buffer.shown):,} of {buffer.count:,} lines"

    # --- filter and find ---

    def action_enter(self, mode: str) -> None:
        """Open the input for a filter or for a text to find."""
        self._mode = mode
        self.query_one("#log-entry-label", Static).update(Content("/" if mode == "filter" else "find"))
        field = self.query_one("#log-entry-input", Input)
        field.value = self._filter_text if mode == "filter" else self._find_text
        field.placeholder = "regular expression, ! inverts" if mode == "filter" else "text"
        self.query_one("#log-entry").add_class("-open")
        field.focus()

    @on(Input.Changed, "#log-entry-input")
    def _entry_changed(self, event: Input.Changed) -> None:
        if self._mode == "filter":
            self._set_filter(event.value)

    @on(Input.Submitted, "#log-entry-input")
    def _entry_submitted(self, event: Input.Submitted) -> None:
        self._close_entry()
        if self._mode == "find":
            self._find_text = event.value
            self.action_find(1)

    def _close_entry(self) -> None:
        self.query_one("#log-entry").remove_class("-open")
        self.view.focus()

    def _set_filter(self, text: str) -> None:
        if text == self._filter_text:
            return
        self._filter_text, self._filter_problem = text, ""
        try:
            self.view.set_filter(LineFilter.parse(text))
        except (ValueError, PatternTooSlowError) as error:
            self._drop_filter(str(error))
        self._say()

    def _drop_filter(self, problem: str) -> None:
        """Show every line rather than a part of them that nobody asked for, and say why."""
        self._filter_problem = problem
        self.view.set_filter(None)

    def action_find(self, step: int) -> None:
        """Go to the next or previous line with the text that was looked for."""
        found = self.view.find(self._find_text, step)
        self._find_problem = "" if found or not self._find_text else f"not found: {self._find_text}"
        self._say()

    # --- keys ---

    def action_back(self) -> None:
        """Close the input, else clear the filter, else leave."""
        if self.query_one("#log-entry").has_class("-open"):
            self._close_entry()
        elif self._filter_text:
            self._set_filter("")
        elif self.is_active:
            self.dismiss()

    def action_pause(self) -> None:
        """Hold new lines back, or let them in again."""
        self._feed.paused = not self._feed.paused
        self._redraw()

    def action_follow(self) -> None:
        """Go on and stay at the newest line."""
        self._feed.paused = False
        self.view.action_follow()
        self._redraw()

    def action_wrap(self) -> None:
        """Fold long lines, or do not."""
        self.view.wrap = not self.view.wrap

    def action_stamps(self) -> None:
        """Show time stamps as the host wrote them, or the clock alone below its day."""
        self.view.full_stamps = not self.view.full_stamps
        self._say()

    def action_copy(self) -> None:
        """Copy the line under the cursor."""
        line = self.view.current
        clipboard.copy(self.app, line.text if line is not None else "")

    def action_choose(self) -> None:
        """Choose another log of this host."""
        self.app.push_screen(SourceChooser(self._shell, self._host), self._chosen)

    def _chosen(self, source: LogSource | None) -> None:
        if source is not None:
            self._source = source
            self.view.clear()
            self._feed = Feed()
            self._begin()

    def action_as_root(self) -> None:
        """Ask for the sudo password where root takes one, and read the log anew with it."""
        if self._shell.host.sudo is SudoPolicy.ASK:
            self._anew(Asking.FREELY)

    def action_reconnect(self) -> None:
        """Read the log anew; the lines so far stay above."""
        self._anew(Asking.NEVER)

    def _anew(self, asking: Asking) -> None:
        at = datetime.now(UTC).strftime("%H:%M:%S")
        self._feed.note(f"── followed again at {at} UTC; its last lines are repeated below ──")
        self._begin(asking)
