"""The Host screen's first line: which machine this is, and how fresh what you see is."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content
from textual.widgets import Static

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.state import HostState
from opsconsole.console.tui.lines import badge, level_words, spread
from opsconsole.data.text import clean_line
from opsconsole.panels import draw


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
        line = spread(_who(state, read_only, panel), _how(state, now, age_seconds), width)
        self.update(line, layout=False)


def _who(state: HostState, read_only: bool, panel: str) -> Content:
    host = state.host
    parts: list[Content | str | tuple[str, str]] = [(clean_line(host.name, 128), "bold")]
    if panel:
        parts += ["  ", (f"› {panel}", "$text-accent bold")]
    if host.is_production:
        parts += ["  ", badge("PROD")]
    elif host.environment:
        parts += ["  ", (clean_line(host.environment, 32), "$foreground-muted")]
    if read_only or host.read_only:
        parts += ["  ", badge("read-only")]
    facts = [] if host.is_local or host.address == host.name else [clean_line(host.address, 128)]
    if state.facts is not None and state.facts.os_name:
        facts.append(clean_line(state.facts.os_name, 64))
    uptime = _uptime(state)
    if uptime is not None:
        facts.append(f"up {draw.duration(uptime)}")
    via = state.status.via or host.jump
    if via:
        facts.append("via " + " › ".join(clean_line(hop, 64) for hop in via))
    parts += [("  " + fact, "$foreground-muted") for fact in facts]
    return Content.assemble(*parts)


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
