from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from opsconsole import recipes
from opsconsole.console import interrupted as interrupted_module
from opsconsole.console import runs as runs_module
from opsconsole.console.runs import Runs
from opsconsole.console.settings import Settings
from opsconsole.data.host import Host, ShellError

from .demo import RECIPE, FakeRunner


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> type[FakeRunner]:
    """The runner and the recipe of these tests, in the place of the real ones."""
    fresh = FakeRunner.fresh()
    monkeypatch.setattr(runs_module, "Runner", fresh)
    monkeypatch.setattr(interrupted_module, "Runner", fresh)
    monkeypatch.setattr(recipes, "names", lambda: ("demo",))

    def load(name: str) -> object:
        return {"demo": RECIPE}[name]

    monkeypatch.setattr(recipes, "load", load)
    return fresh


@dataclass
class FakeShell:
    host: Host


@pytest.fixture
def make_runs(tmp_path: Path, runner: type[FakeRunner]) -> Callable[..., Runs]:
    """Make a `Runs` over hosts of these names."""

    def make(*hosts: str, away: tuple[str, ...] = (), read_only: bool = False) -> Runs:
        known = {name: Host(name, name, groups=(name[:2],)) for name in hosts}

        async def connect(name: str) -> None:
            if name in away:
                raise ShellError(f"{name}: connection refused")

        settings = Settings(ledger_path=tmp_path / "ledger.sqlite", signing_key=False, read_only=read_only)
        return Runs(
            settings,
            known.__getitem__,
            lambda name: FakeShell(known[name]),
            connect=connect,  # type: ignore[arg-type]
        )

    return make
