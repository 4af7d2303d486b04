"""Who renews certificates on a host: systemd timers, and what cron starts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, islice

from opsconsole.data import crontab
from opsconsole.data.cron import next_run
from opsconsole.data.renewing import renewing
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
_ARGV = re.compile(r"argv\[\]=(.*?) ; ignore_errors=")
_NUMBERED = re.compile(rb"(\d{1,9}):(.*)")
_SYSTEMD = "/run/systemd/system"
_NOT_UNDER_SYSTEMD = re.compile(rf"!\s*-d\s+{_SYSTEMD}")
_OF_RUN_PARTS = re.compile(r"[A-Za-z0-9_-]+")  # other names it leaves out, of Debian and BusyBox


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
        commands = _ARGV.findall(service.get("ExecStart", ""))
        client = next(filter(None, map(renewing, commands)), "")
        made.append(
            Renewer(
                name if "certbot" in name else f"timer {name}",
                client or _tool(name),
                enabled,
                active,
                next_at,
                _time(timer.get("LastTriggerUSec", "")) or started,
                clean_line(service.get("Result", ""), 40) if started else "",
                name,
                why,
                # Of what was not said the name must do; a command that was cut short was said.
                known_to_renew=bool(client) or not service.get("ExecStart"),
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
            block[key] = (
                f"{block.get(key, '')}{value}" if key == "ExecStart" else value
            )  # it may have several
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
    scripts = dict.fromkeys(path_text(line[1:]) for line in part.body.split(b"\n") if line.startswith(b"+"))
    jobs = (
        job
        for path, content in files.contents.items()
        if path not in scripts
        for number, line in _numbered(content)
        if (job := _job(path, number, line, said)) is not None
    )
    of_run_parts = (_script(path, _numbered(files.contents.get(path, b"")), said) for path in scripts)
    made = list(islice(chain(jobs, of_run_parts), _MOST))
    if running is False:
        made = [replace(one, why="no cron daemon runs", next_run_at=None) for one in made]
    return [replace(one, active=running) for one in made], list(files.unreadable)


def _numbered(content: bytes) -> list[tuple[int, str]]:
    """Return the lines that were sent of a file, with their numbers."""
    found = map(_NUMBERED.fullmatch, content.split(b"\n"))
    return [(int(one[1]), clean_line(one[2], 1024)) for one in found if one is not None]


def _job(path: str, number: int, line: str, said: HostSaid) -> Renewer | None:
    """Return who renews by a line of a crontab; None: it is no job, or none for this host."""
    job = crontab.job(path, line)
    if job is None:
        return None
    if said.has_systemd and _NOT_UNDER_SYSTEMD.search(job.text.replace("\\", "")):
        return None  # Debian's job does nothing where systemd runs: the timer is there for that
    client = renewing(job.command)
    next_at = None if said.now is None else next_run(job.when, said.now)
    may_stop = job.at_boot or (said.has_systemd and _SYSTEMD in job.text)
    return Renewer(
        "cron",
        client or _tool(job.text),
        enabled=True,
        next_run_at=None if next_at is None else next_at.astimezone(UTC),
        place=f"{shown_path(path)}:{number}",
        known_to_renew=bool(client) and not may_stop,
    )


def _script(path: str, lines: list[tuple[int, str]], said: HostSaid) -> Renewer:
    """Return who renews by a script of run-parts, at a time that the distribution chooses."""
    client = next(filter(None, (renewing(line) for _, line in lines)), "")
    may_stop = said.has_systemd and any(_SYSTEMD in line for _, line in lines)
    is_run = _OF_RUN_PARTS.fullmatch(posixpath.basename(path)) is not None
    named = next(filter(None, map(_tool, (path, *(line for _, line in lines)))), "")
    return Renewer(
        "cron",
        client or named or "certbot",
        enabled=True,
        place=shown_path(path),
        known_to_renew=bool(client) and is_run and not may_stop,
    )
