"""Who keeps the host's clock, and how well."""

from __future__ import annotations

import re
from collections.abc import Mapping

from opsconsole.data.text import clean_line
from opsconsole.panels.frames import Part
from opsconsole.panels.health.parts import properties, real, whole
from opsconsole.panels.health.reading import Clock, Problem

_OFFSET = re.compile(
    r"^\s*Offset:\s*([+-]?)([0-9.]{1,24})(us|ms|s|min)(?:\s+([0-9.]{1,24})(us|ms|s))?\s*$", re.M
)
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}
_SYNCHRONISED_STRATA = range(1, 16)  # RFC 5905: 16 is unsynchronised, 0 unspecified


def clock(found: Mapping[str, Part]) -> tuple[Clock | None, list[Problem]]:
    """Return the state of the clock; (None, []) in a container that does not keep one."""
    for name, read in _READERS.items():
        if name in found:
            return read(found[name])
    if "timesyncd" in found:
        return _timesyncd(found["timesyncd"], found.get("timesync")), []
    if "daemon" in found:
        return Clock(clean_line(found["daemon"].body, 32), None), []
    if "none" in found:
        return Clock("", None), []
    if "hidden" in found:
        why = "this user may not see the host's processes (hidepid), so not who keeps its clock"
        return None, [Problem("clock synchronisation", why)]
    return None, [] if "container" in found else [Problem("clock", "the host's answer cannot be read")]


def _chrony(part: Part) -> tuple[Clock | None, list[Problem]]:
    """`chronyc -c tracking`: id, name, stratum, time, system offset, …, leap status (chronyc(1))."""
    fields = clean_line(part.body).split(",")
    if part.status != 0 or len(fields) < 14:
        return None, [Problem("clock synchronisation", part.reason("chronyc"))]
    stratum, offset = whole(fields[2]), real(fields[4])
    if stratum is None or offset is None:
        return None, [Problem("clock synchronisation", part.reason("chronyc"))]
    synchronised = fields[13].strip() != "Not synchronised" and stratum in _SYNCHRONISED_STRATA
    # chronyc's "system time" is positive when the host is slow; ours is positive when it is ahead.
    return Clock("chrony", synchronised, -offset if synchronised else None), []


def _timesyncd(flag: Part, status: Part | None) -> Clock:
    synchronised = {"yes": True, "no": False}.get(flag.text)
    offset = None
    if status is not None and (seen := _OFFSET.search(status.body.decode("utf-8", "replace"))):
        values = [(real(seen[2]), seen[3]), (real(seen[4]), seen[5])]
        seconds = sum(value * _UNITS[unit] for value, unit in values if value is not None)
        # timesyncd's offset is what must be added to the host's clock.
        offset = seconds if seen[1] == "-" else -seconds
    return Clock("systemd-timesyncd", synchronised, offset)


def _ntpq(part: Part) -> tuple[Clock | None, list[Problem]]:
    values = dict(
        pair.strip().split("=", 1) for pair in part.text.replace("\n", ",").split(",") if "=" in pair
    )
    stratum, offset_ms = whole(values.get("stratum")), real(values.get("offset"))
    if part.status != 0 or stratum is None:
        return None, [Problem("clock synchronisation", part.reason("ntpq"))]
    synchronised = stratum in _SYNCHRONISED_STRATA
    return Clock(
        "ntpd", synchronised, -offset_ms / 1000 if synchronised and offset_ms is not None else None
    ), []


def _timedatectl(part: Part) -> tuple[Clock | None, list[Problem]]:
    values = next(properties(part), {})
    synchronised = {"yes": True, "no": False}.get(values.get("NTPSynchronized", ""))
    if part.status != 0 or synchronised is None:
        return None, [Problem("clock synchronisation", part.reason("timedatectl"))]
    daemon = "timedatectl" if synchronised or values.get("NTP") == "yes" else ""
    return Clock(daemon, synchronised), []


_READERS = {"chrony": _chrony, "ntpq": _ntpq, "timedatectl": _timedatectl}
