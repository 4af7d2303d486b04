"""Whether a given certificate may take the place of another: what forbids it, and what to know. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from opsconsole.data.text import clean_line
from opsconsole.data.tls.certificate import Certificate
from opsconsole.data.tls.chain import Chain, inspect
from opsconsole.data.tls.issuers import by_subject
from opsconsole.data.tls.names import certificate_covers, normal
from opsconsole.data.tls.strength import weaknesses
from opsconsole.data.tls.trust import Roots
from opsconsole.data.webserver.model import Server

_SHOWN_NAMES = 6


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of it.

    Attributes:
        errors: Each forbids it; what was found and what was expected.
        warnings: What an engineer should know before saying yes.
    """

    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def judge(
    new: Sequence[Certificate],
    old: Sequence[Certificate],
    *,
    key_public: str,
    servers: Iterable[Server],
    now: datetime,
    roots: Roots | None,
    allow_weaker: bool,
) -> Verdict:
    """Compare what was given with what is in use.

    Args:
        new: Given, in the order of the file.
        old: In use, in the order of its file; empty: it cannot be read.
        key_public: SHA-256 of the public half of the given key.
        servers: Server blocks that show it.
        now: The moment (UTC).
        roots: Of this machine; None: trust is not judged.
        allow_weaker: Whether less strength and trust are only told.
    """
    errors: list[str] = []
    warnings: list[str] = []
    leaf = new[0]
    before = old[0] if old else None
    errors += _itself(leaf, key_public, now)
    chain = inspect(new, roots, now=now, known=by_subject(old))
    errors += _chain_errors(chain)
    warnings += _chain_warnings(chain)
    less = list(_less(new, old, chain, roots, now))
    (warnings if allow_weaker else errors).extend(
        one if allow_weaker else f"{one}; allow_weaker=yes if it is meant" for one in less
    )
    uncovered, gaps = _names(leaf, before, servers)
    errors += uncovered
    warnings += gaps
    if before is not None:
        warnings += _told(leaf, before)
    return Verdict(tuple(dict.fromkeys(errors)), tuple(dict.fromkeys(warnings)))


def words(one: Certificate) -> str:
    """Return a certificate in one line."""
    names = ", ".join(one.names[:_SHOWN_NAMES]) + (
        f" and {one.names_total - _SHOWN_NAMES} more" * (one.names_total > _SHOWN_NAMES)
    )
    key = one.key_kind + (f" {one.key_bits}" if one.key_kind == "RSA" and one.key_bits else "")
    text = (
        f"{one.title} ({names or 'no names'}), {key}, from {one.issuer or 'nobody'},"
        f" {one.not_before:%Y-%m-%d %H:%M} to {one.not_after:%Y-%m-%d %H:%M} UTC,"
        f" sha256 {one.fingerprint_sha256}"
    )
    return clean_line(text, 600)


def _itself(leaf: Certificate, key_public: str, now: datetime) -> Iterator[str]:
    if leaf.public_key_sha256 != key_public:
        yield (
            f"key: found a key with public SHA-256 {key_public[:16]}…, expected that of the certificate"
            f" {leaf.title}: {leaf.public_key_sha256[:16]}…; they do not belong together"
        )
    if leaf.not_after < now:
        yield (
            f"certificate: found {leaf.title}, which expired on {leaf.not_after:%Y-%m-%d %H:%M} UTC,"
            " expected one that is valid now"
        )
    if leaf.not_before > now:
        yield (
            f"certificate: found {leaf.title}, which is not valid before {leaf.not_before:%Y-%m-%d %H:%M}"
            f" UTC, expected one that is valid now ({now:%Y-%m-%d %H:%M} UTC on this machine)"
        )
    if leaf.server_auth is False:
        yield f"certificate: found {leaf.title}, which is not for servers, expected serverAuth among its uses"


