"""Certificates for other programs: CSV, a calendar (ICS), a JSON document. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from opsconsole import __version__
from opsconsole.console.certificates_rows import CertificateRow

FORMATS = ("csv", "ics", "json")
VERSION = 1
COLUMNS = (
    *("host", "level", "certificate", "not_after", "days_left", "share_left_percent", "why", "not_before"),
    *("subject", "names", "issuer", "serial_hex", "fingerprint_sha256", "key", "signature", "files"),
    *("used_by", "served", "renewed_by", "lineage", "warning_at", "critical_at", "taken_at"),
)
# A spreadsheet would compute what begins so (OWASP, CSV injection), and hosts have a say in it. Blanks before
# the sign do not keep every program from it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_SAID_EVENTS = 20_000


def row_document(row: CertificateRow, now: datetime) -> dict[str, Any]:
    """Return a row as JSON values (see `cli/schemas/certificates.schema.json`)."""
    days, share = row.days_left(now), row.share_left_percent(now)
    return {
        "host": row.host,
        "level": row.level.word,
        "certificate": row.title,
        "not_after": _iso(row.not_after),
        "days_left": None if days is None else round(days, 2),
        "share_left_percent": None if share is None else round(share, 1),
        "why": row.why,
        "rules": list(row.rules),
        "not_before": _iso(row.not_before),
        "subject": row.subject,
        "names": list(row.names),
        "names_total": row.names_total,
        "issuer": row.issuer,
        "serial_hex": row.serial_hex,
        "fingerprint_sha256": row.fingerprint_sha256,
        "key": row.key,
        "signature": row.signature,
        "files": list(row.files),
        "used_by": row.used_by,
        "served": row.served,
        "renewed_by": row.renewed_by,
        "lineage": row.lineage,
        "warning_at": _iso(row.warning_at),
        "critical_at": _iso(row.critical_at),
        "taken_at": _iso(row.taken_at),
        "stale": row.stale,
    }


def document(rows: Iterable[CertificateRow], now: datetime) -> dict[str, Any]:
    """Return the document of all rows."""
    return {
        "version": VERSION,
        "taken_at": _iso(now),
        "certificates": [row_document(row, now) for row in rows],
    }


def csv_text(rows: Iterable[CertificateRow], now: datetime) -> str:
    """Return the rows as CSV with a line of titles, lines ended as RFC 4180 says; times in UTC."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = row_document(row, now)
        writer.writerow([_cell(values[name]) for name in COLUMNS])
    return written.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)  # a negative number of days is one
    text = " ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def ics_bytes(rows: Iterable[CertificateRow], now: datetime) -> bytes:
    """Return a calendar with an event at the end of each certificate, and an alarm when that is a warning.

    The same certificate of a host keeps its event (UID) from one export to the next; where it is on several
    hosts each has its own, for each has to renew it.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", f"-//opsconsole {__version__}//certificates//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "certificates")
    for row in _ending(rows):
        calendar.add_component(_event(row, now))
    written: bytes = calendar.to_ical()
    return written


def _ending(rows: Iterable[CertificateRow]) -> Iterator[CertificateRow]:
    for count, row in enumerate(row for row in rows if row.not_after is not None):
        if count == _SAID_EVENTS:
            return
        yield row


def _event(row: CertificateRow, now: datetime) -> Any:
    from icalendar import Alarm, Event

    end = row.not_after
    event = Event()
    event.add("uid", f"{row.fingerprint_sha256}@{_uid_part(row.host)}.opsconsole")
    event.add("dtstamp", now)
    event.add("dtstart", end)
    event.add("summary", f"certificate {row.title} on {row.host} ends")
    event.add("description", "\n".join(_description(row)))
    event.add("transp", "TRANSPARENT")  # nobody is busy then
    event.add("categories", ["certificates", row.level.word])
    for at, words in ((row.warning_at, "is due for renewal"), (row.critical_at, "ends soon")):
        if at is not None and end is not None and at < end:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("trigger", timedelta(seconds=round((at - end).total_seconds())))
            alarm.add("description", f"certificate {row.title} on {row.host} {words}")
            event.add_component(alarm)
    return event


def _uid_part(host: str) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in host)


def _description(row: CertificateRow) -> Iterator[str]:
    yield f"names: {' '.join(row.names[:20]) or 'none'}"
    yield f"issuer: {row.issuer}"
    yield f"files: {' '.join(row.files) or 'none'}"
    yield f"used by: {row.used_by or 'no server that is known'}"
    yield f"renewed by: {row.renewed_by or 'not known'}"
    if row.why:
        yield f"{row.level.word}: {row.why}"
    yield f"serial {row.serial_hex}, SHA-256 {row.fingerprint_sha256}"


def export(rows: Sequence[CertificateRow], form: str, now: datetime) -> bytes:
    """Return the rows in one of `FORMATS`.

    Raises:
        ValueError: There is no such format.
    """
    if form == "csv":
        return csv_text(rows, now).encode()
    if form == "ics":
        return ics_bytes(rows, now)
    if form == "json":
        import json

        return (json.dumps(document(rows, now), indent=2) + "\n").encode()
    raise ValueError(f"no format {form!r}; there are: {', '.join(FORMATS)}")


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
