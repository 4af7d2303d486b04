"""`opsconsole unlock TARGET --holder RUN_ID --reason TEXT`: takes a stale lock off a host, on purpose."""

from __future__ import annotations

import argparse
from typing import Any

from opsconsole.console.cli.order import add_reason

NAME = "unlock"
HELP = "take the lock of a run that is no more off a host; kept in the audit trail"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("target", metavar="TARGET", help="one host")
    parser.add_argument(
        "--holder",
        default="",
        metavar="RUN_ID",
        help="the run whose lock is broken, and no other; without it the holder is shown",
    )
    add_reason(parser)


def run(args: argparse.Namespace) -> int:
    """Break the lock; 0 when it is gone, 3 when it was not touched."""
    import asyncio

    from opsconsole.console.cli.context import fail, load, warn
    from opsconsole.console.cli.order import REFUSED_STATUS, USAGE_STATUS, command
    from opsconsole.console.cli.printing import print_json, print_lines
    from opsconsole.console.cli.reach import reaching
    from opsconsole.console.inventory import TargetError
    from opsconsole.console.plans import RunsError
    from opsconsole.data.host import ShellError
    from opsconsole.data.ledger import LedgerError
    from opsconsole.data.text import clean_line

    settings, inventory = load(args)
    warn(settings, inventory, interrupted=False)
    try:
        entries = inventory.select([args.target])
    except TargetError as error:
        return fail(str(error), status=USAGE_STATUS)
    if len(entries) != 1:
        return fail(f"{args.target} is {len(entries)} hosts; a lock is broken on one", status=USAGE_STATUS)
    if args.holder and not args.reason.strip():
        return fail("--reason is needed: a broken lock is explained in the audit trail", status=USAGE_STATUS)
    host = entries[0].host.name

    async def unlock() -> str:
        async with reaching(settings, inventory) as runs:
            if args.holder:
                return await runs.break_lock(host, holder_run_id=args.holder, reason=args.reason)
            holder = await runs.holder(host)
            if holder is None:
                return ""
            words = [args.target, f"--holder={holder.run_id}", "--reason=…"]
            what = command(args, NAME, words)
            raise RunsError(f"{host} is locked by {holder}; if that run is no more, type: {what}")

    try:
        said = clean_line(asyncio.run(unlock()), 2000) or f"{host} is not locked"
    except (ShellError, LedgerError, RunsError) as error:
        return fail(f"refused: {error}", status=REFUSED_STATUS)
    if args.json:
        print_json(document(host, args.holder, said))
    else:
        print_lines([said])
    return 0


def document(host: str, holder: str, said: str) -> dict[str, Any]:
    """Return the unlock document (see `schemas/unlock.schema.json`)."""
    return {"version": 1, "host": host, "holder": holder, "said": said}
