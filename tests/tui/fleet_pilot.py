"""A small Fleet with every kind of host, and its rows as the terminal shows them."""

from __future__ import annotations

import re

from fake_source import FakeSource, down, figures, host_state

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.panels.panel import Level


def fleet() -> FakeSource:
    """Return six hosts: critical and in production, two warnings, two that are well, one that is down."""
    return FakeSource(
        [
            host_state("localhost"),
            host_state(
                "db1", Level.CRITICAL, summary="/var 94 % used", environment="production", groups=("db",)
            ),
            host_state("web1", Level.WARNING, groups=("web",), reading=figures(31, 38, 50)),
            host_state("web2", Level.WARNING, groups=("web", "eu"), reading=figures(88, 40, 51)),
            host_state("app3", groups=("webapp",), environment="staging", reading=figures(5, 90, 10)),
            down("gone", ConnectionState.TIMED_OUT, "no answer in 10 s"),
        ]
    )


def line_of(lines: list[str], host: str) -> str:
    """Return the one line of the terminal that is this host's row."""
    found = [line for line in lines if re.match(rf"[ ◆] [●▲○✓] {re.escape(host)} ", line)]
    assert len(found) == 1, (host, lines)
    return found[0]
