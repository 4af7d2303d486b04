"""`opsconsole plan RECIPE TARGET`: the bound plan of each host; changes nothing."""

from __future__ import annotations

import argparse

from opsconsole.console.cli.order import add_set, add_targets, add_verbose

NAME = "plan"
HELP = "show exactly what a recipe would do to hosts; changes nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_targets(parser)
    add_set(parser)
    add_verbose(parser)


def run(args: argparse.Namespace) -> int:
    """Plan, print, and return 0, or 3 when there is no plan for one of the hosts."""
    from opsconsole.console.cli.planning import planning, prepare, show

    order = prepare(args)
    return show(args, order, planning(order))
