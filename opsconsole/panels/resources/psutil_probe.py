"""This machine's resources where there is no /proc (macOS): psutil's values in the sections' own format.

The values are written as the /proc files that a Linux host would send, so that one set of parsers, rates
and limits serves both; what a system does not tell is left out and becomes None. Usage by the service, in
a thread, for a local host without /proc::

    reading = reader.read(psutil_probe.sections(cadences), taken_at)
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

from opsconsole.panels.panel import Cadence, SectionOutput

_TICKS = 100
_SECTOR_BYTES = 512
_MOST_PROCESSES = 4096


def sections(cadences: Collection[Cadence]) -> dict[str, SectionOutput]:
    """Return the output of the sections of these cadences. Takes some milliseconds: call it in a thread."""
    made: dict[Cadence, tuple[str, Callable[[], bytes]]] = {
        Cadence.FAST: ("fast", _fast),
        Cadence.FOCUS: ("focus", _focus),
        Cadence.SLOW: ("slow", _slow),
        Cadence.ONCE: ("once", lambda: b"1\n%d\n" % _TICKS),  # Resident sizes are given in bytes.
    }
    return {made[one][0]: SectionOutput(made[one][1]()) for one in cadences if one in made}


def _fast() -> bytes:
    import psutil

    uptime = time.time() - psutil.boot_time()
    one, five, fifteen = psutil.getloadavg()
    blocks = {
        "source": "psutil",
        "/proc/stat": "\n".join(_stat(psutil)),
        "/proc/meminfo": "\n".join(_meminfo(psutil)),
        "/proc/loadavg": f"{one:.2f} {five:.2f} {fifteen:.2f}",
        "/proc/uptime": f"{uptime:.2f} 0.00",
        "/proc/net/dev": "\n".join(_net_dev(psutil)),
        "/proc/diskstats": "\n".join(_diskstats(psutil)),
    }
    return _joined(blocks)


def _joined(blocks: dict[str, str]) -> bytes:
    return "".join(f"==> {name} <==\n{content}\n\n" for name, content in blocks.items()).encode(
        "utf-8", "replace"
    )


def _stat(psutil: Any) -> Iterator[str]:
    yield f"cpu  {_ticks(psutil.cpu_times())}"
    for number, times in enumerate(psutil.cpu_times(percpu=True)):
        yield f"cpu{number} {_ticks(times)}"
    yield f"btime {int(psutil.boot_time())}"


def _ticks(times: Any) -> str:
    """Return the eight columns of /proc/stat; a system has user, system, idle, and perhaps others."""
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    return " ".join(str(int(getattr(times, name, 0.0) * _TICKS)) for name in names)


def _meminfo(psutil: Any) -> Iterator[str]:
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    pairs = (
        ("MemTotal", memory.total),
        ("MemAvailable", memory.available),
        ("SwapTotal", swap.total),
        ("SwapFree", swap.free),
    )
    for name, value in pairs:
        yield f"{name}: {value // 1024} kB"


def _net_dev(psutil: Any) -> Iterator[str]:
    for name, one in psutil.net_io_counters(pernic=True, nowrap=False).items():
        received = f"{one.bytes_recv} {one.packets_recv} {one.errin} {one.dropin} 0 0 0 0"
        yield f" {name}: {received} {one.bytes_sent} {one.packets_sent} {one.errout} {one.dropout} 0 0 0 0"


def _diskstats(psutil: Any) -> Iterator[str]:
    for name, one in (psutil.disk_io_counters(perdisk=True, nowrap=False) or {}).items():
        read = f"{one.read_count} 0 {one.read_bytes // _SECTOR_BYTES} {int(one.read_time)}"
        written = f"{one.write_count} 0 {one.write_bytes // _SECTOR_BYTES} {int(one.write_time)}"
        # Without busy_time the line ends here, as on a kernel before 2.6: utilisation becomes None.
        busy = f" 0 {int(one.busy_time)}" if hasattr(one, "busy_time") else ""
        yield f" 0 0 {name} {read} {written}{busy}"


def _focus() -> bytes:
    import psutil

    lines: list[str] = []
    for process in psutil.process_iter():
        if len(lines) >= _MOST_PROCESSES:
            break
        with contextlib.suppress(psutil.Error, OSError):
            lines.append(_process(process))
    head = f"{time.time() - psutil.boot_time():.2f} {len(psutil.pids())}"
    return "\n".join([head, *lines, ""]).encode("utf-8", "replace")


def _process(process: Any) -> str:
    with process.oneshot():
        times, memory = process.cpu_times(), process.memory_info()
        name = process.name().replace("\n", " ")
        user, system = int(times.user * _TICKS), int(times.system * _TICKS)
        state = (process.status() or "?")[:1].upper()
        started = int(process.create_time())
    # proc_pid_stat(5): fields 3 to 24, of which 14, 15, 22 and 24 are read.
    return f"{process.pid} ({name}) {state}{' 0' * 10} {user} {system}{' 0' * 6} {started} 0 {memory.rss} 0"


def _slow() -> bytes:
    import psutil

    mounts, sizes, inodes = [], [], []
    for part in psutil.disk_partitions(all=False):
        mode = "ro" if "ro" in part.opts.split(",") else "rw"
        device = part.device.replace(" ", "?")
        escaped = part.mountpoint.replace(" ", r"\040")
        mounts.append(f"{device} {escaped} {part.fstype} {mode}")
        try:
            usage = psutil.disk_usage(part.mountpoint)
            nodes = os.statvfs(part.mountpoint)
        except OSError:
            continue  # without a line of df it is told as one that could not be read
        kilobytes = f"{usage.total // 1024} {usage.used // 1024} {usage.free // 1024}"
        sizes.append(f"{device} {kilobytes} - {part.mountpoint}")
        used_nodes = nodes.f_files - nodes.f_ffree
        inodes.append(f"{device} {nodes.f_files} {used_nodes} {nodes.f_ffree} - {part.mountpoint}")
    blocks = {"mounts": mounts, "df": sizes, "inodes": inodes}
    return _joined({name: "\n".join(lines) for name, lines in blocks.items()})
