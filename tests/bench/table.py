"""What a benchmark found: rows of figures, the aims they are held to, and how both are printed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column of figures.

    Attributes:
        key: The key in the rows' figures.
        title: Its head, with the unit.
        digits: Decimal places.
    """

    key: str
    title: str
    digits: int = 2


@dataclass(frozen=True)
class Row:
    """One thing measured. A row without figures says in its note why there are none."""

    name: str
    figures: Mapping[str, float | None]
    note: str = ""


@dataclass(frozen=True)
class Aim:
    """A bound to stay within; `figure` None means it could not be measured, which is a miss."""

    what: str
    figure: float | None
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def passed(self) -> bool:
        """Whether the aim is met."""
        if self.figure is None:
            return False
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit


@dataclass
class Table:
    """One benchmark's outcome."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: list[Row] = field(default_factory=list)
    aims: list[Aim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return the table for a person."""
        grid = [["", *(column.title for column in self.columns), ""]]
        grid += [
            [
                row.name,
                *(_figure(row.figures.get(column.key), column.digits) for column in self.columns),
                row.note,
            ]
            for row in self.rows
        ]
        widths = [max(len(line[at]) for line in grid) for at in range(len(grid[0]) - 1)]
        lines = [f"── {self.title}"]
        for line in grid:
            figures = "  ".join(text.rjust(width) for text, width in zip(line[1:-1], widths[1:], strict=True))
            lines.append(f"  {line[0]:<{widths[0]}}  {figures}  {line[-1]}".rstrip())
        for aim in self.aims:
            sign, verdict = ("≥" if aim.at_least else "≤"), ("pass" if aim.passed else "MISS")
            unit = f" {aim.unit}" if aim.unit else ""
            figure = "not measured" if aim.figure is None else f"{aim.figure:.2f}{unit}"
            lines.append(f"  [{verdict}] {aim.what}: {figure} (aim {sign} {aim.limit:g}{unit})")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def to_json(self) -> dict[str, Any]:
        """Return the table as JSON values."""
        return {
            "name": self.name,
            "title": self.title,
            "rows": [{"name": row.name, "figures": dict(row.figures), "note": row.note} for row in self.rows],
            "aims": [
                {
                    "what": aim.what,
                    "figure": aim.figure,
                    "limit": aim.limit,
                    "unit": aim.unit,
                    "bound": "at least" if aim.at_least else "at most",
                    "passed": aim.passed,
                }
                for aim in self.aims
            ],
            "notes": self.notes,
        }


def ratio(figure: float | None, base: float | None) -> float | None:
    """Return figure / base, or None where one of them is missing."""
    return figure / base if figure is not None and base else None


def document(tables: Sequence[Table], machine: Mapping[str, Any]) -> str:
    """Return all tables as one JSON document."""
    body = {"version": 1, "machine": dict(machine), "benchmarks": [table.to_json() for table in tables]}
    return json.dumps(body, indent=2) + "\n"


def _figure(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
