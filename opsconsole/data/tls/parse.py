"""One DER certificate becomes a `Certificate`. What cannot be read is said in `problems`, not guessed."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

from opsconsole.data.text import clean_line
from opsconsole.data.tls import alternative, publickey
from opsconsole.data.tls.alternative import shown
from opsconsole.data.tls.certificate import MOST_NAMES, Certificate, CertificateError
from opsconsole.data.tls.der import DerError, Parts, element, parts
from opsconsole.data.tls.extensions import Said, said

if TYPE_CHECKING:
    from cryptography import x509

MOST_BYTES = 2 * 1024 * 1024
"""Of one certificate: 10,000 names of the longest kind."""
_KEPT, _KEPT_BYTES = 2048, 8192
MOST_SERIAL_BYTES = 20  # RFC 5280 §4.1.2.2
_FILTERS = RLock()
_BEGINNING = datetime.min.replace(tzinfo=UTC)

_T = TypeVar("_T")


def parse(der: bytes) -> Certificate:
    """Return one certificate.

    Raises:
        CertificateError: It is none, or so broken that nothing of it can be trusted.
    """
    if len(der) > MOST_BYTES:
        raise CertificateError(f"a certificate of {len(der):,} bytes; at most {MOST_BYTES:,} are read")
    return _parsed(der) if len(der) <= _KEPT_BYTES else _parsed.__wrapped__(der)


@lru_cache(maxsize=_KEPT)
def _parsed(der: bytes) -> Certificate:
    """The same certificates come with each reading, and those of CAs from each host."""
    try:
        whole = element(der, 0, len(der))
        rest, der = len(der) - whole.end, der[: whole.end]
        where = parts(der)
    except DerError as error:
        raise CertificateError(f"no certificate: {error}") from None
    with _quiet(der, where):
        return _Reader(der, where, load(der, where), rest).certificate()


def load(der: bytes, where: Parts | None = None) -> x509.Certificate:
    """Return the certificate as `cryptography` has it.

    Raises:
        CertificateError: It refuses.
    """
    from cryptography import x509

    try:
        with _quiet(der, where or parts(der)):
            return x509.load_der_x509_certificate(der)
    except (ValueError, TypeError, x509.InvalidVersion) as error:
        raise CertificateError(f"no certificate that can be read: {clean_line(str(error), 200)}") from None


@contextmanager
def _quiet(der: bytes, where: Parts) -> Iterator[None]:
    """Keep `cryptography` from warning of a serial number that is not positive: that would be on the screen.

    Only then, and by one thread at a time, since the filters of warnings are for all threads.
    """
    number = der[where.serial.body : where.serial.end]
    if any(number) and number[0] < 0x80:
        yield
        return
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def all_names(certificate: Certificate) -> tuple[str, ...]:
    """Return the names of a certificate that has more than are kept."""
    try:
        return alternative.of_bytes(certificate.der, most=len(certificate.der))[0]
    except DerError:
        return certificate.names


@cache
def _refusals() -> tuple[type[Exception], ...]:
    """What `cryptography` raises when it cannot make sense of a part."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    return (
        ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType, x509.InvalidVersion,
    )  # fmt: skip


