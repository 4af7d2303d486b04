"""The help screen: every key that works where it was called, and what the signs mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import HorizontalGroup, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from opsconsole.console.tui.help_sentences import sentence
from opsconsole.console.tui.keybar import rank
from opsconsole.panels.panel import Level

WIDE_COLUMNS = 110
_WIDTH, _WIDTH_WIDE = 76, 110
_AROUND = 5  # frame, padding and the scroll bar of the box
_KEY_CELLS = 14
_SIGN_CELLS = 10
_SIGNS_WIDTH = 46
_GAP = 2
_TEXTUALS_OWN = frozenset(Binding.make_bindings(Screen.BINDINGS))

_LEVELS: tuple[tuple[Level, str, str], ...] = (
    (Level.CRITICAL, "$text-error", "critical: act now"),
    (Level.WARNING, "$text-warning", "warning: look soon"),
    (Level.UNKNOWN, "$foreground-muted", "unknown: unread or stale, never ok"),
    (Level.OK, "$text-success", "ok"),
)
_SIGNS: tuple[tuple[str, str], ...] = (
    ("–", "not known; never stands for zero"),
    ("…", "cut for length, or being asked"),
    ("dim", "stale: three readings missed"),
    ("▁▂▃▄▅▆▇█", "the last 10 min, newest at right"),
    ("PROD", "production: changes ask more of you"),
    ("ro", "read-only: nothing is changed there"),
)


Places = list[tuple[str, list[tuple[str, str]]]]


def keys_by_place(bindings: Mapping[str, ActiveBinding], app: App[Any]) -> Places:
    """Return (place, [(keys, what they do)]), this screen's own keys first.

    Keys are written and ordered as in the footer. Those that do the same stand in one row; bindings without
    a description are not for people.
    """
    places: dict[str, dict[str, list[str]]] = {"on this screen": {}, "everywhere": {}, "moving": {}}
    for found in sorted(bindings.values(), key=lambda one: (not one.binding.show, rank(one.binding))):
        # Of Textual's own system keys only the palette is for people, and `super` is no key of a terminal.
        binding = found.binding
        system = binding.system and not binding.action.endswith("command_palette")
        if not binding.description or system or binding.key.startswith("super+"):
            continue
        keys = places[_place(found)].setdefault(sentence(found.node, binding), [])
        key = app.get_key_display(binding)
        if key not in keys:
            keys.append(key)
    return [
        (place, [(" ".join(keys), what) for what, keys in rows.items()])
        for place, rows in places.items()
        if rows
    ]


def _place(found: ActiveBinding) -> str:
    if isinstance(found.node, App):
        return "everywhere"
    # What Textual itself brings along (tab, scrolling) is known to everybody: it stands last.
    own = found.binding.show or (isinstance(found.node, Screen) and found.binding not in _TEXTUALS_OWN)
    return "on this screen" if own else "moving"


class HelpScreen(ModalScreen[None]):
    """Lists keys. Long lists scroll; on wide terminals there are two columns.

    Args:
        keys: Those of the screen below, as they were before this one came: some work on no box.
    """

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        background: $background 70%;

        #help-box {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 0 1 0 2;
            border: round $accent;
            border-title-color: $accent;
            border-title-style: bold;
            background: $surface;
        }
        #help-scroll { height: auto; max-height: 90vh; scrollbar-size-vertical: 1; }
        .help-column { width: auto; height: auto; }
        .help-part { height: auto; margin-bottom: 1; }
        #help-foot { height: 1; color: $foreground-muted; }
        &.-wide #help-box { width: 110; }
        &.-wide .help-part { margin-right: 2; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "close", "Close"),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
    ]

    def __init__(self, keys: Places) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Lay out keys and signs."""
        wide = self.app.size.width >= WIDE_COLUMNS
        self.set_class(wide, "-wide")
        room = (_WIDTH_WIDE if wide else min(_WIDTH, self.app.size.width)) - _AROUND
        signs = list(_sign_parts(_SIGNS_WIDTH if wide else room))
        parts = list(_key_parts(self._keys, room - (_SIGNS_WIDTH + _GAP) * wide))
        with Vertical(id="help-box") as box:
            box.border_title = "Help"
            with VerticalScroll(id="help-scroll", can_focus=False):
                if wide:
                    with HorizontalGroup():
                        yield Vertical(*parts, classes="help-column")
                        yield Vertical(*signs, classes="help-column")
                else:
                    yield from (*parts, *signs)
            yield Static(Content("↑ ↓ scroll · esc closes"), id="help-foot")

    def action_close(self) -> None:
        """Go back."""
        if self.is_active:
            self.dismiss()

    def action_scroll(self, lines: int) -> None:
        """Scroll a list that is longer than the terminal."""
        self.query_one("#help-scroll").scroll_relative(y=lines, animate=False)


def _key_parts(keys: Places, width: int) -> Iterator[Static]:
    for title, rows in keys:
        yield _part(title, ((key, "$text-accent", what) for key, what in rows), _KEY_CELLS, width)


def _sign_parts(width: int) -> Iterator[Static]:
    levels = ((level.symbol, colour, what) for level, colour, what in _LEVELS)
    yield _part("levels", levels, _SIGN_CELLS, width)
    yield _part("signs", ((sign, "$text-accent", what) for sign, what in _SIGNS), _SIGN_CELLS, width)


def _part(title: str, rows: Iterable[tuple[str, str, str]], indent: int, width: int) -> Static:
    lines = [Content.styled(title, "bold underline")]
    for sign, colour, what in rows:
        shown = Content.styled(sign, colour)
        # What is too long goes on below its beginning, and beside keys that are too many below them.
        if shown.cell_length >= indent:
            lines.append(shown)
            shown = Content("")
        for part in Content(what).wrap(max(1, width - indent)):
            lines.append(shown.pad_right(indent - shown.cell_length) + part)
            shown = Content("")
    made = Static(Content("\n").join(lines), classes="help-part")
    made.styles.width = width
    return made
