"""`opsconsole doctor`: checks the set-up, and with a TARGET the way to the hosts."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

    from opsconsole.console.diagnosis import Diagnosis
    from opsconsole.console.inventory import HostEntry, Inventory
    from opsconsole.console.settings import Settings

NAME = "doctor"
HELP = "check the set-up of this machine, and with a TARGET the way to those hosts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="also connect to these hosts")


def run(args: argparse.Namespace) -> int:
    """Examine, print, and return 0, or 1 when something will not work."""
    from opsconsole.console.cli.context import fail, load
    from opsconsole.console.cli.printing import print_json, print_lines
    from opsconsole.console.inventory import TargetError
    from opsconsole.panels.panel import Level

    settings, inventory = load(args)
    try:
        chosen = inventory.select(args.targets) if args.targets else []
    except TargetError as error:
        return fail(str(error), status=2)
    found = asyncio.run(_examine(settings, inventory, chosen))
    if args.json:
        rows = [
            {"level": one.level.word, "subject": one.subject, "found": one.found, "advice": one.advice}
            for one in found
        ]
        print_json({"version": 1, "checks": rows})
    else:
        print_lines(lines(found))
    return int(any(one.level is Level.CRITICAL for one in found))


async def _examine(settings: Settings, inventory: Inventory, chosen: Sequence[HostEntry]) -> list[Diagnosis]:
    from opsconsole.console.doctor import examine

    found = await examine(settings, inventory, chosen or list(inventory.entries.values()))
    return [*found, *await _reach(settings, inventory, chosen)]


async def _reach(settings: Settings, inventory: Inventory, chosen: Sequence[HostEntry]) -> list[Diagnosis]:
    """Connect to each host, all at the same time, and say how that went."""
    from opsconsole.console.cli.terminal_prompter import TerminalPrompter
    from opsconsole.console.diagnosis import Diagnosis
    from opsconsole.console.ssh.connections import Connections
    from opsconsole.data.host import ShellError
    from opsconsole.panels.panel import Level

    connections = Connections(
        inventory.reachable(), prompter=TerminalPrompter(), max_handshakes=settings.max_handshakes
    )

    async def reach(name: str) -> Diagnosis:
        try:
            await connections.connect(name)
            facts = await connections.shell(name).facts()
        except ShellError as error:
            status = connections.status(name)
            advice = (
                f"to trust it: {status.offer.command}"
                if status.offer and not status.offer.known_fingerprints
                else ""
            )
            return Diagnosis(Level.CRITICAL, name, status.reason or str(error), advice)
        sudo = (
            "root" if facts.user_id == 0 else "sudo without password" if facts.sudo_ready else "no sudo yet"
        )
        return Diagnosis(Level.OK, name, f"up: {facts.os_name or 'unknown system'}, {facts.user}, {sudo}")

    try:
        remote = [entry.host.name for entry in chosen if not entry.host.is_local]
        return list(await asyncio.gather(*(reach(name) for name in remote)))
    finally:
        await connections.close()


def lines(found: Sequence[Diagnosis]) -> Iterator[Text]:
    """Yield one line a diagnosis, and below it what to do."""
    from rich.text import Text

    from opsconsole.console.cli.printing import level_style

    width = max((len(one.subject) for one in found), default=0)
    for one in found:
        mark = (f"{one.level.symbol} {one.subject:<{width}}  ", level_style(one.level))
        yield Text.assemble(mark, one.found)
        if one.advice:
            yield Text(f"{'':<{width + 4}}→ {one.advice}", style="dim")
