"""Memory, swap, pressure, open files and tracked connections, from the kernel's own figures."""

from __future__ import annotations

import re
from typing import Any

from opsconsole.panels.resources.blocks import Blocks, count, decimal, share_percent

_AVERAGES = re.compile(rb"avg10=(\d{1,3}\.\d\d) avg60=\S{1,6} avg300=(\d{1,3}\.\d\d)")
_PAIR = re.compile(rb"(\d{1,20})\s+\d{1,20}\s+(\d{1,20})\s*$")


def memory(meminfo: bytes) -> dict[str, Any]:
    """Return the memory and swap of /proc/meminfo. Used is total − available: what cannot be given out."""
    total, available = _kibibytes(meminfo, b"MemTotal:"), _kibibytes(meminfo, b"MemAvailable:")
    swap_total, swap_free = _kibibytes(meminfo, b"SwapTotal:"), _kibibytes(meminfo, b"SwapFree:")
    used = None if total is None or available is None else max(0, total - available)
    swap_used = None if swap_total is None or swap_free is None else max(0, swap_total - swap_free)
    return {
        "memory_total_bytes": total,
        "memory_available_bytes": available,
        "memory_used_bytes": used,
        "memory_used_percent": share_percent(used, total) if used is not None and total else None,
        "swap_total_bytes": swap_total,
        "swap_used_bytes": swap_used,
        "swap_used_percent": share_percent(swap_used, swap_total)
        if swap_used is not None and swap_total
        else None,
    }


def _kibibytes(meminfo: bytes, key: bytes) -> int | None:
    start = meminfo.find(key)
    if start < 0:
        return None
    start += len(key)
    end = meminfo.find(b"kB", start, start + 40)
    value = count(meminfo[start:end]) if end > 0 else None
    return None if value is None else value * 1024


def pressure(blocks: Blocks) -> dict[str, Any]:
    """Return the pressure stall shares; None where the kernel has no PSI (before 4.20, or `psi=0`)."""
    cpu = _AVERAGES.findall(blocks.get(b"/proc/pressure/cpu", b""))
    io = _AVERAGES.findall(blocks.get(b"/proc/pressure/io", b""))
    memory_ = _AVERAGES.findall(blocks.get(b"/proc/pressure/memory", b""))
    io_full, memory_full = io[1] if len(io) > 1 else None, memory_[1] if len(memory_) > 1 else None
    return {
        "psi_cpu_some_percent": float(cpu[0][0]) if cpu else None,
        "psi_io_some_percent": float(io[0][0]) if io else None,
        "psi_io_full_percent": float(io_full[0]) if io_full else None,
        "psi_memory_some_percent": float(memory_[0][0]) if memory_ else None,
        "psi_memory_full_percent": float(memory_full[0]) if memory_full else None,
        "psi_io_full_5m_percent": float(io_full[1]) if io_full else None,
        "psi_memory_full_5m_percent": float(memory_full[1]) if memory_full else None,
    }


def handles(blocks: Blocks) -> dict[str, Any]:
    """Return open files (/proc/sys/fs/file-nr: used, unused, limit) and tracked connections."""
    files = _PAIR.match(blocks.get(b"/proc/sys/fs/file-nr", b"")[:80])
    used, limit = (int(files[1]), int(files[2])) if files else (None, None)
    tracked = count(blocks.get(b"/proc/sys/net/netfilter/nf_conntrack_count", b"")[:24])
    tracked_max = count(blocks.get(b"/proc/sys/net/netfilter/nf_conntrack_max", b"")[:24])
    return {
        "open_files": used,
        "open_files_max": limit,
        "open_files_percent": share_percent(used, limit) if used is not None and limit else None,
        "conntrack": tracked,
        "conntrack_max": tracked_max,
        "conntrack_percent": share_percent(tracked, tracked_max)
        if tracked is not None and tracked_max
        else None,
    }


def load(loadavg: bytes) -> dict[str, Any]:
    """Return the three load averages."""
    fields = loadavg[:80].split()
    one, five, fifteen = (decimal(field) for field in fields[:3]) if len(fields) >= 3 else (None, None, None)
    return {"load_1": one, "load_5": five, "load_15": fifteen}
