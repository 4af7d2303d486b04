"""`opsconsole check`: one reading of each panel and its findings, for scripts and monitoring."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

    from opsconsole.console.state import HostState, PanelState

NAME = "check"
HELP = "read each panel once and print its findings; exits 0 ok, 1 warning, 2 critical, 3 unknown"
USAGE_STATUS = 3  # as monitoring plugins do: a mistake in the call is `unknown`, not `critical`


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help="host, @group, localhost or all (default: all)"
    )
    parser.add_argument(
        "--panel", action="append", metavar="NAME", help="only this panel; may be given more than once"
    )


def run(args: argparse.Namespace) -> int:
    """Check, print, and return the worst level's exit status."""
    from opsconsole import panels
    from opsconsole.console.cli.context import fail, load, warn
    from opsconsole.console.cli.printing import print_json, print_lines
    from opsconsole.console.cli.terminal_prompter import TerminalPrompter
    from opsconsole.console.inventory import TargetError
    from opsconsole.console.once import read_once

    for name in args.panel or ():
        if name not in panels.names():
            return fail(f"no panel {name!r}; there are: {', '.join(panels.names())}", status=USAGE_STATUS)
    settings, inventory = load(args, usage_status=USAGE_STATUS)
    warn(settings, inventory)
    try:
        entries = inventory.select(args.targets or ["all"])
    except TargetError as error:
        return fail(str(error), status=USAGE_STATUS)
    states = asyncio.run(
        read_once(entries, settings, inventory, prompter=TerminalPrompter(), panel_names=args.panel)
    )
    now = datetime.now(UTC)
    if args.json:
        print_json(document(states, now))
    else:
        print_lines(lines(states, now))
    return max((state.level(now) for state in states), default=panels.panel.Level.OK).exit_status


def document(states: Sequence[HostState], now: datetime) -> dict[str, Any]:
    """Return the check document (see `schemas/check.schema.json`)."""
    return {"version": 1, "hosts": [_host(state, now) for state in states]}


def _host(state: HostState, now: datetime) -> dict[str, Any]:
    taken = [panel.taken_at for panel in state.panels.values() if panel.taken_at is not None]
    return {
        "host": state.host.name,
        "level": state.level(now).word,
        "taken_at": max(taken).isoformat() if taken else None,
        "connection": state.status.state.value,
        "reason": state.status.reason,
        "panels": {name: _panel(name, panel, now) for name, panel in state.panels.items()},
    }


def _panel(name: str, state: PanelState, now: datetime) -> dict[str, Any]:
    from opsconsole import panels

    return {
        "level": state.level(now).word,
        "taken_at": state.taken_at.isoformat() if state.taken_at else None,
        "took_seconds": None if state.took_seconds is None else round(state.took_seconds, 3),
        "problem": state.problem,
        "reading": None if state.reading is None else panels.load(name).to_json(state.reading),
        "findings": [
            {
                "level": finding.level.word,
                "rule": finding.rule,
                "subject": finding.subject,
                "summary": finding.summary,
                "evidence": finding.evidence,
                "suggests": finding.suggests,
            }
            for finding in state.findings
        ],
    }


def lines(states: Sequence[HostState], now: datetime) -> Iterator[Text]:
    """Yield one line a host, and below it one line a finding with its evidence."""
    from rich.text import Text

    from opsconsole.console.cli.printing import level_style
    from opsconsole.console.helps import helping

    for state in states:
        level = state.level(now)
        mark = (f"{level.symbol} {state.host.name}", f"bold {level_style(level)}")
        yield Text.assemble(mark, "  ", _headline(state, now))
        for panel, finding in state.findings():
            mark = (f"  {finding.level.symbol} ", level_style(finding.level))
            recipe = helping(finding.suggests)
            helps = f"  → {recipe}" if recipe else ""
            yield Text.assemble(mark, finding.summary, (f"  {panel}{helps}", "dim"))
            for line in finding.evidence.splitlines():
                yield Text(f"      {line}", style="dim")


def _headline(state: HostState, now: datetime) -> str:
    from opsconsole.console.ssh.status import ConnectionState

    if state.status.state is not ConnectionState.UP:
        return state.status.reason or state.status.state.value
    problems = [f"{name}: {panel.problem}" for name, panel in state.panels.items() if panel.problem]
    if problems:
        return "; ".join(problems)
    took = max((panel.took_seconds or 0.0 for panel in state.panels.values()), default=0.0)
    return f"{state.level(now).word}  {', '.join(state.panels)} read in {took:.1f} s"
