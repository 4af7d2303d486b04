"""The line of every key of a TOML text.

`tomllib` gives the values but not where they stand. This scanner goes over a text that tomllib has
already accepted, so it need not judge it: it only follows keys, strings and brackets.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

Key = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})|' + r"'''.*?'''(?:'{0,2})|" + r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'""",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]*")


def key_lines(text: str) -> dict[Key, int]:
    r"""Return the line, from 1, of every key path: tables, items of arrays, dotted and inline keys.

    Args:
        text: A text that `tomllib.loads` accepts.

    >>> key_lines("[a]\nb = [1,\n 2]")
    {('a',): 1, ('a', 'b'): 2, ('a', 'b', 0): 2, ('a', 'b', 1): 3}
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.scan()
    return scanner.lines


class _Scanner:
    """Walks over one text; `at` is the offset that is read next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Key, int] = {}
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._last_item: dict[Key, int] = {}

    def scan(self) -> None:
        """Read the whole text."""
        table: Key = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self._array_header()
            elif self.text[self.at] == "[":
                table = self._table_header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _array_header(self) -> Key:
        line = self._line()
        self.at += 2
        key = self._resolved(self._key(), whole=False)
        self.at = self.text.index("]]", self.at) + 2
        item = self._last_item[key] = self._last_item.get(key, -1) + 1
        self._note((), (*key, item), line)
        return (*key, item)

    def _table_header(self) -> Key:
        line = self._line()
        self.at += 1
        key = self._resolved(self._key(), whole=True)
        self.at = self.text.index("]", self.at) + 1
        self._note((), key, line)
        self.lines[key] = line  # [a.b] may have noted `a` before its own header [a] came
        return key

    def _resolved(self, parts: Key, *, whole: bool) -> Key:
        """Return the path of a header's key: below an array of tables, its last item is meant."""
        path: Key = ()
        for number, part in enumerate(parts, 1):
            path = (*path, part)
            if path in self._last_item and (whole or number < len(parts)):
                path = (*path, self._last_item[path])
        return path

    def _pair(self, table: Key) -> None:
        line = self._line()
        key = self._key()
        self._note(table, key, line)
        self.at = self.text.index("=", self.at) + 1
        self._skip(_SPACE)
        self._value((*table, *key))

    def _value(self, path: Key) -> None:
        start = self.text[self.at : self.at + 1]
        if start == "[":
            self._array(path)
        elif start == "{":
            self._inline_table(path)
        else:
            self._skip(_STRING if start in {'"', "'"} else _SCALAR)

    def _array(self, path: Key) -> None:
        self.at += 1
        item = 0
        while self._next_in("]"):
            self.lines[(*path, item)] = self._line()
            self._value((*path, item))
            item += 1

    def _inline_table(self, path: Key) -> None:
        self.at += 1
        while self._next_in("}"):
            self._pair(path)

    def _next_in(self, closing: str) -> bool:
        """Go to the next item within brackets; False at the end, which is read as well."""
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self._skip(_BLANK)
        if self.text.startswith(closing, self.at) or self.at >= len(self.text):
            self.at += 1
            return False
        return True

    def _key(self) -> Key:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            found = _KEY_PART.match(self.text, self.at)
            if found is None:
                raise ValueError(f"no key at offset {self.at}: tomllib has not accepted this text")
            self.at = found.end()
            parts.append(_unquoted(found.group()))
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return tuple(parts)
            self.at += 1

    def _note(self, table: Key, key: Key, line: int) -> None:
        """Note the line of a key and of the tables that it makes on the way."""
        for length in range(1, len(key) + 1):
            self.lines.setdefault((*table, *key[:length]), line)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at + 1

    def _line(self) -> int:
        return bisect_right(self._ends, self.at - 1) + 1 if self.at else 1


def _unquoted(token: str) -> str:
    if token[0] == "'":
        return token[1:-1]
    if token[0] != '"':
        return token
    if "\\" not in token:
        return token[1:-1]
    value: str = tomllib.loads(f"k = {token}")["k"]
    return value
