"""A server may have a certificate of each kind of key: how to ask it for the one of a certain kind.

A server chooses by what the client says that it can check: by the cipher in TLS 1.2 and older, by the
signature algorithms in TLS 1.3 (RFC 8446 §4.4.2.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from OpenSSL import SSL

    from opsconsole.data.tls.certificate import Certificate

KeyKind = Literal["", "RSA", "EC"]
"""The kinds that a server can have beside each other and be asked for; empty: as it likes."""

CIPHERS: Mapping[KeyKind, bytes] = {
    "": b"ALL:!aNULL:!eNULL:@SECLEVEL=0",
    "RSA": b"aRSA:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0",
    "EC": b"aECDSA:!aNULL:!eNULL:@SECLEVEL=0",
}
"""All that come with a certificate, in OpenSSL's own order: a server chooses as for its other clients."""

_DIGESTS = ("sha256", "sha384", "sha512")
_SIGNATURES: Mapping[KeyKind, str] = {
    "RSA": ":".join(
        [f"rsa_pss_{of}_{digest}" for of in ("rsae", "pss") for digest in _DIGESTS]
        + [f"RSA+{digest.upper()}" for digest in (*_DIGESTS, "sha224", "sha1")]
    ),
    "EC": ":".join(f"ECDSA+{digest.upper()}" for digest in (*_DIGESTS, "sha224", "sha1")),
}


def kind_of(certificate: Certificate) -> KeyKind | None:
    """Return which kind of key a certificate has; None: one that nobody is asked for."""
    if certificate.key_kind == "RSA" or certificate.key_kind.startswith("RSASSA"):
        return "RSA"
    return "EC" if certificate.key_kind.startswith("EC ") else None


def restrict(context: SSL.Context, kind: KeyKind, *, signatures: bool = True) -> bool:
    """Have a client take certificates of one kind only; return whether that holds for TLS 1.3 too.

    pyOpenSSL has no call for signature algorithms: what lies beneath it has one, and is asked with care.

    Args:
        context: Of the client.
        kind: The kind; empty: any.
        signatures: Restrict the signature algorithms as well. Some servers hold them against the signatures
            of the chain too, which another kind of key may have made; ciphers alone are about the leaf.
    """
    from OpenSSL import SSL

    context.set_cipher_list(CIPHERS[kind])
    if not kind:
        return True
    if not signatures:
        return False
    try:
        return bool(SSL._lib.SSL_CTX_set1_sigalgs_list(context._context, _SIGNATURES[kind].encode()))  # type: ignore[attr-defined]
    except AttributeError:  # another pyOpenSSL, or an OpenSSL that is none
        return False
