"""The sections `services`, `clock` and `packages`."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from opsconsole.panels.health import PANEL
from opsconsole.panels.health.limits import HealthLimits
from opsconsole.panels.health.reader import HealthReader
from opsconsole.panels.panel import Level, SectionOutput
from tests.unit.health.health_samples import CLOCK, NOW, SERVICES, VM, framed, judged, read

MICROS = int(NOW.timestamp() * 1e6)


def entry(message: object, **fields: object) -> str:
    record = {
        "MESSAGE": message,
        "PRIORITY": "3",
        "__REALTIME_TIMESTAMP": str(MICROS),
        "_TRANSPORT": "syslog",
    }
    return json.dumps({**record, **fields})


def restarted(*units: tuple[str, int, str]) -> str:
    blocks = [
        f"Id={unit}\nNRestarts={total}\nActiveState=active\nSubState={sub}\nActiveEnterTimestampMonotonic=1000000"
        for unit, total, sub in units
    ]
    return "\n\n".join([*blocks, "Status=0"])


def test_restarts_are_counted_while_we_watch() -> None:
    reader = HealthReader()
    found = []
    for minute, total in ((0, 40), (5, 41), (10, 43), (24, 43), (30, 43)):
        services = framed(
            SERVICES, restarts=restarted(("app.service", total, "running"), ("b.service", 2, "running"))
        )
        reading = read(services=services, reader=reader, at=NOW + timedelta(minutes=minute))
        found.append([one.summary for one in judged(reading)])
    # At first only the total is known, and its present run is a day old: not flapping.
    assert found == [[], [], ["app.service restarted 3 times in 10m"], [], []]


def test_a_service_between_two_tries_is_flapping_at_the_first_look() -> None:
    services = framed(SERVICES, restarts=restarted(("app.service", 5, "auto-restart")))
    (finding,) = judged(read(services=services))
    assert finding.summary == "app.service restarted 5 times by systemd, not up again yet"


def test_a_clock_of_ours_that_is_set_back_makes_no_negative_time() -> None:
    reader = HealthReader()
    found = []
    for minute, total in ((0, 40), (1, 41), (-59, 43), (-58, 43), (-43, 43)):
        services = framed(SERVICES, restarts=restarted(("app.service", total, "running")))
        reading = read(services=services, reader=reader, at=NOW + timedelta(minutes=minute))
        found.append([one.summary for one in judged(reading) if one.rule == "unit-restarting"])
    assert found == [
        [],
        [],
        ["app.service restarted 3 times in 1m"],
        ["app.service restarted 3 times in 2m"],
        [],
    ]


@pytest.mark.parametrize("sub", ["start", "start-pre", "auto-restart-queued"])
def test_a_service_that_loops_without_ever_being_up_is_flapping_at_the_first_look(sub: str) -> None:
    block = f"Id=app.service\nNRestarts=12\nActiveState=activating\nSubState={sub}\n\nStatus=0"
    (finding,) = judged(read(services=framed(SERVICES, restarts=block)))
    assert (finding.level, finding.rule) == (Level.WARNING, "unit-restarting")
    assert finding.summary == "app.service restarted 12 times by systemd, not up again yet"


def test_a_service_that_was_stopped_by_hand_is_not_flapping() -> None:
    block = "Id=app.service\nNRestarts=12\nActiveState=inactive\nSubState=dead\n\nStatus=0"
    assert judged(read(services=framed(SERVICES, restarts=block))) == []


@pytest.mark.parametrize("state", ["inactive", "failed"])
def test_a_journal_that_nobody_writes_to_tells_of_no_silence(state: str) -> None:
    stopped = f"Id=systemd-journald.service\nNRestarts=0\nActiveState={state}\nSubState=dead\n\nStatus=0"
    reading = read(services=framed(SERVICES, restarts=stopped))
    assert reading.journal is None
    assert reading.restarts == ()
    assert {(one.level, one.subject) for one in judged(reading)} == {
        (Level.UNKNOWN, "journal"),
        (Level.UNKNOWN, "kills in the kernel log"),
    }
    before = "\n".join(entry("no", _SYSTEMD_UNIT="a.service") for _ in range(10))
    known = judged(read(services=framed(SERVICES, restarts=stopped, journal=before)))
    assert "a.service: at least 10 errors in 15 min" in [one.summary for one in known]
    running = stopped.replace(state, "active")
    assert judged(read(services=framed(SERVICES, restarts=running))) == []


def test_a_service_that_started_again_by_hand_counts_from_zero() -> None:
    reader = HealthReader()
    for minute, total in ((0, 40), (1, 0), (2, 1)):
        text = restarted(("app.service", total, "running")) if total else "Status=0"
        reading = read(
            services=framed(SERVICES, restarts=text), reader=reader, at=NOW + timedelta(minutes=minute)
        )
    assert reading.restarts is not None
    assert reading.restarts[0].recent == 1


@pytest.mark.parametrize(
    ("state", "uptime", "level"),
    [
        ("running", "100.0 1.0", None),
        ("degraded", "100.0 1.0", None),
        ("starting", "100.0 1.0", None),
        ("starting", "7000.0 1.0", Level.WARNING),
        ("stopping", "7000.0 1.0", Level.WARNING),
        ("maintenance", "100.0 1.0", Level.CRITICAL),
        ("unknown", "100.0 1.0", Level.UNKNOWN),
    ],
)
def test_the_state_of_systemd(state: str, uptime: str, level: Level | None) -> None:
    services = framed(SERVICES, manager=f"NNames=1\nSystemState={state}")
    findings = judged(read(framed(VM, uptime=uptime), services))
    assert [one.level for one in findings] == ([] if level is None else [level])


def test_a_failed_mount_is_critical_and_many_failed_units_are_counted() -> None:
    names = ["srv.mount", *(f"job{number}.service" for number in range(30))]
    failed = "\n".join(f"{name} loaded failed failed Something [/red]" for name in names)
    findings = judged(read(services=framed(SERVICES, failed=failed)))
    assert len(findings) == 21
    assert next(one for one in findings if one.subject == "srv.mount").level is Level.CRITICAL
    assert findings[-1].summary == "11 further units failed"


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("failed", "failed units"),
        ("journal", "journal"),
        ("oom", "kills in the kernel log"),
        ("restarts", "restart counters"),
        ("manager", "systemd state"),
    ],
)
def test_a_tool_that_hangs_makes_its_part_unknown(part: str, what: str) -> None:
    whole = framed(SERVICES, **{part: ""})
    start = whole.index(f"\n@@{part}\n".encode())
    hung = whole[:start] + whole[start:].replace(b"@@=0", b"@@=124", 1)
    unknown = [one for one in judged(read(services=hung)) if one.level is Level.UNKNOWN]
    assert [one.subject for one in unknown] == [what]


@pytest.mark.parametrize("part", ["failed", "journal", "oom", "restarts", "access"])
def test_a_part_that_is_missing_is_unknown(part: str) -> None:
    assert [one.level for one in judged(read(services=framed(SERVICES, **{part: None})))] == [Level.UNKNOWN]


def test_errors_count_by_unit_and_ten_are_a_warning() -> None:
    nine = "\n".join(entry(f"no {number}", _SYSTEMD_UNIT="a.service") for number in range(9))
    reading = read(services=framed(SERVICES, journal=nine))
    assert judged(reading) == []
    assert reading.journal is not None
    assert reading.journal.count == 9
    ten = f"{nine}\n{entry('last', _SYSTEMD_UNIT='a.service')}"
    (finding,) = judged(read(services=framed(SERVICES, journal=ten)))
    assert finding.summary == "a.service: 10 errors in 15 min"
    assert finding.evidence == "journalctl -p err, newest 09:50:00 UTC\nno 0"


def test_a_flood_of_errors_says_at_least() -> None:
    flood = "\n".join(entry("no", _SYSTEMD_UNIT="a.service") for _ in range(301))
    (finding,) = judged(read(services=framed(SERVICES, journal=flood)))
    assert finding.summary == "a.service: at least 300 errors in 15 min"


@pytest.mark.parametrize(
    ("fields", "owner"),
    [
        ({"_SYSTEMD_UNIT": "a.service", "UNIT": "b.service"}, "a.service"),  # a claim is not believed
        ({"_SYSTEMD_UNIT": "init.scope", "UNIT": "b.service"}, "b.service"),
        ({"_SYSTEMD_UNIT": "session-3.scope", "SYSLOG_IDENTIFIER": "su"}, "su"),
        ({"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"}, "kernel"),
        ({}, "unknown"),
    ],
)
def test_whose_error_it_is(fields: dict[str, str], owner: str) -> None:
    reading = read(services=framed(SERVICES, journal=entry("x", **fields)))
    assert reading.journal is not None
    assert reading.journal.groups[0].unit == owner


def test_refused_sudo_is_shown_but_not_judged() -> None:
    line = entry(
        "a password is required", SYSLOG_IDENTIFIER="sudo", PRIORITY="1", _SYSTEMD_UNIT="session-1.scope"
    )
    reading = read(services=framed(SERVICES, journal="\n".join([line] * 20)))
    assert judged(reading) == []
    assert [one.subject for one in judged(reading, journal_not_judged=())] == ["sudo"]
    assert reading.journal is not None
    assert reading.journal.groups[0].unit == "sudo"


def test_kills_in_the_log_name_their_victims() -> None:
    kernel = entry(
        "Out of memory: Killed process 812 (mysqld) total-vm:9kB, anon-rss:8kB", _TRANSPORT="kernel"
    )
    unit = entry(
        "db.service: A process of this unit has been killed by the OOM killer.", _TRANSPORT="journal"
    )
    other = entry("oom_reaper: reaped process 812 (Killed process x)", _TRANSPORT="syslog")
    (finding,) = judged(read(services=framed(SERVICES, oom="\n".join([kernel, unit, other]))))
    assert (
        finding.summary
        == "1 process killed for want of memory in the last hour: mysqld (pid 812), db.service"
    )
    assert "09:50:00 Out of memory: Killed process 812" in finding.evidence
    assert finding.suggests == "oom"


@pytest.mark.parametrize(
    ("said", "victim"),
    [
        ("(worker) total-vm:1kB", "worker (pid 9)"),
        ("((sd-pam)) total-vm:1kB", "(sd-pam) (pid 9)"),
        ("(a(b)) total-vm:1kB", "a(b) (pid 9)"),
        (", UID 33, (php-fpm) total-vm:1kB", "php-fpm (pid 9)"),
        ("", "process (pid 9)"),
    ],
)
def test_a_victim_is_told_by_its_whole_name(said: str, victim: str) -> None:
    kernel = entry(
        f"Out of memory: Killed process 9{'' if said[:1] in {',', ''} else ' '}{said}", _TRANSPORT="kernel"
    )
    reading = read(services=framed(SERVICES, oom=kernel))
    assert reading.oom is not None
    assert [one.victim for one in reading.oom.log or ()] == [victim]


def test_without_systemd_the_kernels_ring_buffer_tells_of_kills() -> None:
    ring = "[85800.25] Memory cgroup out of memory: Killed process 9 (worker) total-vm:1kB"
    reading = read(services=framed({"absent": "", "uptime": "86400.00 1.0", "dmesg": ring}))
    assert reading.oom is not None
    assert reading.oom.log is not None
    assert reading.oom.log[0].victim == "worker (pid 9)"
    assert reading.oom.log[0].at == NOW - timedelta(seconds=599.75)


@pytest.mark.parametrize(
    ("part", "text", "rules"),
    [
        ("chrony", CLOCK["chrony"], []),
        ("chrony", CLOCK["chrony"].replace("0.000009648", "-0.080"), ["clock-offset"]),
        ("chrony", CLOCK["chrony"].replace("Normal", "Not synchronised"), ["clock-unsynchronised"]),
        ("chrony", "506 Cannot talk to daemon", ["unread"]),
        ("timesyncd", "yes", []),
        ("timesyncd", "no", ["clock-unsynchronised"]),
        ("ntpq", "stratum=3, leap=00, offset=0.5", []),
        ("ntpq", "stratum=16, leap=11, offset=0.5", ["clock-unsynchronised"]),
        ("timedatectl", "NTP=yes\nCanNTP=yes\nNTPSynchronized=yes", []),
        ("timedatectl", "NTP=no\nCanNTP=yes\nNTPSynchronized=no", ["clock-unsynchronised"]),
        ("timedatectl", "Failed to connect to bus", ["unread"]),
        ("daemon", "ntpd", []),
        ("none", "", ["clock-unsynchronised"]),
        ("container", "docker", []),
    ],
)
def test_the_clock(part: str, text: str, rules: list[str]) -> None:
    assert [one.rule for one in judged(read(clock=framed({part: text})))] == rules


def test_chrony_tells_its_offset() -> None:
    # chronyc's figure is positive when the host is slow: ours says how far the host is ahead.
    reading = read(clock=framed({"chrony": CLOCK["chrony"].replace("0.000009648", "0.080")}))
    assert reading.clock is not None
    assert reading.clock.offset_seconds == -0.08


@pytest.mark.parametrize(
    ("offset", "seconds"),
    [("+1.500ms", -0.0015), ("-2.5s", 2.5), ("+1min 2.000s", -62.0), ("+12us", -1.2e-05)],
)
def test_timesyncd_tells_its_offset(offset: str, seconds: float) -> None:
    status = f"       Server: 192.0.2.1 (ntp)\n       Offset: {offset}\n        Delay: 1.1ms"
    reading = read(clock=framed({"timesyncd": "yes", "timesync": status}))
    assert reading.clock is not None
    assert reading.clock.offset_seconds == pytest.approx(seconds)


def test_packages_that_need_a_reboot() -> None:
    reader = HealthReader()
    text = b"\n@@needs_restarting\nCore libraries were updated:\n  * kernel\nReboot is required\n\n@@=1\n"
    reader.read({"packages": SectionOutput(text)}, NOW)
    (finding,) = judged(read(reader=reader, at=NOW + timedelta(hours=3)))
    assert finding.rule == "reboot-pending"


def test_a_part_that_is_not_read_any_more_becomes_unknown() -> None:
    reader = HealthReader()
    read(reader=reader)
    later = NOW + timedelta(minutes=5)
    reading = reader.read({"system": SectionOutput(framed(VM))}, later)
    assert {one.summary for one in judged(reading)} == {
        "units and journal: last read 5m ago",
        "clock: last read 5m ago",
    }


def test_what_was_never_read_is_unknown() -> None:
    reading = HealthReader().read({}, NOW)
    findings = PANEL.judge(reading, HealthLimits())
    assert len(findings) == 3
    assert {one.level for one in findings} == {Level.UNKNOWN}


def test_a_newer_answer_replaces_the_older_wholly() -> None:
    reader = HealthReader()
    read(reader=reader)
    reading = read(services=b"", reader=reader)
    assert reading.failed_units is None
    assert reading.system_state is None
