"""Lines on stdout: colour only at a terminal, and what hosts said never as markup."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Any, cast

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from opsconsole.console.cli.streams import OUT

if TYPE_CHECKING:
    from opsconsole.panels.panel import Level

_LEVEL_STYLES = {"ok": "green", "warning": "yellow", "critical": "red", "unknown": "dim"}


def print_lines(lines: Iterable[Text | str]) -> None:
    """Print lines as they are, however wide the terminal is."""
    # Through `OUT`, for rich ends the process with 1 where a pipe is broken.
    console = Console(file=cast("IO[str]", OUT), highlight=False, markup=False, emoji=False, soft_wrap=True)
    for line in lines:
        console.print(line)


def print_json(document: Any) -> None:
    """Print one JSON document."""
    OUT.write(f"{json.dumps(document, indent=2)}\n")
    OUT.flush()


def level_style(level: Level) -> str:
    """Return the colour of a level; its sign stands beside it wherever there is none."""
    return _LEVEL_STYLES[level.word]


def columns(rows: Iterable[Iterable[str]]) -> list[str]:
    """Return rows as lines, each column as wide as it needs to be."""
    cells = [list(row) for row in rows]
    if not cells:
        return []
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
