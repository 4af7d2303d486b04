"""Who issued a certificate, among those at hand: by name, and proved by the signature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from opsconsole.data.tls.parse import load
from opsconsole.data.tls.publickey import signed_by

if TYPE_CHECKING:
    from cryptography import x509

    from opsconsole.data.tls.certificate import Certificate

MOST_DEPTH = 20
MOST_SIGNATURES = 200  # checked for one chain: a hostile one could be all of one name, with the largest keys


def by_subject(certificates: Iterable[Certificate]) -> dict[str, list[Certificate]]:
    """Return certificates by their subject; made once where many chains are looked at."""
    found: dict[str, list[Certificate]] = {}
    for one in certificates:
        found.setdefault(one.subject, []).append(one)
    return found


class Issuers:
    """Finds issuers; those of an earlier group come first, then those whose time it is.

    Args:
        groups: Certificates by their subject.
        moment: The moment to judge times at.

    Attributes:
        exhausted: Whether there were too many signatures to check, so that some issuers were not found.
    """

    def __init__(self, groups: Iterable[Mapping[str, Sequence[Certificate]]], moment: datetime) -> None:
        self._moment = moment
        self._groups = tuple(groups)
        self._loaded: dict[Certificate, x509.Certificate] = {}
        self._checked: dict[tuple[Certificate, Certificate], bool] = {}
        self.exhausted = False

    def of(self, certificate: Certificate) -> list[Certificate]:
        """Return its issuers, the best one first; itself is none."""
        candidates: dict[Certificate, int] = {}
        for rank, group in enumerate(self._groups):
            for one in group.get(certificate.issuer, ()):
                candidates.setdefault(one, rank)
        found = [one for one in candidates if one != certificate and self._issued(certificate, one)]
        return sorted(found, key=lambda one: (not one.is_valid_at(self._moment), candidates[one]))

    def climb(self, leaf: Certificate) -> tuple[Certificate, ...]:
        """Return the way up from a certificate, itself first, as far as it goes."""
        path = [leaf]
        while len(path) < MOST_DEPTH and not path[-1].self_signed:
            upward = [one for one in self.of(path[-1]) if one not in path]
            if not upward:
                break
            path.append(upward[0])
        return tuple(path)

    def above(self, leaf: Certificate, among: Iterable[Certificate]) -> set[Certificate]:
        """Return all that are above a certificate by any way, among some of them."""
        allowed, look = set(among), [leaf]
        found: set[Certificate] = set()
        while look:
            for one in self.of(look.pop()):
                if one in allowed and one not in found:
                    found.add(one)
                    look.append(one)
        return found

    def _issued(self, certificate: Certificate, issuer: Certificate) -> bool:
        pair = (certificate, issuer)
        if pair not in self._checked:
            if len(self._checked) >= MOST_SIGNATURES:
                self.exhausted = True
                return False
            told = signed_by(self._load(certificate), self._load(issuer))
            # An algorithm that is not known here: then by what they say of their keys; OpenSSL judges trust.
            key_id = certificate.authority_key_id
            by_id = bool(key_id) and key_id == issuer.subject_key_id
            self._checked[pair] = by_id if told is None else told
        return self._checked[pair]

    def _load(self, certificate: Certificate) -> x509.Certificate:
        if certificate not in self._loaded:
            self._loaded[certificate] = load(certificate.der)
        return self._loaded[certificate]
