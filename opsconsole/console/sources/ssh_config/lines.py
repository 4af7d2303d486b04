"""Splitting a line of ssh_config into a keyword and arguments, as readconf.c of OpenSSH 9 does."""

from __future__ import annotations

import re
from collections.abc import Iterator

_KEYWORD = re.compile(r'[ \t\r]*"?([^ \t\r"=]+)"?[ \t\r]*=?[ \t\r]*(.*)', re.DOTALL)
_SPECIAL = re.compile(r"""["'\\#]""")
_WHITE = " \t"


class LineError(ValueError):
    """The line cannot be read; the message says why."""


def split_line(line: str) -> tuple[str, str] | None:
    """Return the keyword in lower case and the rest; None for an empty line or a comment.

    Raises:
        LineError: A keyword without an argument.
    """
    stripped = line.split("\0", 1)[0].rstrip(" \t\r\n\f")
    found = _KEYWORD.match(stripped)
    if found is None or found.group(1).startswith("#"):
        return None
    keyword, rest = found.group(1).lower(), found.group(2)
    if not rest:
        raise LineError(f"no argument after {found.group(1)}")
    return keyword, rest


def arguments(rest: str) -> list[str]:
    r"""Return the arguments of a line: quotes of both kinds, backslash escapes, `#` begins a comment.

    Raises:
        LineError: A quote that is not closed.

    >>> arguments("a 'b c' d\\ e # f")
    ['a', 'b c', 'd e']
    """
    if rest.isascii() and rest.isprintable() and not _SPECIAL.search(rest):
        return rest.split()  # nearly every line
    words: list[str] = []
    at = 0
    while at < len(rest):
        if rest[at] in _WHITE:
            at += 1
        elif rest[at] == "#":
            break
        else:
            word, at = _word(rest, at)
            words.append(word)
    return words


def _word(rest: str, at: int) -> tuple[str, int]:
    word: list[str] = []
    quote = ""
    while at < len(rest):
        character, following = rest[at], rest[at + 1 : at + 2]
        escapes = "'\"\\" if quote else "'\"\\ "
        if character == "\\" and following and following in escapes:
            word.append(following)
            at += 1
        elif not quote and character in _WHITE:
            break
        elif not quote and character in "\"'":
            quote = character
        elif character == quote:
            quote = ""
        else:
            word.append(character)
        at += 1
    if quote:
        raise LineError("a quote is not closed")
    return "".join(word), at


def match_words(rest: str) -> Iterator[str]:
    """Yield the words of a `Match` line: separated by white space or one `=`, double quotes hold together.

    Raises:
        LineError: A quote that is not closed.
    """
    rest = rest.lstrip(" \t\r")
    while rest and not rest.startswith("#"):
        if rest[0] == '"':
            word, closed, rest = rest[1:].partition('"')
            if not closed:
                raise LineError("a quote is not closed")
            rest = rest.lstrip(" \t\r")
        else:
            found = re.match(r'([^ \t\r"=]*)[ \t\r]*=?[ \t\r]*', rest)
            assert found is not None  # noqa: S101 - the pattern matches every text
            word, rest = found.group(1), rest[found.end() :]
        yield word
