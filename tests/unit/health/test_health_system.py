"""The section `system`: reboot, mounts, uptime, counters of kills."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opsconsole.panels.health.reader import HealthReader
from opsconsole.panels.panel import Level
from tests.unit.health.health_samples import NOW, SERVICES, VM, framed, judged, read

ROOT = VM["mounts"].split("\n")[0]
DATA = VM["mounts"].split("\n")[1]


def test_a_healthy_machine_has_no_finding() -> None:
    reading = read()
    assert judged(reading) == []
    assert reading.container == ""
    assert reading.uptime_seconds == 86400.5
    assert reading.reboot is not None
    assert reading.reboot.required is False
    assert reading.mounts is not None
    assert reading.mounts.read_only == reading.mounts.missing == ()


def test_a_container_counts_its_uptime_from_its_own_start() -> None:
    pid1 = VM["pid1"].replace(" 0 24 ", " 0 8600000 ")
    reading = read(framed(VM, container="docker", pid1=pid1))
    assert reading.uptime_seconds == pytest.approx(400.5)


@pytest.mark.parametrize(
    ("mounts", "fstab", "container", "fault"),
    [
        # The kernel stopped writing after an error: the mount still says rw, the file system ro.
        (ROOT.replace("ext4 /dev/vda1 rw", "ext4 /dev/vda1 ro"), VM["fstab"], "", "the kernel stopped"),
        # Somebody remounted it read-only, and fstab wants it writable.
        (ROOT.replace("rw,", "ro,"), VM["fstab"], "", "fstab wants it writable"),
        (ROOT.replace("rw,", "ro,"), "/dev/vda1 / ext4 ro 0 1", "", ""),
        (ROOT.replace("rw,", "ro,"), "", "", ""),
        (ROOT.replace("rw,", "ro,", 1), VM["fstab"], "", ""),  # a read-only bind over a writable one
        (ROOT.replace("rw,", "ro,"), "", "docker", ""),
        (f"{ROOT}\n9 25 7:1 / /snap/core/1 ro,nodev - squashfs /dev/loop1 ro", VM["fstab"], "", ""),
        (f"{ROOT}\n9 25 7:1 / /media rw,nodev - iso9660 /dev/sr0 ro", VM["fstab"], "", ""),
        (ROOT.replace("ext4 /dev/vda1 rw", "ext4 /dev/vda1 ro"), "", "docker", "the kernel stopped"),
    ],
)
def test_read_only_by_design_is_told_from_a_fault(
    mounts: str, fstab: str, container: str, fault: str
) -> None:
    fstab = fstab.replace("/dev/vdb1", "#")
    reading = read(framed(VM, mounts=mounts, fstab=fstab, container=container))
    assert reading.mounts is not None
    assert len(reading.mounts.read_only) == 1
    findings = judged(reading)
    assert [one.rule for one in findings] == (["mount-read-only"] if fault else [])
    if fault:
        assert findings[0].level is Level.CRITICAL
        assert findings[0].subject == "/"
        assert fault in findings[0].summary


@pytest.mark.parametrize(
    ("options", "unmounted", "level"),
    [
        ("defaults", "/srv /srv", Level.CRITICAL),
        ("defaults,nofail", "/srv /srv", Level.WARNING),
        ("noauto", "/srv /srv", None),
        ("x-systemd.automount", "/srv /srv", None),
        ("defaults", "/srv /data/srv", None),  # /srv is a link to what is mounted
    ],
)
def test_what_fstab_wants_must_be_mounted(options: str, unmounted: str, level: Level | None) -> None:
    system = framed(
        VM,
        mounts=ROOT,
        mountpoints="/proc\n/\n/data/srv",
        fstab=f"/dev/vda1 / ext4 defaults 0 1\n/dev/vdb1 /srv xfs {options} 0 0",
        unmounted=unmounted,
    )
    findings = judged(read(system))
    assert [one.level for one in findings] == ([] if level is None else [level])
    assert all(one.summary == "/srv is not mounted, fstab wants it (/dev/vdb1)" for one in findings)


def test_a_cut_list_of_mount_points_is_unknown() -> None:
    cut = framed(VM).replace(b"/srv\n\n@@=0\n\n@@ext4", b"/sr\n@@ext4")
    (finding,) = judged(read(cut))
    assert finding.level is Level.UNKNOWN
    assert finding.subject == "missing mounts"


def test_mount_points_with_spaces_are_found() -> None:
    system = framed(
        VM,
        mounts=f"{ROOT}\n{DATA.replace('/srv', '/my' + chr(92) + '040data')}",
        mountpoints="/\n/my\\040data",
        fstab="/dev/vda1 / ext4 defaults 0 1\n/dev/vdb1 /my\\040data xfs defaults 0 0",
    )
    assert judged(read(system)) == []


def test_recorded_file_system_errors_are_a_warning() -> None:
    (finding,) = judged(read(framed(VM, ext4="vda1 254:1 3 1795160000\nvdz 9:9 7 1795160000")))
    assert (finding.rule, finding.subject, finding.level) == ("filesystem-errors", "/", Level.WARNING)
    assert finding.summary == "/ has 3 file system errors since its last fsck, last 2026-11-20 07:33 UTC"


@pytest.mark.parametrize(
    ("flag", "images", "reason"),
    [
        ("", "1700000000 vmlinuz-6.1.0-18-amd64", ""),
        ("", "1795000000 vmlinuz-6.1.0-28-amd64", "kernel 6.1.0-28-amd64 is installed, 6.1.0-18-amd64 runs"),
        ("", "1795000000 vmlinuz-6.1.0-9-amd64", ""),  # older: 9 < 18
        ("", "1795000000 vmlinuz-6.1.0-28-cloud-amd64", ""),  # another flavour
        ("", "1795000000 vmlinuz-0-rescue-6.9", ""),
        (
            "since 1795000000\nlinux-image-amd64\nlibc6",
            "",
            "reboot-required is set by libc6, linux-image-amd64",
        ),
    ],
)
def test_a_pending_reboot(flag: str, images: str, reason: str) -> None:
    reading = read(framed(VM, flag=flag, images=images))
    findings = judged(reading)
    assert [one.rule for one in findings] == (["reboot-pending"] if reason else [])
    if reason:
        assert findings[0].summary == f"reboot pending for 1d: {reason}"
        assert findings[0].level is Level.WARNING
        assert judged(reading, reboot_pending_warning_seconds=7 * 86400) == []


def test_a_reboot_that_cannot_be_told_is_unknown() -> None:
    (finding,) = judged(read(framed(VM, flag=None, images=None)))
    assert finding.level is Level.UNKNOWN


def test_a_newer_rpm_kernel_is_found() -> None:
    system = framed(
        VM, kernel="5.14.0-362.8.1.el9_3.x86_64", images="1795000000 vmlinuz-5.14.0-427.13.1.el9_4.x86_64"
    )
    assert [one.rule for one in judged(read(system))] == ["reboot-pending"]


def kills(reader: HealthReader, minute: int, **parts: str | None) -> list[str]:
    at = NOW + timedelta(minutes=minute)
    reading = read(framed(VM, **parts), reader=reader, at=at)
    return [f"{one.level.word}: {one.summary}" for one in judged(reading) if one.rule == "oom-kill"]


def test_kills_are_the_rise_of_the_counter_over_an_hour() -> None:
    reader = HealthReader()
    assert kills(reader, 0, vmstat="oom_kill 7") == []  # before our time, and the log tells of none lately
    assert kills(reader, 1, vmstat="oom_kill 7") == []
    groups = (
        "files 9 ./memory.events\n./system.slice/memory.events:oom_kill 2\n"
        "./system.slice/db.service/memory.events:oom_kill 2"
    )
    assert kills(reader, 2, vmstat="oom_kill 9", cgroups=groups) == [
        "warning: 2 processes killed for want of memory in the last hour: system.slice/db.service"
    ]
    assert kills(reader, 50, vmstat="oom_kill 12", cgroups=groups)[0].startswith("critical: 5 processes")
    assert kills(reader, 63, vmstat="oom_kill 12", cgroups=groups)[0].startswith("warning: 3 processes")
    assert kills(reader, 111, vmstat="oom_kill 12", cgroups=groups) == []


def test_a_counter_that_went_back_counts_from_zero() -> None:
    reader = HealthReader()
    kills(reader, 0, vmstat="oom_kill 40")
    assert kills(reader, 1, vmstat="oom_kill 1")[0].startswith("warning: 1 process killed")


def test_a_container_counts_its_own_groups_not_the_machine() -> None:
    reader = HealthReader()
    quiet = {"container": "docker", "cgroups": "files 9 ./memory.oom_control"}
    assert kills(reader, 0, vmstat="oom_kill 3", **quiet) == []
    assert kills(reader, 1, vmstat="oom_kill 9", **quiet) == []
    groups = "files 9 ./memory.oom_control\n"
    groups += "./app/memory.oom_control:oom_kill 1\n./app/worker/memory.oom_control:oom_kill 2"
    assert kills(reader, 2, container="docker", cgroups=groups) == [
        "warning: 3 processes killed for want of memory in the last hour: app, app/worker"
    ]


def test_kills_since_boot_without_a_log_are_unknown() -> None:
    reading = read(framed(VM, vmstat="oom_kill 2"), framed(SERVICES, access="forbidden", oom=None))
    (finding,) = [one for one in judged(reading) if one.rule == "oom-kill"]
    assert finding.level is Level.UNKNOWN
    assert "2 kills for want of memory since boot" in finding.summary


def test_in_cgroup_v1_no_count_does_not_mean_no_kill() -> None:
    for version, total in (("./memory.oom_control", None), ("./memory.events", 0)):
        reading = read(framed(VM, container="docker", cgroups=f"files 9 {version}"))
        assert reading.oom is not None
        assert reading.oom.total == total
