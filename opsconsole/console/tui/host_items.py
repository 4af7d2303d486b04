"""What the top list of the Host screen says: the connection's trouble, then the findings. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from opsconsole.console.helps import helping
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.console.state import HostState, Root, connection_level
from opsconsole.data.text import clean, clean_line
from opsconsole.panels import draw
from opsconsole.panels.panel import Finding, Level

_EVIDENCE_LIMIT_CHARS = 8192
# How the reasons of `console/ssh` begin where their state says the same already.
_SAID_BY_STATE = re.compile(
    r"^(?:connection (?=lost\b)|jump host (?=\S+:)|the host key of (\S+) is not known(?=:))"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list; all its text is cleaned.

    Attributes:
        kind: `connection` (enter decides, or shows all of it) `finding` (enter shows
            all of it), `sudo` (enter asks for the password) or `nothing` (there is nothing to open).
        key: Names the same thing from one reading to the next.
        level: Its level.
        summary: One line in words.
        evidence: Where it is from; perhaps several lines.
        since: Since when, or None.
        helps: What helps, in words; empty when nothing is known to.
        suggests: Name of the recipe that helps, or empty.
    """

    kind: Literal["connection", "finding", "sudo", "nothing"]
    key: str
    level: Level
    summary: str
    evidence: str = ""
    since: datetime | None = None
    helps: str = ""
    suggests: str = ""


def items(state: HostState, now: datetime) -> list[Item]:
    """Return the connection's trouble, if any, then the findings of all panels, worst first; never empty."""
    found = [] if state.status.state is ConnectionState.UP else [_connection(state.status, now)]
    found += [_finding(panel, finding) for panel, finding in state.findings()]
    if state.root is Root.PASSWORD_WANTED and state.status.state is ConnectionState.UP:
        found.append(_not_root(state))
    return found or [nothing_found(state, now)]


def nothing_found(state: HostState, now: datetime) -> Item:
    """Return what stands where there is no finding: what was looked at; what was not is never ok."""
    lacking: dict[str, list[str]] = {"not read yet": [], "stale": [], "could not be read": []}
    for name, known in state.panels.items():
        if known.is_unread:
            lacking["not read yet"].append(name)
        elif known.is_stale(now):
            lacking["stale"].append(name)
        elif known.problem:
            lacking["could not be read"].append(name)
    if all(known.reading is None for known in state.panels.values()):
        return Item("nothing", "nothing", Level.UNKNOWN, "nothing read yet")
    told = "; ".join(f"{what}: {', '.join(names)}" for what, names in lacking.items() if names)
    if told:
        return Item("nothing", "nothing", Level.UNKNOWN, f"nothing found so far; {told}")
    return Item("nothing", "nothing", Level.OK, "nothing found", f"in {', '.join(state.panels)}")


def connection_words(status: ConnectionStatus, then: str = "") -> str:
    """Return the state, what comes next, and the reason, without saying the same thing twice."""
    word = status.state.value
    reason = _further(word.rpartition(": ")[2], clean_line(status.reason))
    return word + (f" ({then})" if then else "") + (f": {reason}" if reason else "")


def _further(known: str, reason: str) -> str:
    """Return what a reason says beside the state, which is `known`."""
    reason = _SAID_BY_STATE.sub(r"\1", reason)
    if reason.casefold().startswith(known):
        reason = reason[len(known) :].lstrip(":, ")
    if reason.casefold().endswith(known):
        reason = reason[: -len(known)].rstrip(":, ")
    return reason


def next_try_words(status: ConnectionStatus, now: datetime) -> str:
    """Return when the next attempt is, or empty when none is planned."""
    if status.next_try_at is None:
        return ""
    wait = (status.next_try_at - now).total_seconds()
    return f"next try {draw.age(wait)}" if wait >= 1 else "trying again"


def story(status: ConnectionStatus, now: datetime) -> str:
    """Return since when it is so, how often it was tried and when it is next."""
    told = [f"since {status.since:%H:%M:%S} UTC"]
    if status.attempts:
        told.append(f"{status.attempts} failed attempt" + ("s" if status.attempts > 1 else ""))
    if next_try := next_try_words(status, now):
        told.append(next_try)
    return ", ".join(told)


def _connection(status: ConnectionStatus, now: datetime) -> Item:
    if status.offer is not None:
        helps = "enter: look at the key and decide"
    elif status.state in {ConnectionState.CONNECTING, ConnectionState.IDLE}:
        helps = ""
    else:
        helps = "enter: all of it, ^r: try again"
    return Item(
        "connection",
        "connection",
        connection_level(status),
        connection_words(status),
        story(status, now),
        None,
        helps,
    )


def _not_root(state: HostState) -> Item:
    user = clean_line(state.facts.user, 64) if state.facts is not None else ""
    return Item(
        "sudo",
        "sudo",
        Level.UNKNOWN,
        f"read as {user or 'the login user'}, not as root: what only root sees is missing",
        clean_line(state.root_problem),
        None,
        "enter: sudo password",
    )


def _finding(panel: str, finding: Finding) -> Item:
    recipe = helping(finding.suggests)
    return Item(
        "finding",
        f"{panel}/{finding.rule}/{finding.subject}",
        finding.level,
        clean_line(finding.summary),
        clean(finding.evidence, _EVIDENCE_LIMIT_CHARS).strip(),
        finding.since,
        f"→ {recipe}" if recipe else "",
        recipe,
    )
