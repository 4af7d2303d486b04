"""The command line: which verb, its options, and what a mistake looks like.

Each verb is a module of this folder with `NAME`, `HELP`, `add_arguments(parser)` and `run(args)`; it
imports what is heavy inside `run`, so that `--help` stays quick. Results go to stdout, diagnostics to
stderr.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Never

from opsconsole import __version__
from opsconsole.console.cli.context import fail
from opsconsole.console.cli.streams import ERR, OUT
from opsconsole.console.mistakes import mistake

VERBS = (
    *("hosts", "check", "certificates"),
    *("recipes", "plan", "run", "runs", "resume", "undo", "unlock"),
    "audit",
    *("doctor", "init", "completion"),
)
CONSOLE = "console"  # the verb that needs no name: `opsconsole [TARGET…]`
CHANGING = frozenset({"run", "resume", "undo", "unlock"})
USAGE_STATUS = 2
NEEDS_PERSON_STATUS = 4
INTERRUPTED_STATUS = 130


class Parser(argparse.ArgumentParser):
    """An argument parser whose usage errors end with the verb's own status."""

    usage_status = USAGE_STATUS

    def error(self, message: str) -> Never:
        """Say what is wrong and how it is used, on stderr."""
        self.print_usage(sys.stderr)
        self.exit(self.usage_status, f"{self.prog}: error: {message}\n")


def verb_module(name: str) -> ModuleType:
    """Return the module of a verb."""
    return importlib.import_module(f"opsconsole.console.cli.{name}")


def usage_status(verb: str) -> int:
    """Return the exit status of a mistake in the call of a verb, which none of its results has."""
    return int(getattr(verb_module(verb), "USAGE_STATUS", USAGE_STATUS))


def mistake_status(verb: str) -> int:
    """Return the exit status of a mistake of ours: how far a change came on a host is then not known."""
    return NEEDS_PERSON_STATUS if verb in CHANGING else usage_status(verb)


def common_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every verb has."""
    group = parser.add_argument_group("common options")
    group.add_argument("--config", type=Path, metavar="FILE", help="read this opsconsole.toml")
    group.add_argument("--read-only", action="store_true", help="refuse every change")
    group.add_argument("--json", action="store_true", help="write one JSON document to stdout")


def console_parser() -> Parser:
    """Return the parser of `opsconsole [TARGET…]`, whose help lists the verbs."""
    console = verb_module(CONSOLE)
    width = max(map(len, VERBS)) + 2
    verbs = "\n".join(f"  {name:<{width}}{verb_module(name).HELP}" for name in VERBS)
    parser = Parser(
        prog="opsconsole",
        description=f"{console.HELP[0].upper()}{console.HELP[1:]}.",
        epilog=f"verbs:\n{verbs}\n\n`opsconsole VERB --help` tells more of a verb.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", "-V", action="version", version=f"opsconsole {__version__}")
    console.add_arguments(parser)
    common_options(parser)
    return parser


def verb_parser(name: str) -> Parser:
    """Return the parser of one verb."""
    module = verb_module(name)
    parser = Parser(prog=f"opsconsole {name}", description=f"{module.HELP[0].upper()}{module.HELP[1:]}.")
    parser.usage_status = usage_status(name)
    module.add_arguments(parser)
    common_options(parser)
    return parser


def split_verb(argv: Sequence[str]) -> tuple[str, list[str]]:
    """Return the verb and the other arguments; the verb is the first word that is not an option."""
    words = list(argv)
    skip = False
    for index, word in enumerate(words):
        if skip or word.startswith("-"):
            skip = word == "--config"
            continue
        if word in VERBS:
            return word, words[:index] + words[index + 1 :]
        break
    return CONSOLE, words


def run(argv: Sequence[str]) -> int:
    """Run the command line and return its exit status."""
    OUT.begin()
    ERR.begin()
    if "_ARGCOMPLETE" in os.environ:
        from opsconsole.console.cli.completion import complete

        complete()
    verb, rest = split_verb(argv)
    try:
        parser = console_parser() if verb == CONSOLE else verb_parser(verb)
        args = parser.parse_intermixed_args(rest)  # options may stand between the words
        status = int(verb_module(verb).run(args))
    except KeyboardInterrupt:
        return INTERRUPTED_STATUS
    except Exception as error:  # noqa: BLE001 - 1, as Python would end, is a verdict of `run` and of `check`
        return fail(mistake(error), status=mistake_status(verb))
    finally:
        OUT.flush()  # what is left then is not left to the interpreter's own end
        ERR.flush()
    return _with_what_was_said(verb, status)


def _with_what_was_said(verb: str, status: int) -> int:
    """Return a verb's status; results that are lost are not 0 where they are all that was asked for."""
    if not OUT.trouble:
        return status
    lost = fail(f"the results could not be written to stdout: {OUT.trouble}", status=usage_status(verb))
    return status if status or verb in CHANGING else lost
