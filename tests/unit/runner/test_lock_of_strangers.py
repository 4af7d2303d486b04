"""The lock's place is open to every user of a host: what another put there keeps out, and is not touched."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from opsconsole.data.host import Command
from opsconsole.recipes.runner import jobs, lock
from opsconsole.recipes.runner.jobs import Fence, Job, JobState
from opsconsole.recipes.runner.lock import Holder, LockAnswer, LockState
from tests.unit.runner.host_here import ANOTHER, SHELLS, HostHere
from tests.unit.runner.runner_samples import RUN

ROOT = os.geteuid() == 0
US = None if ROOT else ANOTHER
"""Root finds what a user made; who is not root cannot make another's, and becomes another."""
OURS = Holder(RUN, "ada", "here", "demo", "now")
JOB = Job(RUN, "one", (Command(("true",)),), 60.0, "x")


@dataclass
class Place:
    """A host, and what must stay as it is there."""

    host: HostHere
    victims: Path

    @property
    def lock(self) -> Path:
        return self.host.lock

    def ask(self, command: Command) -> LockAnswer:
        return lock.read_lock(self.host.run(command, uid=US))

    def take(self, silence_seconds: float = 60) -> LockAnswer:
        return self.ask(lock.take(OURS, "mine", silence_seconds=silence_seconds, sudo=True))

    def make(self, make: Callable[[Place], None]) -> None:
        """Have a stranger make something at the lock's place."""
        make(self)
        for path in (self.lock, *self.lock.rglob("*")) if ROOT else ():
            if path.is_relative_to(self.lock.parent):
                os.chown(path, ANOTHER, ANOTHER, follow_symlinks=False)

    def victim(self) -> tuple[str, int, int, list[str]]:
        """What root may have overwritten, opened to all or deleted."""
        file = self.victims / "passwd"
        return file.read_text(), file.stat().st_mode, file.stat().st_mtime_ns, os.listdir(self.victims)


@pytest.fixture(params=SHELLS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    victims = tmp_path / "etc"
    victims.mkdir()
    (victims / "passwd").write_text("root:x:0:0\n")
    (victims / "passwd").chmod(0o600)
    return Place(HostHere(SHELLS[request.param], tmp_path), victims)


def _link_of_beat(place: Place) -> None:
    place.lock.mkdir(mode=0o755)
    (place.lock / "holder").write_text(f"{RUN} x\n{{}}\n")
    (place.lock / "beat").symlink_to(place.victims / "passwd")
    os.utime(place.lock / "beat", (0, 0), follow_symlinks=False)


def _link_of_holder(place: Place) -> None:
    place.lock.mkdir(mode=0o755)
    (place.lock / "holder").symlink_to(place.victims / "passwd")


def _pipe(place: Place) -> None:
    place.lock.mkdir(mode=0o755)
    os.mkfifo(place.lock / "holder")


def _folders_below(place: Place) -> None:
    (place.lock / "below").mkdir(parents=True)
    (place.lock / "below" / "etc").symlink_to(place.victims)


def _link(place: Place) -> None:
    place.lock.symlink_to(place.victims)


def _link_to_nothing(place: Place) -> None:
    place.lock.symlink_to(place.victims / "new")


def _file(place: Place) -> None:
    place.lock.write_text(f"{RUN} x\n")


MADE = {
    "a folder": [_link_of_beat, _link_of_holder, _pipe, _folders_below],
    "a link": [_link, _link_to_nothing],
    "a file": [_file],
}


@pytest.mark.parametrize(("what", "make"), [(what, make) for what, all_ in MADE.items() for make in all_])
def test_what_a_stranger_made_is_busy_and_neither_read_nor_written(
    place: Place, what: str, make: Callable[[Place], None]
) -> None:
    before = place.victim()
    place.make(make)
    found = place.take(silence_seconds=0)
    assert found.state is LockState.BUSY
    assert found.holder is not None
    assert str(found.holder).startswith(f"{what} of ")
    assert "nothing that it says is believed" in str(found.holder)
    assert RUN not in str(found.holder)
    assert place.ask(lock.show()).state is LockState.BUSY
    assert place.ask(lock.finish(RUN, "x", "", sudo=True)).state is LockState.BUSY
    assert place.ask(lock.break_it(RUN, sudo=True)).state is LockState.BUSY
    for command in (jobs.submit(JOB, {}, wait_seconds=1), jobs.withdraw(JOB)):
        report = jobs.read_report(place.host.run(command, uid=US))
        assert (report.fence, report.state) == (Fence.OTHER, JobState.ABSENT)
    assert jobs.read_report(place.host.run(jobs.poll(JOB, wait_seconds=0), uid=US)).state is JobState.ABSENT
    assert place.victim() == before


@pytest.mark.parametrize("make", [make for all_ in MADE.values() for make in all_])
def test_on_purpose_it_is_taken_away_and_nothing_else(place: Place, make: Callable[[Place], None]) -> None:
    before = place.victim()
    place.make(make)
    shown = place.ask(lock.show()).holder
    assert shown is not None
    assert shown.run_id == f"user-{ANOTHER if ROOT else os.geteuid()}"
    assert place.ask(lock.break_it(shown.run_id, sudo=True)).state is LockState.BROKEN
    assert place.victim() == before
    assert place.take().state is LockState.TAKEN


def test_a_folder_that_everybody_may_write_to_is_none(place: Place) -> None:
    place.lock.mkdir()
    place.lock.chmod(0o777)
    assert place.take().state is LockState.BUSY


def test_only_the_run_that_holds_it_keeps_it_alive(place: Place) -> None:
    assert place.take().state is LockState.TAKEN
    beat = place.lock / "beat"
    for token, beats in (("another", False), ("mine", True)):
        os.utime(beat, (1, 1))
        job = Job(RUN, "one", JOB.commands, 60.0, token)
        place.host.run(jobs.poll(job, wait_seconds=0), uid=US)
        assert (beat.stat().st_mtime > 1) is beats


def test_everybody_sees_who_holds_it_and_nobody_else_writes_to_it(place: Place) -> None:
    assert place.take().state is LockState.TAKEN
    modes = {path.name: path.stat().st_mode & 0o777 for path in (place.lock, *place.lock.iterdir())}
    assert modes == {"opsconsole.lock": 0o755, "holder": 0o644, "beat": 0o644}
    os.utime(place.lock / "beat", (1, 1))
    again = place.take(silence_seconds=60)
    assert again.state is LockState.HELD
    assert again.holder is not None
    assert again.holder.silent_seconds is not None
    assert again.holder.silent_seconds > 1000


@pytest.mark.skipif(not ROOT, reason="a file is given to another by root only")
def test_the_login_keeps_root_s_lock_alive_with_the_jobs_that_need_no_root(place: Place) -> None:
    command = lock.take(OURS, "mine", silence_seconds=60, sudo=True)
    place.host.run(command, SUDO_UID=str(ANOTHER))
    assert (place.lock / "beat").stat().st_uid == ANOTHER
    assert (place.lock / "holder").stat().st_uid == 0
