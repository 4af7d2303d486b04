"""Which rules mean a path, for many paths: only patterns of the path's own folder are tried, to a limit."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from opsconsole.data.logrotate_rule import Rule, is_glob, matches

LONGEST_PATTERN = 2048  # logrotate takes no longer one
_MOST_STEPS = 10_000_000  # a second or so; a real host takes a hundredth of it

_Numbered = tuple[int, Rule]


class TooMuchError(Exception):
    """The configuration is so large that to go on would take too long."""


class RuleIndex:
    """Finds the rules that mean a path.

    Args:
        rules: In the order in which logrotate takes them.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._steps_left = _MOST_STEPS
        self._plain: dict[str, list[_Numbered]] = {}
        self._by_folder: dict[str, list[tuple[str, _Numbered]]] = {}
        self._anywhere: list[tuple[str, _Numbered]] = []
        for numbered in enumerate(rules):
            for pattern in numbered[1].patterns:
                folder = posixpath.dirname(pattern)
                if not is_glob(pattern):
                    self._plain.setdefault(pattern, []).append(numbered)
                elif len(pattern) <= LONGEST_PATTERN:
                    wide = is_glob(folder)
                    kept = self._anywhere if wide else self._by_folder.setdefault(folder, [])
                    kept.append((pattern, numbered))

    def rules_for(self, path: str) -> list[Rule]:
        """Return the rules that mean the path, in order.

        Raises:
            TooMuchError: All the questions so far took too long.
        """
        found = dict(self._plain.get(path, ()))
        for candidates in (self._by_folder.get(posixpath.dirname(path), ()), self._anywhere):
            for pattern, (number, rule) in candidates:
                # What a match takes at most; a long path costs no more than the pattern's own length allows.
                self._steps_left -= 50 + len(pattern) * min(len(path), 255)
                if self._steps_left < 0:
                    raise TooMuchError
                if number not in found and matches(pattern, path):
                    found[number] = rule
        return [found[number] for number in sorted(found)]