class _Reader:
    """Reads one certificate; what fails goes into `problems` and does not stop the rest."""

    def __init__(self, der: bytes, where: Parts, loaded: x509.Certificate, rest_bytes: int) -> None:
        self.der, self.where, self.loaded = der, where, loaded
        self.problems: list[str] = []
        if rest_bytes:
            self.problems.append(f"{rest_bytes:,} bytes behind the certificate's end")

    def certificate(self) -> Certificate:
        loaded = self.loaded
        subject = self._try("subject", lambda: loaded.subject, None)
        issuer = self._try("issuer", lambda: loaded.issuer, None)
        not_before, not_after = self._validity()
        key = self._key()
        extensions = self._extensions()
        self_signed = self._self_signed(subject, issuer, extensions)
        public_key = self.der[self.where.public_key.start : self.where.public_key.end]
        return Certificate(
            subject=self._text("subject", subject),
            common_name=self._common_name(subject),
            names=extensions.names,
            names_total=extensions.names_total,
            issuer=self._text("issuer", issuer),
            serial_hex=self._serial(),
            not_before=not_before,
            not_after=not_after,
            key_kind=key.kind
            if key
            else self._try("kind of key", lambda: publickey.kind_by_oid(loaded), "?"),
            key_bits=key.bits if key else None,
            signature=self._try("signature algorithm", lambda: publickey.signature_name(loaded), "?"),
            is_ca=self._is_ca(extensions, self_signed),
            fingerprint_sha256=hashlib.sha256(self.der).hexdigest(),
            public_key_sha256=hashlib.sha256(public_key).hexdigest(),
            subject_key_id=extensions.subject_key_id,
            authority_key_id=extensions.authority_key_id,
            ocsp_urls=extensions.ocsp_urls,
            crl_urls=extensions.crl_urls,
            issuer_urls=extensions.issuer_urls,
            must_staple=extensions.must_staple,
            der=self.der,
            self_signed=self_signed,
            key_exponent=key.exponent,
            server_auth=extensions.server_auth,
            names_known=extensions.names_known,
            problems=tuple(self.problems),
        )

    def _try(self, what: str, get: Callable[[], _T], instead: _T) -> _T:
        try:
            return get()
        except _refusals() as error:
            self.problems.append(f"{what}: {clean_line(str(error), 160) or type(error).__name__}")
            return instead

    def _key(self) -> publickey.Key:
        key = self._try("public key", lambda: publickey.describe(self.loaded), None)
        if key is not None:
            return key
        kind = self._try("kind of key", lambda: publickey.kind_by_oid(self.loaded), "?")
        return publickey.Key(kind, None, None)

    def _text(self, what: str, name: x509.Name | None) -> str:
        return shown(self._try(what, name.rfc4514_string, "")) if name is not None else ""

    def _common_name(self, subject: x509.Name | None) -> str:
        from cryptography.x509.oid import NameOID

        found = subject.get_attributes_for_oid(NameOID.COMMON_NAME) if subject is not None else []
        value = found[0].value if found else ""
        return shown(value if isinstance(value, str) else value.decode("latin-1"), 253)

    def _validity(self) -> tuple[datetime, datetime]:
        """Year 0 is before Python's calendar: the first moment of that stands for it, and it is said."""
        not_before = self._try("not before", lambda: self.loaded.not_valid_before_utc, _BEGINNING)
        not_after = self._try("not after", lambda: self.loaded.not_valid_after_utc, _BEGINNING)
        if not_after < not_before:
            self.problems.append("its validity ends before it begins")
        return not_before, not_after

    def _serial(self) -> str:
        content = self.der[self.where.serial.body : self.where.serial.end]
        number = int.from_bytes(content[: MOST_SERIAL_BYTES * 2], "big", signed=True)
        if number <= 0:
            self.problems.append("serial number is negative or zero (RFC 5280 §4.1.2.2)")
        size = len(content.lstrip(b"\0")) if number >= 0 else len(content)
        if size > MOST_SERIAL_BYTES:
            self.problems.append(f"serial number of {size:,} bytes (at most 20: RFC 5280 §4.1.2.2)")
        digits = f"{abs(number):x}"
        cut = "…" if len(content) > MOST_SERIAL_BYTES * 2 else ""
        return ("-" if number < 0 else "") + digits.zfill(len(digits) + len(digits) % 2) + cut

    def _extensions(self) -> Said:
        found = self._try("extensions", lambda: self.loaded.extensions, None)
        if found is not None:
            return self._try("extensions", lambda: said(found), Said(names_known=False))
        # One that is malformed makes `cryptography` refuse them all: the two that matter most are looked for.
        instead = Said(names_known=False)
        try:
            names, total = alternative.of_bytes(self.der, MOST_NAMES)
            instead = Said(names=names, names_total=total)
            return Said(names=names, names_total=total, is_ca=alternative.is_ca_of_bytes(self.der))
        except DerError:
            return instead

    def _self_signed(self, subject: x509.Name | None, issuer: x509.Name | None, extensions: Said) -> bool:
        if subject is None or subject != issuer:
            return False
        own = publickey.signed_by(self.loaded, self.loaded)
        if own is None:  # an algorithm that is not known here: then by what it says of its keys
            return extensions.authority_key_id in ("", extensions.subject_key_id)
        return own

    def _is_ca(self, extensions: Said, self_signed: bool) -> bool:
        if extensions.is_ca is not None:
            return extensions.is_ca
        from cryptography import x509

        version = self._try("version", lambda: self.loaded.version, x509.Version.v3)
        return self_signed and version == x509.Version.v1
