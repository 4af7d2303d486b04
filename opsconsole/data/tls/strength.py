"""What is weak in a certificate's key and signature.

Bounds: RSA 2048 and EC 224 bits are 112 bits of security, the least that NIST SP 800-57 part 1 (table 2) and
SP 800-131A allow. MD5 and SHA-1 fall to chosen-prefix collisions (RFC 6151, RFC 9155). Exponents: baseline
requirements of the CA/Browser Forum, §6.1.6.
"""

from __future__ import annotations

import re

from opsconsole.data.tls.certificate import Certificate

LEAST_RSA_BITS = 2048
LEAST_EC_BITS = 224
LEAST_EXPONENT = 65537
_OLD_HASH = re.compile(r"md2|md4|md5|sha-?1(?!\d)")


def weaknesses(
    certificate: Certificate, *, least_rsa_bits: int = LEAST_RSA_BITS, least_ec_bits: int = LEAST_EC_BITS
) -> tuple[str, ...]:
    """Return what is weak, one short sentence each with the figure and the bound.

    The signature of a self-signed certificate is not judged: nobody relies on it. Nothing is said of what is
    not known: that is what `unjudged` is for.
    """
    found = []
    kind, bits = certificate.key_kind, certificate.key_bits
    if kind == "RSA" and bits is not None and bits < least_rsa_bits:
        found.append(f"RSA key of {bits} bits, at least {least_rsa_bits} are needed")
    if kind.startswith("EC") and bits is not None and bits < least_ec_bits:
        found.append(f"EC key of {bits} bits, at least {least_ec_bits} are needed")
    if kind == "DSA":
        found.append(f"DSA key{f' of {bits} bits' if bits else ''}: TLS 1.3 and most clients take none")
    exponent = certificate.key_exponent
    if exponent is not None and (exponent < LEAST_EXPONENT or exponent % 2 == 0):
        found.append(f"RSA public exponent {exponent}, at least {LEAST_EXPONENT} and odd is asked for")
    old = None if certificate.self_signed else _OLD_HASH.search(certificate.signature.lower())
    if old:
        found.append(f"signed with {_HASHES[old[0].replace('-', '')]} ({certificate.signature})")
    return tuple(found)


def unjudged(certificate: Certificate) -> tuple[str, ...]:
    """Return what of its strength is not known, so that no `weaknesses` does not look like strength."""
    found = []
    kind, signature = certificate.key_kind, certificate.signature
    if _NOT_KNOWN.match(kind):
        found.append(f"the kind of its key {kind} is not known here")
    elif certificate.key_bits is None and (kind in ("RSA", "DSA") or kind.startswith("EC")):
        found.append(f"its {kind} key cannot be read, so its size is not known")
    if not certificate.self_signed and _NOT_KNOWN.match(signature):
        found.append(f"its signature algorithm {signature} is not known here")
    return tuple(found)


_HASHES = {"md2": "MD2", "md4": "MD4", "md5": "MD5", "sha1": "SHA-1"}
_NOT_KNOWN = re.compile(r"[(?]")  # an OID that has no name here, or nothing that could be read
