"""The console on a made-up service."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Test modules are imported by path (importlib mode): what they share is found here.
sys.path.insert(0, str(Path(__file__).parent))

from console_pilot import screen_text


@pytest.fixture
def shown() -> Callable[..., str]:
    """Return what the terminal shows as text."""
    return screen_text


@pytest.fixture(autouse=True)
def nothing_is_kept_for_ever() -> Iterator[None]:
    """Take back what the console set aside from the collector: else each test's console stays to the end."""
    yield
    gc.unfreeze()
