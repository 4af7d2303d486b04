"""Reads logrotate's configuration as logrotate 3.21 does: rules and problems, each with file and line.

Pure: the files' contents are handed in. Whatever the bytes, there is an answer, in time in proportion to
their length. It does not know the host's users and files: `logrotate -d` on the host has the last word.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from opsconsole.data.logrotate_index import RuleIndex, TooMuchError
from opsconsole.data.logrotate_rule import (
    Directive,
    Effect,
    Problem,
    Rule,
    Script,
    is_glob,
    matches,
    rotated_from,
    split_patterns,
)
from opsconsole.data.text import clean_line

__all__ = [
    "Configuration",
    "Directive",
    "Effect",
    "Problem",
    "Rule",
    "RuleIndex",
    "Script",
    "TooMuchError",
    "matches",
    "parse",
    "rotated_from",
]

DEFAULT_ROOT = "/etc/logrotate.conf"
MOST_PROBLEMS = 200
MOST_RULES = 5000
MOST_FILE_BYTES = 0xFFFFFF  # logrotate refuses larger ones
_MOST_NESTING = 16
_MOST_ARGUMENT = 4096

_TABOO_ENDS = (
    ",v", ".bak", ".cfsaved", ".disabled", ".dpkg-bak", ".dpkg-del", ".dpkg-dist", ".dpkg-new", ".dpkg-old",
    ".dpkg-tmp", ".new", ".old", ".orig", ".pacnew", ".pacorig", ".pacsave", ".rhn-cfg-tmp-*", ".rpmnew",
    ".rpmorig", ".rpmsave", ".swp", ".ucf-dist", ".ucf-new", ".ucf-old", "~",
)  # fmt: skip
_FLAGS = {
    "hourly", "daily", "yearly", "ifempty", "notifempty", "mailfirst", "maillast", "noolddir", "nomail",
    "nocreate", "nocreateolddir", "ignoreduplicates",
} | {
    prefix + name
    for prefix in ("", "no")
    for name in (
        "compress", "delaycompress", "shred", "allowhardlink", "sharedscripts", "copytruncate", "renamecopy",
        "copy", "dateext", "dateyesterday", "datehourago", "missingok",
    )
}  # fmt: skip
_OPTIONAL = frozenset({"create", "createolddir", "su", "weekly", "monthly", "compressoptions"})
_PATHS = frozenset({"olddir", "compresscmd", "uncompresscmd", "compressext"})
_NUMBERS = frozenset({"rotate", "start", "minage", "maxage", "shredcycles", "minutes"})
_SIZES = frozenset({"size", "minsize", "maxsize"})
_TABOO = frozenset({"tabooext", "taboopat"})
_VALUES = _PATHS | _NUMBERS | _SIZES | {"dateformat", "mail", "include", "extension", "addextension"} | _TABOO
_SCRIPTS = frozenset({"prerotate", "postrotate", "firstaction", "lastaction", "preremove"})
# What an argument must look like; without it logrotate skips the rule. Numbers as strtol(…, 0) reads them.
_NUMBER = re.compile(r"\s*[+-]?(?:0[xX][0-9a-fA-F]+|\d+)")
_SIZE = re.compile(r"\s*\+?(?:0[xX][0-9a-fA-F]+|\d+)[kKMG]?")
_DAY = re.compile(r"\s*\+?0*(\d{1,2})")
_WORD = re.compile(r"[A-Za-z]+")
_BLANKS_WORD = re.compile(r"[ \t]*([A-Za-z]*)")
_SCRIPT_END = re.compile(r"^[ \t]*endscript(?![A-Za-z])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that was read.

    Attributes:
        rules: In the order in which logrotate takes them; without those that it skips.
        problems: In the same order.
        files: Paths of the files that were read.
    """

    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: tuple[str, ...] = ()

    def rule_for(self, path: str) -> Rule | None:
        """Return the first rule that covers the path, or None."""
        return next((rule for rule in self.rules if rule.covers(path)), None)

    def duplicates(self, paths: Iterable[str]) -> list[Problem]:
        """Return a problem for each path of two rules (of existing logs; a plain name in two rules too).

        The first rule keeps the path. logrotate complains each time, ends with status 1, and leaves out what
        comes after it in the later pattern.
        """
        plain = Counter(one for rule in self.rules for one in set(rule.patterns) if not is_glob(one))
        twice = sorted(one for one, count in plain.items() if count > 1)
        found: list[Problem] = []
        index = RuleIndex(self.rules)
        for path in dict.fromkeys([*twice, *paths]):
            try:
                means = index.rules_for(path)
            except TooMuchError:
                break
            for rule in means[1:] if means and not means[0].flag("ignoreduplicates") else ():
                where = f"{means[0].file}:{means[0].line}"
                words = clean_line(f"duplicate log entry for {path}, which {where} has already")
                found.append(Problem("duplicate", rule.file, rule.line, words, Effect.PATTERN_CUT))
            if len(found) >= MOST_PROBLEMS:
                break
        return found


