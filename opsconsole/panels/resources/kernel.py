"""The medium section: TCP, out-of-memory kills, swapping; counters of /proc/vmstat and /proc/net."""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import Any

from opsconsole.panels.resources.blocks import Blocks, count, decimal, rate, share_percent, split_blocks

_KEYS = ("sent", "retransmitted", "listen_drops", "oom_kill", "pswpin", "pswpout", "pgmajfault")
_NAMES_LIMIT_BYTES = 8192  # TcpExt has 2.5 KiB of them
_VMSTAT_PAGE_BYTES = 4096  # pswpin counts pages; other page sizes are told by the `once` section.


class KernelReader:
    """Keeps the last counters of one host; their rates are by the host's own uptime."""

    def __init__(self) -> None:
        self._uptime: float | None = None
        self._before: dict[str, int | None] = {}

    def read(self, text: bytes, page_bytes: int | None) -> dict[str, Any]:
        """Return the values of the medium section; what cannot be read is None."""
        blocks = split_blocks(text)
        uptime = decimal(blocks.get(b"/proc/uptime", b"")[:40].partition(b" ")[0])
        now = _counters(blocks)
        seconds = 0.0
        before: dict[str, int | None] = {}
        if uptime is not None and self._uptime is not None and uptime > self._uptime:
            before, seconds = self._before, uptime - self._uptime
        self._uptime, self._before = uptime, now
        grown = {key: _grown(now[key], before.get(key), seconds) for key in _KEYS}
        page = page_bytes or _VMSTAT_PAGE_BYTES
        sent, again = grown["sent"], grown["retransmitted"]
        kills, kills_before = now["oom_kill"], before.get("oom_kill")
        return {
            **_sockets(blocks),
            "tcp_retransmits_per_second": again,
            "tcp_retransmit_percent": share_percent(again, sent) if again is not None and sent else None,
            "listen_drops_per_second": grown["listen_drops"],
            "oom_kills": kills,
            "oom_kills_recent": kills - kills_before
            if kills is not None and kills_before is not None and kills >= kills_before
            else None,
            "swap_in_bytes_per_second": _times(grown["pswpin"], page),
            "swap_out_bytes_per_second": _times(grown["pswpout"], page),
            "major_faults_per_second": grown["pgmajfault"],
        }


def _grown(now: int | None, before: int | None, seconds: float) -> float | None:
    return None if now is None or before is None else rate(now, before, seconds)


def _times(value: float | None, factor: int) -> float | None:
    return None if value is None else value * factor


def _counters(blocks: Blocks) -> dict[str, int | None]:
    tcp = _table(blocks.get(b"/proc/net/snmp", b""), b"\nTcp:", (b"OutSegs", b"RetransSegs"))
    extended = _table(blocks.get(b"/proc/net/netstat", b""), b"\nTcpExt:", (b"ListenDrops",))
    vmstat = b"\n" + blocks.get(b"/proc/vmstat", b"")
    return {
        "sent": tcp.get(b"OutSegs"),
        "retransmitted": tcp.get(b"RetransSegs"),
        "listen_drops": extended.get(b"ListenDrops"),
        "oom_kill": _value(vmstat, b"\noom_kill "),
        "pswpin": _value(vmstat, b"\npswpin "),
        "pswpout": _value(vmstat, b"\npswpout "),
        "pgmajfault": _value(vmstat, b"\npgmajfault "),
    }


def _table(text: bytes, label: bytes, wanted: tuple[bytes, ...]) -> dict[bytes, int | None]:
    """Return counters of one protocol: a line of names, then a line of values, both after the label."""
    lines = (b"\n" + text).split(label, 2)[1:]
    if len(lines) < 2:
        return {}
    names, values = (line.partition(b"\n")[0] for line in lines)
    places = _places(names[:_NAMES_LIMIT_BYTES], wanted)
    fields = values.split(None, places[-1][1] + 1) if places else []
    return {name: count(fields[at]) for name, at in places if at < len(fields)}


@lru_cache(maxsize=64)
def _places(names: bytes, wanted: tuple[bytes, ...]) -> list[tuple[bytes, int]]:
    """Return where the wanted names stand, in that order: the same on all hosts of one kernel."""
    columns = names.split()
    return sorted(((name, columns.index(name)) for name in wanted if name in columns), key=itemgetter(1))


def _value(text: bytes, key: bytes) -> int | None:
    start = text.find(key)
    if start < 0:
        return None
    start += len(key)
    end = text.find(b"\n", start, start + 30)
    return count(text[start:end]) if end > 0 else None


def _sockets(blocks: Blocks) -> dict[str, int | None]:
    four = b"\n" + blocks.get(b"/proc/net/sockstat", b"")
    six = b"\n" + blocks.get(b"/proc/net/sockstat6", b"")
    start = four.find(b"\nTCP: ")
    fields = four[start + 6 : start + 200].partition(b"\n")[0].split() if start >= 0 else []
    pairs = dict(zip(fields[::2], fields[1::2], strict=False))
    used, waiting = count(pairs.get(b"inuse", b"")), count(pairs.get(b"tw", b""))
    used6 = _value(six, b"\nTCP6: inuse ")
    return {"tcp_sockets": None if used is None else used + (used6 or 0), "tcp_time_wait": waiting}
