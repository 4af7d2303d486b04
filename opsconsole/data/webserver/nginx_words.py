"""nginx's grammar: words in and out of quotes, comments, braces, and blocks of Lua that are skipped whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_WORDS = 4096  # of one directive

# As ngx_conf_read_token does: quotes count only at the beginning of a word, `${` does not begin a block.
_TOKEN = re.compile(
    r"[ \t\r\n]+|\#[^\n]*"
    r"|(?P<sign>[;{}])"
    r'|"(?P<double>[^"\\]*(?:\\.[^"\\]*)*)"'
    r"|'(?P<single>[^'\\]*(?:\\.[^'\\]*)*)'"
    r"|(?P<word>(?:\$\{|\\.|[^ \t\r\n;{\\])+)",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANS = {"t": "\t", "r": "\r", "n": "\n", '"': '"', "'": "'", "\\": "\\"}
_LUA = re.compile(
    r"(?P<long>(?:--)?\[(?P<level>=*)\[)|--[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|(?P<brace>[{}])",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A directive (`;`), the beginning of a block (`{`), its end (`}`), or what is wrong (`!`)."""

    sign: str
    words: tuple[str, ...]
    line: int


def statements(text: str) -> Iterator[Statement]:
    """Yield the statements of a file; one with `!` is the last: what follows cannot be read."""
    words: list[str] = []
    at, counted, line, begun = 0, 0, 1, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or (found["word"] or "")[:1] in ('"', "'"):
            yield Statement("!", ("a quote is not closed",), line + text.count("\n", counted, at))
            return
        start, at = at, found.end()
        kind = found.lastgroup
        if kind is None:
            continue
        line, counted = line + text.count("\n", counted, start), start
        if kind != "sign":
            begun = begun if words else line
            if len(words) < MOST_WORDS:
                words.append(_ESCAPED.sub(_meaning, found[kind]))
            continue
        sign = found["sign"]
        yield Statement(sign, tuple(words), begun if words else line)
        if sign == "{" and words and words[0].endswith("_by_lua_block"):
            at = _behind_lua(text, at)
            yield Statement("}", (), line)
        words.clear()
    if words:
        yield Statement("!", ("the last directive is not ended by ;",), begun)


def _meaning(escaped: re.Match[str]) -> str:
    return _MEANS.get(escaped[1], escaped[0])


def _behind_lua(text: str, at: int) -> int:
    """Return the position behind the `}` that ends a block of Lua; the end of the text when none does."""
    depth = 1
    unclosed: set[str] = set()
    while found := _LUA.search(text, at):
        at = found.end()
        if found["long"]:
            end = "]" + found["level"] + "]"
            closed = -1 if end in unclosed else text.find(end, at)
            if closed < 0:  # looked for once only
                unclosed.add(end)
            else:
                at = closed + len(end)
        elif found["brace"]:
            depth += 1 if found["brace"] == "{" else -1
            if depth == 0:
                return at
    return len(text)
