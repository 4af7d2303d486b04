"""Apache's grammar: one directive a line, continued by a backslash, with quoted arguments and `${NAME}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MOST_WORDS = 1024
MOST_LINE = 16_384
_ARGUMENT = re.compile(r'"(?P<double>(?:[^"\\]|\\.)*)"|\'(?P<single>(?:[^\'\\]|\\.)*)\'|(?P<plain>[^\s]+)')
_NAME = re.compile(r"</?[A-Za-z]\w*|[A-Za-z]\w*")
_VARIABLE = re.compile(r"\$\{([^{}]{1,128})\}")
_QUOTED = re.compile(r"\\([\\\"'])")


@dataclass(frozen=True, slots=True)
class Line:
    """A directive, the beginning of a section (`<name`) or its end (`</name`); the name in lower case."""

    name: str
    words: tuple[str, ...]
    number: int


def lines(text: str) -> Iterator[Line]:
    """Yield the lines of a file that say something."""
    parts: list[str] = []
    begun = length = 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.removesuffix("\r")
        begun = begun if parts else number
        if line.endswith("\\") and length < MOST_LINE:
            parts.append(line[:-1])
            length += len(line)
            continue
        whole = "".join((*parts, line)).strip()[:MOST_LINE]
        parts, length = [], 0
        if whole and not whole.startswith("#") and (found := _NAME.match(whole)):
            rest = whole[found.end() :]
            if found[0].startswith("<"):
                rest = rest.rstrip().removesuffix(">")
            yield Line(found[0].lower(), _words(rest), begun)


def _words(text: str) -> tuple[str, ...]:
    words = []
    for found in _ARGUMENT.finditer(text):
        kind = found.lastgroup or "plain"
        words.append(found[kind] if kind == "plain" else _QUOTED.sub(r"\1", found[kind]))
        if len(words) >= MOST_WORDS:
            break
    return tuple(words)


def expanded(word: str, variables: Mapping[str, str]) -> str | None:
    """Return a word with its `${NAME}` replaced; None where one is not known."""
    unknown = [name for name in _VARIABLE.findall(word) if name not in variables]
    return None if unknown else _VARIABLE.sub(lambda one: variables[one[1]], word)[:MOST_LINE]
