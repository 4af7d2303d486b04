"""What a certificate's extensions say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opsconsole.data.tls import alternative
from opsconsole.data.tls.alternative import shown
from opsconsole.data.tls.certificate import MOST_NAMES

if TYPE_CHECKING:
    from cryptography import x509

_MOST_URLS = 8
_MOST_KEY_ID_BYTES = 64


@dataclass(slots=True)
class Said:
    """What they say; `is_ca` None: no basic constraints. The rest is as in `Certificate`."""

    names: tuple[str, ...] = ()
    names_total: int = 0
    names_known: bool = True
    is_ca: bool | None = None
    subject_key_id: str = ""
    authority_key_id: str = ""
    ocsp_urls: tuple[str, ...] = ()
    crl_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    must_staple: bool = False
    server_auth: bool | None = None


def said(extensions: x509.Extensions) -> Said:
    """Return what extensions say; those that are of no use here are passed over."""
    from cryptography import x509

    takes: dict[type[Any], Callable[[Said, Any], None]] = {
        x509.SubjectAlternativeName: _names,
        x509.BasicConstraints: _constraints,
        x509.SubjectKeyIdentifier: _subject_key,
        x509.AuthorityKeyIdentifier: _authority_key,
        x509.AuthorityInformationAccess: _access,
        x509.CRLDistributionPoints: _crl,
        x509.TLSFeature: _feature,
        x509.ExtendedKeyUsage: _usage,
    }
    out = Said()
    for extension in extensions:
        take = takes.get(type(extension.value))
        if take is not None:
            take(out, extension.value)
    return out


def _names(out: Said, value: Any) -> None:
    out.names, out.names_total = alternative.of_extension(value, MOST_NAMES)


def _constraints(out: Said, value: Any) -> None:
    out.is_ca = bool(value.ca)


def _subject_key(out: Said, value: Any) -> None:
    out.subject_key_id = value.digest[:_MOST_KEY_ID_BYTES].hex()


def _authority_key(out: Said, value: Any) -> None:
    out.authority_key_id = (value.key_identifier or b"")[:_MOST_KEY_ID_BYTES].hex()


def _access(out: Said, value: Any) -> None:
    from cryptography.x509.oid import AuthorityInformationAccessOID as Oid

    out.ocsp_urls = _urls(one.access_location for one in value if one.access_method == Oid.OCSP)
    out.issuer_urls = _urls(one.access_location for one in value if one.access_method == Oid.CA_ISSUERS)


def _crl(out: Said, value: Any) -> None:
    out.crl_urls = _urls(name for point in value for name in point.full_name or ())


def _feature(out: Said, value: Any) -> None:
    from cryptography.x509 import TLSFeatureType

    out.must_staple = TLSFeatureType.status_request in value


def _usage(out: Said, value: Any) -> None:
    from cryptography.x509.oid import ExtendedKeyUsageOID as Oid

    out.server_auth = Oid.SERVER_AUTH in value or Oid.ANY_EXTENDED_KEY_USAGE in value


def _urls(names: Iterable[Any]) -> tuple[str, ...]:
    from cryptography.x509 import UniformResourceIdentifier

    found: list[str] = []
    for name in names:
        if isinstance(name, UniformResourceIdentifier) and len(found) < _MOST_URLS:
            found.append(shown(name.value))
    return tuple(found)
