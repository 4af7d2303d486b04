"""A run without root has a lock of the login's: a later run with root knows it for what it is."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from opsconsole.data.host import Command, Host, Output
from opsconsole.data.ledger import Entry, Ledger, Operator
from opsconsole.recipes.runner import lock
from opsconsole.recipes.runner.lock import Holder, LockState
from opsconsole.recipes.runner.owner import Owner
from opsconsole.recipes.runner.session import Means, Session, Wishes
from tests.unit.runner.host_here import ANOTHER, SHELLS, HostHere
from tests.unit.runner.runner_samples import RUN, plan, step

EARLIER = "20261126-060000-aaaaaa"
LOGIN = ANOTHER if os.geteuid() == 0 else None
ROOT = None if os.geteuid() == 0 else ANOTHER
"""Root is root, and its login another; who is not root plays the login, and root is another."""


class HostOfLogin:
    """A host that a login reaches, who may become root."""

    def __init__(self, host: HostHere) -> None:
        self._here = host
        self.host = Host("web1", "192.0.2.1")

    async def run(self, command: Command, **_more: Any) -> Output:
        return self._here.run(
            command, uid=ROOT if command.sudo else LOGIN, SUDO_UID=str(LOGIN or os.geteuid())
        )


@pytest.fixture(params=SHELLS)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> HostHere:
    """Return a host that an earlier run without root has locked."""
    host = HostHere(SHELLS[request.param], tmp_path)
    held = Holder(EARLIER, "ada", "desk", "demo", "yesterday")
    taken = host.run(lock.take(held, "earlier", silence_seconds=60, sudo=False), uid=LOGIN)
    assert lock.read_lock(taken).state is LockState.TAKEN
    for path in (host.lock, *host.lock.iterdir()) if LOGIN else ():
        os.chown(path, LOGIN, LOGIN)
    return host


@pytest.fixture
def session(here: HostHere, tmp_path: Path) -> Session:
    """Return a run that needs root there."""
    with_root = step("one", commands=(Command(("true",), sudo=True),))
    means = Means(Ledger.open(tmp_path / "ledger.db"), Operator("ada"), None, 1.0)
    return Session(means, plan(with_root), RUN, HostOfLogin(here), Wishes())  # type: ignore[arg-type]


async def test_it_is_told_as_what_it_is(session: Session) -> None:
    why, _boot = await session.lock()
    assert why.startswith(
        f"web1 is locked by ada on desk (demo, run {EARLIER}, since yesterday, last heard of "
    )


async def test_the_lock_of_a_run_that_is_over_is_cleared(session: Session, here: HostHere) -> None:
    ledger = session._means.ledger
    gone = replace(Owner.here(), pid=2**22 + 1)  # no system counts so far
    ledger.append(Entry(kind="start", host="web1", run_id=EARLIER, body={"console": gone.body()}))
    ledger.append(Entry(kind="verdict", host="web1", run_id=EARLIER, verdict="done"))
    assert (await session.lock())[0] == ""
    assert (here.lock / "holder").read_text().startswith(RUN)
    kinds = [event.kind for event in ledger.events(RUN)]
    assert kinds == ["lock-broken", "lock-taken"]


async def test_another_user_s_stays_a_stranger_s(session: Session, here: HostHere) -> None:
    here.lock.chmod(0o777)  # anybody may write there: no lock of anybody's
    why, _boot = await session.lock()
    assert "a folder of " in why
    assert "nothing that it says is believed" in why


async def test_an_open_run_leaves_the_lock_as_it_found_it(session: Session, here: HostHere) -> None:
    """With the jobs of the run, which it may still want to ask."""
    shutil.rmtree(here.lock)
    jobs = here.lock.parent.parent / "jobs" / RUN
    jobs.mkdir(parents=True)
    assert (await session.lock())[0] == ""
    assert here.lock.exists()
    assert await session.put_back() == ""
    assert (here.lock.exists(), jobs.exists()) == (False, True)


async def test_a_lock_that_the_run_had_stays(session: Session, here: HostHere) -> None:
    shutil.rmtree(here.lock)
    assert (await session.lock())[0] == ""
    again = Session(session._means, session.plan, RUN, session.shell, Wishes())
    assert (await again.lock(silence_seconds=0))[0] == ""
    assert await again.put_back() == ""
    assert here.lock.exists()
