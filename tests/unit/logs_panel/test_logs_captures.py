"""What the lab's hosts really sent, read: each value as the host's own tools said it then."""

from __future__ import annotations

import json

import pytest

from opsconsole.panels.logs import PANEL
from opsconsole.panels.logs.limits import LogsLimits
from opsconsole.panels.logs.reading import ContainerLog, Note, UnitErrors
from tests.unit.logs_panel.logs_samples import captured, read


@pytest.mark.parametrize("name", ["web2", "trixie1", "busy1", "nosystemd1", "ro1", "web1_plain"])
def test_a_healthy_host_has_no_finding_and_nothing_unread(name: str) -> None:
    reading = read(captured(name))
    assert PANEL.judge(reading, LogsLimits()) == []
    assert reading.unread == ()
    assert reading.disks
    assert json.loads(json.dumps(PANEL.to_json(reading), allow_nan=False))["taken_at"]


def test_what_fills_the_disk_of_a_debian_host() -> None:
    disks = {disk.mount: disk for disk in read(captured("web1_faulty")).disks or ()}
    assert set(disks) == {"/", "/run", "/tmp", "/var/log/app"}
    root = disks["/"]
    assert (root.walk, root.used_percent, root.file_count) == ("whole", 24.0, 449_127)
    assert (root.used_bytes, root.available_bytes) == (25_059_260 * 1024, 81_331_652 * 1024)
    assert [(one.path, one.size_bytes) for one in root.files[:2]] == [
        ("/var/cache/apt/pkgcache.bin", 36_060 * 1024),
        ("/var/cache/apt/srcpkgcache.bin", 36_060 * 1024),
    ]
    named = [one.path for one in root.directories]
    assert "/var/cache/apt" in named
    assert "/var/cache" not in named  # it only leads to /var/cache/apt
    assert all(one.kind == "directory" for one in root.directories)


def test_a_host_with_faults() -> None:
    reading = read(captured("web1_faulty"))
    assert reading.rotation is not None
    assert (reading.rotation.version, reading.rotation.file_count, reading.rotation.rule_count) == (
        "3.21.0",
        9,
        9,
    )
    assert reading.rotation.proved_by == "logrotate -d"
    told = [(one.place, one.message, one.effect) for one in reading.rotation.problems if not one.rotates]
    assert told == [
        ("/etc/logrotate.d/lab-E:2", "unknown option 'dailly'", "the line is ignored"),
        ("/etc/logrotate.d/lab-E:6", "argument expected after rotate count", "the whole rule is skipped"),
    ]
    assert [one.rotates for one in reading.rotation.problems] == [False, False, True, True]
    logs = {log.path: log for log in reading.uncovered or ()}
    assert logs["/var/log/lab-E/big.log"].size_bytes == 3 * 2**20
    assert logs["/var/log/lab-E/new line.log"].rotated == 0  # a newline in its name, on one line
    assert "/var/log/dpkg.log" not in logs
    (gone,) = reading.deleted or ()
    assert (gone.path, gone.size_bytes, gone.process, gone.mount) == (
        "/tmp/lab-E-gone",
        5864 * 512,
        "sleep",
        "/tmp",
    )
    assert reading.journal_bytes == 49_164 * 1024
    assert reading.containers == (ContainerLog("shop", 592 * 512, ""),)
    assert reading.new_containers_limit == ""
    assert reading.errors == (
        UnitErrors("sudo", 17, None),
        UnitErrors("sshd", 7, None),
        UnitErrors("ssh.service", 2, None),
    )
    assert reading.errors_compared is False


def test_a_user_without_root_learns_what_may_be_learned() -> None:
    reading = read(captured("web1_plain"))
    assert reading.all_processes is False
    assert reading.deleted == ()
    assert reading.rotation is not None
    assert reading.rotation.proved_by == "our own reading"
    assert reading.errors is None
    assert Note("errors by unit", "we may not read the journal") in reading.notes
    root = next(disk for disk in reading.disks or () if disk.mount == "/")
    assert (root.walk, root.why) == ("partial", "not all of it could be read")


@pytest.mark.parametrize("name", ["busy1", "nosystemd1", "ro1"])
def test_without_systemd_and_logrotate_they_do_not_apply(name: str) -> None:
    reading = read(captured(name))
    assert reading.rotation is reading.errors is reading.journal_bytes is reading.containers is None
    assert {note.what for note in reading.notes} == {
        "logrotate",
        "journal",
        "containers' logs",
        "errors by unit",
    }
