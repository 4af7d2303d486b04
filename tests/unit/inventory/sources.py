"""Writing configurations into a test's own home, and loading them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.console.inventory import Inventory, load_inventory
from opsconsole.console.settings import Settings, SettingsError


@dataclass(frozen=True)
class Nested:
    depth_percent: float = 1.0
    name: str = "inner"


@dataclass(frozen=True)
class Limits:
    """Limits of a panel that only tests have."""

    warn_percent: float = 80.0
    crit_percent: float = 90.0
    hold_seconds: float = 600.0
    nested: Nested = field(default_factory=Nested)

    def __post_init__(self) -> None:
        if self.warn_percent > self.crit_percent:
            raise ValueError("warn_percent is above crit_percent")


@dataclass(frozen=True)
class Check:
    name: str
    url: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class PanelSettings:
    checks: tuple[Check, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()


PANELS: dict[str, Any] = {"demo": SimpleNamespace(limits_type=Limits, settings_type=PanelSettings)}


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files below a folder, with modes that nobody complains of."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        path.chmod(0o600)


def load(folder: Path, toml: str, **files: str) -> Inventory:
    """Write `ops.toml` and other files (`ssh` is `.ssh/config` of this folder) and return the inventory."""
    names = {"ssh": "ssh_config", "ini": "hosts.ini", "yaml": "hosts.yml"}
    write(folder, {"ops.toml": toml, **{names.get(name, name): text for name, text in files.items()}})
    return load_inventory(Settings.load(folder / "ops.toml", panels=PANELS), panels=PANELS)


def problems(folder: Path, toml: str, **files: str) -> list[str]:
    """Return the messages of a configuration that cannot be used, without the folder's name."""
    with pytest.raises(SettingsError) as caught:
        load(folder, toml, **files)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def places(inventory: Inventory, host: str) -> dict[str, str]:
    """Return field -> `FILE:LINE` of what is not a default, without folders."""
    origins = inventory.entries[host].origins
    return {
        name: f"{origin.file.name}:{origin.line}"
        for name, origin in origins.items()
        if origin.file is not None
    }