def parse(files: Mapping[str, bytes], root: str = DEFAULT_ROOT) -> Configuration:
    """Return what the configuration says that begins at `root`.

    Args:
        files: Absolute path -> content, of the root and of all that it may include. Those of one folder are
            what an `include` of that folder finds.
        root: Path of the main file.
    """
    reading = _Reading(files)
    if root in files:
        reading.file(root, [])
    return Configuration(tuple(reading.rules), tuple(reading.problems), tuple(reading.read))


class _RestSkippedError(Exception):
    """logrotate gives up on this file."""


class _Reading:
    """One pass over all files."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.rules: list[Rule] = []
        self.problems: list[Problem] = []
        self.read: list[str] = []
        self.taboo = ["*" + end for end in _TABOO_ENDS]

    def file(self, path: str, defaults: list[Directive], nesting: int = 0) -> list[Directive]:
        """Read one file and return the global directives that hold after it."""
        self.read.append(path)
        text = self.files[path][:MOST_FILE_BYTES].decode("utf-8", "surrogateescape")
        one = _File(self, path, text, list(defaults), nesting)
        try:
            one.run()
        except _RestSkippedError:
            return defaults  # as logrotate does: what a broken file said globally does not hold
        return one.defaults

    def include(self, by: Directive, defaults: list[Directive], nesting: int) -> list[Directive]:
        """Read what an `include` names: a file, or all files of a folder that are not taboo."""
        target = posixpath.normpath(posixpath.join(posixpath.dirname(by.file), by.argument))
        inside = sorted(path for path in self.files if posixpath.dirname(path) == target)
        if nesting >= _MOST_NESTING or len(self.read) > MOST_RULES:
            self.note("include", by, "include nesting too deep", Effect.LINE_IGNORED)
        elif target in self.files:
            return self.file(target, defaults, nesting + 1)
        elif inside:
            for path in inside:
                if not any(matches(taboo, posixpath.basename(path)) for taboo in self.taboo):
                    defaults = self.file(path, defaults, nesting + 1)
        return defaults

    def note(self, kind: str, at: Directive, words: str, effect: Effect) -> None:
        """Remember a problem, so many at most."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(kind, at.file, at.line, clean_line(words, 300), effect))


