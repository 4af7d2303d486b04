"""`opsconsole audit [list | show ID | verify | export]`: the trail of everything that was done from here."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from opsconsole.data.ledger import Event, Ledger, RunQuery, RunRow

NAME = "audit"
HELP = "the trail of everything done: list, show, verify (exits 0 intact, 1 not), export"
ACTIONS = ("list", "show", "verify", "export")
FORMATS = ("jsonl", "csv", "ocsf")
VERDICTS = ("done", "undone", "refused", "needs-person", "open")
LIMIT = 50
BROKEN_STATUS = 1
_PAGE_EVENTS = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("action", nargs="?", choices=ACTIONS, default="list", help="default: list")
    parser.add_argument("run_id", nargs="?", metavar="ID", help="for show: a run's id, or how it begins")
    some = parser.add_argument_group("which runs, for list and export")
    some.add_argument("--host", default="", help="on this host")
    some.add_argument("--recipe", default="", help="of this recipe")
    some.add_argument(
        "--operator", default="", help="by this user, here or on the host, or this key's SHA256:…"
    )
    some.add_argument(
        "--since", metavar="TIME", help="begun at or after: 2026-11-26, 2026-11-26T14:05 (UTC), 7d"
    )
    some.add_argument("--until", metavar="TIME", help="begun before")
    some.add_argument("--verdict", choices=VERDICTS, default="", help="open: none yet")
    some.add_argument("--incident", default="", metavar="ID", help="of this incident or maintenance")
    some.add_argument("--limit", type=int, default=LIMIT, help=f"list at most so many (default: {LIMIT})")
    parser.add_argument("-v", "--verbose", action="store_true", help="for show: every command whole")
    proof = parser.add_argument_group("for verify")
    proof.add_argument("--offline", action="store_true", help="do not ask the hosts for their echoes")
    signer_help = "the newest head must be signed by this key"
    proof.add_argument("--signer", action="append", default=[], metavar="SHA256:…", help=signer_help)
    parser.add_argument("--format", choices=FORMATS, default="jsonl", help="for export (default: jsonl)")


def run(args: argparse.Namespace) -> int:
    """Do it."""
    from opsconsole.console.cli.context import fail, load
    from opsconsole.data.ledger import LedgerError

    try:
        query = _query(args)
    except ValueError as error:
        return fail(str(error), status=2)
    settings, inventory = load(args)
    if settings.ledger_path is None:
        return fail("there is no ledger: the configuration says so", status=BROKEN_STATUS)
    try:
        if args.action != "verify":
            return _look(args, settings.ledger_path, query)

        from opsconsole.console.cli.audit_verify import run_verify

        return run_verify(args, settings, inventory)
    except LedgerError as error:
        return fail(str(error), status=BROKEN_STATUS)


def _query(args: argparse.Namespace) -> RunQuery:
    from opsconsole.data.ledger import RunQuery

    if args.action == "show" and not args.run_id:
        raise ValueError("audit show: which run? Its id, or how that begins")
    if args.action != "show" and args.run_id:
        raise ValueError(f"audit {args.action} takes no id: {args.run_id}")
    return RunQuery(
        host=args.host,
        recipe=args.recipe,
        operator=args.operator,
        since=read_time(args.since, "--since"),
        until=read_time(args.until, "--until"),
        verdict=args.verdict,
        incident=args.incident,
    )


def read_time(text: str | None, name: str) -> datetime | None:
    """Return a time that was typed: an ISO date or time (UTC unless it says otherwise), or how long ago.

    Raises:
        ValueError: It is neither.
    """
    from datetime import UTC, datetime, timedelta

    from opsconsole.data.units import parse_duration

    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            return datetime.now(UTC) - timedelta(seconds=parse_duration(text))
        except (ValueError, OverflowError):
            words = "a time such as 2026-11-26, 2026-11-26T14:05 or 7d (ago)"
            raise ValueError(f"{name} {text!r}: expected {words}") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _list_of_none(args: argparse.Namespace, path: Path) -> int:
    from opsconsole.console.cli.printing import print_json, print_lines

    if args.json:
        print_json(document(path, [], ""))
    else:
        print_lines([f"There is no ledger yet ({path}): nothing was ever done from here."])
    return 0


def _look(args: argparse.Namespace, path: Path, query: RunQuery) -> int:
    from opsconsole.console.cli.context import tell
    from opsconsole.data.ledger import Ledger
    from opsconsole.data.ledger_anchor import has_traces

    if args.action == "list" and not has_traces(path):
        return _list_of_none(args, path)
    ledger = Ledger.read(path)
    try:
        if ledger.problem:
            tell(f"warning: {ledger.problem}")
        if args.action == "show":
            return _show(args, ledger)
        if args.action == "export":
            return _export(args, ledger, query)
        return _list(args, ledger, query)
    finally:
        ledger.close()


def _list(args: argparse.Namespace, ledger: Ledger, query: RunQuery) -> int:
    from opsconsole.console.cli.context import tell
    from opsconsole.console.cli.printing import print_json, print_lines
    from opsconsole.data.units import counted

    limit = max(1, args.limit)
    rows = ledger.runs(query, limit=limit + 1)
    if len(rows) > limit:
        tell(f"only the newest {counted(limit, 'run')} of more; --limit N lists N")
        rows = rows[:limit]
    if args.json:
        print_json(document(ledger.path, rows, ledger.problem))
    else:
        print_lines(
            table(rows) if rows else ["No run matches." if query != _all() else "There are no runs yet."]
        )
    return 0


def _all() -> RunQuery:
    from opsconsole.data.ledger import RunQuery

    return RunQuery()


def table(rows: Sequence[RunRow]) -> list[str]:
    """Return one line a run."""
    from opsconsole.console.cli.printing import columns
    from opsconsole.data.ledger_story import verdict_words
    from opsconsole.data.text import clean_line

    cells = [
        (
            f"{row.started_at:%Y-%m-%d %H:%M:%S}",
            clean_line(str(row.operator), 40),
            clean_line(row.host, 64),
            clean_line(row.recipe, 40),
            f"{verdict_words(row.verdict)[0]} {clean_line(row.verdict, 40) or 'open'}",
            clean_line(row.run_id, 64),
            clean_line(f"{row.incident} {row.reason}", 80),
        )
        for row in rows
    ]
    return columns([("started (UTC)", "operator", "host", "recipe", "verdict", "run", "why"), *cells])


def document(path: Path, rows: Sequence[RunRow], problem: str) -> dict[str, Any]:
    """Return the list document (see `schemas/audit-list.schema.json`)."""
    return {
        "version": 1,
        "ledger": str(path),
        "problem": problem,
        "runs": [run_document(row) for row in rows],
    }


def run_document(row: RunRow) -> dict[str, Any]:
    """Return a run as JSON values."""
    from opsconsole.data.ledger_export import operator_document

    return {
        "run_id": row.run_id,
        "first_event": row.first_seq,
        "plan_id": row.plan_id,
        "host": row.host,
        "recipe": row.recipe,
        "operator": operator_document(row.operator),
        "reason": row.reason,
        "incident": row.incident,
        "started_at": row.started_at.isoformat(),
        "ended_at": None if row.ended_at is None else row.ended_at.isoformat(),
        "verdict": row.verdict or "open",
    }


def _show(args: argparse.Namespace, ledger: Ledger) -> int:
    from opsconsole.console.cli.context import fail
    from opsconsole.console.cli.printing import print_json
    from opsconsole.data.ledger import RunQuery
    from opsconsole.data.ledger_export import event_document

    found = ledger.runs(RunQuery(run_id=args.run_id), limit=6)
    exact = [row for row in found if row.run_id == args.run_id]
    if len(found) != 1 and not exact:
        if not found:
            return fail(f"no run {args.run_id!r} in the ledger {ledger.path}", status=BROKEN_STATUS)
        names = ", ".join(row.run_id for row in found[:5])
        return fail(f"which run: {names}{' …' if len(found) > 5 else ''}?", status=2)
    row = exact[0] if exact else found[0]
    events = ledger.events(row.run_id)
    plan = _plan(ledger, row.plan_id)
    if args.json:
        told = [event_document(event) for event in events]
        print_json({"version": 1, "run": run_document(row), "plan": plan, "events": told})
    else:
        _print_story(events, plan, args.verbose)
    return 0


def _plan(ledger: Ledger, plan_id: str) -> dict[str, Any] | None:
    """Return a plan; one that was tampered with is told of, and left out."""
    from opsconsole.console.cli.context import tell
    from opsconsole.data.ledger import LedgerError

    try:
        return ledger.plan(plan_id) if plan_id else None
    except LedgerError as error:
        tell(f"warning: {error}")
        return None


def _print_story(events: Sequence[Event], plan: dict[str, Any] | None, verbose: bool) -> None:
    from rich.text import Text

    from opsconsole.console.cli.printing import print_lines
    from opsconsole.data.ledger_story import story, whole

    styles = {
        "strong": "bold",
        "muted": "dim",
        "command": "cyan",
        "ok": "green",
        "warning": "yellow",
        "critical": "bold red",
    }
    print_lines(
        Text(f"{line.mark}{' ' * (line.indent - len(line.mark))}{line.text}", styles.get(line.look, ""))
        for line in (whole(story(events, plan)) if verbose else story(events, plan))
    )


def _export(args: argparse.Namespace, ledger: Ledger, query: RunQuery) -> int:
    from opsconsole.console.cli.streams import OUT
    from opsconsole.data.ledger_export import lines

    for line in lines(chosen(ledger, query), args.format):
        OUT.write(f"{line}\n")
        if OUT.gone:
            break
    return 0


def chosen(ledger: Ledger, query: RunQuery) -> Iterator[Event]:
    """Yield the events that an export has, in order: all, or those of the runs asked for."""
    runs = None
    if query != _all():
        runs = {row.run_id for row in ledger.runs(query, limit=-1)}
    after = 0
    while page := ledger.all_events(after_seq=after, limit=_PAGE_EVENTS):
        yield from (event for event in page if runs is None or (event.run_id and event.run_id in runs))
        after = page[-1].seq
