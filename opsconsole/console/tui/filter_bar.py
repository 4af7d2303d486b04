"""The second line of long lists: the filter as it is typed, what is wrong with it, and the badges."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from opsconsole.console.tui.header import Badges

if TYPE_CHECKING:
    from textual.widgets import Input

    from opsconsole.console.tui.filter_field import FilterField

LIMIT_CHARS = 256
_PLACEHOLDER = "/ filter"


class FilterBar(Horizontal):
    """Holds the text of the filter.

    The input field is made when it is first needed: it costs the first paint a tenth of its time.
    """

    class Changed(Message):
        """The text changed."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self.text = ""

    def compose(self) -> ComposeResult:
        """Compose the line."""
        yield Static(Content(_PLACEHOLDER), id="fleet-filter-text")
        yield Static(id="fleet-filter-problem")
        yield Badges(id="fleet-badges")

    @property
    def is_typing(self) -> bool:
        """Whether the keys go to the field."""
        return self._field is not None and self._field.has_focus

    @property
    def _field(self) -> FilterField | None:
        return cast("FilterField | None", next(iter(self.query("#fleet-filter")), None))

    async def edit(self) -> None:
        """Let the engineer type."""
        field = self._field
        if field is None:
            from opsconsole.console.tui.filter_field import FilterField

            field = FilterField(self.text, id="fleet-filter", max_length=LIMIT_CHARS)
            await self.mount(field, before=0)
        field.display = True
        self.query_one("#fleet-filter-text").display = False
        self.screen.set_focus(field)

    def leave(self) -> None:
        """Show the text instead of the field."""
        if self._field is not None:
            self._field.display = False
        shown = self.query_one("#fleet-filter-text", Static)
        shown.display = True
        shown.set_class(bool(self.text), "-set")
        shown.update(Content(f"/{self.text}" if self.text else _PLACEHOLDER))

    def keep(self) -> str:
        """Leave the field with what is in it now, and return that."""
        if self._field is not None:
            self.text = self._field.value
        self.leave()
        return self.text

    def put(self, text: str) -> None:
        """Set the text, as if it had been typed and the field left."""
        self.text = text[:LIMIT_CHARS]
        if self._field is not None:
            self._field.value = self.text
        self.leave()
        self.post_message(self.Changed(self.text))

    def complain(self, problem: str) -> None:
        """Show what is wrong with the filter; empty: nothing."""
        self.query_one("#fleet-filter-problem", Static).update(Content.styled(problem, "$text-warning"))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take the text over while it is typed."""
        event.stop()
        self.text = event.value
        self.post_message(self.Changed(self.text))
