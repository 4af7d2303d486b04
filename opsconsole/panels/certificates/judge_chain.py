"""Whether clients can build a path from a certificate to a trusted root. Pure but for the system's roots."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from opsconsole.data.text import clean_line
from opsconsole.data.tls.chain import Chain, inspect
from opsconsole.data.tls.issuers import by_subject
from opsconsole.panels.certificates.judge_expiry import HELPS, utc
from opsconsole.panels.certificates.judge_held import by_label, listed, name_of, place
from opsconsole.panels.certificates.judge_key import evidence_of
from opsconsole.panels.certificates.judge_strays import foreign, repeated
from opsconsole.panels.certificates.reading import CertificatesReading
from opsconsole.panels.panel import Finding, Level

if TYPE_CHECKING:
    from opsconsole.data.tls.certificate import Certificate
    from opsconsole.data.tls.trust import Roots

_CACHED = 4096
_CACHED_FOR = timedelta(minutes=10)  # an intermediate's end is seen so much later at most
_ENDS_SOON = timedelta(days=30)


class Chains:
    """Looks at each chain once in ten minutes: signatures are costly, and the same chains come every time.

    Args:
        roots: Those that are trusted.
        known: CA certificates seen anywhere on the host: with them a missing intermediate is proved.
        now: The moment to judge times at.
    """

    _seen: ClassVar[OrderedDict[tuple[object, ...], Chain]] = OrderedDict()

    def __init__(self, roots: Roots | None, known: Sequence[Certificate], now: datetime) -> None:
        self._roots = roots
        self._known = by_subject(known)
        self._marks = frozenset(one.fingerprint_sha256 for one in known)
        self._now = now

    def of(self, certificates: Sequence[Certificate]) -> Chain:
        """Return what is to be said of a chain."""
        turn = int(self._now.timestamp() // _CACHED_FOR.total_seconds())
        key = (tuple(one.fingerprint_sha256 for one in certificates), self._roots, self._marks, turn)
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = inspect(certificates, self._roots, now=self._now, known=self._known)
            if len(self._seen) > _CACHED:
                self._seen.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class _Shown:
    """A chain with where it is from.

    Attributes:
        is_joined: It was put together of two files here: the server may send one that is in both only once.
    """

    subject: str
    words: str
    certificates: tuple[Certificate, ...]
    evidence: str
    is_joined: bool = False


def chains(reading: CertificatesReading, roots: Roots | None) -> Chains:
    """Return what looks at the chains of a reading."""
    every = [one for file in reading.files or () for one in file.certificates]
    every += [
        one for endpoint in reading.endpoints or () for served in endpoint.served for one in served.chain
    ]
    known = {one.fingerprint_sha256: one for one in every if one.is_ca}
    return Chains(roots, tuple(known.values()), reading.taken_at)


def findings(reading: CertificatesReading, roots: Roots | None) -> Iterator[Finding]:
    """Yield what is wrong with the chains that are served, and with those of files that are to be shown."""
    look = chains(reading, roots)
    served: set[tuple[str, ...]] = set()
    for shown in _of_endpoints(reading):
        served.add(_marks(shown.certificates))
        yield from _judge(shown, look.of(shown.certificates), reading.taken_at)
    for file in reading.files or ():
        # A file that nobody shows may hold a leaf alone: certbot's own cert.pem does.
        if file.certificates and file.used_by and _marks(file.certificates) not in served:
            evidence, joined = evidence_of(reading, file), bool(file.chain_path)
            shown = _Shown(file.path, file.path, file.certificates, evidence, joined)
            yield from _judge(shown, look.of(file.certificates), reading.taken_at)


def _marks(certificates: Sequence[Certificate]) -> tuple[str, ...]:
    return tuple(one.fingerprint_sha256 for one in certificates)


def _of_endpoints(reading: CertificatesReading) -> Iterator[_Shown]:
    """Yield each chain of an endpoint once, with all the places where it was seen."""
    for words, looks in by_label(reading).items():
        places: dict[tuple[str, ...], list[str]] = {}
        chain_of: dict[tuple[str, ...], tuple[Certificate, ...]] = {}
        for _, one in looks:
            if one.chain:
                places.setdefault(_marks(one.chain), []).append(place(one))
                chain_of[_marks(one.chain)] = one.chain
        for marks, where in places.items():
            yield _Shown(words, words, chain_of[marks], f"served on {listed(where)}")


def _judge(shown: _Shown, chain: Chain, now: datetime) -> Iterator[Finding]:
    def finding(level: Level, rule: str, words: str, *more: str) -> Finding:
        told = (*more, f"chain: {' ← '.join(name_of(one) for one in shown.certificates[:6])}", shown.evidence)
        evidence = "\n".join(clean_line(line, 400) for part in told for line in part.splitlines() if line)
        return Finding(level, rule, shown.subject, f"{shown.words}: {words}", evidence, suggests=HELPS)

    ended = [*chain.expired, *(one for one in chain.expired_intermediates if one not in chain.expired)]
    if ended:
        level = Level.CRITICAL if chain.expired else Level.WARNING
        words = f"intermediate {name_of(ended[0])} expired {utc(ended[0].not_after)}"
        beside = "" if chain.expired else "another path avoids it, but not every client finds that"
        yield finding(level, "chain-expired", words, beside)
    early = chain.not_yet_valid or chain.not_yet_valid_intermediates
    if early:
        level = Level.CRITICAL if chain.not_yet_valid else Level.WARNING
        words = f"intermediate {name_of(early[0])} is valid only from {utc(early[0].not_before)} on"
        yield finding(level, "chain-not-yet-valid", words)
    yield from (
        finding(
            Level.WARNING,
            "chain-ends-first",
            f"intermediate {name_of(one)} ends {utc(one.not_after)}, before the certificate itself",
        )
        for one in chain.path[1:]
        if chain.leaf is not None and now < one.not_after < min(chain.leaf.not_after, now + _ENDS_SOON)
    )
    if chain.complete is False:
        missing = listed((name_of(one) for one in chain.missing), 3)
        words = f"the chain is incomplete: {missing} is missing" if missing else "the chain is incomplete"
        yield finding(Level.WARNING, "chain-incomplete", words, "clients that do not know it refuse")
    if not chain.ordered:
        words = "the chain is in the wrong order: each certificate must be followed by its issuer"
        yield finding(Level.WARNING, "chain-order", words, "RFC 5246 §7.4.2; not every client sorts it")
    for rule, stray in (("chain-foreign", foreign(chain)), ("chain-repeated", repeated(chain))):
        if stray is not None and not (rule == "chain-repeated" and shown.is_joined):
            yield finding(Level.WARNING, rule, stray[0], *stray[1])
    if chain.complete is not False:
        yield from _trust(chain, finding)
    for problem in chain.problems:
        yield finding(Level.UNKNOWN, "chain-unknown", f"the chain was not looked at in whole: {problem}")


def _trust(chain: Chain, finding: Callable[..., Finding]) -> Iterator[Finding]:
    """Yield whether it leads to a trusted root; where the chain is incomplete that is the reason already."""
    if chain.self_signed and not chain.trusted:
        yield finding(Level.WARNING, "self-signed", "the certificate is self-signed: nobody vouches for it")
    elif chain.trusted is False and chain.missing_issuer:
        yield finding(
            Level.WARNING,
            "chain-untrusted",
            f"the issuer {clean_line(chain.missing_issuer, 120)} is neither served nor a trusted root here",
            "an intermediate is missing, or the root is none of the system's and of the configuration's",
            chain.trust_error,
        )
    elif chain.trusted is False:
        root = f" {name_of(chain.path[-1])}" if chain.path else ""
        yield finding(
            Level.WARNING,
            "chain-untrusted",
            f"the root{root} is not trusted here",
            chain.trust_error,
        )
    elif chain.trusted is None:
        yield finding(Level.UNKNOWN, "chain-unknown", "trust is not judged: there are no roots to judge by")