class _File:
    """One pass over one file: a cursor that only goes forward."""

    def __init__(
        self, reading: _Reading, path: str, text: str, defaults: list[Directive], nesting: int
    ) -> None:
        self.reading = reading
        self.path = path
        self.text = text
        self.defaults = defaults
        self.nesting = nesting
        self.at = 0
        self._counted = (0, 1)
        self._rule: tuple[int, tuple[str, ...]] | None = None  # line and patterns of the open rule
        self._own: list[Directive] = []
        self._scripts: dict[str, Script] = {}

    def run(self) -> None:
        """Read to the end."""
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign in " \t\n":
                self.at += 1
            elif sign == "#":
                self._skip_line()
            elif sign.isascii() and sign.isalpha():
                self._directive()
            elif sign in "/\"'~":
                self._patterns()
            elif sign == "}":
                self._close()
            else:
                self._fail("syntax", "lines must begin with a keyword or a file name")
        if self._rule is not None:
            line = self._rule[0]
            self._note("unclosed-brace", "the { of this rule has no }", Effect.NONE, line)
            self._end_rule()

    def line(self) -> int:
        """Return the number of the cursor's line; counts on from where it was asked last."""
        position, number = self._counted
        number += self.text.count("\n", position, self.at)
        self._counted = (self.at, number)
        return number

    def _note(self, kind: str, words: str, effect: Effect, line: int = 0) -> None:
        self.reading.note(kind, Directive("", "", self.path, line or self.line()), words, effect)

    def _fail(self, kind: str, words: str) -> None:
        """Note what makes logrotate skip the open rule, or the rest of the file when none is open."""
        if self._rule is None:
            self._note(kind, words, Effect.REST_SKIPPED)
            raise _RestSkippedError
        line = self.line()
        if self._skip_rule():
            self._note(kind, words, Effect.RULE_SKIPPED, line)
            self._rule = None
        else:  # logrotate skips to the } and forgets the rule there: without one it does not
            self._note(kind, words, Effect.NONE, line)
            self._end_rule()

    def _fail_file(self, kind: str, words: str, line: int = 0) -> None:
        self._note(kind, words, Effect.REST_SKIPPED, line)
        raise _RestSkippedError

    def _skip_line(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def _rest_of_line(self) -> str:
        start = self.at
        self._skip_line()
        return self.text[start : min(self.at, start + _MOST_ARGUMENT)].strip(" \t\r\v\f")

    def _skip_rule(self) -> bool:
        """Go behind the next `}` at a line's beginning, over scripts, as logrotate does; False: none came."""
        while self.at < len(self.text):
            if self.text[self.at] == "}":
                self.at += 1
                return True
            word = _BLANKS_WORD.match(self.text, self.at)
            if word is None or not word[1]:
                self.at = max(self.at + 1, word.end() if word else 0)
                continue
            self.at = word.end()
            if word[1] in _SCRIPTS:
                end = _SCRIPT_END.search(self.text, self.at)
                self.at = len(self.text) if end is None else end.end()
            elif self.text[self.at : self.at + 1] != "\n":
                self._skip_line()
        return False

    def _directive(self) -> None:
        word = _WORD.match(self.text, self.at)
        assert word is not None  # noqa: S101 - the caller saw a letter
        line, name = self.line(), word[0]
        self.at = word.end()
        behind = self.text[self.at : self.at + 1]
        if behind and not behind.isspace() and behind != "=":
            self._fail("syntax", f"keyword {name!r} is followed by {behind!r}")
        elif name in _SCRIPTS:
            self._script(name, line)
        elif name in _FLAGS:
            self._keep(Directive(name, "", self.path, line))
        elif name in _OPTIONAL or name in _VALUES:
            argument = self._rest_of_line()
            if name in _VALUES:
                argument = argument.removeprefix("=").strip()
            self._argument(Directive(name, argument, self.path, line))
        else:
            words = f"unknown option {name[:64]!r}"
            self._note("unknown-directive", words, Effect.LINE_IGNORED, line)
            self._skip_line()

    def _argument(self, said: Directive) -> None:
        """Take a directive that has an argument, when the argument will do."""
        name, argument = said.name, said.argument
        if name in _VALUES and not argument:
            if name in _SIZES | _TABOO | {"dateformat"}:
                self._note("argument", f"argument expected after {name}", Effect.LINE_IGNORED, said.line)
            else:
                self._fail("argument", f"argument expected after {name}")
        elif name in _TABOO and self._rule is not None:
            self._fail("argument", f"{name} may not appear inside a rule")
        elif name in ("weekly", "monthly") and not _day(argument, 7 if name == "weekly" else 31):
            self._fail_file("argument", f"bad {name} directive {argument[:64]!r}", said.line)
        elif (name in _NUMBERS and not _NUMBER.fullmatch(argument)) or (
            name in _SIZES and not _SIZE.fullmatch(argument)
        ):
            self._fail("argument", f"bad value of {name}: {argument[:64]!r}")
        elif name == "su" and len(argument.split()) != 2:
            self._fail("argument", "su takes a user and a group")
        elif name in ("create", "createolddir") and len(argument.split()) > 3:
            self._fail("argument", f"extra arguments for {name}")
        elif name in _PATHS and any(sign.isspace() for sign in argument):
            self._fail("argument", f"bad {name} path {argument[:64]!r}")
        elif name in _TABOO:
            self._set_taboo(name, argument)
        elif name == "include" and self._rule is None:
            self.defaults = self.reading.include(said, self.defaults, self.nesting)
        else:
            self._keep(said)

    def _set_taboo(self, name: str, argument: str) -> None:
        more = argument.startswith("+")
        words = [word for word in re.split(r"[\s,]+", argument.removeprefix("+")) if word]
        made = [("*" if name == "tabooext" else "") + word for word in words]
        self.reading.taboo = ([*self.reading.taboo, *made] if more else made)[:MOST_PROBLEMS]

    def _script(self, name: str, line: int) -> None:
        end = _SCRIPT_END.search(self.text, self.at)
        if end is None:
            self._fail_file("missing-endscript", f"{name} without endscript", line)
            return
        start = self.text.find("\n", self.at) + 1
        self._scripts[name] = Script(name, self.text[start : end.start()], line)
        self.at = end.end()

    def _keep(self, said: Directive) -> None:
        """Take a directive; an earlier one of the same name no longer counts, so the lists stay short."""
        kept = self.defaults if self._rule is None else self._own
        kept[:] = [one for one in kept if one.name != said.name]
        kept.append(said)

    def _patterns(self) -> None:
        """Read `patterns {`; they may stand on several lines with comments between."""
        line = self.line()
        if self._rule is not None:
            self._fail("syntax", "unexpected log file name: is a } missing before it?")
            return
        pieces: list[str] = []
        while self.at < len(self.text):
            end = self.text.find("\n", self.at)
            end = len(self.text) if end < 0 else end + 1
            piece = self.text[self.at : end]
            if not piece.lstrip().startswith("#"):
                brace = next((at for at, sign in enumerate(piece) if sign in "{}"), None)
                if brace is not None:
                    pieces.append(piece[:brace])
                    self.at += brace + 1
                    if piece[brace] == "}":
                        self._fail_file("syntax", "unexpected } (missing previous {)", line)
                    break
                pieces.append(piece)
            self.at = end
        else:
            self._fail_file("syntax", "missing { after the log file names", line)
        self._rule = (line, tuple(split_patterns("".join(pieces))))
        self._own, self._scripts = [], {}

    def _close(self) -> None:
        line = self.line()
        self.at += 1
        if self._rule is None:
            self._fail_file("syntax", "unexpected }", line)
        self._end_rule()
        if behind := self._rest_of_line().strip():
            words = f"unexpected text after }}: {behind[:64]!r}"
            self._note("syntax", words, Effect.LINE_IGNORED, line)

    def _end_rule(self) -> None:
        if self._rule is not None and len(self.reading.rules) < MOST_RULES:
            line, patterns = self._rule
            directives = (*self.defaults, *self._own)
            self.reading.rules.append(Rule(self.path, line, patterns, directives, self._scripts))
        self._rule = None


def _day(argument: str, most: int) -> bool:
    found = _DAY.fullmatch(argument)
    return not argument or (found is not None and int(found[1]) <= most)
