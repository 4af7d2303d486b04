"""`opsconsole resume RUN_ID`: goes on with an interrupted run."""

from __future__ import annotations

import argparse

from opsconsole.console.cli.order import add_taking_up

NAME = "resume"
HELP = "go on with an interrupted run from where it stands; exits as `run` does, an undo asked for with 0"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_taking_up(parser)


def run(args: argparse.Namespace) -> int:
    """Goes on with an interrupted run."""
    from opsconsole.console.cli.taking_up import take_up

    return take_up(args, NAME)
