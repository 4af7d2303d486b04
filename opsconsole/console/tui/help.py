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

from opsconsole.panels.panel import Level

WIDE_COLUMNS = 110
_KEY_CELLS = 14
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


def keys_by_place(
    bindings: Mapping[str, ActiveBinding], app: App[Any]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (place, [(keys, what they do)]), this screen's own keys first.

    Keys of one action stand in one row; bindings without a description are not for people.
    """
    places: dict[str, dict[str, tuple[list[str], str]]] = {
        "on this screen": {},
        "everywhere": {},
        "moving": {},
    }
    # Of Textual's own system keys only the palette is for people.
    active = [
        found
        for found in bindings.values()
        if found.binding.description
        and (not found.binding.system or found.binding.action.endswith("command_palette"))
    ]
    for found in active:
        keys, _ = places[_place(found)].setdefault(found.binding.action, ([], found.binding.description))
        key = app.get_key_display(found.binding)
        if key not in keys:
            keys.append(key)
    return [
        (place, [(" ".join(keys), what.lower()) for keys, what in rows.values()])
        for place, rows in places.items()
        if rows
    ]


def _place(found: ActiveBinding) -> str:
    if isinstance(found.node, App):
        return "everywhere"
    # What Textual itself brings along (tab, scrolling) is known to everybody: it stands last.
    own = isinstance(found.node, Screen) and found.binding not in _TEXTUALS_OWN
    return "on this screen" if own else "moving"


class HelpScreen(ModalScreen[None]):
    """Lists the keys of the screen below it. Long lists scroll; on wide terminals there are two columns."""

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
        .help-column { width: 1fr; height: auto; }
        .help-part { height: auto; width: 1fr; margin-bottom: 1; }
        #help-foot { height: 1; color: $foreground-muted; }
        &.-wide #help-box { width: 108; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "close", "Close"),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
    ]

    def compose(self) -> ComposeResult:
        """Lay out keys and signs."""
        below = self.app.screen_stack[-2] if len(self.app.screen_stack) > 1 else None
        parts = list(_key_parts(below, self.app)) if below is not None else []
        signs = list(_sign_parts())
        wide = self.app.size.width >= WIDE_COLUMNS
        self.set_class(wide, "-wide")
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


def _key_parts(screen: Screen[Any], app: App[Any]) -> Iterator[Static]:
    for title, rows in keys_by_place(screen.active_bindings, app):
        yield _part(title, ((key, "$text-accent", what) for key, what in rows))


def _sign_parts() -> Iterator[Static]:
    yield _part("levels", ((level.symbol, colour, what) for level, colour, what in _LEVELS))
    yield _part("signs", ((sign, "$text-accent", what) for sign, what in _SIGNS))


def _part(title: str, rows: Iterable[tuple[str, str, str]]) -> Static:
    lines = [Content.styled(title, "bold underline")]
    for sign, colour, what in rows:
        gap = " " * max(1, _KEY_CELLS - Content(sign).cell_length)
        lines.append(Content.assemble((sign, colour), gap, what))
    return Static(Content("\n").join(lines), classes="help-part")
