"""df and the table of mounts: odd names, bind mounts, missing inodes, a mount that does not answer."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsconsole.data.host import Host
from opsconsole.panels.panel import SectionOutput
from opsconsole.panels.resources import PANEL
from opsconsole.panels.resources.blocks import split_blocks
from opsconsole.panels.resources.filesystems import parse
from opsconsole.panels.resources.limits import ResourceLimits
from opsconsole.panels.resources.probe import SECTIONS

T0 = datetime(2026, 11, 20, tzinfo=UTC)
SLOW = next(one.script for one in SECTIONS if one.name == "slow")
SHELLS = [["dash"], ["busybox", "ash"], ["bash"]]

MOUNTS = r"""21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:5 / /proc rw - proc proc rw
23 21 0:24 / /run rw,nosuid shared:5 master:2 - tmpfs tmpfs rw
24 23 0:25 / /run/credentials/x ro - tmpfs none ro
25 21 8:17 / /srv/my\040data rw,noatime - xfs /dev/sdb1 ro
26 21 8:1 /var/app /var/lib/app/bind rw - ext4 /dev/sda1 rw
27 21 0:30 / /mnt/nfs rw - nfs4 server:/export rw
28 21 7:3 / /snap/core/1 ro - squashfs /dev/loop3 ro
29 21 8:33 / /mnt/dead rw - ext4 /dev/sdc1 rw
30 21 8:49 / /mnt/glob*[x] rw - ext4 /dev/sdd1 rw
31 21 0:40 / /var/lib/docker/overlay2/1/merged rw - overlay overlay rw
"""

# Answers like df for the mounts above; hangs for /mnt/dead alone or among others.
FAKE_DF = r"""#!/bin/sh
option=$1; shift
for mount do [ "$mount" = /mnt/dead ] && [ -n "$DEAD" ] && exec sleep 60; done
echo "Filesystem 1024-blocks Used Available Capacity Mounted on"
for mount do
  [ "$mount" = "$SHUT" ] && { echo "df: $mount: Permission denied" >&2; continue; }
  case $mount in
  /) device=/dev/sda1 used=40 ;; /run | /srv/own/*) device=tmpfs used=1 ;;
  '/srv/my data') device=/dev/sdb1 used=99 ;;
  /var/lib/app/bind) device=/dev/sda1 used=40 ;; *) device=/dev/sdx${#mount} used=50 ;;
  esac
  echo "$device 100 $used $((100 - used)) $used% $mount"
done
"""


def run_slow(
    shell: list[str], tmp_path: Path, *, dead: str = "", shut: str = "", mounts: str = MOUNTS
) -> bytes:
    """Run the real script on a made-up table of mounts and a df that can hang, with waits of its own.

    Args:
        shell: The shell that runs it.
        tmp_path: Where the table and df are put.
        dead: Not empty: df hangs at /mnt/dead.
        shut: The mount point that df may not look at.
        mounts: The table.
    """
    (tmp_path / "mounts").write_text(mounts)
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "df").write_text(FAKE_DF)
    (folder / "df").chmod(0o755)
    # What always hangs is waited for shortly; what answers may take its time.
    every, each = ("1", "3") if dead else ("25", "25")
    script = SLOW.replace("/proc/self/mountinfo", str(tmp_path / "mounts"))
    script = script.replace("-k 1 1'", f"-k 1 {each}'").replace("-k 1 4'", f"-k 1 {every}'")
    done = subprocess.run(
        [shutil.which(shell[0]) or shell[0], *shell[1:], "-c", script],
        capture_output=True,
        timeout=60,
        env={"PATH": f"{folder}:/usr/bin:/bin", "DEAD": dead, "SHUT": shut},
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[-1])
def test_script_asks_for_real_local_mounts_only(shell: list[str], tmp_path: Path) -> None:
    spaces, silent, lost, _ = parse(split_blocks(run_slow(shell, tmp_path)))
    assert silent == lost == []
    assert [(one.mount, one.device, one.type, one.read_only) for one in spaces] == [
        ("/srv/my data", "/dev/sdb1", "xfs", True),
        ("/mnt/dead", "/dev/sdx9", "ext4", False),
        ("/mnt/glob*[x]", "/dev/sdx13", "ext4", False),
        ("/", "/dev/sda1", "ext4", False),
        ("/run", "tmpfs", "tmpfs", False),
    ]


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[-1])
def test_a_mount_that_hangs_is_unknown_and_the_others_are_read(shell: list[str], tmp_path: Path) -> None:
    reader = PANEL.reader(Host("a", "a"))
    reading = reader.read({"slow": SectionOutput(run_slow(shell, tmp_path, dead="yes"))}, T0)
    mounts = {one.mount for one in reading.filesystems}
    assert mounts == {"/", "/run", "/srv/my data", "/mnt/glob*[x]"}
    assert all(one.inodes == 100 for one in reading.filesystems)
    [finding] = PANEL.judge(reading, ResourceLimits())
    assert (finding.level.word, finding.subject) == ("unknown", "/mnt/dead")
    assert finding.summary == "/mnt/dead: does not answer (df timed out)"


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[-1])
def test_a_mount_that_df_may_not_look_at_is_unknown(shell: list[str], tmp_path: Path) -> None:
    reader = PANEL.reader(Host("a", "a"))
    reading = reader.read({"slow": SectionOutput(run_slow(shell, tmp_path, shut="/srv/my data"))}, T0)
    assert {one.mount for one in reading.filesystems} == {"/", "/run", "/mnt/dead", "/mnt/glob*[x]"}
    [finding] = PANEL.judge(reading, ResourceLimits())
    assert (finding.level.word, finding.subject) == ("unknown", "/srv/my data")
    assert finding.summary == "/srv/my data: df could not read it"


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[-1])
def test_hundreds_of_bind_mounts_hide_no_file_system(shell: list[str], tmp_path: Path) -> None:
    binds = "".join(f"{at} 21 0:24 / /srv/bind/{at} rw - tmpfs tmpfs rw\n" for at in range(100, 400))
    last = "900 21 8:65 / /late ro - ext4 /dev/sde1 rw\n901 21 8:65 / /much/later rw - ext4 /dev/sde1 rw\n"
    said = run_slow(shell, tmp_path, mounts=MOUNTS + binds + last)
    reading = PANEL.reader(Host("a", "a")).read({"slow": SectionOutput(said)}, T0)
    assert not reading.unread
    assert {one.mount for one in reading.filesystems if one.mount.startswith(("/run", "/srv/bind"))} == {
        "/run"
    }
    assert {"/late", "/much/later"} & {one.mount for one in reading.filesystems if not one.read_only} == {
        "/much/later"
    }


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[-1])
def test_file_systems_beyond_the_most_are_unknown(shell: list[str], tmp_path: Path) -> None:
    many = "".join(f"{at} 21 0:{at} / /srv/own/{at} rw - tmpfs tmpfs rw\n" for at in range(100, 307))
    said = run_slow(shell, tmp_path, mounts=many)
    reading = PANEL.reader(Host("a", "a")).read({"slow": SectionOutput(said)}, T0)
    assert len(reading.filesystems) == 200
    [finding] = PANEL.judge(reading, ResourceLimits())
    assert (finding.level.word, finding.subject) == ("unknown", "further file systems")
    assert finding.summary == "further file systems: 7 more than the 200 that are read"


def test_an_unreadable_table_of_mounts_is_unknown(tmp_path: Path) -> None:
    script = SLOW.replace("/proc/self/mountinfo", str(tmp_path / "none"))
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, timeout=60, check=True)
    reading = PANEL.reader(Host("a", "a")).read({"slow": SectionOutput(done.stdout)}, T0)
    assert [one.part for one in reading.unread] == ["file systems"]


def test_a_read_only_bind_mount_does_not_hide_that_the_disk_is_full() -> None:
    text = (
        "==> mounts <==\n/dev/sdb1 /srv/data ext4 rw\n/dev/sdb1 /ro ext4 ro\n"
        "==> df <==\n/dev/sdb1 100 99 1 99% /srv/data\n/dev/sdb1 100 99 1 99% /ro\n"
    )
    reading = PANEL.reader(Host("a", "a")).read({"slow": SectionOutput(text.encode())}, T0)
    found = PANEL.judge(reading, ResourceLimits())
    assert {(one.level.word, one.subject) for one in found} >= {("critical", "/srv/data")}


@pytest.mark.parametrize(
    ("mount", "df", "lost"),
    [
        ("/dev/sdb1 /data xfs rw", "", ["/data"]),
        ("/dev/sdb1 /my\\040data xfs rw", "", ["/my data"]),
        ("/dev/sdb1 /x\\033[31m xfs rw", "", ["/x?[31m"]),
        ("tank/db /data zfs rw", "", ["/data"]),
        ("tmpfs /srv/shut tmpfs rw", "tmpfs 100 1 99 1% /run", ["/srv/shut"]),
        # BusyBox tells of a device at one of its mount points only.
        ("/dev/sdb1 /again xfs rw", "/dev/sdb1 100 10 90 10% /data", []),
        # Pseudo file systems have no size, or not even a number for it.
        ("odd /odd odd rw", "odd 0 0 0 - /odd", []),
        ("odd /odd odd rw", "odd - - - - /odd", []),
        ("none /srv/masked tmpfs ro", "", []),
        ("app /tmp/.mount_app fuse.app.AppImage ro", "", []),
        ("", "/dev/sdb1 100 10 90 10% /unlisted", []),
    ],
)
def test_what_df_was_asked_for_and_tells_nothing_of(mount: str, df: str, lost: list[str]) -> None:
    text = f"==> mounts <==\n/dev/a / ext4 rw\n{mount}\n==> df <==\n/dev/a 100 10 90 10% /\n{df}\n"
    found = parse(split_blocks(text.encode()))
    assert found.lost == lost
    reading = PANEL.reader(Host("a", "a")).read({"slow": SectionOutput(text.encode())}, T0)
    assert [(one.part, one.reason) for one in reading.unread] == [
        (one, "df could not read it") for one in lost
    ]


def spaces_of(df: str, mounts: str = "", inodes: str = "") -> list[tuple[str, int, float]]:
    text = f"==> mounts <==\n{mounts}\n==> df <==\n{df}\n==> inodes <==\n{inodes}\n"
    spaces, *_ = parse(split_blocks(text.encode()))
    return [(one.mount, one.available_bytes, one.used_percent) for one in spaces]


def test_reserved_blocks_make_available_negative_and_full_is_full() -> None:
    assert spaces_of("/dev/sda1 1000 1000 -50 105% /full") == [("/full", 0, 100.0)]


def test_worst_first_and_empty_sizes_hidden() -> None:
    df = (
        "/dev/sda1 100 10 90 10% /a\n/dev/sdb1 100 90 10 90% /b\n"
        "none 0 0 0 - /pseudo\n//srv/a b 100 20 80 20% /c d"
    )
    assert [one[0] for one in spaces_of(df)] == ["/b", "/c d", "/a"]


@pytest.mark.parametrize("line", ["btrfs 0 0 0 - /a", "vfat - - - - /a", "nonsense"])
def test_types_without_inodes(line: str) -> None:
    text = (
        f"==> mounts <==\n/dev/a /a btrfs rw\n==> df <==\n/dev/a 100 10 90 10% /a\n==> inodes <==\n{line}\n"
    )
    spaces, *_ = parse(split_blocks(text.encode()))
    assert spaces[0].inodes is None
    assert spaces[0].inodes_used_percent is None


def test_a_mount_point_cannot_forge_a_section() -> None:
    df = "/dev/a 100 10 90 10% /x ==> df <==\n/dev/b 100 99 1 99% /b"
    assert {one[0] for one in spaces_of(df)} == {"/x ==> df <==", "/b"}


def test_hostile_mount_point_is_cleaned() -> None:
    assert spaces_of("/dev/a 100 10 90 10% /x\x1b[31m\u202ered")[0][0] == "/xred"
