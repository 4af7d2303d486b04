"""`opsconsole resume RUN_ID`: goes on with an interrupted run."""

from __future__ import annotations

import argparse

from opsconsole.console.cli.order import add_confirm, add_reason, add_run_id, add_set, add_verbose

NAME = "resume"
HELP = "go on with an interrupted run from where it stands; exits as `run` does"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_run_id(parser)
    add_set(parser)
    add_confirm(parser)
    add_reason(parser)
    add_verbose(parser)


def run(args: argparse.Namespace) -> int:
    """Goes on with an interrupted run."""
    from opsconsole.console.cli.taking_up import take_up

    return take_up(args, NAME)
