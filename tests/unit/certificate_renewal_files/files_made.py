"""A CA with an intermediate, and certificates of it, for the tests of the files driver."""

from __future__ import annotations

from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from opsconsole.data.tls.certificate import Certificate
from opsconsole.data.tls.read import read
from opsconsole.data.tls.trust import Roots
from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE
from opsconsole.recipes.recipe import HIDDEN, Given
from tests.lab.tls_certificates import Authority, Made, make

NAME = "www.example.org"
PASSWORD = "hunter2-ü"


@cache
def authorities() -> tuple[Authority, Authority]:
    """Return a root and its intermediate."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = make(["Test root"], Authority(None, root_key), key=root_key.public_key(), ca=True)
    above = Authority(x509.load_pem_x509_certificate(root.leaf.encode()), root_key, root.leaf)
    made = make(["Test CA 1"], above, key=key.public_key(), ca=True)
    return above, Authority(x509.load_pem_x509_certificate(made.leaf.encode()), key, made.leaf)


def ca() -> Authority:
    """Return the intermediate."""
    return authorities()[1]


def roots() -> Roots:
    """Return the root as the only trusted one."""
    return Roots(read(authorities()[0].chain.encode()), "test")


@cache
def site(*names: str) -> Made:
    """Return a certificate for names, by the intermediate."""
    return make(names or (NAME,), ca())


def certificates(pem: str) -> tuple[Certificate, ...]:
    """Return certificates as the product reads them."""
    return read(pem.encode())


def encrypted(key: str) -> str:
    """Return a key with a password, as PEM."""
    loaded = serialization.load_pem_private_key(key.encode(), None)
    return loaded.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSWORD.encode()),
    ).decode()


def der(key: str) -> bytes:
    """Return a key as DER."""
    loaded = serialization.load_pem_private_key(key.encode(), None)
    return loaded.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def store(made: Made, password: str, *others: str) -> bytes:
    """Return PKCS#12 with other certificates in the order given."""
    key = serialization.load_pem_private_key(made.key.encode(), None)
    algorithm: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        algorithm = serialization.BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(
        b"it",
        key,  # type: ignore[arg-type]  # the kinds of keys that there are
        x509.load_pem_x509_certificate(made.leaf.encode()),
        [x509.load_pem_x509_certificate(one.encode()) for one in others],
        algorithm,
    )


def prepared(*, key: str | bytes = "", password: str = "", **texts: str | bytes) -> Given:
    """Return what the recipe makes of files."""
    given = {
        name: text if isinstance(text, str) else parameters.of_file(text) for name, text in texts.items()
    }
    secrets = {}
    if key:
        secrets["key"] = key if isinstance(key, str) else parameters.of_file(key)
        given["key"] = HIDDEN
    if password:
        secrets["key_password"], given["key_password"] = password, HIDDEN
    return RECIPE.prepare(Given(given, secrets))
