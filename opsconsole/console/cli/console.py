"""`opsconsole [TARGET…]`: opens the console."""

from __future__ import annotations

import argparse
import gc
import sys

NAME = "console"
HELP = "a terminal console for site reliability engineers: live hosts over SSH, nothing to install on them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help="host, @group, localhost or all (default: all)"
    )


def run(args: argparse.Namespace) -> int:
    """Open the console and stay until it is closed."""
    # Nothing of what is imported now is ever garbage: looking for it would take a tenth of the time to the
    # first paint. The app turns the collector on again.
    gc.disable()
    from opsconsole.console.cli.context import fail, load, narrow
    from opsconsole.console.inventory import TargetError

    if args.json:
        return fail("the console has no JSON; `opsconsole check --json` has", status=2)
    settings, inventory = load(args)
    try:
        inventory = narrow(inventory, args.targets)
    except TargetError as error:
        return fail(str(error), status=2)
    # Textual reads stdin and paints on stderr: with either elsewhere it would paint into a file, or spin
    # at the end of its input.
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        return fail("the console needs a terminal; use `opsconsole check` for a script or a pipe", status=2)
    from opsconsole.console.tui.app import open_console

    return open_console(settings, inventory)
