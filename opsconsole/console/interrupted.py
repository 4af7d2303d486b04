"""Runs that were interrupted: found in the ledger at every start, and told with what can be done."""

from __future__ import annotations

from opsconsole.console import authority
from opsconsole.console.settings import Settings
from opsconsole.data.ledger import Ledger, LedgerError, RunRow
from opsconsole.data.ledger_anchor import has_traces
from opsconsole.data.text import clean_line
from opsconsole.recipes.runner.runner import Runner

TOLD = 5


def interrupted_runs(settings: Settings) -> list[RunRow]:
    """Return the interrupted runs, newest first; none where there is no ledger yet. Blocks.

    Raises:
        LedgerError: The ledger cannot be read, or is gone.
    """
    path = settings.ledger_path
    if path is None or not has_traces(path):
        return []
    ledger = Ledger.read(path)
    try:
        runner = Runner(ledger, policy=authority.policy(settings), operator=authority.operator())
        return runner.interrupted()
    finally:
        ledger.close()


def notices(settings: Settings) -> list[str]:
    """Return what to tell at a start: each interrupted run with what to type, or why none could be found."""
    try:
        rows = interrupted_runs(settings)
    except LedgerError as error:
        return [clean_line(str(error))]
    told = [
        f"run {row.run_id} of {row.recipe} on {row.host}, {row.started_at:%Y-%m-%d %H:%M} UTC,"
        f" was interrupted: `opsconsole runs {row.run_id}` to look, `resume {row.run_id}` to go on,"
        f" `undo {row.run_id}` to take it back"
        for row in rows[:TOLD]
    ]
    if len(rows) > TOLD:
        told.append(f"and {len(rows) - TOLD} more interrupted runs: `opsconsole runs`")
    return told
