"""In which order the certificates are shown. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from opsconsole.console.certificates_rows import CertificateRow
from opsconsole.console.tui.natural_order import natural

ORDERS = {"R": "risk", "E": "end", "H": "host", "N": "name"}
"""Key -> order."""
_KEYS: dict[str, Callable[[CertificateRow], Any]] = {
    "risk": lambda row: row.risk,
    "end": lambda row: row.risk[1:],
    "host": lambda row: (natural(row.host), row.risk),
    "name": lambda row: (row.title.casefold(), row.risk),
}


def ordered(rows: Iterable[CertificateRow], name: str, *, turned: bool = False) -> list[CertificateRow]:
    """Return the rows in the order of that name, or the other way round."""
    return sorted(rows, key=_KEYS[name], reverse=turned)
