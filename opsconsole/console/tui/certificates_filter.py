"""The filter of the certificates screen as typed: `host:db1 level:warning within:30d` and a regex. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from datetime import datetime, timedelta

from opsconsole.console.certificates_rows import CertificateRow
from opsconsole.console.tui import filter_words
from opsconsole.console.tui.filter_words import FilterError
from opsconsole.data.units import parse_duration
from opsconsole.panels.panel import Level

Test = Callable[[CertificateRow, datetime], bool]
_WORD = re.compile(r"(!?)(host|level|within):(\S+)", re.IGNORECASE)
_LEVELS = {level.word: level for level in Level}


def parse(text: str, groups: Container[str] = ()) -> Test | None:
    """Return what decides whether a row is shown; None: all are.

    `host:`, `level:` (or worse) and `within:` a time until the end; `@group`; all else is one regular
    expression. `!` before any of them turns it round. Upper-case letters make the expression case-sensitive.

    Args:
        text: As typed.
        groups: The names of all groups, with `@`: a whole name means that group only.

    Raises:
        FilterError: It is not understood.
    """
    tests: list[Test] = []
    rest = []
    for word in text.split():
        found = _WORD.fullmatch(word)
        if found is not None:
            tests.append(_turned(_field(found[2].lower(), found[3]), inverted=bool(found[1])))
        elif re.fullmatch(r"!?@\S+", word):
            tests.append(_turned(_group(word.lstrip("!"), groups), inverted=word.startswith("!")))
        else:
            rest.append(word)
    expression = " ".join(rest)
    if expression.removeprefix("!"):
        tests.append(_turned(_regex(expression.removeprefix("!")), inverted=expression.startswith("!")))
    if not tests:
        return None
    return lambda row, now: all(test(row, now) for test in tests)


def _turned(test: Test, *, inverted: bool) -> Test:
    return (lambda row, now: not test(row, now)) if inverted else test


def _field(name: str, value: str) -> Test:
    if name == "host":
        return lambda row, _now: row.host == value
    if name == "level":
        fits = [level for word, level in _LEVELS.items() if word.startswith(value.lower())]
        if len(fits) != 1:
            raise FilterError(f"level:{value}: one of {', '.join(_LEVELS)}")
        least = fits[0]
        return lambda row, _now: row.level >= least
    try:
        span = timedelta(seconds=parse_duration(value))
    except (ValueError, OverflowError) as error:
        raise FilterError(f"within:{value}: a time such as 30d, 12h") from error
    return lambda row, now: row.not_after is not None and row.not_after - now <= span


def _group(wanted: str, groups: Container[str]) -> Test:
    test = filter_words.group(wanted, groups)
    return lambda row, _now: test(row.groups)


def _regex(wanted: str) -> Test:
    test = filter_words.expression(wanted)
    return lambda row, _now: test(row.searched)
