"""What a logrotate configuration says: rules with their directives, problems, and which paths a rule means.

Text from a file keeps bytes that are no UTF-8 as surrogates (`surrogateescape`), so that paths compare
exactly. Clean it before it is shown; the messages of problems are clean already.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

_SIZE = re.compile(r"(\d{1,15})([kKMG]?)")
_UNITS = {"": 1, "k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_DEFAULT_SIZE_BYTES = 1 << 20  # what logrotate takes when nothing says when to rotate
_COUNT = re.compile(r"[+-]?\d{1,9}")
_PACKED = r"(?:\.(?:gz|bz2|xz|zst|lzma|Z))"
# As logrotate writes it, or a program that rolls by itself: Logback (`%d.%i`), Log4j 2 (`%d{MM-dd-yyyy}-%i`).
_DATE = r"[._-]?(?:\d{4}-?\d{2}-?\d{2}|\d{2}-\d{2}-\d{4})(?:[-T_.]?\d{2,10})?(?:[._-]\d{1,5})?(?:\.log)?"
_ROTATED = re.compile(rf"(?:\.\d{{1,5}}|{_DATE}|\.old){_PACKED}?$|{_PACKED}$")
_WHEN = ("hourly", "daily", "weekly", "monthly", "yearly", "minutes", "size")


class Effect(StrEnum):
    """What logrotate does about a problem."""

    NONE = "taken as it is"
    LINE_IGNORED = "the line is ignored"
    PATTERN_CUT = "what comes after it in this pattern is not rotated"
    RULE_SKIPPED = "the whole rule is skipped"
    REST_SKIPPED = "the rest of the file is skipped"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a configuration file.

    Attributes:
        kind: `syntax`, `unknown-directive`, `argument`, `unclosed-brace`, `missing-endscript`, `duplicate`,
            `include` or `too-much`.
        file: Path of the file, as text from the host.
        line: Line number from 1.
        message: What is wrong, cleaned.
        effect: What logrotate does about it.
    """

    kind: str
    file: str
    line: int
    message: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive with the rest of its line, and where it stands."""

    name: str
    argument: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Script:
    """The lines between `postrotate` (or its like) and `endscript`."""

    name: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One `patterns { … }` block with what held globally when it was read.

    Attributes:
        file: Path of the file.
        line: Line of its first pattern.
        patterns: Its patterns without quotes, as in the file.
        directives: The global ones first, then its own: the last one counts.
        scripts: Script name -> script.
    """

    file: str
    line: int
    patterns: tuple[str, ...]
    directives: tuple[Directive, ...] = ()
    scripts: Mapping[str, Script] = field(default_factory=dict)

    def covers(self, path: str) -> bool:
        """Whether logrotate would find that path by one of the patterns."""
        return any(matches(pattern, path) for pattern in self.patterns)

    def argument(self, name: str, off: str = "") -> str | None:
        """Return the argument of the last directive of that name; None where none, or `off` came later."""
        for directive in reversed(self.directives):
            if directive.name in (name, off):
                return directive.argument if directive.name == name else None
        return None

    def flag(self, name: str) -> bool:
        """Whether a directive such as `compress` holds: set, and not taken back by `nocompress`."""
        return self.argument(name, "no" + name) is not None

    @property
    def copytruncate(self) -> bool:
        """Whether a log is copied and emptied in place: the writer keeps its file, lines may be lost."""
        for directive in reversed(self.directives):
            if directive.name in ("copytruncate", "nocopytruncate", "renamecopy"):
                return directive.name == "copytruncate"
        return False

    @property
    def olddir(self) -> str | None:
        """Where rotated logs go: absolute, or relative to the log's folder; None: beside the log."""
        return self.argument("olddir", "noolddir") or None

    @property
    def rotate_count(self) -> int:
        """How many rotated logs are kept; -1: all of them."""
        text = self.argument("rotate") or ""
        return int(text) if _COUNT.fullmatch(text) else 0

    @property
    def max_age_days(self) -> int | None:
        """From which age in days rotated logs are deleted."""
        text = self.argument("maxage") or ""
        return int(text) if _COUNT.fullmatch(text) else None

    @property
    def when(self) -> str:
        """When it rotates: `daily`, `weekly` and so on, or `size`; the last one said counts."""
        return next((one.name for one in reversed(self.directives) if one.name in _WHEN), "size")

    @property
    def size_bytes(self) -> int | None:
        """From which size it rotates (`size`, or `maxsize` beside a schedule); None: not by size."""
        text = self.argument("size" if self.when == "size" else "maxsize")
        if text is None:
            return _DEFAULT_SIZE_BYTES if self.when == "size" else None
        found = _SIZE.fullmatch(text)
        return int(found[1]) * _UNITS[found[2]] if found else None


