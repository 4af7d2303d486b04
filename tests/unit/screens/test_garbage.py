from __future__ import annotations

import gc
import platform
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.console.tui import garbage
from opsconsole.console.tui.garbage import Garbage


class Cycle:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_what_lives_is_set_aside_and_the_collector_is_on() -> None:
    gc.disable()
    before = gc.get_freeze_count()
    Garbage().settle()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_a_cycle_that_was_set_aside_is_found_when_nobody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "FULL_SECONDS", 1e-9)
    keeper = Garbage()
    monkeypatch.setattr(garbage, "OVERDUE", float("inf"))
    lost = weakref.ref(Cycle())
    keeper.settle()
    assert lost() is not None, "somebody typed a moment ago"
    monkeypatch.setattr(garbage, "IDLE_SECONDS", 0.0)
    keeper.settle()
    assert lost() is None


class Times:
    """A clock, and when what takes long was done; a full collection takes its time of the clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, full_seconds: float = 0.0) -> None:
        self.now = 0.0
        self.full_at: list[float] = []
        self.gave_back_at: list[float] = []
        self._full_seconds = full_seconds
        monkeypatch.setattr(garbage.gc, "collect", self._collect)
        monkeypatch.setattr(garbage, "give_back", lambda: self.gave_back_at.append(self.now))
        monkeypatch.setattr(garbage.time, "monotonic", lambda: self.now)

    def _collect(self) -> None:
        self.full_at.append(self.now)
        self.now += self._full_seconds

    def pass_until(self, end: float, keeper: Garbage, *, key_every: float = 0.0) -> None:
        keys = 0
        while self.now < end:
            self.now += garbage.SETTLE_SECONDS
            if key_every and self.now // key_every > keys:
                keys = self.now // key_every
                keeper.key()
            keeper.settle()


def test_full_collections_take_a_thousandth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    times = Times(monkeypatch, full_seconds=0.25)
    times.pass_until(1100.0, Garbage())
    assert times.full_at == [60.0, 310.25, 560.5, 810.75, 1061.0]


def test_quick_ones_come_each_minute_and_memory_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    times = Times(monkeypatch)
    times.pass_until(600.0, Garbage())
    assert times.full_at == times.gave_back_at == [*range(60, 601, 60)]


@pytest.mark.parametrize(("key_every", "full_at"), [(20.0, [243.0, 483.0]), (2.0, [])])
def test_somebody_who_types_on_is_held_up_seldom_and_between_two_keys(
    monkeypatch: pytest.MonkeyPatch, key_every: float, full_at: list[float]
) -> None:
    times = Times(monkeypatch)
    times.pass_until(600.0, Garbage(), key_every=key_every)
    assert times.full_at == full_at
    assert times.gave_back_at == []


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what is free")
def test_what_is_free_goes_back_to_the_system() -> None:
    held = [bytes(1000) for _ in range(100_000)]
    del held[:-1]  # the last one lies above all of them: by itself the C library gives back nothing
    before = resident_kib()
    assert garbage.give_back()
    assert resident_kib() < before - 50_000
    assert len(held) == 1


def resident_kib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
