"""The last line: the keys that work here now.

Textual's own Footer makes a widget of every key and was seen to leak on long runs (textualize/textual#6666);
this is one line of text.
"""

from __future__ import annotations

from collections.abc import Collection

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widgets import Static

_GAP = "  "
_ORDER = (
    "enter", "escape", "ctrl+c", "tab", "space", "slash", "r", "x", "p", "u", "l", "s", "a", "e", "c",
    "ctrl+r", "colon", "q", "question_mark",
)  # fmt: skip


class KeyBar(Static):
    """Shows the bindings of the screen that have a description; a click does what the key does.

    A screen's `dimmed` names the actions that would be refused now: they are shown dim, and their keys still
    work, for they tell why.
    """

    def on_mount(self) -> None:
        """Follow the bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)
        self._draw()

    def on_resize(self) -> None:
        """Fit the keys again."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Do what the key does."""
        key = event.style.meta.get("key")
        if key is not None:
            self.app.simulate_key(key)

    def _follow(self, _screen: Screen[object]) -> None:
        if self.is_attached and self.screen is self.app.screen:
            self._draw()

    def _draw(self) -> None:
        width = self.content_size.width
        shown: dict[str, Binding] = {}
        for active in self.screen.active_bindings.values():
            if active.binding.show and active.enabled:
                shown.setdefault(active.binding.action, active.binding)
        dimmed: Collection[str] = getattr(self.screen, "dimmed", ())
        parts = [
            _part(self.app.get_key_display(binding), binding, dim=binding.action in dimmed)
            for binding in sorted(shown.values(), key=rank)
        ]
        # Help stands last and always fits: it is the key to all others.
        while len(parts) > 1 and sum(part.cell_length for part in parts) - len(_GAP) > width:
            del parts[-2]
        self.update(Content("").join(parts), layout=False)


def rank(binding: Binding) -> int:
    """Return where a key stands among the others: opening and leaving first, help last."""
    return _ORDER.index(binding.key) if binding.key in _ORDER else _ORDER.index("l")


def _part(key: str, binding: Binding, *, dim: bool) -> Content:
    # Not `@click`: Textual would draw it as a link.
    click = Style.from_meta({"key": binding.key})
    return Content.assemble(
        (key, "$foreground-disabled" if dim else "$text-accent"),
        " ",
        (binding.description, "$foreground-disabled" if dim else "$foreground-muted"),
        _GAP,
    ).stylize(click)
