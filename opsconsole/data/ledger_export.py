"""Events for other programs: one JSON document a line, CSV, or OCSF. Pure.

A line of JSON has all that an event's hash covers: the chain can be computed anew from an export alone.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Any

from opsconsole import __version__
from opsconsole.data.ledger_entry import Event, Operator
from opsconsole.data.ledger_query import from_us, to_us

FORMATS = ("jsonl", "csv", "ocsf")
VERSION = 1
OCSF_VERSION = "1.3.0"
_OCSF_CLASS = 6003  # API Activity, of the category Application Activity
_CHANGES = frozenset({"intent", "outcome", "undo-intent", "undo-outcome"})
_COLUMNS = (
    *("seq", "at", "kind", "host", "address", "host_key", "run_id", "plan_id", "step", "recipe", "verdict"),
    *("reason", "incident", "local_user", "ssh_user", "key_fingerprint", "body", "previous", "hash"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What ends a cell for some readers, and moves a terminal; the other forms have them escaped.
_CONTROL = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"}


def event_document(event: Event) -> dict[str, Any]:
    """Return an event as JSON values (see `console/cli/schemas/audit-event.schema.json`)."""
    return {
        "version": VERSION,
        "seq": event.seq,
        "at": event.at.isoformat(timespec="microseconds"),
        "kind": event.kind,
        "host": event.host,
        "address": event.address,
        "host_key": event.host_key,
        "run_id": event.run_id,
        "plan_id": event.plan_id,
        "step": event.step,
        "recipe": event.recipe,
        "verdict": event.verdict,
        "reason": event.reason,
        "incident": event.incident,
        "operator": operator_document(event.operator),
        "body": event.body,
        "previous": event.previous,
        "hash": event.hash,
    }


def operator_document(operator: Operator) -> dict[str, str]:
    """Return an operator as JSON values."""
    return {
        "local_user": operator.local_user,
        "ssh_user": operator.ssh_user,
        "key_fingerprint": operator.key_fingerprint,
    }


def from_document(document: dict[str, Any]) -> Event:
    """Return the event of a document that `event_document` made.

    Raises:
        KeyError: It is not one.
        ValueError: Likewise.
    """
    from datetime import datetime

    values = {name: document[name] for name in (*_COLUMNS[:13], "body", "previous", "hash")}
    values["at"] = from_us(to_us(datetime.fromisoformat(values["at"])))
    return Event(operator=Operator(**document["operator"]), **values)


def lines(events: Iterable[Event], form: str) -> Iterator[str]:
    """Yield the lines of an export, without their line feeds; a cell of CSV may have some of its own.

    Args:
        events: In order.
        form: One of `FORMATS`.
    """
    if form == "csv":
        yield _csv(_COLUMNS)
    for event in events:
        if form == "csv":
            yield _csv(_cells(event))
        else:
            yield json.dumps(event_document(event) if form == "jsonl" else ocsf(event))


def _cells(event: Event) -> Iterator[str]:
    document = event_document(event)
    flat = {**document, **document["operator"], "body": json.dumps(event.body, sort_keys=True)}
    for name in _COLUMNS:
        text = str(flat[name]).translate(_CONTROL)
        # A spreadsheet would compute what begins so, and hosts have a say in it.
        yield f"'{text}" if text.startswith(_FORMULA) else text


def _csv(cells: Iterable[str]) -> str:
    written = io.StringIO()
    # Before Python 3.13 only what stands in the line's end is quoted: a cell with a newline must be.
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue().removesuffix("\r\n")


def ocsf(event: Event) -> dict[str, Any]:
    """Return an event as OCSF API Activity; what has no place there is under `unmapped`."""
    activity = 3 if event.kind in _CHANGES else 99  # Update, or Other
    document: dict[str, Any] = {
        "category_uid": 6,
        "class_uid": _OCSF_CLASS,
        "activity_id": activity,
        "activity_name": "Update" if activity == 3 else event.kind,
        "type_uid": _OCSF_CLASS * 100 + activity,
        "time": to_us(event.at) // 1000,
        "severity_id": 4 if event.verdict == "needs-person" else 1,  # High, or Informational
        "metadata": {
            "version": OCSF_VERSION,
            "product": {"name": "opsconsole", "vendor_name": "opsconsole", "version": __version__},
            "uid": event.hash,
            "sequence": event.seq,
            **_said(correlation_uid=event.run_id),
        },
        "actor": {
            "user": {"name": event.operator.local_user, **_said(uid_alt=event.operator.key_fingerprint)}
        },
        "api": {"operation": event.kind, "service": {"name": event.recipe or "opsconsole"}},
        "src_endpoint": {"name": "opsconsole"},
        **_said(dst_endpoint=_endpoint(event), message=event.reason),
        "resources": [{"name": event.host, "type": "host"}] if event.host else [],
        "unmapped": {
            name: getattr(event, name)
            for name in ("host_key", "plan_id", "step", "verdict", "incident", "body", "previous", "hash")
        },
    }
    document["unmapped"]["ssh_user"] = event.operator.ssh_user
    status = _status(event)
    if status:
        document |= {"status_id": status, "status": "Success" if status == 1 else "Failure"}
    return document


def _said(**values: Any) -> dict[str, Any]:
    """Return what is not empty: OCSF leaves out what is not known, and an empty text is no host name."""
    return {name: value for name, value in values.items() if value}


def _endpoint(event: Event) -> dict[str, str]:
    """Return the host as our inventory names it, and what was connected to in the field of its kind."""
    try:
        ip_address(event.address)
    except ValueError:
        return _said(name=event.host, hostname=event.address)
    return _said(name=event.host, ip=event.address)


def _status(event: Event) -> int:
    """Return 1 for success, 2 for failure, 0 where neither can be said."""
    body = event.body
    if event.kind in {"check", "undo-check"}:
        return 1 if body.get("holds") is True else 2
    if event.kind == "verdict":
        return 1 if event.verdict == "done" else 2
    if event.kind in {"outcome", "undo-outcome"}:
        return 2 if body.get("failure") or body.get("exit_status") != 0 else 1
    return 2 if event.kind == "refused" else 0
