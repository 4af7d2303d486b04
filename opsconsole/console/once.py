"""One reading of each panel of some hosts, for scripts: connect, read, judge, disconnect."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opsconsole.console import sections
from opsconsole.console.aside import answered_by
from opsconsole.console.inventory import HostEntry, Inventory
from opsconsole.console.readings import Brought, HostReadings
from opsconsole.console.rounds import read_rare, read_slow
from opsconsole.console.settings import Settings
from opsconsole.console.ssh.local import LocalShell
from opsconsole.console.ssh.prompts import Prompter
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.console.state import HostState
from opsconsole.console.ticks import open_ticker
from opsconsole.console.troubles import words_of
from opsconsole.data.host import Shell, ShellError
from opsconsole.panels.panel import Cadence, Panel, SectionOutput

if TYPE_CHECKING:
    from opsconsole.console.ssh.connections import Connections

SAMPLE_GAP_SECONDS = 1.0  # between the two samples that rates need
HOST_DEADLINE_SECONDS = 90.0  # from when it is connected: connecting has a deadline of its own
_TRIES = 2

log = logging.getLogger(__name__)


async def read_once(
    entries: Iterable[HostEntry],
    settings: Settings,
    inventory: Inventory,
    *,
    prompter: Prompter,
    panel_names: Iterable[str] | None = None,
) -> list[HostState]:
    """Read every panel of every host once, all hosts at the same time, and return their states in order.

    A host that cannot be reached or read is a state that says so, not an exception. One whose connection is
    lost in the midst is read once more: dropbear before 2024.86 may fall over a channel that is opened while
    another is closed (mkj/dropbear #321), and that says nothing of the host.
    """
    states = [HostState(entry) for entry in entries]
    loaded = sections.load_panels(panel_names)
    connections = None
    if any(not state.host.is_local for state in states):
        from opsconsole.console.ssh.connections import Connections

        connections = Connections(
            inventory.reachable(),
            prompter=prompter,
            max_handshakes=settings.max_handshakes,
            keepalive_interval_seconds=settings.keepalive_interval_seconds,
            keepalive_count_max=settings.keepalive_count_max,
        )
    try:
        await asyncio.gather(*(_read_host(state, loaded, settings, connections) for state in states))
    finally:
        if connections is not None:
            await connections.close()
    return states


async def _read_host(
    state: HostState, loaded: Mapping[str, Panel], settings: Settings, connections: Connections | None
) -> None:
    readings = HostReadings(
        state,
        loaded,
        tick_seconds=settings.interval_seconds,
        slow_seconds=settings.slow_interval_seconds,
        at_once=True,
    )
    for _ in range(_TRIES):
        try:
            shell = await _connected(state, connections)
        except (ShellError, OSError) as error:
            readings.fail(words_of(error))
            return
        except Exception as error:  # one hostile host must not end the check of the others
            log.exception("connecting to %s failed", state.host.name)
            readings.fail(words_of(error))
            return
        readings.connected()
        await _read(shell, readings, loaded)
        if connections is None or state.host.is_local:
            return
        state.status = connections.status(state.host.name)
        if state.status.state is not ConnectionState.LOST:
            return


async def _connected(state: HostState, connections: Connections | None) -> Shell:
    """Return the host's shell; it may wait for long until it is this host's turn to shake hands.

    Raises:
        ShellError: It cannot be connected to.
    """
    if connections is None or state.host.is_local:
        state.status = ConnectionStatus(ConnectionState.UP)
        return LocalShell(state.host)
    name = state.host.name
    try:
        await connections.connect(name)
    finally:
        state.status = connections.status(name)
    return connections.shell(name)


async def _read(shell: Shell, readings: HostReadings, loaded: Mapping[str, Panel]) -> None:
    """Take the sampler's two samples, then what is slow, whose own load would else be in the samples."""
    until = asyncio.get_running_loop().time() + HOST_DEADLINE_SECONDS

    async def go(road: Cadence, work: Awaitable[None]) -> None:
        """Read by one road; trouble on it is told of what it reads, and what the others yield is kept."""
        try:
            async with answered_by(until):
                await work
        except TimeoutError:
            readings.fail(f"no answer within {HOST_DEADLINE_SECONDS:.0f} s", road=road)
        except (ShellError, OSError) as error:
            readings.fail(words_of(error), road=road)
        except Exception as error:  # as above
            log.exception("reading %s failed", shell.host.name)
            readings.fail(words_of(error), road=road)

    await go(Cadence.FAST, _sample_twice(shell, readings, loaded))
    await asyncio.gather(
        go(Cadence.SLOW, read_slow(shell, readings, loaded, record=None, first=True)),
        go(Cadence.RARE, read_rare(shell, readings, loaded, record=None)),
    )


async def _sample_twice(shell: Shell, readings: HostReadings, loaded: Mapping[str, Panel]) -> None:
    groups = sections.sampler_groups(loaded)
    if not groups:
        return
    ticker = await open_ticker(shell, loaded)
    try:
        for again in (True, False):
            began = time.monotonic()
            answer = await ticker.tick(list(groups), HOST_DEADLINE_SECONDS)
            flat = {key: SectionOutput(*output) for key, output in answer.items()}
            taken_at, took = datetime.now(UTC), time.monotonic() - began
            readings.apply(Brought(sections.by_panel(flat), taken_at, took, Cadence.FAST))
            if again:
                await asyncio.sleep(SAMPLE_GAP_SECONDS)
    finally:
        await ticker.close()
