"""`opsconsole completion SHELL`: completion of verbs, options, hosts, groups, recipes and parameters."""

from __future__ import annotations

import argparse
import os
from typing import Any

from opsconsole.console.cli.streams import OUT

NAME = "completion"
RUNS_OFFERED = 50
HELP = "print the completion script for a shell (bash, zsh or fish)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))
    parser.epilog = (
        'bash and zsh: eval "$(opsconsole completion bash)"; fish: opsconsole completion fish | source'
    )


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    from argcomplete.shell_integration import shellcode

    OUT.write(shellcode(["opsconsole"], shell=args.shell))
    return 0


def complete() -> None:
    """Answer the shell's question in the environment, and exit."""
    import argcomplete

    from opsconsole.console.cli import main

    words = os.environ.get("COMP_LINE", "").split()[1:]
    verb, _ = main.split_verb(words)
    if verb == main.CONSOLE:
        parser = main.console_parser()
        extra: tuple[str, ...] = main.VERBS
    else:
        parser = main.verb_parser(verb)
        parser.add_argument("verb_itself", nargs="?", help=argparse.SUPPRESS)
        parser._actions.insert(0, parser._actions.pop())  # the verb's own word comes first
        extra = ()
    completers = {
        "targets": _targets(extra),
        "target": _targets(()),
        "recipe": _recipes,
        "recipes": _recipes,
        "texts": _parameters,
        "run_id": _run_ids,
    }
    for action in parser._actions:  # argparse has no public list of its actions
        if action.dest in completers:
            action.completer = completers[action.dest]  # type: ignore[attr-defined]  # argcomplete's own protocol
    argcomplete.autocomplete(parser)


def _targets(extra: tuple[str, ...]) -> Any:
    def known(parsed_args: argparse.Namespace, **_: object) -> list[str]:
        from opsconsole.console.cli.context import load

        try:
            _settings, inventory = load(parsed_args)
        except SystemExit:  # a broken configuration completes to nothing, not to a traceback on the prompt
            return list(extra)
        return [*extra, *inventory.entries, *(f"@{group}" for group in inventory.groups), "all"]

    return known


def _recipes(**_: object) -> list[str]:
    from opsconsole import recipes

    return list(recipes.names())


def _parameters(parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """Return `name=` of each parameter of the recipe, with its choices where it has some."""
    from opsconsole.console.plans import recipe_named
    from opsconsole.recipes.recipe import PlanError

    try:
        recipe = recipe_named(parsed_args.recipe or "")
    except (PlanError, AttributeError):  # no such recipe, or none yet
        return []
    return [
        f"{parameter.name}={choice}"
        for parameter in recipe.parameters
        if not parameter.derived
        for choice in (parameter.choices or ("", *(_presets(parsed_args) if parameter.presets else ())))
    ]


def _presets(parsed_args: argparse.Namespace) -> list[str]:
    from opsconsole.console.cli.context import load

    try:
        settings, _inventory = load(parsed_args)
    except SystemExit:
        return []
    return list(settings.acme)


def _run_ids(parsed_args: argparse.Namespace, **_: object) -> list[str]:
    from opsconsole.console.cli.context import load
    from opsconsole.data.ledger import Ledger, LedgerError

    try:
        settings, _inventory = load(parsed_args)
        if settings.ledger_path is None:
            return []
        ledger = Ledger.read(settings.ledger_path)
    except (SystemExit, LedgerError):
        return []
    try:
        return [row.run_id for row in ledger.runs(limit=RUNS_OFFERED) if row.run_id]
    except LedgerError:
        return []
    finally:
        ledger.close()
