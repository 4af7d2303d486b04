"""The fast section: what is read every tick of every host, so each step here is counted in microseconds.

Only totals are computed; the tables wait in `details.RawDetails` until somebody looks at the host.
"""

from __future__ import annotations

from array import array
from datetime import UTC, datetime
from typing import Any, NamedTuple

from opsconsole.panels.resources import cpu, disks, memory, network
from opsconsole.panels.resources.baseline import Baseline
from opsconsole.panels.resources.blocks import Blocks, count, decimal, split_blocks
from opsconsole.panels.resources.details import Raw, RawDetails
from opsconsole.panels.resources.reading import Unread
from opsconsole.panels.resources.sustained import add_low

_SHORTEST_SECONDS = 0.5  # Two readings closer than this are both compared with the one before them.
_MEAN_STEP_SECONDS = 5.0
_MEAN_STEPS = 6
_STEP = 9  # numbers of a step: the uptime, and the ticks of `cpu.Ticks`
_REBOOT_SLACK_SECONDS = 60.0
_SECTOR_BYTES = 512
_REQUIRED = (
    (b"/proc/stat", "CPU", "cpu_ticks"),
    (b"/proc/meminfo", "memory", "memory_used_bytes"),
    (b"/proc/loadavg", "load", "load_1"),
    (b"/proc/uptime", "uptime", "uptime_seconds"),
)


class _Sample(NamedTuple):
    uptime: float
    ticks: cpu.Ticks | None
    disks: network.Counters
    network: network.Counters
    raw: Raw


