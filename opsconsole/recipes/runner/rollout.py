"""One recipe on several hosts: their plans under one id, in batches, until too many have failed.

Everything here is pure but `roll_out`, which only waits for what it is handed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opsconsole.data.host import Host
from opsconsole.data.text import clean_line
from opsconsole.recipes.document import PLAN_ID_CHARS, VERSION
from opsconsole.recipes.recipe import ParameterError, Plan

_COUNT = re.compile(r"[0-9]{1,6}")
_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%")


def fleet_id(plans: Sequence[Plan]) -> str:
    """Return what is confirmed: the plan's own id when it is one, else a hash over all their ids in order."""
    if len(plans) == 1:
        return plans[0].plan_id
    canonical = json.dumps([[plan.host, plan.plan_id] for plan in plans], separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:PLAN_ID_CHARS]


def fleet_document(plans: Sequence[Plan]) -> dict[str, Any]:
    """Return what the ledger keeps of several plans: their ids, in order; each plan is kept by itself."""
    return {
        "version": VERSION,
        "plan_id": fleet_id(plans),
        "recipe": plans[0].recipe if plans else "",
        "plans": [{"host": plan.host, "plan_id": plan.plan_id} for plan in plans],
    }


@dataclass(frozen=True, slots=True)
class Batch:
    """How many hosts are changed at the same time.

    Attributes:
        count: So many; 0: `percent` says it.
        percent: So large a share of all hosts, rounded down, but one at least.
    """

    count: int = 1
    percent: float = 0.0

    @classmethod
    def read(cls, text: str) -> Batch:
        """Return what `--batch` says: `2` or `25%`.

        Raises:
            ParameterError: It says neither.
        """
        share = _SHARE.fullmatch(text.strip())
        if share and 0 < float(share[1]) <= 100:
            return cls(0, float(share[1]))
        if _COUNT.fullmatch(text.strip()) and int(text) > 0:
            return cls(int(text))
        shown = clean_line(text, 60)
        raise ParameterError(f'batch: found "{shown}", expected a number of hosts such as 2, or a share: 25%')

    def size(self, hosts: int) -> int:
        """Return the size of a batch of so many hosts."""
        return self.count or max(1, int(hosts * self.percent / 100))


@dataclass(frozen=True, slots=True)
class Pace:
    """How several hosts are gone through.

    Attributes:
        batch: How many at the same time.
        max_failures: No further batch begins when more than so many failed.
    """

    batch: Batch = Batch()
    max_failures: int = 0


def ordered(hosts: Iterable[Host]) -> list[Host]:
    """Return the hosts group by group: the first group of each, in the order in which the groups appear.

    So one group is finished before the next begins. Hosts without a group are one more.
    """
    return [host for group in _by_group(hosts).values() for host in group]


def batches(hosts: Sequence[Host], batch: Batch) -> list[tuple[str, ...]]:
    """Return the names of the hosts of each batch, in order; no batch has hosts of two groups."""
    size = batch.size(len(hosts))
    return [
        tuple(host.name for host in group[start : start + size])
        for group in _by_group(hosts).values()
        for start in range(0, len(group), size)
    ]


def _by_group(hosts: Iterable[Host]) -> Mapping[str, list[Host]]:
    groups: dict[str, list[Host]] = {}
    for host in hosts:
        groups.setdefault(host.groups[0] if host.groups else "", []).append(host)
    return groups


class Rollout:
    """Which hosts come next, and whether there is a next at all.

    A batch begins when the one before has ended. No further batch begins when more hosts failed than may.

    Args:
        waves: Names of the hosts of each batch (`batches`).
        max_failures: So many hosts may fail without stopping it.

    Attributes:
        stopped: Why no further host is started; empty while it goes on.
    """

    def __init__(self, waves: Sequence[Sequence[str]], *, max_failures: int = 0) -> None:
        self.stopped = ""
        self._waves = [tuple(wave) for wave in waves if wave]
        self._max_failures = max_failures
        self._begun = 0
        self._failed: list[str] = []

    def next(self) -> tuple[str, ...]:
        """Return the hosts of the next batch, which begins now; none when there is no next."""
        if self.stopped or self._begun == len(self._waves):
            return ()
        self._begun += 1
        return self._waves[self._begun - 1]

    def failed(self, host: str) -> None:
        """Note that a host's run did not end with `done`."""
        self._failed.append(host)
        if len(self._failed) > self._max_failures:
            self.stop(f"{len(self._failed)} failed ({', '.join(self._failed)}), {self._max_failures} may")

    def stop(self, why: str) -> None:
        """Begin no further batch; the first reason stays."""
        self.stopped = self.stopped or why

    @property
    def not_started(self) -> tuple[str, ...]:
        """The hosts of the batches that did not begin."""
        return tuple(host for wave in self._waves[self._begun :] for host in wave)


async def roll_out(rollout: Rollout, run: Callable[[str], Awaitable[bool]]) -> None:
    """Run host after host, batch after batch.

    Args:
        rollout: The order.
        run: Runs one host to its end and returns whether it is done and verified. When it raises, the others
            of its batch are waited for, and then it is raised here.
    """

    async def one(host: str) -> None:
        if not await run(host):
            rollout.failed(host)

    while wave := rollout.next():
        ended = await asyncio.gather(*(one(host) for host in wave), return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException):
                raise error


def exit_status(statuses: Sequence[int], not_started: int = 0) -> int:
    """Return the exit status of several runs as one.

    Args:
        statuses: Of each host's run: 0 done, 1 undone, 3 refused, 4 needs a person.
        not_started: How many hosts were not begun with.

    Returns:
        4 when a host needs a person; 0 when all are done; 3 when nothing was changed anywhere; else 1.
    """
    if 4 in statuses:
        return 4
    if not not_started and all(status == 0 for status in statuses):
        return 0
    return 3 if all(status == 3 for status in statuses) else 1
