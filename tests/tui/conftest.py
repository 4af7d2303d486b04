"""The console on a made-up service."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Test modules are imported by path (importlib mode): what they share is found here.
sys.path.insert(0, str(Path(__file__).parent))

from console_pilot import screen_text

from opsconsole.console.tui.logs_guard import pattern_guard


@pytest.fixture(autouse=True)
def patient_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give regular expressions more than a quarter of a second: a machine that is busy can halt so long.

    The guard's clock is the one on the wall: an innocent expression would be told to be too slow.
    """
    monkeypatch.setattr(pattern_guard.__wrapped__, "__defaults__", (3.0,))  # type: ignore[attr-defined]


@pytest.fixture
def shown() -> Callable[..., str]:
    """Return what the terminal shows as text."""
    return screen_text
