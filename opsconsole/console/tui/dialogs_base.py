"""What all dialogues share: a box that never lies behind another, and a yes/no that rests on No."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import ClassVar, TypeVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Static

Answer = TypeVar("Answer")

# `y` only moves to Yes: a key meant for what was on the screen a moment ago must never accept anything.
HOW_TO_DECIDE = "← → or tab chooses · enter decides · n or esc is No"
_LEAST_BODY_ROWS = 2


class Dialog(ModalScreen[Answer]):
    """A question in a box over the screen.

    It can be withdrawn when whoever asked is gone; if another screen lies over it then, it closes as soon
    as it comes to the top.
    """

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 70%;

        #box {
            width: 78;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 0 2;
            border: round $accent;
            border-title-color: $accent;
            border-title-style: bold;
            background: $surface;
        }
        #body {
            height: auto;
            scrollbar-size-vertical: 1;
        }
        #body Static { width: 1fr; height: auto; margin-top: 1; }
        #foot { height: auto; margin-top: 1; }
        #box Button {
            height: 1;
            min-width: 8;
            border: none;
            padding: 0 2;
            background: $surface;
            color: $text;
            text-style: none;
        }
        #box Button:focus { background: $accent; color: auto; text-style: bold; }
        .quiet { color: $foreground-muted; }
        .warn { color: $text-error; text-style: bold; }
        .exact { color: $text-accent; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_body(-1)", "Scroll up", show=False),
        Binding("down", "scroll_body(1)", "Scroll down", show=False),
        Binding("pageup", "scroll_body(-10)", "Page up", show=False),
        Binding("pagedown", "scroll_body(10)", "Page down", show=False),
    ]

    ASKS: ClassVar[bool] = False
    """Whether it is a question that comes by itself, or one with consequences: what was typed before it was
    there is no answer to it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.deaf_before = inf if self.ASKS else 0.0
        """Keys of before this moment (`Message.time`) are dropped; see `keys_in_order`."""
        self._title = title
        self._withdrawn = False
        self.when_done: Callable[[Answer | None], None] | None = None
        """Called with the answer, and with None when the dialogue leaves the screen; the first counts."""

    def compose(self) -> ComposeResult:
        """Lay out the box: the body scrolls, the foot is always visible (see `make_room`)."""
        with Vertical(id="box"):
            with VerticalScroll(id="body", can_focus=False):
                yield from self.body()
            with _Foot(id="foot"):
                yield from self.foot()

    def body(self) -> Iterable[Widget]:
        """Return what the question is about."""
        raise NotImplementedError

    def foot(self) -> Iterable[Widget]:
        """Return where it is answered, and a line that says how."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Show the title; as `Text`, for a plain string would be read as markup."""
        self.query_one("#box").border_title = Text(f" {self._title} ")

    def on_resize(self) -> None:
        """Fit into a terminal of another height."""
        self.call_after_refresh(self.make_room)

    def make_room(self) -> None:
        """Let the body give way on a low terminal: the keys and the buttons stand in the foot."""
        if not self.is_attached:
            return
        box, foot = self.query_one("#box"), self.query_one("#foot")
        taken = box.styles.gutter.height + foot.styles.margin.height + foot.outer_size.height
        self.query_one("#body").styles.max_height = max(_LEAST_BODY_ROWS, self.size.height - taken)

    def answer(self, result: Answer | None) -> None:
        """Close with an answer; does nothing when it is closed already."""
        if self.is_active:
            if self.when_done is not None:
                self.when_done(result)
            self.dismiss(result)

    @property
    def is_withdrawn(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self._withdrawn

    def withdraw(self) -> None:
        """Close without an answer, now or as soon as the dialogue is on top."""
        self._withdrawn = True
        self.answer(None)

    def on_unmount(self) -> None:
        """Tell whoever asked that no answer will come any more: a jump or the app's end took it away."""
        if self.when_done is not None:
            self.when_done(None)

    @on(events.ScreenResume)
    def _on_top(self, event: events.ScreenResume) -> None:
        if self.ASKS:
            self.deaf_before = event.time

    def on_screen_resume(self) -> None:
        """Close if it was withdrawn while another screen lay over it."""
        if self._withdrawn:
            self.answer(None)

    def action_scroll_body(self, lines: int) -> None:
        """Scroll the body of a box that is higher than the terminal."""
        self.query_one("#body").scroll_relative(y=lines, animate=False)


class _Foot(Vertical):
    """Grows with what is said in it."""

    def on_resize(self) -> None:
        """Have the body give way."""
        if isinstance(self.screen, Dialog):
            self.screen.make_room()


class DecisionDialog(Dialog[bool]):
    """Yes or no, with the focus on No. Accepting takes two deliberate keys: to Yes, then enter."""

    DEFAULT_CSS = """
    DecisionDialog {
        #buttons { height: 1; align-horizontal: right; margin-bottom: 1; }
        #buttons Button { margin-left: 2; }
        #how { width: 1fr; text-align: right; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "choose('no')", "To No", show=False),
        Binding("right,y", "choose('yes')", "To Yes", show=False),
        Binding("n,escape", "decide(False)", "No"),
    ]
    AUTO_FOCUS = "#no"
    ASKS = True

    def __init__(self, title: str, *, yes: str, no: str = "No") -> None:
        super().__init__(title)
        self._yes, self._no = yes, no

    def foot(self) -> Iterable[Widget]:
        """Return the two buttons."""
        yield Horizontal(
            Button(Content(self._no), id="no"), Button(Content(self._yes), id="yes"), id="buttons"
        )
        yield Static(Content(HOW_TO_DECIDE), id="how", classes="quiet")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.answer(event.button.id == "yes")

    def action_choose(self, button: str) -> None:
        """Move the focus to a button."""
        self.query_one(f"#{button}", Button).focus()

    def action_decide(self, accepted: bool) -> None:
        """Answer."""
        self.answer(accepted)
