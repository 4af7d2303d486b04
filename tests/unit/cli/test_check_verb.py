"""What `opsconsole check` says of a finding: in words only help that is there, in JSON all that it names."""

from __future__ import annotations

from datetime import UTC, datetime

from opsconsole.console.cli.check import document, lines
from opsconsole.console.inventory import HostEntry
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.console.state import HostState, PanelState
from opsconsole.data.host import Host
from opsconsole.panels.panel import Finding, Level

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FINDINGS = [
    Finding(Level.CRITICAL, "oom-kill", "orders", "the kernel killed 3 processes", suggests="oom"),
    Finding(Level.WARNING, "disk-space", "/var", "/var 94 % used", suggests="log-rotation"),
    Finding(Level.WARNING, "tcp-retransmits", "tcp", "much is sent again"),
]


def a_state() -> HostState:
    state = HostState(HostEntry(Host("web1", "web1")), status=ConnectionStatus(ConnectionState.UP))
    state.panels["health"] = PanelState(2.0, findings=FINDINGS, taken_at=NOW)
    return state


def test_only_recipes_that_are_there_are_pointed_to() -> None:
    _head, *told = [line.plain for line in lines([a_state()], NOW)]
    assert [line.split("  ", 1)[1].partition("  health")[2] for line in told] == ["", "  → log-rotation", ""]


def test_the_document_keeps_what_is_suggested() -> None:
    found = document([a_state()], NOW)["hosts"][0]["panels"]["health"]["findings"]
    assert [one["suggests"] for one in found] == ["oom", "log-rotation", ""]
