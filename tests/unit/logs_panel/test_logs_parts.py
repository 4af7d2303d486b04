"""Parts of the logs panel's sections that no lab host happens to send, in the form that the tools have."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opsconsole.panels.logs import PANEL
from opsconsole.panels.logs.limits import LogsLimits
from opsconsole.panels.logs.reading import ContainerLog, LogsReading, UnitErrors
from opsconsole.panels.panel import Finding, Level, SectionOutput
from tests.unit.logs_panel.logs_samples import NOW, framed, host, read

MIB = 2048  # blocks of 512 bytes
CONF = b">644 0 /etc/logrotate.conf\n|daily\n|rotate 7\n|include /etc/logrotate.d\n"
APP = b">644 0 /etc/logrotate.d/app\n|/var/log/app/*.log {\n|  compress\n|  olddir /srv/old\n|}\n"
SECONDS = int(NOW.timestamp())
STATE = str(SECONDS).encode() + b" /var/lib/logrotate/status\n"


def log(path: bytes, mebibytes: int, *, days_ago: int = 0) -> bytes:
    blocks, seconds = mebibytes * MIB, SECONDS - days_ago * 86400
    return b"%d %d %d.5 %s\n" % (blocks, mebibytes << 20, seconds, path)


def found(reading: LogsReading, **limits: float) -> list[Finding]:
    return PANEL.judge(reading, LogsLimits(**limits))  # type: ignore[arg-type]


def rotated(**more: bytes) -> LogsReading:
    return host(**({"configuration": CONF + APP, "state": STATE} | more))


def test_logs_that_nothing_rotates_are_found_and_those_with_a_rule_are_not() -> None:
    reading = rotated(
        logs=log(b"/var/log/big.log", 900)
        + log(b"/var/log/app/a.log", 800)
        + log(b"/var/log/app/a.log.1.gz", 700)
        + log(b"/srv/old/a.log-20260101", 600)
        + log(b"/var/log/lastlog", 500)
        + log(b"/var/log/small.log", 1)
        + b"end 0\n"
    )
    assert [one.path for one in reading.uncovered or ()] == ["/var/log/big.log", "/var/log/small.log"]
    (finding,) = found(reading)
    assert (finding.level, finding.rule, finding.subject) == (
        Level.WARNING,
        "log-uncovered",
        "/var/log/big.log",
    )
    assert finding.summary == "/var/log/big.log is rotated by nothing: 900M"
    assert finding.suggests == "log-rotation"
    assert reading.log_count == 6


def test_a_log_that_its_own_program_rotates_is_told_and_no_finding() -> None:
    reading = rotated(logs=log(b"/opt/a.log", 900) + log(b"/opt/a.log.1", 900) + log(b"/opt/a.log.2.gz", 90))
    (one,) = reading.uncovered or ()
    assert (one.path, one.rotated, one.size_bytes) == ("/opt/a.log", 2, 1890 << 20)
    assert found(reading) == []


def test_a_log_that_nobody_writes_does_not_grow() -> None:
    assert found(rotated(logs=log(b"/var/log/install.log", 900, days_ago=8))) == []
    assert len(found(rotated(logs=log(b"/var/log/install.log", 900, days_ago=6)))) == 1


def test_without_logrotate_a_large_log_is_found_all_the_same() -> None:
    (finding,) = found(host(logs=log(b"/var/log/big.log", 900)))
    assert finding.summary.endswith("900M (there is no logrotate)")


def usage(mount: bytes, entries: bytes, size_kib: int = 20_480) -> bytes:
    return framed(
        who=b"0", usage=b"=%s\n>50 %d %d\n#12 400\nend 0\n%s" % (mount, size_kib, size_kib, entries)
    )


def test_on_a_small_file_system_a_small_log_counts() -> None:
    logs = b"\n@@who\n0 1 2\n@@=0\n" + framed(
        configuration=CONF, state=STATE, logs=log(b"/var/log/app/a.log", 3)
    )
    reading = read({"host": logs, "walk": usage(b"/var/log/app", b"f3072\t/var/log/app/a.log\n")})
    (finding,) = found(reading)
    assert finding.summary == "/var/log/app/a.log is rotated by nothing: 3.0M, 8 % of /var/log/app"
    wide = read({"host": logs, "walk": usage(b"/var/log/app", b"", size_kib=1 << 30)})
    assert found(wide) == []


def test_large_logs_elsewhere_are_found_by_the_walk() -> None:
    entries = (
        b"d999999\t/opt/shop\nf900000\t/opt/shop/app.log\n!%d\nf900000\t/var/lib/db/000012.log\n!%d\n"
        b"f900000\t/opt/shop/data.bin\n" % (SECONDS, SECONDS)
    )
    reading = read(
        {
            "host": framed(who=b"0 1 2", configuration=CONF, state=STATE, logs=b"end 0\n"),
            "walk": usage(b"/", entries, size_kib=1 << 30),
        }
    )
    assert [one.path for one in reading.uncovered or ()] == ["/opt/shop/app.log"]
    assert [one.rule for one in found(reading)] == ["log-uncovered"]


DRY_RUN = b"""|warning: logrotate in debug mode does nothing except printing debug messages!
|warning: app:2 unknown option 'x y' -- ignoring line
|error: app:7, unexpected text after }
|error: found error in file app, skipping
|error: Ignoring loose because it is writable by group or others.
|error: skipping "/var/log/app/a.log" because parent directory has insecure permissions (It's world writable)
|error: stat of /var/log/app/b.log failed: No such file or directory
|error: cannot stat /nonexistent: No such file or directory
|error: /etc/logrotate.conf:prerotate, postrotate or preremove without endscript
|status 1
"""


def test_what_the_dry_run_says_gets_its_file_and_line() -> None:
    reading = rotated(dry=DRY_RUN)
    assert reading.rotation is not None
    assert [(one.place, one.message, one.rotates) for one in reading.rotation.problems] == [
        ("/etc/logrotate.d/app:2", "unknown option 'x y'", False),
        ("/etc/logrotate.d/app:7", "unexpected text after }", False),
        ("loose", "it is writable by group or others.", False),
        (
            "/etc/logrotate.d/app:1",
            'skipping "/var/log/app/a.log" because parent directory has insecure permissions '
            "(It's world writable)",
            False,
        ),
        ("/etc/logrotate.d/app:1", "stat of /var/log/app/b.log failed: No such file or directory", True),
        ("", "cannot stat /nonexistent: No such file or directory", False),
    ]
    assert [one.rule for one in found(reading)] == ["logrotate-broken"] * 5


def test_where_the_dry_run_is_not_to_be_had_our_own_reading_counts() -> None:
    broken = b">644 0 /etc/logrotate.d/b\n|/var/log/b {\n|  rotate\n|}\n|/var/log/c {\n"
    loose = b">664 0 /etc/logrotate.d/loose\n|}\n>644 33 /etc/logrotate.d/mine\n|}\n"
    for dry in ({}, {"dry": b"|status 124\n"}, {"nodry": b"createolddir\n"}):
        reading = rotated(configuration=CONF + APP + broken + loose, **dry)
        assert reading.rotation is not None
        assert reading.rotation.proved_by == "our own reading"
        assert {(one.place, one.effect) for one in reading.rotation.problems} == {
            ("/etc/logrotate.d/b:2", "the whole rule is skipped"),
            ("/etc/logrotate.d/b:4", "taken as it is"),
            ("/etc/logrotate.d/loose", "the whole file is ignored"),
            ("/etc/logrotate.d/mine", "the whole file is ignored"),
        }
        assert [one.rule for one in found(reading)] == ["logrotate-broken"] * 3  # what is taken is no finding


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"state": str(SECONDS - 4 * 86400).encode() + b" /s\n"}, "logrotate last ran 4d ago"),
        ({"state": (b"", 3), "who": b"0 %d 2" % (SECONDS - 9 * 86400)}, "logrotate never ran in the 9d"),
        ({"state": (b"", 3), "who": b"0 %d 2" % (SECONDS - 3600)}, ""),
        ({"state": STATE}, ""),
    ],
)
def test_a_logrotate_that_does_not_run_is_found(parts: dict[str, object], words: str) -> None:
    all_parts = {"who": b"0 1795671421 2", "configuration": CONF + APP, **parts}
    said = [one.summary for one in found(read({"host": framed(**all_parts)}))]  # type: ignore[arg-type]
    assert [one.startswith(words) for one in said] == ([True] if words else [])


def test_deleted_files_are_told_once_with_all_holders() -> None:
    one = b"-%d %d 1 8 77\n=nginx\n+nginx.service\n*/var/log/nginx/access.log (deleted)\n"
    reading = rotated(
        deleted=one % (900, 300 * MIB)
        + one % (812, 300 * MIB)
        + b"-5 99999 1 1 5\n=x\n+\n*/memfd:x (deleted)\n-6 99999 1 1 6\n=x\n+\n*/dev/shm/y (deleted)\n"
    )
    (gone,) = reading.deleted or ()
    assert (gone.path, gone.pids, gone.size_bytes) == ("/var/log/nginx/access.log", (812, 900), 300 << 20)
    (finding,) = found(reading)
    assert (finding.rule, finding.subject) == ("deleted-open", "nginx.service")
    assert finding.summary == "nginx (pid 812, 900) holds 300M deleted: /var/log/nginx/access.log"
    assert found(reading, deleted_bytes=301 << 20) == []


def container(mebibytes: int, config: bytes, name: bytes = b"shop") -> bytes:
    return b'-%d 1 aaaabbbbcccc1111\n="Name":"/%s"\n+"LogConfig":%s\n' % (mebibytes * MIB, name, config)


def test_container_logs_without_limit() -> None:
    reading = rotated(
        containers=container(400, b'{"Type":"json-file","Config":{}}')
        + container(300, b'{"Type":"json-file","Config":{"max-size":"10m"}}', b"limited")
        + container(200, b'{"Type":"local","Config":{}}', b"local")
        + container(100, b"{broken", b"broken")
        + container(1, b'{"Type":"json-file","Config":{"max-size":"-1"}}', b"small"),
        daemon=b'|{"log-driver": "json-file",\n| "log-opts": {"max-size": "50m"}}\n',
    )
    assert reading.containers == (
        ContainerLog("shop", 400 << 20, ""),
        ContainerLog("limited", 300 << 20, "10m"),
        ContainerLog("local", 200 << 20, "local driver"),
        ContainerLog("broken", 100 << 20, None),
        ContainerLog("small", 1 << 20, ""),
    )
    assert reading.new_containers_limit == "50m"
    (finding,) = found(reading)
    assert finding.summary == "log of container shop has no limit: 400M"


def errors(now: bytes, yesterday: bytes, reach: bytes) -> LogsReading:
    return rotated(access=b"readable", now=now, yesterday=yesterday, reach=reach)


def test_errors_are_held_against_the_same_hour_yesterday() -> None:
    now = b"400 =\n120 orders.service\n100 sshd\n90 kernel\n30 new.service\n5 few.service\n"
    reading = errors(now, b"60 =\n30 kernel\n2 orders.service\n1 sshd\n", b"1")
    assert (reading.errors or ())[0] == UnitErrors("orders.service", 120, 2)
    assert [one.summary for one in found(reading)] == [
        "orders.service: 120 errors in 1 h, 2 in the same hour yesterday",
        "new.service: 30 errors in 1 h, 0 in the same hour yesterday",
    ]
    assert found(reading, errors_floor=1000) == []


def test_a_journal_that_does_not_reach_back_is_compared_with_nothing() -> None:
    reading = errors(b"120 =\n120 orders.service\n", b"0 =\n", b"")
    assert (reading.errors_compared, reading.errors) == (False, (UnitErrors("orders.service", 120, None),))
    assert found(reading) == []


def test_what_should_have_been_read_and_was_not_is_unknown() -> None:
    empty = PANEL.reader(None)  # type: ignore[arg-type]
    reading = empty.read({"host": SectionOutput(b"", 124), "walk": SectionOutput(b"", 124)}, NOW)
    assert [(one.level, one.subject) for one in found(reading)] == [
        (Level.UNKNOWN, "logs"),
        (Level.UNKNOWN, "what fills the disks"),
    ]
    assert reading.uncovered is reading.deleted is reading.disks is None
    cut = host(logs=b"end 124\n")
    assert [one.summary for one in found(cut)] == [
        "log files: to look for them took too long: some may be missing"
    ]


def test_the_sections_come_one_after_the_other_and_a_new_one_replaces_the_old() -> None:
    reader = PANEL.reader(None)  # type: ignore[arg-type]
    first = reader.read({"host": SectionOutput(framed(who=b"0 1 2", logs=log(b"/opt/a.log", 90)))}, NOW)
    assert (first.disks, len(first.uncovered or ())) == (None, 1)
    second = reader.read({"walk": SectionOutput(usage(b"/opt", b"f92160\t/opt/a.log\n"))}, NOW + timedelta(1))
    assert (second.disks or ())[0].mount == "/opt"
    assert [one.mount for one in second.uncovered or ()] == ["/opt"]
    third = reader.read({"host": SectionOutput(framed(who=b"0 1 2", logs=b"end 0\n"))}, NOW + timedelta(2))
    assert third.uncovered == ()


@pytest.mark.parametrize(
    ("lines", "walk", "why"),
    [
        (b"~many\n", "none", "very many files"),
        (b"~late\n", "none", "the time"),
        (b"end 124\n", "partial", "it took too long"),
        (b"end 1\n", "partial", "not all"),
        (b"", "partial", "it took too long"),
        (b"end 0\n", "whole", ""),
    ],
)
def test_how_much_of_a_file_system_is_known_is_said(lines: bytes, walk: str, why: str) -> None:
    body = b"=/srv\n>10 100 900\n#0 0\n" + lines
    (disk,) = read({"walk": framed(who=b"0", usage=body)}).disks or ()
    assert (disk.walk, disk.why.startswith(why), disk.file_count) == (walk, True, None)


def test_what_is_not_on_the_file_system_is_not_taken() -> None:
    body = b"=/srv\n>10 100 900\nd50\t/srv\nf40\t/srv2/x\nf30\t/etc/passwd\nf20\t/srv/x\n"
    (disk,) = read({"walk": framed(who=b"0", usage=body)}).disks or ()
    assert [one.path for one in disk.files] == ["/srv/x"]


def test_a_configuration_too_large_to_compare_is_unknown_and_holds_nobody_up() -> None:
    rules = b"".join(b"|/var/log/*%d*x {\n|}\n" % number for number in range(4000))
    many = b"".join(log(b"/var/log/%d.log" % number, 1) for number in range(1000))
    reading = rotated(configuration=CONF + rules, logs=many + b"end 0\n")
    assert reading.uncovered is None
    (finding,) = found(reading)
    assert (finding.level, finding.subject) == (Level.UNKNOWN, "logs without a rule")
