"""The field in which a filter is typed; loaded when it is first needed."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input


class FilterField(Input):
    """A one-line input whose ways out are in the key bar.

    However fast somebody types, what follows `/` is the filter, and what follows `enter` is for the table.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.keep_filter", "keep the filter", key_display="enter"),
        Binding("escape", "screen.clear", "clear it"),
        Binding("down", "screen.keep_filter", "Back to the hosts", show=False),
    ]

    def __init__(self, text: str, *, id: str, max_length: int) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(text, id=id, compact=True, select_on_focus=False, max_length=max_length)

    def take_early(self, event: events.Key) -> None:
        """Take a key that was typed before the field had the focus: it came to the app from the table."""
        if event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self.insert_text_at_cursor(event.character)

    async def _on_key(self, event: events.Key) -> None:
        if self.screen.focused is not self:  # typed after it was left: it goes on to the table's bindings
            event.prevent_default()
        elif not event.is_printable and (bound := self._bindings.key_to_bindings.get(event.key)):
            # Not by way of the app: letters behind this key would overtake it, and ctrl+u take them away.
            event.stop()
            event.prevent_default()
            await self.run_action(bound[0].action)