def split_patterns(text: str) -> list[str]:
    """Return the patterns before a `{`; quotes and backslashes as popt reads them."""
    words: list[str] = []
    word: list[str] = []
    quote = ""
    signs = iter(text)
    for sign in signs:
        if quote and sign == quote:
            quote = ""
        elif sign == "\\":
            following = next(signs, "")
            word.append(following if not quote or following == quote else "\\" + following)
        elif quote:
            word.append(sign)
        elif sign in "\"'":
            quote = sign
        elif sign.isspace():
            if word:
                words.append("".join(word))
                word = []
        else:
            word.append(sign)
    return [*words, "".join(word)] if word else words


def rotated_from(path: str) -> str | None:
    """Return which log a rotated one comes from, by its name: `syslog.2.gz` -> `syslog`; None: not rotated.

    Such as `.1`, `-20260131`, `.2026-01-31.0.log`, `.gz` and `.old`. A name is a guess: ask a rule whether it
    covers the answer.
    """
    folder, name = posixpath.split(path)
    base = _ROTATED.sub("", name)
    return posixpath.join(folder, base) if base and base != name else None


def is_glob(pattern: str) -> bool:
    """Whether a pattern may mean more than the path that it spells."""
    return any(sign in pattern for sign in "*?[\\")


def matches(pattern: str, path: str) -> bool:
    """Return whether a glob pattern means the path, as glob(3) does: no `*` crosses a `/` or a leading dot.

    Takes time in proportion to both lengths multiplied at most, whatever the pattern.
    """
    if not is_glob(pattern):
        return pattern == path
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(map(_component, wanted, given))


def _component(pattern: str, name: str) -> bool:
    """Match one path component: go back to the newest `*` only, which is enough and never slow."""
    if not is_glob(pattern):
        return pattern == name
    tokens = _tokens(pattern)
    if name.startswith(".") and (not tokens or tokens[0] != "."):
        return False
    at = position = 0
    star, resume = -1, 0
    while position < len(name):
        if at < len(tokens) and tokens[at] is None:
            star, resume = at, position
            at += 1
        elif at < len(tokens) and _fits(tokens[at], name[position]):
            at, position = at + 1, position + 1
        elif star >= 0:
            resume += 1
            at, position = star + 1, resume
        else:
            return False
    return all(token is None for token in tokens[at:])


_Token = str | frozenset[str] | tuple[bool, str] | None


def _fits(token: _Token, character: str) -> bool:
    if isinstance(token, tuple):  # a bracket expression
        inverted, body = token
        return _in_bracket(body, character) != inverted
    return token == character or isinstance(token, frozenset)


_ANY: frozenset[str] = frozenset()  # `?`


@lru_cache(maxsize=1024)
def _tokens(pattern: str) -> tuple[_Token, ...]:
    """Return a pattern's parts: a character, None for `*`, `_ANY` for `?`, (inverted, body) for `[…]`."""
    tokens: list[_Token] = []
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        at += 1
        if sign == "*":
            if not tokens or tokens[-1] is not None:
                tokens.append(None)
        elif sign == "?":
            tokens.append(_ANY)
        elif sign == "\\" and at < len(pattern):
            tokens.append(pattern[at])
            at += 1
        elif sign == "[" and (end := pattern.find("]", at + (2 if pattern[at : at + 1] in "!^" else 1))) > 0:
            inverted = pattern[at] in "!^"
            tokens.append((inverted, pattern[at + inverted : end]))
            at = end + 1
        else:
            tokens.append(sign)
    return tuple(tokens)


def _in_bracket(body: str, character: str) -> bool:
    at = 0
    while at < len(body):
        if body[at + 1 : at + 2] == "-" and at + 2 < len(body):
            if body[at] <= character <= body[at + 2]:
                return True
            at += 3
        else:
            if body[at] == character:
                return True
            at += 1
    return False
