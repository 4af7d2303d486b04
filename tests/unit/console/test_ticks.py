"""This machine without /proc, as on macOS: psutil answers the ticks and the slow reading."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from opsconsole.console import ticks
from opsconsole.console.inventory import HostEntry, Inventory
from opsconsole.console.once import read_once
from opsconsole.console.settings import Settings
from opsconsole.console.ssh.local import LocalShell
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.console.ticks import LibraryTicker, open_ticker
from opsconsole.data.host import Host
from opsconsole.panels import load

LOCAL = Host("localhost", "localhost")


@pytest.fixture
def without_proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ticks, "PROC", tmp_path / "no-such-proc")


@pytest.mark.usefixtures("without_proc")
async def test_psutil_answers_where_there_is_no_proc() -> None:
    assert isinstance(await open_ticker(LocalShell(LOCAL), {"resources": load("resources")}), LibraryTicker)
    entry = HostEntry(LOCAL)
    (state,) = await read_once(
        [entry], Settings(), Inventory({"localhost": entry}), prompter=NoPrompter(), panel_names=["resources"]
    )
    reading = state.panels["resources"].reading
    assert state.panels["resources"].problem == ""
    assert reading.source == "psutil"
    assert reading.cpu_percent is not None
    assert reading.memory_total_bytes == psutil.virtual_memory().total
    assert any(filesystem.mount == "/" for filesystem in reading.filesystems)


async def test_the_sampler_answers_where_there_is_proc() -> None:
    ticker = await open_ticker(LocalShell(LOCAL), {"resources": load("resources")})
    try:
        assert not isinstance(ticker, LibraryTicker)
        assert set(await ticker.tick(["fast"], 30)) == {"resources.fast"}
    finally:
        await ticker.close()
