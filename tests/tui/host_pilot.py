"""A host with every panel read, and its screen opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from console_pilot import until
from fake_source import host_state
from readings import full_health, full_logs, full_resources

from opsconsole.console.state import HostState, PanelState
from opsconsole.console.tui.host import HostScreen
from opsconsole.console.tui.host_detail import DetailScreen
from opsconsole.console.tui.host_findings import FindingsList
from opsconsole.data.host import Facts
from opsconsole.panels.health import PANEL as HEALTH
from opsconsole.panels.logs import PANEL as LOGS
from opsconsole.panels.resources import PANEL as RESOURCES
from opsconsole.panels.view import Detail


def full(word: str = "", **host: Any) -> HostState:
    """Return a host in production whose panels are all read; `word` goes into every text field."""
    now = datetime.now(UTC)
    state = host_state(
        "db1",
        environment="production",
        address="10.0.0.7",
        jump=("bastion",),
        reading=full_resources(word),
        **host,
    )
    state.facts = Facts(os_name=f"Debian GNU/Linux 12{word}")
    state.panels["resources"].findings = RESOURCES.judge(
        state.panels["resources"].reading, RESOURCES.limits_type()
    )
    reading = full_health(word)
    state.panels["health"] = PanelState(
        30.0, reading=reading, findings=HEALTH.judge(reading, HEALTH.limits_type()), taken_at=now
    )
    logs = full_logs(word)
    state.panels["logs"] = PanelState(
        900.0,
        reading=logs,
        findings=LOGS.judge(logs, LOGS.limits_type()),
        taken_at=now - timedelta(seconds=2),
    )
    return state


async def opened(pilot: Any) -> HostScreen:
    """Open the screen of the host under the Fleet's cursor, and wait until its findings are there."""
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, HostScreen))
    screen: HostScreen = pilot.app.screen
    await until(pilot, lambda: screen.query_one(FindingsList).option_count)
    await pilot.pause()
    return screen


async def panel_card(pilot: Any, panel: str) -> str:
    """Open the screen of the host under the Fleet's cursor, and return what a panel's card says."""
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, HostScreen))
    await pilot.pause()
    return str(pilot.app.screen.query_one(f"#card-{panel}").content)


async def panel_detail(pilot: Any, panel: str) -> str:
    """Open the screen of the host under the Fleet's cursor, then a panel's own, and return what that says."""
    await panel_card(pilot, panel)
    pilot.app.screen.query_one(f"#card-{panel}").focus()
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, DetailScreen))
    await pilot.pause()
    return str(pilot.app.screen.query_one(Detail).content)
