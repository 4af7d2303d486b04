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

VERBS = (
    *("hosts", "check", "certificates"),
    *("recipes", "plan", "run", "runs", "resume", "undo", "unlock"),
    "audit",
    *("doctor", "init", "completion"),
)
CONSOLE = "console"  # the verb that needs no name: `opsconsole [TARGET…]`
INTERRUPTED_STATUS = 130


class Parser(argparse.ArgumentParser):
    """An argument parser whose usage errors end with the verb's own status."""

    usage_status = 2

    def error(self, message: str) -> Never:
        """Say what is wrong and how it is used, on stderr."""
        self.print_usage(sys.stderr)
        self.exit(self.usage_status, f"{self.prog}: error: {message}\n")


def verb_module(name: str) -> ModuleType:
    """Return the module of a verb."""
    return importlib.import_module(f"opsconsole.console.cli.{name}")


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
    parser.usage_status = getattr(module, "USAGE_STATUS", 2)
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
    if "_ARGCOMPLETE" in os.environ:
        from opsconsole.console.cli.completion import complete

        complete()
    verb, rest = split_verb(argv)
    parser = console_parser() if verb == CONSOLE else verb_parser(verb)
    args = parser.parse_intermixed_args(rest)  # options may stand between the words
    try:
        status = verb_module(verb).run(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED_STATUS
    except BrokenPipeError:
        # Whoever read us has gone (`| head`): say nothing more, also not at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return int(status)
