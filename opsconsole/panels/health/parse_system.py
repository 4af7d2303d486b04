"""The section `system`: container, uptime, kernel, reboot, mounts and the counters of kills."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from opsconsole.data.text import clean_line
from opsconsole.panels.frames import Part, parts
from opsconsole.panels.health.parse_mounts import mounts
from opsconsole.panels.health.parts import moment, real, whole
from opsconsole.panels.health.reading import Mounts, Problem, Reboot

_USUAL_TICKS = 100  # of getconf CLK_TCK, where there is no getconf
_IMAGE = re.compile(r"^(?:vmlinu[xz]|kernel)-(\d[\w.+~-]{0,120})$")


@dataclass(frozen=True, slots=True)
class KillCounters:
    """Counters of kills for want of memory, as they stand.

    Attributes:
        machine: `oom_kill` of /proc/vmstat; None in a container, where it is the machine's.
        cgroups: Path of each control group with any -> its count; None when they cannot be read.
        nested: A group's count includes those below it (cgroup v2).
    """

    machine: int | None = None
    cgroups: Mapping[str, int] | None = None
    nested: bool = True


@dataclass(frozen=True, slots=True)
class System:
    """What the section told; fields as in `HealthReading`."""

    container: str | None = None
    uptime_seconds: float | None = None
    kernel: str = ""
    counters: KillCounters = field(default_factory=KillCounters)
    reboot: Reboot | None = None
    mounts: Mounts | None = None
    problems: tuple[Problem, ...] = ()


def system(text: bytes) -> System:
    """Read the section's output; any bytes give a `System`."""
    found = parts(text)
    if "container" not in found:
        return System(problems=(Problem("system", "the host's answer cannot be read"),))
    container = clean_line(found["container"].body, 32)
    kernel = clean_line(found["kernel"].body, 128) if _good(found, "kernel") else ""
    uptime = _uptime(found, container=bool(container))
    mounted, problems = mounts(found, container=bool(container))
    if uptime is None:
        seen = _good(found, "uptime") and not _good(found, "pid1")
        why = "this user may not see when the container began" if seen else "/proc/uptime cannot be read"
        problems.append(Problem("uptime", why))
    return System(
        container,
        uptime,
        kernel,
        _counters(found, container=bool(container)),
        None if container else _reboot(found, kernel),
        mounted,
        tuple(problems),
    )


def _good(found: Mapping[str, Part], name: str) -> bool:
    return name in found and found[name].status == 0


def _uptime(found: Mapping[str, Part], *, container: bool) -> float | None:
    """Return seconds since boot; in a container since PID 1 started (field 22 of proc_pid_stat(5))."""
    first = found["uptime"].text.split(" ")[0] if _good(found, "uptime") else ""
    uptime = real(first)
    if uptime is None or uptime < 0:
        return None
    if container:
        fields = found["pid1"].text.rpartition(")")[2].split() if "pid1" in found else []
        started = whole(fields[19]) if len(fields) > 19 else None
        if started is None:
            return None  # hidepid: the machine's uptime is not the container's
        ticks = whole(found["ticks"].text) if _good(found, "ticks") else None
        uptime = max(0.0, uptime - started / (ticks or _USUAL_TICKS))
    return uptime


def _counters(found: Mapping[str, Part], *, container: bool) -> KillCounters:
    machine = None
    if not container and _good(found, "vmstat"):
        machine = whole(found["vmstat"].text.removeprefix("oom_kill "))
    part = found.get("cgroups")
    if part is None or part.status != 0 or not part.body.startswith(b"files "):
        return KillCounters(machine)
    counts: dict[str, int] = {}
    nested = not part.text_lines[0].endswith("memory.oom_control")
    for line in part.text_lines[1:]:
        path, _, value = line.rpartition(":")
        count = whole(value.removeprefix("oom_kill "))
        if path.startswith("./") and count is not None and count >= 0:
            counts[clean_line(path.rpartition("/")[0].removeprefix("./"), 256) or "."] = count
    return KillCounters(machine, counts, nested)


def _reboot(found: Mapping[str, Part], kernel: str) -> Reboot:
    """Tell a pending reboot from the flag of Debian and Ubuntu, and from a newer kernel in /boot."""
    reasons: list[str] = []
    since: list[datetime] = []
    flag = found["flag"].text_lines if _good(found, "flag") else None
    if flag:
        packages = sorted({clean_line(line, 80) for line in flag[1:]})
        reasons.append("reboot-required is set" + (f" by {', '.join(packages[:5])}" if packages else ""))
        since += filter(None, [moment(real(flag[0].removeprefix("since ")))])
    newest = _newest_image(found.get("images"), kernel)
    if newest is not None:
        release, installed_at = newest
        reasons.append(f"kernel {release} is installed, {kernel} runs")
        since += filter(None, [installed_at])
    known = flag is not None or (kernel != "" and _good(found, "images"))
    return Reboot(bool(reasons) if known else None, tuple(reasons), min(since, default=None))


def _newest_image(part: Part | None, running: str) -> tuple[str, datetime | None] | None:
    """Return the newest installed kernel of the running one's flavour, if it is newer than that one."""
    best: tuple[str, datetime | None] | None = None
    for line in part.text_lines if part is not None and part.status == 0 else []:
        changed, _, name = line.partition(" ")
        image = _IMAGE.match(name)
        if image is None or "rescue" in name or _flavour(image[1]) != _flavour(running):
            continue
        if _version(image[1]) > _version(best[0] if best else running):
            best = image[1], moment(real(changed))
    return best


def _version(release: str) -> tuple[int, ...]:
    return tuple(int(figures) for figures in re.findall(r"\d{1,9}", release))


def _flavour(release: str) -> tuple[str, ...]:
    """Return the words of a release (`cloud`, `amd64`): another flavour is not an upgrade of this one."""
    return tuple(re.findall(r"[A-Za-z]+", release))
