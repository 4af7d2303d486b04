"""A ledger with a story in it, made once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# Test modules are imported by path (importlib mode): what they share is found here.
sys.path.insert(0, str(Path(__file__).parent))

from ledger_room import copied, made


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a ledger that no test may change."""
    return made(tmp_path_factory.mktemp("ledger"))


@pytest.fixture
def path(original: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    return copied(original, tmp_path / "copy")
