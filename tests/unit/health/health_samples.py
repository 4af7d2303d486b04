"""Sections as hosts answer them: captured ones from `captures/`, and a Debian virtual machine in parts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opsconsole.data.host import Host
from opsconsole.panels.health.judge import judge
from opsconsole.panels.health.limits import HealthLimits
from opsconsole.panels.health.reader import HealthReader
from opsconsole.panels.health.reading import HealthReading
from opsconsole.panels.panel import Finding, SectionOutput

CAPTURES = Path(__file__).parent / "captures"
NOW = datetime(2026, 11, 20, 9, 50, tzinfo=UTC)
HOST = Host("web1", "192.0.2.7")

VM = {
    "container": "",
    "uptime": "86400.50 170000.00",
    "pid1": "1 (systemd) S 0 1 1 0 -1 4194560 1 1 1 1 6 3 7 7 20 0 1 0 24 20361216 2885",
    "ticks": "100",
    "kernel": "6.1.0-18-amd64",
    "vmstat": "oom_kill 0",
    "cgroups": "files 43 ./memory.events",
    "mounts": (
        "25 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n"
        "90 25 254:17 / /srv rw,relatime shared:40 - xfs /dev/vdb1 rw,attr2,inode64"
    ),
    "fstab": (
        "# /etc/fstab\nUUID=0f5c / ext4 errors=remount-ro 0 1\n"
        "/dev/vdb1 /srv xfs defaults 0 0\n/dev/vdc none swap sw 0 0\n"
        "/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0"
    ),
    "unmounted": "/media/cdrom0 /media/cdrom0",
    "mountpoints": "/proc\n/sys\n/\n/srv",
    "ext4": "",
    "flag": "",
    "images": "1700000000 vmlinuz-6.1.0-18-amd64",
}
SERVICES = {
    "manager": "NNames=160\nNFailedUnits=0\nSystemState=running",
    "failed": "",
    "access": "readable",
    "restarts": "Status=0",
    "uptime": "86400.50 170000.00",
    "journal": "",
    "oom": "",
}
CLOCK = {"chrony": "AC12,192.0.2.1,3,1795167350.4,0.000009648,0.0,0.0,0.0,0.0,0.4,0.0,0.0,16.1,Normal"}


def framed(parts: dict[str, str], **changes: str | None) -> bytes:
    """Return a section's output; a change of None leaves a part out."""
    chosen = {name: text for name, text in {**parts, **changes}.items() if text is not None}
    return b"".join(f"\n@@{name}\n{text}\n\n@@=0\n".encode() for name, text in chosen.items())


def captured(name: str) -> bytes:
    """Return a captured section."""
    return (CAPTURES / f"{name}.txt").read_bytes()


def read(
    system: bytes | None = None,
    services: bytes | None = None,
    clock: bytes | None = None,
    *,
    reader: HealthReader | None = None,
    at: datetime = NOW,
    observed: object | None = None,
) -> HealthReading:
    """Read sections; those not given are of a healthy virtual machine."""
    sections = {
        "system": SectionOutput(framed(VM) if system is None else system),
        "services": SectionOutput(framed(SERVICES) if services is None else services),
        "clock": SectionOutput(framed(CLOCK) if clock is None else clock),
    }
    return (reader or HealthReader()).read(sections, at, observed)


def judged(reading: HealthReading, **limits: Any) -> list[Finding]:
    """Judge with the default limits, some changed."""
    return judge(reading, HealthLimits(**limits))
