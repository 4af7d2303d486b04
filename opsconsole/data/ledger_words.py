"""What a verification found, in one line for a person."""

from __future__ import annotations

from opsconsole.data.ledger_verify import Verification

_SHOWN_FINGERPRINT_CHARS = 15


def verification_words(found: Verification, *, short: bool = False) -> str:
    """Return one line: `chain intact, 1,204 events, head signed 14:01 by SHA256:…`, or what is broken.

    Args:
        found: What was found.
        short: Show only how the fingerprint begins, and how many problems there are beside the first.
    """
    events = f"{found.events:,} event{'' if found.events == 1 else 's'}"
    if found.intact:
        return f"chain intact, {events}, {_signed(found, short=short)}"
    first = found.problems[0].text
    more = f" (and {len(found.problems) - 1} more)" if short and len(found.problems) > 1 else ""
    return (
        f"BROKEN: {first}{more}"
        if short
        else f"BROKEN, {events}: {len(found.problems)} found, first: {first}"
    )


def _signed(found: Verification, *, short: bool) -> str:
    head = found.signed
    if head is None or head.signature is None:
        return "head unsigned"
    fingerprint = head.signature.fingerprint
    if short and len(fingerprint) > _SHOWN_FINGERPRINT_CHARS:
        fingerprint = f"{fingerprint[:_SHOWN_FINGERPRINT_CHARS]}…"
    if short:
        return f"head signed {head.at:%H:%M} by {fingerprint}"
    return f"head signed {head.at:%Y-%m-%d %H:%M} UTC by {fingerprint}"
