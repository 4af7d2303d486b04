"""One round of the slow road, and one of the rare: what the host is asked, and where the answers go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

from opsconsole.console import sections
from opsconsole.console.readings import Brought, HostReadings
from opsconsole.console.ssh.root_reader import RootReader
from opsconsole.console.ticks import library_sections, needs_library
from opsconsole.console.with_root import Answers, run_batch, with_root
from opsconsole.data.host import Host, Shell
from opsconsole.panels.panel import Cadence, Follower, Panel

Record = Callable[[str, datetime, Mapping[str, float]], None]
"""Given a host's name, when its values were taken (UTC), and those worth a history."""
Later = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


async def read_slow(  # noqa: PLR0913 - all but three are by name
    shell: Shell,
    readings: HostReadings,
    loaded: Mapping[str, Panel],
    *,
    record: Record | None,
    first: bool,
    looking: Collection[str] | None = None,
    later: Later | None = None,
    rooted: RootReader | None = None,
) -> None:
    """Read the slow cadence once: one command (two with root), and the panels' looks from outside.

    Heavy panels come last: they wait in a queue in which all hosts stand.

    Args:
        shell: The host's shell.
        readings: Where the output goes.
        loaded: The panels.
        record: Called with the values worth a history.
        first: Whether it is the first reading of a connection.
        looking: Names of the panels that look from outside; None: all.
        later: Given the heavy panels, to be read beside; None: they are waited for.
        rooted: Runs what wants root; None: a command of its own does.

    Raises:
        ShellError: The host could not be asked at all.
    """
    host = shell.host
    began = time.monotonic()
    observers = {name: panel for name, panel in loaded.items() if looking is None or name in looking}
    outputs, observed = await asyncio.gather(
        with_root(
            shell,
            readings,
            lambda root: asyncio.gather(
                *(
                    run_batch(shell, one, rooted)
                    for one in sections.slow_batches(loaded, root=root, first=first)
                )
            ),
            rooted,
        ),
        _observe(shell, host, readings, observers),
    )
    flat = {key: output for outcome in outputs for key, output in outcome.items()}
    if needs_library(host):
        flat.update(await library_sections(loaded, [Cadence.SLOW, Cadence.ONCE]))
    taken_at, took = datetime.now(UTC), time.monotonic() - began
    brought = Brought(sections.by_panel(flat), taken_at, took, Cadence.SLOW, observed)

    def keep(values: Mapping[str, float]) -> None:
        if values and record is not None:
            record(host.name, taken_at, values)

    async def rest() -> None:
        keep(await readings.apply_heavy(brought))

    heavy = readings.new_heavy(brought)
    keep(readings.apply(brought, without=heavy))
    readings.worked(Cadence.SLOW)
    if heavy and later is not None:
        later(rest)
    elif heavy:
        await rest()


async def read_rare(
    shell: Shell,
    readings: HostReadings,
    loaded: Mapping[str, Panel],
    *,
    record: Record | None,
    told: Callable[[], None] = lambda: None,
    rooted: RootReader | None = None,
) -> None:
    """Read the rare cadence once: one section after the other, each shown (`told`) when it is there.

    Raises:
        ShellError: The host could not be asked at all.
    """
    if not any(one.cadence is Cadence.RARE for panel in loaded.values() for one in panel.sections):
        return
    for plain, wanting in zip(
        *(sections.rare_batches(loaded, root=root) for root in (False, True)), strict=True
    ):
        began = time.monotonic()

        async def run(
            root: bool, either: tuple[sections.Batch, sections.Batch] = (plain, wanting)
        ) -> Answers:
            return await run_batch(shell, either[root], rooted)

        outputs = await with_root(shell, readings, run, rooted)
        taken_at, took = datetime.now(UTC), time.monotonic() - began
        new, part = sections.by_panel(outputs), " ".join(plain.keys)
        values = await readings.apply_aside(Brought(new, taken_at, took, Cadence.RARE, part=part))
        if values and record is not None:
            record(shell.host.name, taken_at, values)
        told()
    for name, panel in loaded.items():
        if isinstance(panel, Follower):
            await _follow(shell, readings, name, panel, record=record)
            told()
    readings.read_rarely()


async def _follow(
    shell: Shell, readings: HostReadings, name: str, panel: Follower, *, record: Record | None
) -> None:
    """Have a panel look closer at what its rare sections found."""
    shown = readings.state.panels[name]
    if shown.reading is None:
        return
    settings = readings.state.entry.panel_settings.get(name) or readings.panels[name].settings_type()
    began = time.monotonic()

    async def show(seen: object) -> object:
        taken_at, took = datetime.now(UTC), time.monotonic() - began
        values = await readings.apply_aside(Brought({}, taken_at, took, Cadence.RARE, {name: seen}, "seen"))
        if values and record is not None:
            record(shell.host.name, taken_at, values)
        return shown.reading

    async def look(root: bool) -> None:
        await panel.follow(shell, shell.host, settings, shown.reading, show, root=root)

    with readings.reading_of(name, "follow"):
        await with_root(shell, readings, look)


async def _observe(
    shell: Shell, host: Host, readings: HostReadings, loaded: Mapping[str, Panel]
) -> dict[str, object]:
    """Return what each panel saw from outside, by its name."""
    entry = readings.state.entry
    seen: dict[str, object] = {}

    async def look(name: str, panel: Panel) -> None:
        settings = entry.panel_settings.get(name) or panel.settings_type()
        with readings.reading_of(name, "observe"):
            one = await panel.observe(shell, host, settings)
            if one is not None:
                seen[name] = one

    await asyncio.gather(*(look(name, panel) for name, panel in loaded.items()))
    return seen
