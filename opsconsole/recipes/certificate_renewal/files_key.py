"""Opens the engineer's key file: PEM or DER, encrypted or not, or PKCS#12 with certificates."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm

from opsconsole.data.tls.certificate import Certificate
from opsconsole.recipes.recipe import ParameterError, SecretNeededError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY)-----.{1,65536}?-----END \1-----", re.DOTALL)
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)
_EXPECTED = "expected a private key as PEM or DER, or PKCS#12"


@dataclass(frozen=True, slots=True)
class Opened:
    """A private key, made plain.

    Attributes:
        pem: The key, not encrypted.
        public_sha256: SHA-256 (hex) of its SubjectPublicKeyInfo.
        certificates: What came with it in PKCS#12: its own, then what issued it.
    """

    pem: str = field(repr=False)
    public_sha256: str
    certificates: tuple[Certificate, ...] = ()


def opened(data: bytes, password: str | None) -> Opened:
    """Return the key of a file.

    Args:
        data: The file.
        password: Of what is encrypted.

    Raises:
        SecretNeededError: It is encrypted, and the password was not given or is another.
        ParameterError: It is no key, or none that a TLS server can use. No message has a byte of it.
    """
    blocks = list(_BLOCK.finditer(data))
    if len(blocks) > 1:
        raise ParameterError(f"key: found {len(blocks)} private keys in one file, expected one")
    if blocks:
        if blocks[0][1].startswith(b"OPENSSH"):
            raise ParameterError(f"key: found a key of SSH, {_EXPECTED}")
        return _of_pem(blocks[0][0], password)
    if b"-----BEGIN" in data:
        raise ParameterError(f"key: found PEM without a whole private key, {_EXPECTED}")
    return _of_der(data, password)


def _of_pem(block: bytes, password: str | None) -> Opened:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    # OpenSSL tells a wrong password from a broken key by its text alone: so it is asked without one first.
    encrypted = b"ENCRYPTED" in block
    key = _loaded(lambda secret: load_pem_private_key(block, secret), encrypted, password)
    if encrypted:
        return _plain(key)
    lines = [line.strip() for line in block.decode("ascii", "replace").splitlines()]
    return Opened("\n".join(line for line in lines if line) + "\n", _digest(key))


def _of_der(data: bytes, password: str | None) -> Opened:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    from opsconsole.data.tls.der import is_pkcs12

    if is_pkcs12(data):
        return _of_pkcs12(data, password)
    try:
        key = load_der_private_key(data, None)
    except TypeError:
        key = _loaded(lambda secret: load_der_private_key(data, secret), True, password)
    except _UNREADABLE as error:
        raise _broken(error) from None
    return _plain(key)


def _of_pkcs12(data: bytes, password: str | None) -> Opened:
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

    from opsconsole.data.tls.chain import inspect
    from opsconsole.data.tls.read import read_der

    # "No password" is written in two ways (RFC 7292 appendix B): absent and empty.
    tried: list[bytes | None] = [password.encode()] if password else [None, b""]
    store = None
    for one in tried:
        try:
            store = pkcs12.load_pkcs12(data, one)
            break
        except _UNREADABLE as error:
            if "password" not in str(error).lower():
                raise ParameterError(f"key: PKCS#12 that cannot be read, {_EXPECTED}") from None
    if store is None:
        raise _needed("the PKCS#12 file", password)
    if store.key is None:
        raise ParameterError(f"key: found PKCS#12 without a private key, {_EXPECTED}")
    ders = [
        one.certificate.public_bytes(Encoding.DER)
        for one in (store.cert, *store.additional_certs)
        if one is not None
    ]
    certificates = tuple(read_der(one) for one in ders)
    # PKCS#12 has no order: the chain is what it makes up; a root need not be served.
    path = inspect(certificates, None).path if certificates else ()
    chain = tuple(one for one in path if one in certificates and not (one.self_signed and one is not path[0]))
    plain = _plain(store.key)
    return Opened(plain.pem, plain.public_sha256, chain)


def _loaded(load: Any, encrypted: bool, password: str | None) -> PrivateKeyTypes:
    if encrypted and not password:
        raise _needed("the key", None)
    try:
        key: PrivateKeyTypes = load(password.encode() if encrypted and password else None)
    except TypeError:
        raise _needed("the key", None) from None
    except _UNREADABLE as error:
        # OpenSSL's words differ; a wrong password and damage look alike where the padding is all there is.
        if encrypted:
            raise _needed("the key", password) from None
        raise _broken(error) from None
    return key


def _needed(what: str, password: str | None) -> SecretNeededError:
    if password:
        return SecretNeededError("key_password", f"it does not open {what}: another password, or damaged")
    return SecretNeededError(
        "key_password",
        f"{what} is encrypted and no password was given; it is opened on this machine, and the server gets it"
        " plain: key_password=@FILE, or leave it out to be asked",
    )


def _broken(error: Exception) -> ParameterError:
    unknown = isinstance(error, UnsupportedAlgorithm)
    kind = "a key of a kind that is not known" if unknown else "no private key that can be read"
    return ParameterError(f"key: found {kind}, {_EXPECTED}")


def _plain(key: PrivateKeyTypes) -> Opened:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    return Opened(text, _digest(key))


def _digest(key: PrivateKeyTypes) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).hexdigest()
