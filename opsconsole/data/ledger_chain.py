"""How events are chained: SHA-256 over length-prefixed fields, so that no two records hash alike. Pure.

Each field is a letter for its type, its length in characters, a colon, and its text: neither moving a
character from one field to the next, nor turning a number into a text, keeps the hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

FORMAT = 1
"""What new events are written as. A format is a list of columns, and never changes once it was published."""

COLUMNS: dict[int, tuple[str, ...]] = {
    1: (
        "seq",
        "format",
        "at_us",
        "kind",
        "host",
        "address",
        "host_key",
        "run_id",
        "plan_id",
        "step",
        "recipe",
        "verdict",
        "reason",
        "incident",
        "local_user",
        "ssh_user",
        "key_fingerprint",
        "body",
        "previous",
    )
}
"""Format -> the columns that its hash covers, in order: all of the table's but the hash itself."""

Value = str | int | float | bytes | None


def genesis(ledger_id: str) -> str:
    """Return what stands for the hash before the first event."""
    return _sha256("opsconsole-ledger", (ledger_id,))


def event_hash(values: Sequence[Value]) -> str:
    """Return the hash of an event, in hexadecimal, from its columns in the order of its format."""
    return _sha256("opsconsole-ledger-event", values)


def plan_digest(plan_id: str, document: str) -> str:
    """Return the digest of a kept plan, which its `plan` event binds into the chain."""
    return _sha256("opsconsole-ledger-plan", (plan_id, document))


def head_message(ledger_id: str, seq: int, digest: str, at: str) -> bytes:
    """Return what is signed for a head: text that a person can read."""
    return f"opsconsole-ledger head\nledger {ledger_id}\nevent {seq}\nhash {digest}\nat {at}\n".encode()


def _sha256(domain: str, values: Sequence[Value]) -> str:
    text = _field(domain) + "".join(
        # What nearly every field is, without a call.
        [f"s{len(value)}:{value}" if type(value) is str else _field(value) for value in values]
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _field(value: Value) -> str:
    if isinstance(value, str):
        tag, content = "s", value
    elif isinstance(value, int):
        tag, content = "i", str(value)
    elif isinstance(value, float):
        tag, content = "f", value.hex()
    else:
        tag, content = ("n", "") if value is None else ("b", value.hex())
    return f"{tag}{len(content)}:{content}"
