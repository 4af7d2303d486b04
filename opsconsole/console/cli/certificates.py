"""`opsconsole certificates`: all certificates of hosts, worst first; as a table, JSON, CSV or a calendar."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

    from opsconsole.console.certificates_rows import CertificateRow

NAME = "certificates"
HELP = "all certificates of hosts, worst first; also as CSV and calendar; exits as check does"
USAGE_STATUS = 3  # as `check`: a mistake in the call is `unknown`, not `critical`
FORMATS = ("table", "json", "csv", "ics")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help="host, @group, localhost or all (default: all)"
    )
    parser.add_argument(
        "--format", choices=FORMATS, default="", help="default: table; --json does the same as json"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="write to this new file, readable by you alone",
    )
    parser.add_argument("--force", action="store_true", help="replace the file of --output")


def run(args: argparse.Namespace) -> int:
    """Read, write, and return the worst level's exit status."""
    from opsconsole.console.certificates_passwords import read_asking
    from opsconsole.console.certificates_rows import rows_of, sorted_by_risk
    from opsconsole.console.cli.context import fail, load, tell, warn
    from opsconsole.console.cli.terminal_prompter import TerminalPrompter
    from opsconsole.console.inventory import TargetError
    from opsconsole.panels.panel import Level

    form = args.format or ("json" if args.json else "table")
    if args.json and form != "json":
        return fail(f"--json and --format {form} contradict each other", status=USAGE_STATUS)
    settings, inventory = load(args, usage_status=USAGE_STATUS)
    warn(settings, inventory)
    try:
        entries = inventory.select(args.targets or ["all"])
    except TargetError as error:
        return fail(str(error), status=USAGE_STATUS)
    states = asyncio.run(read_asking(entries, settings, inventory, TerminalPrompter()))
    now = datetime.now(UTC)
    rows = sorted_by_risk(row for state in states for row in rows_of(state, now))
    try:
        written = write(rows, form, args.output, now, force=args.force)
    except OSError as error:
        return fail(f"{args.output} cannot be written: {error.strerror or error}", status=USAGE_STATUS)
    if written:
        tell(written)
    levels = [*(state.level(now) for state in states), *(row.level for row in rows)]
    return max(levels, default=Level.OK).exit_status


def write(
    rows: Sequence[CertificateRow], form: str, output: Path | None, now: datetime, *, force: bool
) -> str:
    """Write the rows to a file or to stdout; return what is to be told of it.

    Raises:
        OSError: The file cannot be written, or is there already.
    """
    from opsconsole.console.certificates_export import export

    if form == "table":
        from opsconsole.console.cli.printing import print_lines

        if output is None:
            print_lines(table(rows, now))
            return ""
        data = "".join(f"{line.plain}\n" for line in table(rows, now)).encode()
    else:
        data = export(rows, form, now)
    if output is None:
        from opsconsole.console.cli.streams import OUT

        OUT.write(data)
        return ""
    from opsconsole.console.certificates_file import write_file

    write_file(output.expanduser(), data, force=force)
    return f"{len(rows):,} rows written to {output}"


def table(rows: Sequence[CertificateRow], now: datetime) -> Iterator[Text]:
    """Yield one line a row, worst first, and below it what is the matter."""
    from rich.text import Text

    from opsconsole.console.certificates_words import left_words
    from opsconsole.console.cli.printing import columns, level_style

    if not rows:
        yield Text("No hosts.")
        return
    titles = ("  certificate", "host", "left", "share", "ends (UTC)", "served", "renewed by")
    cells = [
        (
            f"{row.level.symbol} {row.title[:60]}",
            row.host,
            left_words(row, now),
            "–" if (share := row.share_left_percent(now)) is None else f"{share:.0f} %",
            "–" if row.not_after is None else f"{row.not_after:%Y-%m-%d %H:%M}",
            row.served or "–",
            row.renewed_by or "–",
        )
        for row in rows
    ]
    head, *lines = columns([titles, *cells])
    yield Text(head, style="dim")
    for row, line in zip(rows, lines, strict=True):
        yield Text(line, style=level_style(row.level) if row.level.word != "ok" else "")
        if row.why:
            yield Text(f"    {row.why}", style="dim")
