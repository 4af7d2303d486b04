"""Kills for want of memory that nothing tells of: n/a where nothing can, unknown where something should."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.content import Content

from opsconsole.panels.health import view_tables
from opsconsole.panels.health.reader import HealthReader
from opsconsole.panels.health.reading import HealthReading
from opsconsole.panels.health.view import Detail
from opsconsole.panels.panel import Level
from opsconsole.panels.view import Showing
from tests.unit.health.health_samples import NOW, SERVICES, VM, framed, judged, read

NO_SYSTEMD = b"\n@@manager\n\n\n@@=127\n"
V1 = "files 43 ./memory.oom_control"  # cgroup v1 with no group that counted any


def topics(reading: HealthReading) -> str:
    showing = Showing(reading, NOW, findings=tuple(judged(reading)))
    return "\n".join(Content("\n").join(view_tables.topic_lines(showing)).plain.splitlines())


def test_a_container_without_any_trace_is_not_asked() -> None:
    reading = read(framed(VM, container="docker", cgroups=V1), NO_SYSTEMD)
    assert [one for one in judged(reading) if "kills" in one.summary] == []
    lines = topics(reading).splitlines()
    assert "memory kills" in lines[-1]
    assert lines[-1].startswith("· n/a:")
    detail = Content("\n").join(Detail().lines(Showing(reading, NOW), 80)).plain
    assert "n/a: a container whose control group has no counter" in detail


def test_the_silent_journal_of_a_container_is_no_proof() -> None:
    reading = read(framed(VM, container="docker", cgroups=V1), framed(SERVICES))
    assert [one for one in judged(reading) if "kills" in one.summary] == []
    assert "memory kills" in topics(reading).splitlines()[-1]
    assert "nothing killed" not in topics(reading)
    counted = read(framed(VM, container="docker", cgroups="files 43 ./memory.events"), framed(SERVICES))
    assert "✓ nothing killed for want of memory" in topics(counted)


@pytest.mark.parametrize("vmstat", ["", None])
def test_a_machine_without_any_trace_is_unknown(vmstat: str | None) -> None:
    reading = read(framed(VM, vmstat=vmstat, cgroups=None), NO_SYSTEMD)
    found = [one for one in judged(reading) if "kills for want of memory unknown" in one.summary]
    assert [one.level for one in found] == [Level.UNKNOWN]
    assert "○ memory kills: not known" in topics(reading)


def test_where_something_tells_nothing_is_said_of_it() -> None:
    reading = read(framed(VM), framed(SERVICES))
    assert [one for one in judged(reading) if "unknown" in one.summary] == []
    assert "✓ nothing killed for want of memory" in topics(reading)


def test_several_are_told_in_words() -> None:
    reader = HealthReader()
    for minute, words in enumerate(
        ("nothing killed", "1 process killed (memory)", "2 processes killed (memory)")
    ):
        vm = framed(VM, vmstat=f"oom_kill {minute}")
        reading = read(vm, framed(SERVICES), reader=reader, at=NOW + timedelta(minutes=minute))
        assert words in topics(reading)
