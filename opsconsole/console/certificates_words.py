"""Words about a row that the screen and the command line share. Pure."""

from __future__ import annotations

from datetime import datetime

from opsconsole.console.certificates_rows import CertificateRow
from opsconsole.panels import draw
from opsconsole.panels.certificates.judge_expiry import span_words


def left_words(row: CertificateRow, now: datetime) -> str:
    """Return how long it is good: `9 d`, `ended 3 d ago`, `begins in 30 h`, or `–`."""
    if row.not_after is None or row.not_before is None:
        return draw.UNKNOWN
    if now >= row.not_after:
        return f"ended {span_words(now - row.not_after)} ago"
    if now < row.not_before:
        return f"begins in {span_words(row.not_before - now)}"
    return span_words(row.not_after - now)
