"""Lines on stdout: colour only at a terminal, and what hosts said never as markup."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.text import Text


def print_lines(lines: Iterable[Text | str]) -> None:
    """Print lines as they are, however wide the terminal is."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    for line in lines:
        console.print(line)


def print_json(document: Any) -> None:
    """Print one JSON document."""
    print(json.dumps(document, indent=2))


def columns(rows: Iterable[Iterable[str]]) -> list[str]:
    """Return rows as lines, each column as wide as it needs to be."""
    cells = [list(row) for row in rows]
    if not cells:
        return []
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
