from __future__ import annotations

from datetime import UTC, datetime, timedelta

from opsconsole.console.inventory import HostEntry
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.console.state import HostState, PanelState
from opsconsole.data.host import Host
from opsconsole.panels.panel import Finding, Level

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def host_state(**panels: PanelState) -> HostState:
    state = HostState(HostEntry(Host("web1", "web1")), status=ConnectionStatus(ConnectionState.UP))
    state.panels.update(panels)
    return state


def read(age_seconds: float, *levels: Level) -> PanelState:
    findings = [Finding(level, f"r{index}", "s", f"{level.word} thing") for index, level in enumerate(levels)]
    return PanelState(2.0, reading=object(), findings=findings, taken_at=NOW - timedelta(seconds=age_seconds))


def test_a_fresh_reading_without_findings_is_ok() -> None:
    assert host_state(resources=read(1)).level(NOW) is Level.OK


def test_after_three_missed_ticks_a_reading_is_stale_and_never_ok() -> None:
    assert not read(6).is_stale(NOW)
    assert read(6.1).is_stale(NOW)
    assert host_state(resources=read(6.1)).level(NOW) is Level.UNKNOWN


def test_a_stale_critical_stays_critical() -> None:
    assert host_state(resources=read(60, Level.CRITICAL)).level(NOW) is Level.CRITICAL


def test_no_reading_yet_is_unknown() -> None:
    state = host_state(resources=PanelState(2.0))
    assert state.level(NOW) is Level.UNKNOWN
    assert state.age_seconds(NOW) is state.taken_at is None
    assert host_state().level(NOW) is Level.UNKNOWN


def test_a_first_reading_is_awaited_and_not_called_stale() -> None:
    state = host_state(resources=read(1), health=PanelState(30.0), logs=PanelState(900.0))
    state.status = ConnectionStatus(ConnectionState.UP, since=NOW - timedelta(seconds=5))
    assert state.level(NOW) is Level.UNKNOWN
    assert state.why(NOW) == "reading health, logs…"
    assert state.why(NOW + timedelta(seconds=60)) == "resources: no fresh reading"
    state.panels["resources"] = read(-60)
    assert state.why(NOW + timedelta(seconds=60)) == "health, logs: not read yet"


def test_a_host_that_is_not_up_is_never_ok_and_says_why() -> None:
    state = host_state(resources=read(1))
    state.status = ConnectionStatus(ConnectionState.TIMED_OUT, "no answer from 10.0.0.7:22 in 10 s")
    assert state.level(NOW) is Level.UNKNOWN
    assert state.why(NOW) == "no answer from 10.0.0.7:22 in 10 s"


def test_a_changed_host_key_is_critical_and_other_trouble_unknown() -> None:
    state = host_state(resources=read(1, Level.WARNING))
    for trouble in ConnectionState:
        state.status = ConnectionStatus(trouble)
        changed = trouble is ConnectionState.HOST_KEY_CHANGED
        assert state.level(NOW) is (Level.CRITICAL if changed else Level.WARNING)


def test_a_problem_makes_a_panel_unknown_and_is_the_reason() -> None:
    panel = read(1)
    panel.problem = "sampler closed"
    state = host_state(resources=panel)
    assert state.level(NOW) is Level.UNKNOWN
    assert state.why(NOW) == "resources: sampler closed"


def test_the_worst_finding_of_all_panels_is_the_reason() -> None:
    state = host_state(resources=read(1, Level.WARNING), health=read(1, Level.CRITICAL, Level.WARNING))
    assert state.why(NOW) == "critical thing (+2)"
    assert [finding.level for _, finding in state.findings()] == [
        Level.CRITICAL,
        Level.WARNING,
        Level.WARNING,
    ]
