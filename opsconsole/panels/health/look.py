"""Looks at a host from outside: its clock, its checks, and the units that must run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from opsconsole.data.host import Command, Host, Shell, ShellError
from opsconsole.data.text import clean_line
from opsconsole.panels.frames import Part
from opsconsole.panels.health import tcp_check
from opsconsole.panels.health.look_clock import known_skew
from opsconsole.panels.health.observed import Observed
from opsconsole.panels.health.parts import properties
from opsconsole.panels.health.reading import CheckResult, Problem, UnitState
from opsconsole.panels.health.settings import HealthSettings

AT_ONCE = 8
_DEADLINE_SECONDS = 10.0


async def look(shell: Shell, host: Host, settings: HealthSettings) -> Observed:
    """Look once, `AT_ONCE` checks at a time, each bounded by its own time-out; raises nothing of a host."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def gated(check: Awaitable[CheckResult]) -> CheckResult:
        async with gate:
            return await check

    http: list[Awaitable[CheckResult]] = []
    if settings.http:
        from opsconsole.panels.health import http_check

        http = [gated(http_check.run(check, shell)) for check in settings.http]
    tcp = [gated(tcp_check.run(check, shell)) for check in settings.tcp]
    (skew, skew_problem), (units, unit_problem), http_results, tcp_results = await asyncio.gather(
        known_skew(shell, host), _units(shell, settings.units), asyncio.gather(*http), asyncio.gather(*tcp)
    )
    problems = tuple(one for one in (skew_problem, unit_problem) if one is not None)
    return Observed(skew, tuple(http_results), tuple(tcp_results), units, problems)


async def _units(shell: Shell, names: tuple[str, ...]) -> tuple[tuple[UnitState, ...], Problem | None]:
    if not names:
        return (), None
    show = ("systemctl", "show", "--no-pager", "-p", "Id", "-p", "Names", "-p", "LoadState")
    command = Command(
        (*show, "-p", "ActiveState", "-p", "SubState", "--", *map(_full, names)),
        deadline_seconds=_DEADLINE_SECONDS,
        output_limit_bytes=128 * 1024,
    )
    try:
        output = await shell.run(command)
    except ShellError as error:
        return (), Problem("expected units", clean_line(str(error), 200))
    states: dict[str, UnitState] = {}
    for block in properties(Part(output.stdout, output.exit_status)):
        state = UnitState(
            clean_line(block.get("Id", ""), 256),
            clean_line(block.get("ActiveState", ""), 32),
            clean_line(block.get("SubState", ""), 32),
            clean_line(block.get("LoadState", ""), 32),
        )
        states |= dict.fromkeys((state.name, *block.get("Names", "").split()), state)
    found = tuple(states[name] for name in map(_full, names) if name in states)
    absent = [name for name in map(_full, names) if name not in states]
    if not absent:
        return found, None
    why = Part(output.stderr, output.exit_status).reason("systemctl")
    return found, Problem(f"expected units {', '.join(absent[:5])}", why)


def _full(unit: str) -> str:
    """Return the unit's full name; systemctl takes a name without a suffix for a service."""
    suffixes = (
        ".service",
        ".socket",
        ".target",
        ".timer",
        ".mount",
        ".path",
        ".slice",
        ".automount",
        ".swap",
    )
    return unit if unit.endswith(suffixes) else f"{unit}.service"
