"""What all tests share: a home of their own, and waiting for an event instead of sleeping."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings

# No deadline: how fast an example runs is the machine's mood. The same examples each time: a run that fails
# can be repeated, and what lands does not depend on luck. `--hypothesis-profile=search` looks for new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile("repeatable")


class Eventually(Protocol):
    """Waits until a condition holds; fails with its words when it does not in time."""

    async def __call__(
        self, condition: Callable[[], object], *, within: float = 30.0, what: str = ""
    ) -> None: ...


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the developer's own files, agent and settings out of every test."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("SSH_AUTH_SOCK", "OPSCONSOLE_CONFIG", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def eventually() -> Eventually:
    """Poll a condition of the program's own state, yielding to its tasks in between."""

    async def wait(condition: Callable[[], object], *, within: float = 30.0, what: str = "") -> None:
        deadline = time.monotonic() + within
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"not within {within:g} s: {what or condition}")
            await asyncio.sleep(0.01)

    return wait
