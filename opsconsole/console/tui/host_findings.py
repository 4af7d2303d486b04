"""The list of findings on the Host screen, and the box that shows one of them whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from opsconsole.console.tui.clipboard import copy
from opsconsole.console.tui.host_items import Item
from opsconsole.console.tui.lines import level_words, spread
from opsconsole.data.text import clean_line
from opsconsole.panels.panel import Level
from opsconsole.panels.view import LEVEL_STYLE

if TYPE_CHECKING:
    from opsconsole.console.tui.app import OpsconsoleApp


class FindingsList(OptionList):
    """Findings, worst first; the highlight stays on its finding when others come and go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "open", key_display="enter"),
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
        Binding("g", "first", "First", show=False),
        Binding("G", "last", "Last", show=False),
    ]

    class Chosen(Message):
        """A line of the list was chosen."""

        def __init__(self, item: Item) -> None:
            self.item = item
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id, compact=True)
        self._items: list[Item] = []
        self._drawn_for: tuple[list[Item], int] = ([], -1)

    @property
    def chosen(self) -> Item | None:
        """The highlighted item."""
        index = self.highlighted
        return self._items[index] if index is not None and index < len(self._items) else None

    def show(self, items: Sequence[Item]) -> None:
        """Show these items; lines that stay the same are left alone."""
        width = self.scrollable_content_region.width
        before, keys = self.chosen, [item.key for item in self._items]
        self._items = list(items)
        if self._drawn_for == (self._items, width):
            return
        self._drawn_for = (list(self._items), width)
        prompts = [_prompt(item, width) for item in self._items]
        if keys == [item.key for item in self._items] and self.option_count == len(prompts):
            for index, prompt in enumerate(prompts):
                self.replace_option_prompt_at_index(index, prompt)
            return
        self.set_options(Option(prompt) for prompt in prompts)
        wanted = [index for index, item in enumerate(self._items) if before and item.key == before.key]
        self.highlighted = wanted[0] if wanted else 0
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer `enter` only where there is something to open."""
        if action == "select" and (self.chosen is None or self.chosen.kind == "nothing"):
            return False
        return super().check_action(action, parameters)

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.show(self._items)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Pass on which item it was."""
        event.stop()
        if self.chosen is not None and self.chosen.kind != "nothing":
            self.post_message(self.Chosen(self.chosen))


def _prompt(item: Item, width: int) -> Content:
    left = Content.assemble(
        (f"{item.level.symbol} ", LEVEL_STYLE[item.level]),
        (item.summary, "bold" if item.level is Level.CRITICAL else ""),
    )
    lines = item.evidence.splitlines()
    evidence = lines[0][:60] + (" …" if len(lines) > 1 else "") if lines else ""
    right = Content.assemble(
        (evidence, "$foreground-muted"), ("  " + item.helps if item.helps else "", "$text-accent")
    )
    if left.cell_length + right.cell_length + 2 > width:
        # The summary comes first; then what helps; the evidence is one key away.
        right = Content.styled(item.helps, "$text-accent")
    return spread(left, right, max(8, width))


class FindingScreen(ModalScreen[None]):
    """One finding with all of its evidence."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "back"),
        Binding("c", "copy", "copy"),
        Binding("r", "recipes", "recipes"),
    ]

    def __init__(self, host: str, item: Item) -> None:
        super().__init__()
        self._host, self._item = host, item

    def compose(self) -> ComposeResult:
        """Compose the box."""
        item = self._item
        with VerticalScroll(id="finding-box") as box:
            box.border_title = Content(clean_line(self._host, 128))
            box.border_subtitle = Content("esc back   r recipes   c copy")
            yield Static(Content.assemble(level_words(item.level), "  ", (item.summary, "bold")))
            if item.since is not None:
                yield Static(Content.styled(f"since {item.since:%Y-%m-%d %H:%M:%S} UTC", "$foreground-muted"))
            if item.helps:
                yield Static(Content.styled(item.helps, "$text-accent"))
            if item.evidence:
                yield Static(Content("\n" + item.evidence))

    def action_recipes(self) -> None:
        """Choose a recipe; the one that the finding suggests comes first."""
        console = cast("OpsconsoleApp", self.app)
        self.dismiss()
        self.app.call_later(console.recipes.choose, [self._host], self._item.suggests)

    def action_copy(self) -> None:
        """Copy the finding."""
        item = self._item
        copy(self.app, f"{self._host}: {item.summary}\n{item.evidence}".rstrip(), "the finding")