def _chain_errors(chain: Chain) -> Iterator[str]:
    leaf = chain.leaf
    if leaf is None:
        return
    if not chain.ordered:
        order = " → ".join(one.title for one in chain.path if one in chain.served)
        found = " → ".join(one.title for one in chain.served)
        yield f"certificate: found the order {clean_line(found, 300)}, expected {clean_line(order, 300)}"
    if chain.complete is False:
        lacking = ", ".join(one.title for one in chain.missing)
        yield (
            f"certificate: found a chain of {len(chain.served)}, expected the intermediates behind it:"
            f" {clean_line(lacking, 300)} is missing (chain=FILE adds it)"
        )
    for one in chain.expired_intermediates:
        yield (
            f"certificate: found the intermediate {one.title}, which expired on"
            f" {one.not_after:%Y-%m-%d %H:%M} UTC, expected one that is valid"
        )
    for one in chain.not_yet_valid_intermediates:
        yield (
            f"certificate: found the intermediate {one.title}, which is not valid before"
            f" {one.not_before:%Y-%m-%d %H:%M} UTC, expected one that is valid"
        )


def _chain_warnings(chain: Chain) -> Iterator[str]:
    if chain.complete is None and not chain.self_signed:
        yield (
            f"whether the chain is complete is not known: {chain.missing_issuer} is neither in it nor a root"
            " of this machine"
        )
    if chain.self_signed:
        yield "it is self-signed: only clients that were told so trust it"
    elif chain.trusted is False:
        yield f"this machine does not trust it: {chain.trust_error}"
    if chain.foreign:
        some = ", ".join(one.title for one in chain.foreign[:3])
        yield f"{len(chain.foreign)} certificates in the file have no part in the chain: {some}"
    yield from chain.problems


def _less(
    new: Sequence[Certificate],
    old: Sequence[Certificate],
    chain: Chain,
    roots: Roots | None,
    now: datetime,
) -> Iterator[str]:
    leaf = new[0]
    for one in (leaf, *(each for each in chain.path[1:] if each in chain.served)):
        for weakness in weaknesses(one):
            yield f"certificate: found {one.title} with a {weakness}"
    if not old:
        return
    before = old[0]
    if leaf.key_kind == before.key_kind and (leaf.key_bits or 0) < (before.key_bits or 0):
        yield (
            f"certificate: found a weaker key ({leaf.key_kind} {leaf.key_bits}), expected at least the"
            f" {before.key_bits} bits of the one in use"
        )
    if chain.trusted is False and inspect(old, roots, now=now).trusted:
        yield (
            f"certificate: found one that this machine does not trust ({chain.trust_error}), expected one"
            " that is trusted as the one in use is"
        )


def _names(
    leaf: Certificate, before: Certificate | None, servers: Iterable[Server]
) -> tuple[list[str], list[str]]:
    """Return what is not covered any more, or not at all; and gaps that were there before."""
    errors: list[str] = []
    gaps: list[str] = []
    if not leaf.names_known:
        return ["certificate: its names cannot be read, so nobody knows what it covers"], []
    for server in servers:
        asked = [name for name in server.names if name != "_" and normal(name) is not None]
        lacking = [name for name in asked if not certificate_covers(leaf, name)]
        lost = [name for name in lacking if before is not None and certificate_covers(before, name)]
        where = f"{server.file}:{server.line}"
        has = ", ".join(leaf.names[:_SHOWN_NAMES]) or "none"
        if lost or (asked and len(lacking) == len(asked)):
            some = ", ".join((lost or lacking)[:_SHOWN_NAMES])
            errors.append(
                f"certificate: found the names {clean_line(has, 300)}, expected {clean_line(some, 300)} as"
                f" well, which {where} serves"
            )
        elif lacking:
            gaps.append(
                f"{where} serves {', '.join(lacking[:_SHOWN_NAMES])}, which neither certificate covers"
            )
    return errors, gaps


def _told(leaf: Certificate, before: Certificate) -> Iterator[str]:
    if leaf.key_kind != before.key_kind:
        yield f"the key changes from {before.key_kind} to {leaf.key_kind}: old clients may not take it"
    if leaf.not_after < before.not_after:
        yield (
            f"it expires on {leaf.not_after:%Y-%m-%d}, before the one in use ({before.not_after:%Y-%m-%d})"
        )
    lost = [name for name in before.names if certificate_covers(leaf, name) is False]
    if lost:
        some = ", ".join(lost[:_SHOWN_NAMES])
        yield f"names of the one in use that it does not have: {clean_line(some, 300)}"
    if leaf.must_staple and not before.must_staple:
        yield "it demands a stapled OCSP answer: clients refuse it where the server staples none"
