"""`python -m tests.bench [NAME…] [--json FILE]`: run the benchmarks, print one table each."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.farm import FarmError
from tests.bench.table import Table, document

NAMES = ("fanout", "live", "hostcost", "startup", "ledger", "recipe", "certificates")


def main() -> int:
    """Return 0 when every aim is met, 1 when one is missed, 2 when nothing can be measured."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which to run: {', '.join(NAMES)} (default: all)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(NAMES))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    signal.signal(signal.SIGTERM, _leave)  # so that what was started is taken away also then
    tables: list[Table] = []
    print(_machine_line(), flush=True)
    try:
        for name in arguments.names or NAMES:
            for table in _tables(name):
                tables.append(table)
                print(f"\n{table.text()}", flush=True)
    except FarmError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        arguments.json.write_text(document(tables, _machine()))
    missed = [aim for table in tables for aim in table.aims if not aim.passed]
    print(f"\n{sum(len(table.aims) for table in tables)} aims, {len(missed)} missed")
    return 1 if missed else 0


def _leave(number: int, frame: object) -> None:
    sys.exit(128 + number)


def _tables(name: str) -> Iterator[Table]:
    tables: Iterator[Table] = importlib.import_module(f"tests.bench.{name}").tables()
    return tables


def _machine() -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_1": round(os.getloadavg()[0], 2),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def _machine_line() -> str:
    facts = _machine()
    return (
        f"{facts['cores']} cores, load {facts['load_1']} before the start, "
        f"Linux {facts['kernel']}, Python {facts['python']}"
    )


if __name__ == "__main__":
    sys.exit(main())
