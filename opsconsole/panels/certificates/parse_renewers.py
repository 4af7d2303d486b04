"""Who renews certificates on a host: systemd timers, and what cron starts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from opsconsole.data.cron import next_run
from opsconsole.data.text import clean_line
from opsconsole.panels.certificates.parse_host import HostSaid, sent
from opsconsole.panels.certificates.reading import Note, Renewer
from opsconsole.panels.frames import Part, path_text, shown_path

NOBODY = Renewer("none")
_MOST = 40
_TIMES = ("%a %Y-%m-%d %H:%M:%S %Z", "%a %Y-%m-%d %H:%M:%S.%f %Z")
_CLIENTS = {
    "certbot": "certbot",
    "letsencrypt": "certbot",
    "acme.sh": "acme.sh",
    "acme": "acme.sh",
    "dehydrated": "dehydrated",
    "lego": "lego",
}
_CLIENT = re.compile(r"certbot|letsencrypt|acme\.sh|acme|dehydrated|lego")
_NUMBERED = re.compile(rb"(\d{1,9}):(.*)")
_JOB = re.compile(r"\s*(?P<when>@\w+|(?:\S+\s+){4}\S+)\s+(?P<command>.+)", re.DOTALL)
_NOT_UNDER_SYSTEMD = re.compile(r"!\s*-d\s+/run/systemd/system")


def renewers(found: Mapping[str, Part], said: HostSaid, unread: list[Note]) -> tuple[Renewer, ...] | None:
    """Return who renews, `NOBODY` alone where nobody does; None where that could not be seen."""
    timers = _timers(found.get("timers"))
    cron, hidden = _cron(found, said)
    made = [*timers, *cron][:_MOST]
    unsure = hidden or (said.has_systemd and "timers" not in found)
    if hidden and not made and (said.named or said.lineages is None):  # there is something to be renewed
        unread.append(
            Note("who renews certificates", f"we may not read {', '.join(map(shown_path, hidden[:3]))}")
        )
    if made:
        return tuple(made)
    return None if unsure else (NOBODY,)


def _timers(part: Part | None) -> list[Renewer]:
    units = {} if part is None else _units(part)
    made = []
    for name, timer in units.items():
        if not name.endswith(".timer") or timer.get("LoadState") not in ("loaded", "masked"):
            continue
        service = units.get(timer.get("Unit") or name.removesuffix(".timer") + ".service", {})
        state, active = timer.get("UnitFileState", ""), timer.get("ActiveState") == "active"
        # A timer that is not enabled may still run until the next boot.
        enabled = (
            None if not state else state in ("enabled", "enabled-runtime", "static", "linked", "indirect")
        )
        next_at = _time(timer.get("NextElapseUSecRealtime", ""))
        started = _time(service.get("ExecMainStartTimestamp", ""))
        why = ""
        if timer.get("LoadState") == "masked" or state == "masked":
            why = "it is masked"
        elif not active:
            why = "it is not started" + ("" if enabled else ", and not enabled")
        elif enabled is False:
            why = "it is not enabled: it will not start after a reboot"
        elif next_at is None and timer.get("SubState") == "elapsed":
            why = "it has no next run"
        made.append(
            Renewer(
                name if "certbot" in name else f"timer {name}",
                _tool(name),
                enabled,
                active,
                next_at,
                _time(timer.get("LastTriggerUSec", "")) or started,
                clean_line(service.get("Result", ""), 40) if started else "",
                name,
                why,
            )
        )
    return made


def _units(part: Part) -> dict[str, dict[str, str]]:
    units: dict[str, dict[str, str]] = {}
    block: dict[str, str] = {}
    for line in [*part.body.split(b"\n"), b"|"]:
        text = clean_line(line.removeprefix(b"|"), 1024)
        if not line.startswith(b"|"):
            continue
        if text:
            key, _, value = text.partition("=")
            block[key] = value
        elif block:
            units[block.get("Id", "")] = block
            block = {}
    return units


def _time(text: str) -> datetime | None:
    for form in _TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _tool(text: str) -> str:
    found = _CLIENT.search(text)
    return _CLIENTS[found[0]] if found else ""


def _cron(found: Mapping[str, Part], said: HostSaid) -> tuple[list[Renewer], list[str]]:
    """Return the jobs, and what we may not read: there could be one."""
    part = found.get("cron")
    if part is None:
        return [], ["the crontabs"]
    running = bool(found["crond"].body.split()) if "crond" in found else None
    files = sent(part)
    made = [
        job
        for path, content in files.contents.items()
        for line in content.split(b"\n")
        if (job := _job(path, line, said, running)) is not None
    ]
    for line in part.body.split(b"\n"):
        if line.startswith(b"+"):  # of run-parts, at a time that the distribution chooses
            path = shown_path(path_text(line[1:]))
            why = "no cron daemon runs" if running is False else ""
            made.append(Renewer("cron", _tool(path) or "certbot", True, running, None, None, "", path, why))
    return made, list(files.unreadable)


def _job(path: str, line: bytes, said: HostSaid, running: bool | None) -> Renewer | None:
    numbered = _NUMBERED.fullmatch(line)
    if numbered is None:
        return None
    text = clean_line(numbered[2], 1024)
    job = _JOB.fullmatch(text)
    if job is None or text.startswith("#"):
        return None
    why = ""
    if said.has_systemd and _NOT_UNDER_SYSTEMD.search(job["command"].replace("\\", "")):
        return None  # Debian's job does nothing where systemd runs: the timer is there for that
    if running is False:
        why = "no cron daemon runs"
    next_at = next_run(job["when"], said.now) if said.now is not None and not why else None
    return Renewer(
        "cron",
        _tool(job["command"]),
        True,
        running,
        None if next_at is None else next_at.astimezone(UTC),
        None,
        "",
        f"{shown_path(path)}:{int(numbered[1])}",
        why,
    )
