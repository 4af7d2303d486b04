"""The Audit screen's filter as typed: `host:db1 verdict:open since:7d` and a regular expression. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from opsconsole.console.tui import filter_words
from opsconsole.console.tui.filter_words import FilterError
from opsconsole.data.ledger import RunQuery, RunRow
from opsconsole.data.text import clean_line
from opsconsole.data.units import parse_duration

_FIELDS = ("host", "recipe", "operator", "verdict", "incident")
_TIMES = ("since", "until")
_VERDICTS = ("done", "undone", "refused", "needs-person", "open")
_WORD = re.compile(rf"({'|'.join((*_FIELDS, *_TIMES))}):(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is asked of the ledger, and what of its rows is shown.

    Attributes:
        query: For the ledger.
        test: Whether a row's text is shown; None: all are.
    """

    query: RunQuery
    test: Callable[[str], bool] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it leaves out nothing."""
        return self.test is None and self.query == RunQuery()

    @classmethod
    def parse(cls, text: str, now: datetime | None = None) -> AuditFilter:
        """Return the filter of a text. What is no `field:value` is a regular expression; `!` inverts it.

        Upper-case letters in it make it case-sensitive, as in the Fleet. What looks like a field and would be
        taken for something else is refused: a list that leaves out other runs than asked for is a lie.

        Raises:
            FilterError: It is not understood.
        """
        asked: dict[str, Any] = {}
        times: dict[str, datetime] = {}
        rest = []
        for word in text.split():
            found = _WORD.fullmatch(word)
            name = found[1].lower() if found is not None else ""
            if name in asked or name in times:
                raise FilterError(f"{name}: stands there twice")
            if found is None:
                if _WORD.fullmatch(word.removeprefix("!")) is not None:
                    raise FilterError(f"! inverts words, not {word[1:].split(':')[0]}:")
                rest.append(word)
            elif name in _TIMES:
                times[name] = _time(found[2], name, now or datetime.now(UTC))
            elif name == "verdict":
                asked[name] = _verdict(found[2])
            else:
                asked[name] = found[2]
        query = RunQuery(**asked, since=times.get("since"), until=times.get("until"))
        return cls(query, _test(" ".join(rest)))


def searched(row: RunRow) -> str:
    """Return the text of a run that the regular expression looks at."""
    words = (
        f"{row.started_at:%Y-%m-%d %H:%M:%S}",
        str(row.operator),
        row.host,
        row.recipe,
        row.verdict or "open",
        row.incident,
        row.reason,
        row.run_id,
        row.plan_id,
    )
    return clean_line(" ".join(words), 1024)


def _test(wanted: str) -> Callable[[str], bool] | None:
    inverted = wanted.startswith("!")
    pattern = wanted[1:] if inverted else wanted
    if not pattern:
        return None
    found = filter_words.expression(pattern)
    return lambda text: found(text) is not inverted


def _verdict(text: str) -> str:
    fits = [verdict for verdict in _VERDICTS if verdict.startswith(text.lower())]
    if len(fits) != 1 and text.lower() not in fits:
        raise FilterError(f"verdict:{text}: one of {', '.join(_VERDICTS)}")
    return text.lower() if text.lower() in fits else fits[0]


def _time(text: str, name: str, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            return now - timedelta(seconds=parse_duration(text))
        except (ValueError, OverflowError):
            raise FilterError(f"{name}:{text}: a time such as 2026-11-26 or 7d (ago)") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
