"""Reads logrotate's configuration as logrotate 3.21 does: rules and problems, each with file and line.

Pure: the files' contents are handed in. Whatever the bytes, there is an answer, in time in proportion to
their length. It does not know the host's users and files: `logrotate -d` on the host has the last word.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from opsconsole.data.logrotate_file import MOST_PROBLEMS, MOST_RULES, File, RestSkippedError
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
)
from opsconsole.data.logrotate_words import TABOO_ENDS
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
MOST_FILE_BYTES = 0xFFFFFF  # logrotate refuses larger ones
_MOST_NESTING = 16


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
    reading = Reading(files)
    if root in files:
        reading.file(root, [])
    return Configuration(tuple(reading.rules), tuple(reading.problems), tuple(reading.read))


class Reading:
    """One pass over all files."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.rules: list[Rule] = []
        self.problems: list[Problem] = []
        self.read: list[str] = []
        self.taboo = ["*" + end for end in TABOO_ENDS]

    def file(self, path: str, defaults: list[Directive], nesting: int = 0) -> list[Directive]:
        """Read one file and return the global directives that hold after it."""
        self.read.append(path)
        text = self.files[path][:MOST_FILE_BYTES].decode("utf-8", "surrogateescape")
        one = File(self, path, text, list(defaults), nesting)
        try:
            one.run()
        except RestSkippedError:
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
