"""The console on a made-up service."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Test modules are imported by path (importlib mode): what they share is found here.
sys.path.insert(0, str(Path(__file__).parent))

from console_pilot import screen_text


@pytest.fixture
def shown() -> Callable[..., str]:
    """Return what the terminal shows as text."""
    return screen_text
