"""Lines of a list that are made when they are looked at: there may be 200,000, and a screen shows fifty."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar, overload

from opsconsole.console.tui.rows_view import Line

RowT = TypeVar("RowT")


class LazyLines(Sequence[Line], Generic[RowT]):
    """One line a row; it is made each time it is asked for, and kept by nobody but who asked.

    Args:
        rows: In the order shown.
    """

    def __init__(self, rows: Sequence[RowT]) -> None:
        self.rows = rows

    @abstractmethod
    def line(self, at: int) -> Line:
        """Return the line of the row at that place."""

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        if isinstance(index, slice):
            return [self.line(at) for at in range(*index.indices(len(self.rows)))]
        return self.line(index)
