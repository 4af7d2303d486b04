"""Keeps the rows of all hosts' certificates fresh, a little at a time, so that no key waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from opsconsole.console.certificates_rows import PANEL, CertificateRow, each_row
from opsconsole.console.state import HostState

BUDGET_SECONDS = 0.01
_DATES_EVERY_SECONDS = 60.0


class Gather:
    """Rows by host. A host is looked at again when its reading changed, or when a minute went by.

    Args:
        hosts: Host name -> state.
    """

    def __init__(self, hosts: Mapping[str, HostState]) -> None:
        self._hosts = hosts
        self._rows: dict[str, list[CertificateRow]] = {}
        self._known: dict[str, tuple[object, ...]] = {}
        self._due: dict[str, None] = dict.fromkeys(hosts)
        self._dated_at = time.monotonic()
        self._making: _Making | None = None

    @property
    def rows(self) -> list[CertificateRow]:
        """All rows, in the order of the hosts."""
        return [row for name in self._hosts for row in self._rows.get(name, ())]

    @property
    def is_behind(self) -> bool:
        """Whether hosts are still to be looked at."""
        return bool(self._due) or self._making is not None

    def changed(self, names: Iterable[str]) -> None:
        """Note hosts that changed."""
        self._due.update(dict.fromkeys(name for name in names if name in self._hosts))

    def work(self, now: datetime, budget_seconds: float = BUDGET_SECONDS) -> bool:
        """Look at hosts that are due for about so long; return whether any row may be another."""
        clock = time.monotonic()
        if clock - self._dated_at >= _DATES_EVERY_SECONDS:
            self._dated_at = clock
            self._due.update(dict.fromkeys(self._hosts))
        until = clock + budget_seconds
        anything = False
        while self.is_behind and time.monotonic() < until:
            if self._making is None:
                name = next(iter(self._due))
                del self._due[name]
                seen = _seen(self._hosts[name], now)
                if self._known.get(name) == seen:
                    continue
                self._known[name] = seen
                self._making = _Making(name, each_row(self._hosts[name], now))
            making = self._making
            if making.go_on(until):
                self._rows[making.name] = making.rows
                self._making = None
                anything = True
        return anything


class _Making:
    """The rows of one host, which may be a thousand, while they are made."""

    def __init__(self, name: str, rows: Iterator[CertificateRow]) -> None:
        self.name = name
        self.rows: list[CertificateRow] = []
        self._left = rows

    def go_on(self, until: float) -> bool:
        """Make some more until that time; return whether all are made."""
        for row in self._left:
            self.rows.append(row)
            if time.monotonic() >= until:
                return False
        return True


def _seen(state: HostState, now: datetime) -> tuple[object, ...]:
    """Return what a host's rows are made of: the same again means the same rows again, for a minute."""
    minute = int(now.timestamp() // _DATES_EVERY_SECONDS)
    panel = state.panels.get(PANEL)
    if panel is None:
        return (state.status.state, state.status.reason)
    # A reading is never changed, but replaced: so are its findings.
    return (
        id(panel.reading),
        panel.taken_at,
        panel.problem,
        panel.is_stale(now),
        state.status.state,
        state.status.reason,
        minute,
    )
