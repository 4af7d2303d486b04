"""One file of logrotate's configuration, read as logrotate does: a cursor that only goes forward."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from opsconsole.data.logrotate_rule import Directive, Effect, Rule, Script, split_patterns
from opsconsole.data.logrotate_words import (
    FLAGS,
    NUMBERS,
    OPTIONAL,
    PATHS,
    SCRIPTS,
    SIZES,
    TABOO,
    VALUES,
    is_day,
    is_number,
    is_size,
)

if TYPE_CHECKING:
    from opsconsole.data.logrotate import Reading

MOST_PROBLEMS = 200
MOST_RULES = 5000
_MOST_ARGUMENT = 4096
_WORD = re.compile(r"[A-Za-z]+")
_BLANKS_WORD = re.compile(r"[ \t]*([A-Za-z]*)")
_SCRIPT_END = re.compile(r"^[ \t]*endscript(?![A-Za-z])", re.MULTILINE)


class RestSkippedError(Exception):
    """logrotate gives up on this file."""


class File:
    """One pass over one file: a cursor that only goes forward."""

    def __init__(
        self, reading: Reading, path: str, text: str, defaults: list[Directive], nesting: int
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
            raise RestSkippedError
        line = self.line()
        if self._skip_rule():
            self._note(kind, words, Effect.RULE_SKIPPED, line)
            self._rule = None
        else:  # logrotate skips to the } and forgets the rule there: without one it does not
            self._note(kind, words, Effect.NONE, line)
            self._end_rule()

    def _fail_file(self, kind: str, words: str, line: int = 0) -> None:
        self._note(kind, words, Effect.REST_SKIPPED, line)
        raise RestSkippedError

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
            if word[1] in SCRIPTS:
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
        elif name in SCRIPTS:
            self._script(name, line)
        elif name in FLAGS:
            self._keep(Directive(name, "", self.path, line))
        elif name in OPTIONAL or name in VALUES:
            argument = self._rest_of_line()
            if name in VALUES:
                argument = argument.removeprefix("=").strip()
            self._argument(Directive(name, argument, self.path, line))
        else:
            words = f"unknown option {name[:64]!r}"
            self._note("unknown-directive", words, Effect.LINE_IGNORED, line)
            self._skip_line()

    def _argument(self, said: Directive) -> None:
        """Take a directive that has an argument, when the argument will do."""
        name, argument = said.name, said.argument
        if name in VALUES and not argument:
            if name in SIZES | TABOO | {"dateformat"}:
                self._note("argument", f"argument expected after {name}", Effect.LINE_IGNORED, said.line)
            else:
                self._fail("argument", f"argument expected after {name}")
        elif name in TABOO and self._rule is not None:
            self._fail("argument", f"{name} may not appear inside a rule")
        elif name in ("weekly", "monthly") and not is_day(argument, 7 if name == "weekly" else 31):
            self._fail_file("argument", f"bad {name} directive {argument[:64]!r}", said.line)
        elif (name in NUMBERS and not is_number(argument)) or (name in SIZES and not is_size(argument)):
            self._fail("argument", f"bad value of {name}: {argument[:64]!r}")
        elif name == "su" and len(argument.split()) != 2:
            self._fail("argument", "su takes a user and a group")
        elif name in ("create", "createolddir") and len(argument.split()) > 3:
            self._fail("argument", f"extra arguments for {name}")
        elif name in PATHS and any(sign.isspace() for sign in argument):
            self._fail("argument", f"bad {name} path {argument[:64]!r}")
        elif name in TABOO:
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
