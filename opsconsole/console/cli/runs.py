"""`opsconsole runs [RUN_ID]`: past runs, the interrupted ones first with what can be done."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsconsole.console.runs import Runs
    from opsconsole.data.ledger import RunRow
    from opsconsole.recipes.runner.recover import Recovered

OPEN_LIMIT = 1000
NAME = "runs"
HELP = "list past runs, interrupted ones first; with a RUN_ID tell how far that one came"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "run_id", nargs="?", default="", metavar="RUN_ID", help="only this run, with its steps"
    )
    parser.add_argument("--host", default="", metavar="NAME", help="only runs on this host")
    parser.add_argument(
        "--limit", type=int, default=20, metavar="N", help="at most N ended runs (default: 20)"
    )


def run(args: argparse.Namespace) -> int:
    """Print the runs, or one of them; 3 when there is no such run."""
    import asyncio

    from opsconsole.console.cli.context import fail, load, warn
    from opsconsole.console.cli.order import REFUSED_STATUS
    from opsconsole.console.cli.reach import reaching
    from opsconsole.console.plans import RunsError
    from opsconsole.data.ledger import LedgerError

    settings, inventory = load(args)
    warn(settings, inventory, interrupted=False)

    async def look() -> int:
        async with reaching(settings, inventory) as runs:
            interrupted = {row.run_id: row for row in await runs.interrupted()}
            if args.run_id:
                row = await runs.trail.row(args.run_id)
                return _print_one(args, row, await runs.trail.far(row.run_id), interrupted)
            rows = await _rows(args, runs, interrupted)
            return _print_all(args, rows, interrupted)

    try:
        return asyncio.run(look())
    except (RunsError, LedgerError) as error:
        return fail(str(error), status=REFUSED_STATUS)


async def _rows(args: argparse.Namespace, runs: Runs, interrupted: Collection[str]) -> list[RunRow]:
    """Return the runs to list: all that have no verdict, then the newest of the others; tell of more."""
    from opsconsole.console.cli.context import tell
    from opsconsole.data.ledger import RunQuery
    from opsconsole.data.ledger_entry import OPEN

    limit = max(1, args.limit)
    opened = await runs.trail.rows(RunQuery(host=args.host, verdict=OPEN), OPEN_LIMIT)
    newest = await runs.trail.rows(RunQuery(host=args.host), limit + len(opened) + 1)
    ended = [row for row in newest if row.verdict]
    if len(ended) > limit:
        tell(f"only the newest {limit:,} of the runs that ended; --limit N lists N of them")
    return sorted(opened, key=lambda row: row.run_id not in interrupted) + ended[:limit]


def state(row: RunRow, interrupted: Collection[str]) -> str:
    """Return the verdict of a run, or `interrupted`, or `running` when somebody drives it."""
    return row.verdict or ("interrupted" if row.run_id in interrupted else "running")


def document(rows: Sequence[RunRow], interrupted: Collection[str]) -> dict[str, Any]:
    """Return the runs document (see `schemas/runs.schema.json`)."""
    return {"version": 1, "runs": [_row(row, interrupted) for row in rows]}


def _row(row: RunRow, interrupted: Collection[str]) -> dict[str, Any]:
    return {
        "run_id": row.run_id,
        "plan_id": row.plan_id,
        "host": row.host,
        "recipe": row.recipe,
        "state": state(row, interrupted),
        "operator": {
            "local_user": row.operator.local_user,
            "ssh_user": row.operator.ssh_user,
            "key_fingerprint": row.operator.key_fingerprint,
        },
        "reason": row.reason,
        "incident": row.incident,
        "started_at": row.started_at.isoformat(),
        "ended_at": None if row.ended_at is None else row.ended_at.isoformat(),
    }


def _print_all(args: argparse.Namespace, rows: Sequence[RunRow], interrupted: Collection[str]) -> int:
    from opsconsole.console.cli.printing import print_json, print_lines

    if args.json:
        print_json(document(rows, interrupted))
    else:
        print_lines(lines(args, rows, interrupted))
    return 0


def lines(args: argparse.Namespace, rows: Sequence[RunRow], interrupted: Collection[str]) -> Iterator[str]:
    """Yield what to do with each interrupted run, then a table with a line for each run."""
    from opsconsole.console.cli.run_text import what_to_do

    for row in rows:
        if row.run_id in interrupted:
            yield f"{row.recipe} on {row.host} was interrupted:"
            yield from (f"   {line}" for line in what_to_do(args, row.run_id))
    yield from table(rows, interrupted) if rows else ["There are no runs yet."]


def table(rows: Sequence[RunRow], interrupted: Collection[str]) -> list[str]:
    """Return the table's lines."""
    from opsconsole.console.cli.printing import columns
    from opsconsole.data.text import clean_line

    cells = [
        (
            f"{row.started_at:%Y-%m-%d %H:%M:%S}",
            row.host,
            row.recipe,
            state(row, interrupted),
            row.run_id or "-",
            row.plan_id or "-",
            clean_line(str(row.operator)),
            clean_line(f"{row.incident} {row.reason}", 80),
        )
        for row in rows
    ]
    return columns([("started (UTC)", "host", "recipe", "state", "run", "plan", "operator", "why"), *cells])


def _print_one(
    args: argparse.Namespace, row: RunRow, far: Recovered | None, interrupted: Collection[str]
) -> int:
    from opsconsole.console.cli.printing import print_json, print_lines
    from opsconsole.console.cli.run_text import step_lines, what_to_do
    from opsconsole.data.text import clean
    from opsconsole.recipes.runner.words import way_on

    steps = [record.result() for record in far.steps] if far is not None else []
    verdict = clean(far.verdict_text, 8000) if far is not None else ""
    if args.json:
        told = [
            {"name": one.name, "title": one.title, "state": one.state.value, "evidence": one.evidence}
            for one in steps
        ]
        print_json({"version": 1, "runs": [{**_row(row, interrupted), "steps": told, "verdict": verdict}]})
        return 0
    print_lines(table([row], interrupted))
    print_lines(step_lines(steps) if far is not None else ["   its plan is not in the ledger"])
    print_lines(f"   {line}" for line in verdict.splitlines())
    if row.run_id in interrupted:
        print_lines([f"   `resume` {way_on(far.back)}"] if far is not None and far.back else [])
        print_lines(what_to_do(args, row.run_id))
    return 0
