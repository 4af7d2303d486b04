"""`opsconsole undo RUN_ID`: takes back what a run applied."""

from __future__ import annotations

import argparse

from opsconsole.console.cli.order import add_taking_up

NAME = "undo"
HELP = "take back what a run applied; exits 0 when all was, else as `run` does"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_taking_up(parser)


def run(args: argparse.Namespace) -> int:
    """Takes back what a run applied."""
    from opsconsole.console.cli.taking_up import take_up

    return take_up(args, NAME)
