"""A served or stored chain: its order, whether it is whole, and whether it leads to a trusted root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opsconsole.data.tls.certificate import Certificate
from opsconsole.data.tls.issuers import Issuers, by_subject

if TYPE_CHECKING:
    from opsconsole.data.tls.trust import Roots
    from opsconsole.data.tls.verify import Verdict

MOST_SERVED = 64
"""Certificates of a chain that are looked at; real ones have two to five."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What is to be said of a chain. Times are told apart from trust: an expired chain can be trusted.

    Attributes:
        served: The certificates as they came.
        leaf: The server's own: the first, or the only one that is no CA; None: nothing came.
        path: From the leaf upward, each issued by the next, as far as it is known. It ends with the trusted
            root, which need not be served.
        complete: Whether nothing is missing below the root. False only where that is proved: the issuer is
            known (`missing`), is no root, and was not served. None: the issuer that is missed may be a root
            that is not known here, or an intermediate.
        missing: Certificates that should have been served, nearest to the leaf first.
        missing_issuer: Name of the issuer that was not served and is not known here, or empty.
        ordered: Whether the leaf came first and then each one's issuer (others in between do not matter).
        trusted: Whether it leads to one of the roots by OpenSSL's rules, time left aside; None: no roots.
        trust_error: Why it is not trusted, in OpenSSL's words and the subject that it is about.
        self_signed: Whether the leaf signed itself.
        root_served: Whether a self-signed certificate above the leaf was served: not wrong, only needless.
        foreign: Served ones that have no part in it.
        repeated: Served more than once.
        expired: Members of the path above the leaf that have expired: clients refuse it.
        not_yet_valid: Likewise those whose time has not come.
        expired_intermediates: Served CA certificates that have expired, also where another path avoids them.
        not_yet_valid_intermediates: Likewise.
        problems: What kept it from being looked at in whole.
    """

    served: tuple[Certificate, ...]
    leaf: Certificate | None
    path: tuple[Certificate, ...]
    complete: bool | None
    ordered: bool
    trusted: bool | None
    missing: tuple[Certificate, ...] = ()
    missing_issuer: str = ""
    trust_error: str = ""
    self_signed: bool = False
    root_served: bool = False
    foreign: tuple[Certificate, ...] = ()
    repeated: tuple[Certificate, ...] = ()
    expired: tuple[Certificate, ...] = ()
    not_yet_valid: tuple[Certificate, ...] = ()
    expired_intermediates: tuple[Certificate, ...] = ()
    not_yet_valid_intermediates: tuple[Certificate, ...] = ()
    problems: tuple[str, ...] = ()


def inspect(
    certificates: Sequence[Certificate],
    roots: Roots | None,
    *,
    now: datetime | None = None,
    known: Mapping[str, Sequence[Certificate]] | None = None,
) -> Chain:
    """Look at a chain as it was served or stored.

    Args:
        certificates: In the order in which they came.
        roots: Those that are trusted; None or empty: trust is not judged.
        now: The moment to judge times at (UTC); None: now.
        known: Certificates seen elsewhere (files, other endpoints), by their subject (see
            `issuers.by_subject`): they prove a missing intermediate.
    """
    came = tuple(certificates)
    if not came:
        return Chain((), None, (), None, False, None)
    moment = now or datetime.now(UTC)
    served = tuple(dict.fromkeys(came[:MOST_SERVED]))
    leaf = _leaf(served)
    others = tuple(one for one in served if one is not leaf)
    issuers = Issuers((by_subject(others), roots.by_subject if roots else {}), moment)
    verdict = _verdict(leaf, others, roots, moment)
    path = verdict.path or issuers.climb(leaf)
    if verdict.path and path[-1] not in served:
        path += issuers.climb(path[-1])[1:]  # a trusted intermediate ends OpenSSL's path: go on to its root
    path, missing, complete, missed = _end(path, served, roots, Issuers((known or {},), moment))
    reached = {*path, *issuers.above(leaf, others)}
    above = [one for one in served if one is not leaf and one in reached]
    places = [served.index(one) for one in path if one in served]
    return Chain(
        served=came,
        leaf=leaf,
        path=path,
        complete=complete,
        ordered=leaf is served[0] and places == sorted(places),
        trusted=bool(verdict.path) if roots and roots.certificates else None,
        missing=missing,
        missing_issuer=missed,
        trust_error=verdict.error,
        self_signed=leaf.self_signed,
        root_served=any(one.self_signed for one in above),
        foreign=tuple(one for one in others if one not in reached),
        repeated=tuple(one for one in served if came.count(one) > 1),
        expired=tuple(one for one in path[1:] if one.not_after < moment),
        not_yet_valid=tuple(one for one in path[1:] if one.not_before > moment),
        expired_intermediates=tuple(one for one in above if one.not_after < moment),
        not_yet_valid_intermediates=tuple(one for one in above if one.not_before > moment),
        problems=_problems(came, issuers),
    )


def _leaf(served: tuple[Certificate, ...]) -> Certificate:
    """The first, as TLS has it; or else the only one that is no CA, where a CA came first."""
    ends = [one for one in served if not one.is_ca]
    return ends[0] if served[0].is_ca and len(ends) == 1 else served[0]


def _verdict(
    leaf: Certificate, others: tuple[Certificate, ...], roots: Roots | None, moment: datetime
) -> Verdict:
    from opsconsole.data.tls.verify import Verdict, verify

    if roots is None or not roots.certificates:
        return Verdict(())
    # Of two issuers of the same name OpenSSL takes the first one: so first without those whose time is over.
    valid = tuple(one for one in others if one.is_valid_at(moment))
    verdict = verify(leaf, valid, roots)
    return verdict if verdict.path or valid == others else verify(leaf, others, roots)


def _end(
    path: tuple[Certificate, ...], served: tuple[Certificate, ...], roots: Roots | None, known: Issuers
) -> tuple[tuple[Certificate, ...], tuple[Certificate, ...], bool | None, str]:
    """Return the path with what is known elsewhere, what was not served, if it is whole, who is missed."""
    trusted = roots.by_der if roots else {}
    unserved = tuple(one for one in path[:-1] if one not in served)
    if path[-1].self_signed or path[-1].der in trusted:
        return path, unserved, not unserved, ""
    more = known.climb(path[-1])[1:]
    missing = (*unserved, *(one for one in more if not one.self_signed))
    end = (path + more)[-1]
    missed = "" if end.self_signed else end.issuer
    if missing:
        return path + more, missing, False, missed
    return path + more, (), None if missed else True, missed


def _problems(came: tuple[Certificate, ...], issuers: Issuers) -> tuple[str, ...]:
    found = []
    if len(came) > MOST_SERVED:
        found.append(f"{len(came):,} certificates came; the first {MOST_SERVED} were looked at")
    if issuers.exhausted:
        found.append("too many certificates of the same name: not all were tried")
    return tuple(found)
