"""Reading certificates of files: PEM (several, whatever lies between) and DER.

Bounded in size, number and time, whatever the bytes. Private keys in the same file are stepped over. PKCS#12
is never opened here: to derive its key takes as long as the file says, and the bytes may be of a host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from opsconsole.data.tls import der, pem
from opsconsole.data.tls.certificate import Certificate, CertificateError

__all__ = ["Certificate", "CertificateError", "Contents", "contents", "read", "read_der"]

MOST_BYTES = 8 * 1024 * 1024
"""Of a file; a bundle of all public roots is 0.2 MB."""
MOST_CERTIFICATES = 5000
_MOST_SENTENCES = 20
_MOST_OTHERS = 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds.

    Attributes:
        kind: What kind of file it is.
        certificates: Those that could be read, in their order.
        broken: One sentence for each certificate that could not be read, and for what was left out.
        has_private_key: Whether a private key is in it as well. Its bytes are never looked at.
        others: Labels of other PEM blocks (`DH PARAMETERS`, `X509 CRL`), each once.
    """

    kind: Literal["pem", "der"]
    certificates: tuple[Certificate, ...]
    broken: tuple[str, ...] = ()
    has_private_key: bool = False
    others: tuple[str, ...] = ()


def read(data: bytes) -> tuple[Certificate, ...]:
    """Return the certificates of a file in their order, at least one.

    Raises:
        CertificateError: There is none, or one of them cannot be read.
    """
    found = contents(data)
    if found.broken:
        raise CertificateError(found.broken[0])
    return found.certificates


def contents(data: bytes) -> Contents:
    """Return all that can be read of a file; a broken certificate does not hide the others.

    Raises:
        CertificateError: Nothing in it is or was meant to be a certificate.
    """
    if len(data) > MOST_BYTES:
        raise CertificateError(
            f"a file of {len(data):,} bytes; certificate files of up to {MOST_BYTES:,} are read"
        )
    if not data.strip():
        raise CertificateError("the file is empty; expected a certificate")
    if der.is_certificate(data):
        return _gathered("der", _elements(data), False, ())
    if pem.is_pem(data):
        return _of_pem(data)
    raise CertificateError(f"found {_looks_like(data)}; expected a certificate as PEM or DER")


def read_der(data: bytes) -> Certificate:
    """Return one certificate of its DER bytes, such as a handshake yields.

    Raises:
        CertificateError: It is none.
    """
    from opsconsole.data.tls.parse import parse

    return parse(data)


def _of_pem(data: bytes) -> Contents:
    has_key, others = False, dict[str, None]()
    wanted = []
    for block in pem.blocks(data):
        if block.is_certificate:
            wanted.append(block)
        elif block.is_private_key:
            has_key = True
        elif len(others) < _MOST_OTHERS:
            others[block.label] = None
    if not wanted:
        holds = ["a private key"] if has_key else []
        holds += [f"PEM blocks {', '.join(others)}"] if others else []
        raise CertificateError(f"found {' and '.join(holds) or 'no whole PEM block'}; expected a certificate")
    return _gathered("pem", _blocks(data, wanted), has_key, tuple(others))


def _blocks(data: bytes, wanted: list[pem.Block]) -> Iterator[Certificate | str]:
    at, line = 0, 1
    for number, block in enumerate(wanted, 1):
        line, at = line + data.count(b"\n", at, block.start), block.start
        try:
            yield read_der(pem.decoded(data, block))
        except ValueError as error:
            yield f"certificate {number} of {len(wanted)}, line {line}: {error}"


def _elements(data: bytes) -> Iterator[Certificate | str]:
    at = 0
    while at < len(data):
        try:
            end = der.element(data, at, len(data)).end
            yield read_der(data[at:end])
        except ValueError as error:
            yield f"byte {at + 1}: {error}"
            return
        at = end


def _gathered(
    kind: Literal["pem", "der"],
    found: Iterable[Certificate | str],
    has_private_key: bool,
    others: tuple[str, ...],
) -> Contents:
    certificates: list[Certificate] = []
    broken: list[str] = []
    for one in found:
        if len(certificates) + len(broken) >= MOST_CERTIFICATES:
            broken.insert(0, f"more than {MOST_CERTIFICATES:,} certificates: the others were not read")
            break
        if isinstance(one, str):
            broken.append(one)
        else:
            certificates.append(one)
    if len(broken) > _MOST_SENTENCES:
        broken[_MOST_SENTENCES:] = [f"and {len(broken) - _MOST_SENTENCES:,} more that cannot be read"]
    if not certificates and not broken:
        raise CertificateError("no certificate in it")
    return Contents(kind, tuple(certificates), tuple(broken), has_private_key, others)


def _looks_like(data: bytes) -> str:
    if der.is_pkcs12(data):
        return "PKCS#12"
    if data[:1] == b"\x30":
        return "DER of something else, such as a key"
    return (
        "text without a PEM block"
        if data[:256].isascii() and b"\0" not in data[:256]
        else "other binary data"
    )
