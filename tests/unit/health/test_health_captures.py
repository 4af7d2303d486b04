"""Real answers of the lab's hosts, read and judged."""

from __future__ import annotations

import pytest

from opsconsole.panels.panel import Level
from tests.unit.health.health_samples import captured, judged, read


@pytest.mark.parametrize("release", ["debian12", "debian13"])
def test_a_healthy_host_has_no_finding(release: str) -> None:
    reading = read(
        captured(f"{release}_system"), captured(f"{release}_services_healthy"), captured(f"{release}_clock")
    )
    assert judged(reading) == []
    assert reading.has_systemd
    assert reading.container == "docker"
    assert reading.system_state == "running"
    assert reading.failed_units == ()
    assert reading.unit_count is not None
    assert reading.unit_count > 100
    assert reading.reboot is None


@pytest.mark.parametrize("release", ["debian12", "debian13"])
def test_a_failed_unit_comes_with_its_log(release: str) -> None:
    reading = read(
        captured(f"{release}_system"), captured(f"{release}_services_faulty"), captured(f"{release}_clock")
    )
    (failed,) = [one for one in judged(reading) if one.rule == "unit-failed"]
    assert failed.level is Level.WARNING
    assert failed.subject == "opsconsole-lab-fail.service"
    assert failed.summary == "opsconsole-lab-fail.service failed (exit-code, status 3)"
    assert "cannot open /nonexistent/orders.db" in failed.evidence
    assert failed.suggests == "unit-failed"


@pytest.mark.parametrize("release", ["debian12", "debian13"])
def test_a_flapping_service_is_seen_at_the_first_look(release: str) -> None:
    reading = read(services=captured(f"{release}_services_faulty"))
    (flapping,) = [one for one in judged(reading) if one.rule == "unit-restarting"]
    assert flapping.subject == "flap.service"
    assert "restarted" in flapping.summary


@pytest.mark.parametrize("release", ["debian12", "debian13"])
def test_journal_errors_are_grouped_and_cleaned(release: str) -> None:
    reading = read(services=captured(f"{release}_services_faulty"))
    assert reading.journal is not None
    groups = {group.unit: group for group in reading.journal.groups}
    assert groups["opsconsole-lab-fail.service"].count == 2  # its own line, and PID 1's about it
    assert groups["raidwatch"].urgent_count == 1
    assert groups["raidwatch"].sample == "array md0 degraded [/red] now"
    (urgent,) = [one for one in judged(reading) if one.rule == "journal-errors"]
    assert urgent.subject == "raidwatch"
    assert urgent.summary == "raidwatch: 1 urgent error in 15 min"


def test_a_journal_that_may_not_be_read_is_unknown_not_empty() -> None:
    reading = read(services=captured("debian12_services_no_group"))
    assert reading.journal is None
    assert reading.failed_units is not None
    assert reading.failed_units[0].log is None
    (unread,) = [one for one in judged(reading) if one.level is Level.UNKNOWN]
    assert unread.subject == "journal"
    assert "may not read the system journal" in unread.summary


@pytest.mark.parametrize("kind", ["busybox", "nosystemd", "readonly"])
def test_without_systemd_nothing_is_wrong_and_nothing_is_claimed(kind: str) -> None:
    reading = read(captured(f"{kind}_system"), captured(f"{kind}_services"), captured(f"{kind}_clock"))
    assert judged(reading) == []
    assert reading.has_systemd is False
    assert reading.failed_units is reading.journal is reading.restarts is reading.clock is None
    assert reading.uptime_seconds is not None
    assert 0 < reading.uptime_seconds < 86400


def test_a_root_that_is_read_only_by_design_is_a_fact() -> None:
    reading = read(captured("readonly_system"))
    assert reading.mounts is not None
    root = next(one for one in reading.mounts.read_only if one.mount == "/")
    assert root.by_design
    assert root.type == "overlay"
