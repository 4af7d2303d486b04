"""What the verbs that change hosts have in common: their options, and the exact command to type next."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Sequence

REFUSED_STATUS = 3
USAGE_STATUS = 2


def add_targets(parser: argparse.ArgumentParser) -> None:
    """Add RECIPE and TARGET."""
    parser.add_argument(
        "recipe", metavar="RECIPE", help="name of the recipe; `opsconsole recipes` lists them"
    )
    parser.add_argument(
        "targets", nargs="+", metavar="TARGET", help="host, @group, localhost or all; in this order"
    )


def add_set(parser: argparse.ArgumentParser) -> None:
    """Add `--set`."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="texts",
        help="set a parameter; may be given again. A file, such as a certificate: NAME=PATH. A secret,"
        " such as a key: NAME=@FILE, or leave it out to be asked",
    )


def add_run_id(parser: argparse.ArgumentParser) -> None:
    """Add RUN_ID."""
    parser.add_argument(
        "run_id", metavar="RUN_ID", help="the run's id, or how it begins; `opsconsole runs` lists them"
    )


def add_reason(parser: argparse.ArgumentParser) -> None:
    """Add `--reason`."""
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; kept in the audit trail")


def add_why(parser: argparse.ArgumentParser) -> None:
    """Add what the audit trail remembers of the operator's reasons."""
    add_reason(parser)
    parser.add_argument("--incident", default="", metavar="ID", help="the incident or maintenance it is for")


def add_confirm(parser: argparse.ArgumentParser) -> None:
    """Add `--confirm` and `--wait-lock`."""
    parser.add_argument(
        "--confirm", metavar="PLAN_ID", help="do exactly this plan; without it the plan is only shown"
    )
    parser.add_argument(
        "--wait-lock",
        type=duration,
        default=0.0,
        metavar="TIME",
        help="wait so long (such as 5m) for another run's lock on a host (default: not at all)",
    )


def add_verbose(parser: argparse.ArgumentParser) -> None:
    """Add `--verbose`."""
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="show all of a plan: facts, commands of checks and undos, what commands read",
    )


def add_taking_up(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verbs that take up a run that is known: RUN_ID, and what a change asks for."""
    add_run_id(parser)
    add_set(parser)
    add_confirm(parser)
    add_reason(parser)
    add_verbose(parser)


def duration(text: str) -> float:
    """Return the seconds of a duration, for argparse."""
    from opsconsole.data.units import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def command(args: argparse.Namespace, verb: str, words: Iterable[str]) -> str:
    """Return a command line of ours as a shell reads it, with the options that this one was given."""
    config = ["--config", str(args.config)] if args.config is not None else []
    return shlex.join(["opsconsole", verb, *words, *config])


def confirming(args: argparse.Namespace, plan_id: str, targets: Sequence[str]) -> str:
    """Return the command that applies a plan of `plan` or `run`."""
    words = [args.recipe, *targets, *(f"--set={text}" for text in args.texts), f"--confirm={plan_id}"]
    return command(args, "run", words)
