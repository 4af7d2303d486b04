from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

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
    keeper = Garbage()
    lost = weakref.ref(Cycle())
    keeper.settle()
    assert lost() is not None
    monkeypatch.setattr(garbage, "FULL_EVERY_SECONDS", 0.0)
    keeper.settle()
    assert lost() is not None, "somebody typed a moment ago"
    monkeypatch.setattr(garbage, "IDLE_SECONDS", 0.0)
    keeper.settle()
    assert lost() is None
