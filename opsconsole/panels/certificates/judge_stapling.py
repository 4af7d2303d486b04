"""Revocation, as far as servers tell of it: stapled OCSP answers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from opsconsole.data.tls.stapling import WORTHLESS
from opsconsole.panels.certificates.judge_expiry import HELPS, identity, utc
from opsconsole.panels.certificates.judge_held import listed, place
from opsconsole.panels.panel import Finding, Level

if TYPE_CHECKING:
    from opsconsole.data.tls.served import Served
    from opsconsole.panels.certificates.reading import Endpoint

    Look = tuple[Endpoint, Served]


def findings(words: str, looks: Sequence[Look]) -> Iterator[Finding]:
    """Yield what the OCSP answers that came along mean, and where one should have come.

    Args:
        words: What the endpoint is called.
        looks: Those that were answered.
    """
    revoked = [one for _, one in looks if str(one.ocsp_status).lower() == "revoked"]
    if revoked:
        yield Finding(
            Level.CRITICAL,
            "revoked",
            words,
            f"{words} serves a certificate that its CA has revoked",
            f"stapled OCSP answer on {listed(place(one) for one in revoked)}\n"
            f"{identity(revoked[0].chain[0])}",
            suggests=HELPS,
        )
    worthless = [one for _, one in looks if one.ocsp_stapled and one.ocsp_status in WORTHLESS]
    if worthless:
        first = worthless[0]
        yield Finding(
            Level.WARNING,
            "staple-worthless",
            words,
            f"{words} staples an OCSP answer that is worth nothing: {first.ocsp_status}",
            f"on {listed(place(one) for one in worthless)}; clients that look at it refuse to connect"
            + ("" if first.ocsp_next_update is None else f"\nit counts until {utc(first.ocsp_next_update)}"),
        )
    bare = [one for _, one in looks if one.chain[0].must_staple and one.ocsp_stapled is False]
    if bare:
        yield Finding(
            Level.WARNING,
            "staple-missing",
            words,
            f"{words} staples no OCSP answer although its certificate demands one",
            f"on {listed(place(one) for one in bare)}; clients that hold to RFC 7633 refuse to connect",
        )
