"""The Host screen's first line: which machine this is, and how fresh what you see is."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.state import HostState
from opsconsole.console.tui.lines import badge, level_words, spread
from opsconsole.data.host import Host
from opsconsole.data.text import clean_line
from opsconsole.panels import draw

SSH_PORT = 22
_GAP = "  "
_DROPPED = ("system", "uptime", "via", "address")  # in this order, where not all of it has room


class HostTitle(Static):
    """Name, address, badges, system, uptime, jump hosts; age of the reading and level at the right."""

    def show(
        self, state: HostState, now: datetime, *, read_only: bool, age_seconds: float | None, panel: str = ""
    ) -> None:
        """Show a host.

        Args:
            state: The host.
            now: The time (UTC).
            read_only: Whether nothing at all may be changed.
            age_seconds: Age of what the screen shows; None: nothing was read yet.
            panel: Title of the panel that has the screen.
        """
        width = self.content_size.width
        how = _how(state, now, age_seconds)
        who = _who(state, read_only, panel)
        facts = _facts(state)
        while facts and who.cell_length + sum(len(_GAP) + cell_len(one) for one in facts.values()) > (
            width - how.cell_length - len(_GAP)
        ):
            del facts[min(facts, key=_DROPPED.index)]
        told = [(_GAP + fact, "$foreground-muted") for fact in facts.values()]
        self.update(spread(Content.assemble(who, *told), how, width), layout=False)


def address_words(host: Host) -> str:
    """Return whither and as whom: `ops@10.0.0.7:2301`; empty where the host's name says it all."""
    if host.is_local or (host.address == host.name and host.user is None and host.port == SSH_PORT):
        return ""
    user = f"{clean_line(host.user, 64)}@" if host.user else ""
    address = clean_line(host.address, 128)
    return f"{user}[{address}]:{host.port}" if ":" in address else f"{user}{address}:{host.port}"


def _who(state: HostState, read_only: bool, panel: str) -> Content:
    host = state.host
    parts: list[Content | str | tuple[str, str]] = [(clean_line(host.name, 128), "bold")]
    if panel:
        parts += [(" › ", "$foreground-muted"), (panel, "$text-accent bold")]
    if host.is_production:
        parts += ["  ", badge("PROD")]
    elif host.environment:
        parts += ["  ", (clean_line(host.environment, 32), "$foreground-muted")]
    if read_only or host.read_only:
        parts += ["  ", badge("read-only")]
    return Content.assemble(*parts)


def _facts(state: HostState) -> dict[str, str]:
    """Return what else there is to say of the machine, in the order in which it stands."""
    via = state.status.via or state.host.jump
    uptime = _uptime(state)
    system = state.facts.os_name if state.facts is not None else ""
    facts = {
        "address": address_words(state.host),
        "system": clean_line(system, 64),
        "uptime": "" if uptime is None else f"up {draw.duration(uptime)}",
        "via": "via " + " › ".join(clean_line(hop, 64) for hop in via) if via else "",
    }
    return {name: fact for name, fact in facts.items() if fact}


def _how(state: HostState, now: datetime, seconds: float | None) -> Content:
    word = "no reading yet" if seconds is None else f"read {draw.age(seconds)} ago"
    if state.status.state is not ConnectionState.UP and seconds is not None:
        word += ", " + state.status.state.value
    return Content.assemble((word, "$foreground-muted"), "  ", level_words(state.level(now)))


def _uptime(state: HostState) -> float | None:
    # Health first: in a container it counts from the container's start, /proc/uptime from the machine's.
    for name in ("health", "resources"):
        panel = state.panels.get(name)
        value = getattr(panel.reading, "uptime_seconds", None) if panel is not None else None
        if isinstance(value, int | float):
            return float(value)
    return None
