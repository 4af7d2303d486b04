"""Certificates that have no place in a chain: foreign ones, and those that come more than once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsconsole.data.text import clean_line
from opsconsole.panels.certificates.judge_held import listed, name_of, short

if TYPE_CHECKING:
    from opsconsole.data.tls.certificate import Certificate
    from opsconsole.data.tls.chain import Chain

_MOST_TOLD = 10
SOURCE = "RFC 5246 §7.4.2: each certificate must certify the one before it; some clients refuse others"


def foreign(chain: Chain) -> tuple[str, tuple[str, ...]] | None:
    """Return what to say of those that issued nobody in the chain, and the proof; None: there are none."""
    if not chain.foreign:
        return None
    several = len(chain.foreign) > 1
    words = (
        f"{listed(map(name_of, chain.foreign), 3)} "
        f"{'are' if several else 'is'} foreign in the chain: issued none of its certificates"
    )
    told = [_told(one, chain.served) for one in chain.foreign[:_MOST_TOLD]]
    if chain.complete is not True:
        told.append("the chain is not known to be whole: what is missing may be issued by it")
    return words, (*told, SOURCE)


def repeated(chain: Chain) -> tuple[str, tuple[str, ...]] | None:
    """Return what to say of those that come more than once, and the proof; None: there are none."""
    if not chain.repeated:
        return None
    counts = {one: chain.served.count(one) for one in chain.repeated}
    words = f"the chain repeats {listed((f'{name_of(one)} ({n} times)' for one, n in counts.items()), 3)}"
    return words, (*(_told(one, chain.served) for one in chain.repeated[:_MOST_TOLD]), SOURCE)


def _told(one: Certificate, served: Sequence[Certificate]) -> str:
    """Return positions (the server's own is 1), subject and fingerprint."""
    places = [str(at) for at, each in enumerate(served, 1) if each == one]
    return (
        f"position {listed(places)} of {len(served)}: {clean_line(one.subject or name_of(one), 160)}, "
        f"SHA-256 {short(one.fingerprint_sha256)}…"
    )
