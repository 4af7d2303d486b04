"""Errors by unit against their own yesterday, on a lab host whose real journal spans two days."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab import claims, faults
from tests.lab.conftest import Lab
from tests.lab.log_rotation_lab import sh
from tests.lab.shells import connected
from tests.lab.test_logs_panel import read

pytestmark = pytest.mark.lab

HOST = "docker1"
HOUR = 3600
FILE = "/var/log/journal/$(cat /etc/machine-id)/lab-yesterday.journal"
TODAY = {"lab-shop": 40, "lab-noisy": 40, "lab-calm": 5, "lab-new": 25}
"""Unit -> errors that it says now, through journald."""
YESTERDAY = {"lab-shop": 3, "lab-noisy": 40, "lab-better": 100}
"""Unit -> errors that it said 24 h 30 min ago."""
OTHER_HOURS = [(22, "lab-new", 300), (27, "lab-new", 300), (27, "lab-shop", 300)]
"""(hours ago, unit, errors): of yesterday too, but not of the same hour."""


def exported(entries: list[tuple[float, str, int]], now: float) -> str:
    """Return errors in the journal's export format, in the order of their time."""
    boot = "c0ffee" + "0" * 26
    found: list[tuple[int, str]] = []
    for hours, unit, count in entries:
        first = int((now - hours * HOUR) * 1_000_000)
        found += [(first + number * 1000, unit) for number in range(count)]
    found.sort()
    told = "PRIORITY=3\n_TRANSPORT=stdout\nMESSAGE=cannot save order\n"
    fields = [
        f"__REALTIME_TIMESTAMP={at}\n__MONOTONIC_TIMESTAMP={at - found[0][0] + 1}\n_BOOT_ID={boot}\n"
        f"_SYSTEMD_UNIT={unit}.service\nSYSLOG_IDENTIFIER={unit}\n{told}"
        for at, unit in found
    ]
    return "\n".join([*fields, ""])


def written_into_the_journal(entries: list[tuple[float, str, int]]) -> None:
    """Have entries of another day in the host's journal: a file of its own, written by systemd's own tool."""
    remote = f"/lib/systemd/systemd-journal-remote -o {FILE} -"
    sh(HOST, f"rm -f {FILE}; {remote} 2>/dev/null && chgrp systemd-journal {FILE} && chmod 640 {FILE}",
       stdin=exported(entries, time.time()))  # fmt: skip


def counted(unit: str, since: str, until: str) -> int:
    """Ask the host's own journalctl."""
    argv = (
        f"journalctl -q --no-pager -o cat -p err _SYSTEMD_UNIT={unit}.service --since={since} --until={until}"
    )
    return int(sh(HOST, f"{argv} | wc -l"))


@contextmanager
def said_today() -> Iterator[None]:
    """Have services that say errors now."""
    try:
        for unit, count in TODAY.items():
            script = f"seq {count} | sed 's/.*/<3>cannot save order/'"
            sh(HOST, f'systemd-run -q --wait --collect --unit={unit} sh -c "{script}"')
        sh(HOST, "journalctl --sync")
        yield
    finally:
        sh(HOST, f"rm -f {FILE}")
        faults.forget_journal(HOST)


@pytest.fixture(autouse=True)
def undisturbed(lab: Lab) -> Iterator[None]:
    """The host for ourselves, with a journal that begins now."""
    claims.claim(HOST, "logs")
    faults.forget_journal(HOST)
    yield
    claims.release(HOST, "logs")


async def test_a_unit_is_compared_with_the_same_hour_of_its_own_yesterday(lab: Lab) -> None:
    entries = [(24.5, unit, count) for unit, count in YESTERDAY.items()]
    with said_today():
        written_into_the_journal([*entries, *OTHER_HOURS])
        async with connected(lab, HOST) as shell:
            reading, findings = await read(shell)
        # The witness: the host's own journalctl, asked about each unit and day by itself.
        for unit, count in TODAY.items():
            assert counted(unit, "-1h", "now") == count
            assert counted(unit, "-25h", "-24h") == YESTERDAY.get(unit, 0)
    assert reading.errors_compared
    known = {one.unit: (one.count, one.yesterday) for one in reading.errors or ()}
    for unit, count in TODAY.items():
        assert known[f"{unit}.service"] == (count, YESTERDAY.get(unit, 0))
    assert "lab-better.service" not in known  # it says none today
    unusual = {key: one.summary for key, one in findings.items() if key.startswith("errors-unusual:")}
    assert unusual == {
        "errors-unusual:lab-shop.service": "lab-shop.service: 40 errors in 1 h, 3 in the same hour yesterday",
        "errors-unusual:lab-new.service": "lab-new.service: 25 errors in 1 h, 0 in the same hour yesterday",
    }
    assert re.search("journalctl -p err", findings["errors-unusual:lab-shop.service"].evidence)


async def test_a_journal_that_does_not_reach_back_so_far_accuses_nobody(lab: Lab) -> None:
    """Younger than a day: that there were no errors yesterday is not known, and not taken for none."""
    with said_today():
        written_into_the_journal([(23.0, "lab-shop", 1)])
        async with connected(lab, HOST) as shell:
            reading, findings = await read(shell)
    assert not reading.errors_compared
    assert {one.yesterday for one in reading.errors or ()} == {None}
    assert ("yesterday's errors", "the journal does not reach back so far") in {
        (note.what, note.why) for note in reading.notes
    }
    assert not [key for key in findings if key.startswith("errors-unusual")]
