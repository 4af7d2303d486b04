"""What most verbs begin with: the settings and the inventory, or a clear refusal."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from opsconsole.console.cli.streams import ERR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.console.inventory import Inventory
    from opsconsole.console.settings import Settings


def fail(message: str, *, status: int) -> int:
    """Write a diagnostic to stderr and return the exit status."""
    tell(message)
    return status


def tell(message: str) -> None:
    """Write what an engineer should know to stderr. Never raises, whoever may have gone."""
    ERR.write(f"opsconsole: {message}\n")
    ERR.flush()


def load(args: argparse.Namespace, *, usage_status: int = 2) -> tuple[Settings, Inventory]:
    """Return the settings and the inventory; warnings go to stderr.

    Raises:
        SystemExit: The configuration is wrong; every problem was written to stderr.
    """
    from opsconsole.console.cli import one_line_log
    from opsconsole.console.inventory import load_configuration
    from opsconsole.console.settings import SettingsError

    one_line_log.begin()
    try:
        return load_configuration(args.config, read_only=args.read_only)
    except SettingsError as error:
        for problem in error.problems:
            fail(str(problem), status=usage_status)
        raise SystemExit(usage_status) from None


def warn(settings: Settings, inventory: Inventory, *, interrupted: bool = True) -> None:
    """Write what an engineer should be warned of to stderr: of the configuration, and of interrupted runs.

    Args:
        settings: The settings.
        inventory: The inventory.
        interrupted: Whether to look for interrupted runs.
    """
    from opsconsole.data.ledger_anchor import has_traces

    found = [*settings.warnings, *inventory.warnings]
    if interrupted and settings.ledger_path is not None and has_traces(settings.ledger_path):
        from opsconsole.console.interrupted import notices  # loads the ledger: only where there is one

        found += notices(settings)
    for warning in found:
        tell(f"warning: {warning}")


def narrow(inventory: Inventory, targets: Sequence[str]) -> Inventory:
    """Return the inventory with the targets' hosts only, or whole when there are none; jumps still resolve.

    Raises:
        TargetError: A target names nothing.
    """
    return inventory.narrowed(targets) if targets else inventory
