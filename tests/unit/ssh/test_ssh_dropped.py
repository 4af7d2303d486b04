"""A host that lets us in and drops us at once is tried ever more seldom, like one that refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from opsconsole.console.ssh import link
from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.data.host import Host


class _Connection:
    def get_extra_info(self, *_: object) -> str:
        return ""


async def failures_told(monkeypatch: pytest.MonkeyPatch, eventually, losses: int) -> list[int]:
    """Return the failures in a row that each delay is reckoned from, of connections that are lost at once."""
    told: list[int] = []

    def delay(failures: int) -> float:
        told.append(failures)
        return 0.0 if len(told) < losses else 1000.0

    async def dial(_host: Host, *, on_lost: Callable[[Exception | None], None], **_: Any) -> _Connection:
        asyncio.get_running_loop().call_soon(lambda: asyncio.get_running_loop().call_soon(on_lost, None))
        return _Connection()

    monkeypatch.setattr(link, "delay_seconds", delay)
    monkeypatch.setattr(link, "dial", dial)
    connections = Connections({"h": Host("h", "192.0.2.1")}, prompter=NoPrompter())
    connections.keep("h")
    await eventually(lambda: len(told) == losses)
    await connections.close()
    return told


async def test_each_one_that_did_not_live_long_counts_as_a_failure(
    monkeypatch: pytest.MonkeyPatch, eventually
) -> None:
    assert await failures_told(monkeypatch, eventually, 5) == [1, 2, 3, 4, 5]


async def test_the_loss_of_a_good_one_starts_anew(monkeypatch: pytest.MonkeyPatch, eventually) -> None:
    monkeypatch.setattr(link, "STEADY_SECONDS", -1.0)
    assert await failures_told(monkeypatch, eventually, 5) == [1, 1, 1, 1, 1]
