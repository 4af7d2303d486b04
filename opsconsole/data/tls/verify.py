"""OpenSSL's verdict on a chain: what nearly every client on a server will say.

`cryptography.x509.verification` is not used for it: it holds a chain to the web's profile and so refuses
private CAs that OpenSSL takes, and it says neither at which certificate nor by which rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from OpenSSL import crypto

from opsconsole.data.text import clean_line
from opsconsole.data.tls.certificate import CertificateError
from opsconsole.data.tls.read import read_der

if TYPE_CHECKING:
    from opsconsole.data.tls.certificate import Certificate
    from opsconsole.data.tls.trust import Roots

_PARTIAL_CHAIN = crypto.X509StoreFlags.PARTIAL_CHAIN  # a trusted certificate that is no root ends a chain too
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of x509_vfy.h; pyOpenSSL has no name for it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What OpenSSL says.

    Attributes:
        path: From the leaf to the trusted one; empty when there is none.
        error: Why there is none: OpenSSL's words, and the subject that it is about.
    """

    path: tuple[Certificate, ...]
    error: str = ""


def store(roots: Iterable[Certificate]) -> crypto.X509Store:
    """Return trusted certificates as OpenSSL takes them; those that it refuses are left out."""
    made = crypto.X509Store()
    made.set_flags(_PARTIAL_CHAIN | _NO_CHECK_TIME)
    for one in roots:
        loaded = _loaded(one)
        if loaded is not None:
            made.add_cert(loaded)
    return made


def verify(leaf: Certificate, others: Sequence[Certificate], roots: Roots) -> Verdict:
    """Return whether the leaf leads to one of the roots by way of the others, whatever the time is."""
    ours = _loaded(leaf)
    if ours is None:
        return Verdict((), "OpenSSL cannot read the certificate")
    chain = [one for one in map(_loaded, others) if one is not None]
    known = {one.der: one for one in (leaf, *others)}

    def read(one: crypto.X509) -> Certificate:
        der = crypto.dump_certificate(crypto.FILETYPE_ASN1, one)
        return known.get(der) or roots.by_der.get(der) or read_der(der)

    try:
        found = crypto.X509StoreContext(roots.store, ours, chain).get_verified_chain()
        return Verdict(tuple(map(read, found)))
    except crypto.X509StoreContextError as error:
        try:
            return Verdict((), clean_line(f"{error}: {read(error.certificate).title}"))
        except (CertificateError, crypto.Error):
            return Verdict((), clean_line(str(error)))
    except crypto.Error:
        return Verdict((), "OpenSSL cannot follow the chain")


def _loaded(certificate: Certificate) -> crypto.X509 | None:
    try:
        return crypto.load_certificate(crypto.FILETYPE_ASN1, certificate.der)
    except crypto.Error:
        return None
