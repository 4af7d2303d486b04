"""`opsconsole init`: writes a commented first configuration."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "init"
HELP = "write a commented first configuration from ~/.ssh/config; overwrites nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "--force", action="store_true", help="replace a configuration that is there; a backup is kept"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to this file")


def run(args: argparse.Namespace) -> int:
    """Write the configuration."""
    from opsconsole.console.cli.context import fail, tell
    from opsconsole.console.cli.printing import print_json, print_lines
    from opsconsole.console.inventory import load_configuration
    from opsconsole.console.inventory.starter import starter
    from opsconsole.console.settings import SettingsError
    from opsconsole.console.settings.load import config_path
    from opsconsole.console.settings.write import write_config

    file = (args.output or config_path(args.config)).expanduser().absolute()
    first = starter()
    try:
        backup = write_config(file, first.text, force=args.force, check=load_configuration)
    except FileExistsError:
        return fail(f"{file} is there already; --force replaces it and keeps a backup", status=1)
    except SettingsError as error:
        return fail(f"nothing was written, as what would be written has problems:\n{error}", status=1)
    except OSError as error:
        return fail(f"{file} cannot be written: {error.strerror or error}", status=1)
    for warning in first.warnings:
        tell(f"warning: {warning}")
    if args.json:
        names = {"path": str(file), "backup": str(backup) if backup else None, "hosts": list(first.hosts)}
        print_json({"version": 1, **names})
        return 0
    before = [f"the one before is now {backup}"] if backup else []
    hosts = "1 host" if len(first.hosts) == 1 else f"{len(first.hosts):,} hosts"
    what = f"{hosts} from ssh_config, and this machine; `opsconsole hosts` lists them"
    print_lines([f"wrote {file}", *before, what])
    return 0
