"""The public key of a certificate, and whether it signed another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography import x509

_CURVES = {
    "secp192r1": "P-192",
    "secp224r1": "P-224",
    "secp256r1": "P-256",
    "secp384r1": "P-384",
    "secp521r1": "P-521",
}
# RSA with a hash too old for `cryptography` to know a name for: PKCS #1 and OIW.
_OLD_SIGNATURES = {
    "1.2.840.113549.1.1.2": "md2WithRSAEncryption",
    "1.2.840.113549.1.1.3": "md4WithRSAEncryption",
    "1.3.14.3.2.29": "sha1WithRSA",
}
_UNKNOWN = "Unknown OID"


class Key(NamedTuple):
    """A public key in figures: kind, bits (None: has none), RSA's exponent (else None)."""

    kind: str
    bits: int | None
    exponent: int | None


def describe(certificate: x509.Certificate) -> Key:
    """Return what kind of key a certificate has.

    Raises:
        ValueError, UnsupportedAlgorithm: It cannot be read; its kind may still be told by `kind_by_oid`.
    """
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return Key("RSA", key.key_size, key.public_numbers().e)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Key(f"EC {_CURVES.get(key.curve.name, key.curve.name)}", key.key_size, None)
    if isinstance(key, dsa.DSAPublicKey):
        return Key("DSA", key.key_size, None)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return Key("Ed25519", 256, None)
    if isinstance(key, ed448.Ed448PublicKey):
        return Key("Ed448", 456, None)
    return Key(kind_by_oid(certificate), None, None)


def kind_by_oid(certificate: x509.Certificate) -> str:
    """Return the kind of key as its algorithm's OID tells it."""
    oid = certificate.public_key_algorithm_oid
    name = {"rsaEncryption": "RSA", "id-ecPublicKey": "EC", "id-dsa": "DSA"}.get(oid._name, oid._name)
    return f"({oid.dotted_string})" if name == _UNKNOWN else name


def signature_name(certificate: x509.Certificate) -> str:
    """Return the signature algorithm as OpenSSL names it; of RSASSA-PSS with its hash."""
    oid = certificate.signature_algorithm_oid
    if oid._name in ("rsassaPss", "RSASSA-PSS"):
        digest = certificate.signature_hash_algorithm
        return f"rsassaPss with {digest.name}" if digest else "rsassaPss"
    if oid._name != _UNKNOWN:
        return oid._name
    return _OLD_SIGNATURES.get(oid.dotted_string, f"({oid.dotted_string})")


def signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool | None:
    """Return whether the issuer's key made the certificate's signature; None: that cannot be told here.

    Names are not compared. `verify_directly_issued_by` of `cryptography` refuses MD5, and names that are the
    same in another encoding.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        return _verify(certificate, issuer)
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return None


def _verify(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Raise what `cryptography` raises when the signature is not the issuer's; False: another kind of key."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa

    key, signature, signed = issuer.public_key(), certificate.signature, certificate.tbs_certificate_bytes
    digest, how = certificate.signature_hash_algorithm, certificate.signature_algorithm_parameters
    if isinstance(key, rsa.RSAPublicKey) and digest and not isinstance(how, ec.ECDSA):
        key.verify(signature, signed, how or padding.PKCS1v15(), digest)  # of MD5 no padding is told
    elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(how, ec.ECDSA):
        key.verify(signature, signed, how)
    elif isinstance(key, dsa.DSAPublicKey) and digest and how is None:
        key.verify(signature, signed, digest)
    elif isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | dsa.DSAPublicKey) or digest:
        return False
    elif hasattr(key, "verify"):  # Ed25519, Ed448, ML-DSA: no hash of their own. X25519 cannot sign
        key.verify(signature, signed)
    else:
        return False
    return True
