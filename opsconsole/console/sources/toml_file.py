"""A TOML file with the line of each key; a syntax error in one section does not hide the others."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsconsole.console.sources.origin import Origin
from opsconsole.console.sources.problem import Problem
from opsconsole.console.sources.toml_lines import Key, key_lines

SIZE_LIMIT_BYTES = 32 * 1024 * 1024
SYNTAX_ERRORS_SHOWN = 20

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_TWICE = re.compile(r"Cannot declare \((.+)\) twice")
_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A TOML file as read.

    Attributes:
        file: Its path.
        data: Its values.
        lines: The line of every key path.
    """

    file: Path
    data: Mapping[str, Any]
    lines: Mapping[Key, int]

    def line(self, key: Key) -> int | None:
        """Return the line of a key, or of the nearest table around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key)

    def origin(self, key: Key, note: str = "") -> Origin:
        """Return where a key stands."""
        return Origin(self.file, self.line(key), note)


def read_toml(file: Path) -> tuple[TomlFile, list[Problem]]:
    """Return what the file says, and what is wrong with it. Sections with a syntax error are left out."""
    empty = TomlFile(file, {}, {})
    try:
        with file.open("rb") as stream:
            raw = stream.read(SIZE_LIMIT_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        closed = isinstance(error, PermissionError)
        expected = "a file that you may read, in folders that you may enter" if closed else ""
        return empty, [Problem(file, None, "", f"cannot be read: {reason}", expected)]
    if len(raw) > SIZE_LIMIT_BYTES:
        return empty, [Problem(file, None, "", f"more than {SIZE_LIMIT_BYTES // 1024**2} MiB")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        return empty, [Problem(file, line, "", found, hint="save the file as UTF-8")]
    return parse_toml(file, text)


def parse_toml(file: Path, text: str) -> tuple[TomlFile, list[Problem]]:
    """Return what the text says, and its syntax errors, one for each broken section at most."""
    text = text.replace("\r\n", "\n")
    problems: list[Problem] = []
    whole = text
    while len(problems) < SYNTAX_ERRORS_SHOWN:
        try:
            return TomlFile(file, tomllib.loads(text), key_lines(text)), problems
        except tomllib.TOMLDecodeError as error:
            problem, offset = _syntax_problem(file, whole, str(error))
        except RecursionError:
            return TomlFile(file, {}, {}), [*problems, Problem(file, None, "", "lists nested too deeply")]
        problems.append(problem)
        rest = _without_section(text, offset)
        # What is open until the end of the file swallows sections: no telling which were meant.
        if rest == text or offset >= len(text):
            break
        text = rest
    return TomlFile(file, {}, {}), problems


def _syntax_problem(file: Path, text: str, message: str) -> tuple[Problem, int]:
    """Return tomllib's complaint as a problem, and the offset in the text where it is."""
    place = _PLACE.search(message)
    said = message[: place.start()] if place else message
    if place is None or place.group(1) is None:
        line, column, offset = text.count("\n") + (not text.endswith("\n")), 1, len(text)
    else:
        line, column = int(place.group(1)), int(place.group(2))
        offset = sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column - 1
    hint = ""
    twice = _TWICE.match(said)
    if twice:
        name = ".".join(re.findall(r"'([^']*)'", twice.group(1)))
        header = text.split("\n")[line - 1].strip().split("#")[0].strip()
        earlier = [number for number, row in enumerate(text.split("\n")[: line - 1], 1) if header in row]
        said = f"{name} is declared twice"
        hint = f"first on line {earlier[0]}; put both into one section" if earlier else ""
    if said == "Illegal character '\\n'":
        said = "A quoted text does not end on its line"
    found = f"not valid TOML: {said[0].lower() + said[1:] if said else said}"
    return Problem(file, line, "", found, hint=hint, column=column), min(offset, len(text))


def _without_section(text: str, offset: int) -> str:
    """Return the text with the section around the offset blanked out, so that all places stay the same."""
    starts = [0, *(match.start() for match in _HEADER.finditer(text)), len(text)]
    start = max(begin for begin in starts if begin <= min(offset, len(text) - 1 if text else 0))
    end = min((begin for begin in starts if begin > start), default=len(text))
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
