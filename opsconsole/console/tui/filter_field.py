"""The field in which a filter is typed; loaded when it is first needed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class FilterField(Input):
    """A one-line input whose ways out are in the key bar."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.keep_filter", "keep the filter", key_display="enter"),
        Binding("escape", "screen.clear", "clear it"),
        Binding("down", "screen.keep_filter", "Back to the hosts", show=False),
    ]

    def __init__(self, text: str, *, id: str, max_length: int) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(text, id=id, compact=True, select_on_focus=False, max_length=max_length)
