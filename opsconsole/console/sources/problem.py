"""What is wrong in a configuration, said so that a person can mend it without reading our code."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from opsconsole.console.sources.origin import Origin, short_path
from opsconsole.data.text import clean_line

SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file.

    Attributes:
        file: The file.
        line: Its line, counted from 1; None when the whole file is meant.
        key: The key, such as `hosts.web1.port`; empty when no single key is meant.
        found: What stands there.
        expected: What should stand there; empty when `found` says it all.
        hint: What to do, such as `did you mean port?`.
        column: The column, counted from 1, where it is known.
    """

    file: Path
    line: int | None
    key: str
    found: str
    expected: str = ""
    hint: str = ""
    column: int | None = None

    @classmethod
    def at(cls, origin: Origin, key: str, found: str, expected: str = "", hint: str = "") -> Problem:
        """Return a problem at the place that a value came from."""
        return cls(origin.file or Path("command line"), origin.line, key, found, expected, hint)

    def __str__(self) -> str:
        """`opsconsole.toml:7: hosts.web1.port: found "ssh" (text), expected a whole number`."""
        where = ":".join(str(part) for part in (short_path(self.file), self.line, self.column) if part)
        text = f"{where}: {self.key}: found {self.found}" if self.key else f"{where}: {self.found}"
        text += f", expected {self.expected}" if self.expected else ""
        return clean_line(text + (f" ({self.hint})" if self.hint else ""), limit_chars=1000)


class SettingsError(Exception):
    """The configuration cannot be used. All problems that could be found are in it, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def show(value: Any) -> str:
    """Return a value as its file has it, with its type, cut to fit in a line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = clean_line(value, SHOWN_CHARS)
        return f'"{text}" (text)'
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, datetime | date | time):
        return f"{value} (a date or time)"
    return clean_line(str(value), SHOWN_CHARS)


def show_type(value: Any) -> str:
    """Return what kind of value it is, without the value."""
    names = {bool: "true or false", str: "a text", int: "a number", float: "a number", dict: "a table"}
    return names.get(type(value), "a list" if isinstance(value, list) else "a date or time")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `did you mean …?` with the nearest known names, or nothing when none is near."""
    near = difflib.get_close_matches(name, list(known), n=2, cutoff=0.6)
    return f"did you mean {' or '.join(near)}?" if near else ""


def dotted(key: Sequence[str | int]) -> str:
    """Return a key as TOML writes it: `hosts."web1.example.org".port`, `groups.web.hosts[2]`."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part + 1}]"
            continue
        bare = part.replace("-", "").replace("_", "")
        plain = bare.isalnum() and bare.isascii()
        text += ("." if text else "") + (part if plain else f'"{clean_line(part)}"')
    return text
