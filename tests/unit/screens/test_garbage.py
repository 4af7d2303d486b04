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
    monkeypatch.setattr(garbage, "FULL_SECONDS", (0.0, 0.0))
    keeper = Garbage()
    lost = weakref.ref(Cycle())
    keeper.settle()
    assert lost() is not None, "somebody typed a moment ago"
    monkeypatch.setattr(garbage, "IDLE_SECONDS", 0.0)
    keeper.settle()
    assert lost() is None


def test_full_collections_become_rarer(monkeypatch: pytest.MonkeyPatch) -> None:
    full_at, gave_back_at = [], []
    moment = 0.0
    monkeypatch.setattr(garbage.gc, "collect", lambda: full_at.append(moment))
    monkeypatch.setattr(garbage, "give_back", lambda: gave_back_at.append(moment))
    monkeypatch.setattr(garbage.time, "monotonic", lambda: moment)
    keeper = Garbage()
    while moment < 4000:
        moment += garbage.SETTLE_SECONDS
        keeper.settle()
    assert full_at == [60, 180, 420, 900, 1800, 2700, 3600]
    assert gave_back_at == list(range(60, 4000, 60))


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