class FastReader:
    """Reads one host's fast sections. Keeps the last two samples, and the CPU's last half minute."""

    def __init__(self) -> None:
        self._last: _Sample | None = None
        self._base: _Sample | None = None
        self._last_epoch = 0.0
        self._mean = array("d")  # steps, oldest first: a thousand hosts keep seven each
        self._lows: list[tuple[float, float]] = []
        self._first_epoch: float | None = None
        self._received, self._sent = Baseline(), Baseline()

    def read(self, text: bytes, taken_at: datetime) -> tuple[dict[str, Any], tuple[Unread, ...]]:
        """Return every value of the fast section (None where unknown), and what could not be read."""
        blocks = split_blocks(text)
        stat = blocks.get(b"/proc/stat", b"")
        epoch = taken_at.timestamp()
        uptime = decimal(blocks.get(b"/proc/uptime", b"")[:40].partition(b" ")[0])
        ticks = cpu.total_ticks(stat)
        now = _Sample(
            uptime or 0.0,
            ticks,
            disks.counters(blocks.get(b"/proc/diskstats", b"")),
            network.counters(blocks.get(b"/proc/net/dev", b"")),
            Raw(stat, blocks.get(b"/proc/diskstats", b""), blocks.get(b"/proc/net/dev", b"")),
        )
        base = self._turn(now, epoch) if uptime is not None else None
        values: dict[str, Any] = {
            **memory.memory(blocks.get(b"/proc/meminfo", b"")),
            **memory.load(blocks.get(b"/proc/loadavg", b"")),
            **memory.pressure(blocks),
            **memory.handles(blocks),
            **self._cpu(now, base, epoch),
            **self._rates(now, base),
            "core_count": cpu.core_count(stat),
            "uptime_seconds": uptime,
            "booted_at": _booted_at(stat),
            "source": "psutil" if b"source" in blocks else "/proc",
        }
        return values, _unread(values, blocks, ticks)

    def _turn(self, now: _Sample, epoch: float) -> _Sample | None:
        """Make `now` the last sample and return the one to compare it with; None after a reboot."""
        last = self._last
        if last is not None:
            expected = last.uptime + epoch - self._last_epoch
            if now.uptime < last.uptime or now.uptime + _REBOOT_SLACK_SECONDS < expected:
                last = self._base = None
                self._mean = array("d")
        if last is not None and now.uptime - last.uptime >= _SHORTEST_SECONDS:
            self._base = last
        self._last, self._last_epoch = now, epoch
        return self._base

    def _cpu(self, now: _Sample, base: _Sample | None, epoch: float) -> dict[str, Any]:
        found = cpu.shares(now.ticks, base.ticks) if now.ticks and base and base.ticks else None
        busy, user, system, iowait, steal = found or (None,) * 5
        mean, mean_seconds = self._mean_percent(now.uptime, now.ticks) if now.ticks else (None, 0.0)
        if mean is None:
            mean, mean_seconds = busy, now.uptime - base.uptime if base else 0.0
        if mean is not None:
            if self._first_epoch is None:
                self._first_epoch = epoch
                self._lows.append((-1.0, epoch))  # Below everything: nothing is known of earlier times.
            add_low(self._lows, mean, epoch)
        return {
            "cpu_percent": busy,
            "cpu_user_percent": user,
            "cpu_system_percent": system,
            "cpu_iowait_percent": iowait,
            "cpu_steal_percent": steal,
            "cpu_mean_percent": mean,
            "cpu_mean_seconds": mean_seconds,
            "cpu_lows": tuple(self._lows),
        }

    def _mean_percent(self, uptime: float, ticks: cpu.Ticks) -> tuple[float | None, float]:
        """Return the busy share since the oldest step kept, and how many seconds ago that was."""
        steps = self._mean
        oldest = steps[1:_STEP]
        found = cpu.shares(ticks, oldest) if steps else None
        seconds = uptime - steps[0] if steps else 0.0
        if steps and found is None and ticks[3] < oldest[3]:
            del steps[:]
        if not steps or uptime - steps[-_STEP] >= _MEAN_STEP_SECONDS:
            steps.extend((uptime, *ticks))
            del steps[: -_STEP * (_MEAN_STEPS + 1)]
        return found.busy if found else None, seconds

    def _rates(self, now: _Sample, base: _Sample | None) -> dict[str, Any]:
        read = written = received = sent = None
        seconds = 0.0
        if base is not None:
            seconds = now.uptime - base.uptime
            read, written = network.totals(now.disks, base.disks, seconds)
            received, sent = network.totals(now.network, base.network, seconds)
            self._received.add(received, seconds)
            self._sent.add(sent, seconds)
        return {
            "disk_read_bytes_per_second": None if read is None else read * _SECTOR_BYTES,
            "disk_write_bytes_per_second": None if written is None else written * _SECTOR_BYTES,
            "network_rx_bytes_per_second": received,
            "network_tx_bytes_per_second": sent,
            "network_rx_recent_bytes_per_second": self._received.recent,
            "network_tx_recent_bytes_per_second": self._sent.recent,
            "network_rx_baseline_bytes_per_second": self._received.usual,
            "network_tx_baseline_bytes_per_second": self._sent.usual,
            "details": RawDetails(now.raw, base.raw if base else None, seconds),
        }


def _booted_at(stat: bytes) -> datetime | None:
    start = stat.find(b"\nbtime ")
    end = stat.find(b"\n", start + 7, start + 32) if start >= 0 else -1
    seconds = count(stat[start + 7 : end]) if end >= 0 else None
    # Beyond the year 9999 datetime ends; a host with such a clock is told by its clock check.
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None and seconds < 253_402_300_800 else None


def _unread(values: dict[str, Any], blocks: Blocks, ticks: cpu.Ticks | None) -> tuple[Unread, ...]:
    if (
        ticks is not None
        and values["memory_used_bytes"] is not None
        and values["load_1"] is not None
        and values["uptime_seconds"] is not None
        and b"/proc/net/dev" in blocks
        and b"/proc/diskstats" in blocks
    ):
        return ()
    found = []
    for name, part, key in _REQUIRED:
        if (ticks if key == "cpu_ticks" else values[key]) is None:
            found.append(
                Unread(part, f"{name.decode()} {'was not understood' if name in blocks else 'is missing'}")
            )
    for name, part in ((b"/proc/net/dev", "network"), (b"/proc/diskstats", "disks")):
        if name not in blocks:
            found.append(Unread(part, f"{name.decode()} is missing"))
    return tuple(found)
