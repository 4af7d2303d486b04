from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from opsconsole.recipes.recipe import HIDDEN, Given, ParameterError, SecretNeededError
from tests.lab.tls_certificates import make
from tests.unit.certificate_renewal_files.files_made import (
    PASSWORD,
    authorities,
    ca,
    certificates,
    der,
    encrypted,
    prepared,
    site,
    store,
)


def canary(key: str) -> str:
    return key.splitlines()[1]


def test_a_certificate_and_its_key_become_plain_and_the_key_stays_a_secret() -> None:
    made = site()
    given = prepared(key=made.key, certificate=made.full)
    assert given.texts == {
        "certificate": made.full,
        "chain": "",
        "key": HIDDEN,
        "driver": "files",
        "key_public": certificates(made.leaf)[0].public_key_sha256,
    }
    assert given.secrets == {"key": made.key}
    assert canary(made.key) not in repr(given)


def test_preparing_twice_changes_nothing() -> None:
    once = prepared(key=encrypted(site().key), password=PASSWORD, certificate=site().full)
    assert prepared_again(once) == once
    assert once.texts["key_password"] == ""
    assert set(once.secrets) == {"key"}


def prepared_again(given: Given) -> Given:
    from opsconsole.recipes.certificate_renewal import RECIPE

    return RECIPE.prepare(given)


def test_der_a_chain_of_its_own_and_words_between_are_all_the_same() -> None:
    made = site()
    binary = certificates(made.leaf)[0].der
    chatty = "\ufeffBag Attributes\r\n  friendlyName: x\r\n" + made.leaf.replace("\n", "\r\n") + "bye\n"
    for leaf in (made.leaf, binary, chatty):
        given = prepared(key=made.key, certificate=leaf, chain=made.chain)
        assert given.texts["certificate"] == made.full
        assert given.texts["chain"] == ""
    assert prepared(key=der(made.key)).texts["key_public"] == certificates(made.leaf)[0].public_key_sha256


def test_the_block_of_a_key_is_kept_and_what_stands_around_it_is_not() -> None:
    key = serialization.load_pem_private_key(site().key.encode(), None)
    old = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    noise = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert prepared(key=f"{noise}{old}".replace("\n", "\r\n")).secrets["key"] == old


def test_ed25519_is_a_key_too() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made = make(["www.example.org"], ca(), key=key.public_key())
    given = prepared(key=text, certificate=made.full)
    assert given.texts["key_public"] == certificates(made.leaf)[0].public_key_sha256


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_pkcs12_gives_all_three_in_order_and_without_the_root(password: str) -> None:
    made = site()
    root = authorities()[0].chain
    given = prepared(key=store(made, password, root, ca().chain), password=password)
    assert given.texts["certificate"] == made.full
    assert prepared(key=given.secrets["key"]).texts["key_public"] == given.texts["key_public"]
    assert given.texts["key_public"] == certificates(made.leaf)[0].public_key_sha256
    assert PASSWORD not in repr(given)


def test_a_certificate_that_is_given_beside_pkcs12_is_the_one() -> None:
    made, other = site(), make(["www.example.org"], ca())
    given = prepared(key=store(made, "", ca().chain), certificate=other.full)
    assert given.texts["certificate"] == other.full


@pytest.mark.parametrize("kind", ["pem", "old", "der", "pkcs12"])
def test_what_is_encrypted_asks_for_its_password_and_tells_a_wrong_one(kind: str) -> None:
    made = site()
    key = serialization.load_pem_private_key(made.key.encode(), None)
    content: bytes = {
        "pem": encrypted(made.key).encode(),
        "old": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.BestAvailableEncryption(PASSWORD.encode()),
        ),
        "der": key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(PASSWORD.encode()),
        ),
        "pkcs12": store(made, PASSWORD),
    }[kind]
    with pytest.raises(SecretNeededError, match="is encrypted and no password was given") as told:
        prepared(key=content)
    assert told.value.name == "key_password"
    with pytest.raises(SecretNeededError, match="another password, or damaged") as told:
        prepared(key=content, password="not-it")
    assert "not-it" not in str(told.value)
    assert prepared(key=content, password=PASSWORD).texts["key_public"] == (
        certificates(made.leaf)[0].public_key_sha256
    )


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (site().key + site("other.example.org").key, "found 2 private keys in one file, expected one"),
        (site().leaf, "found PEM without a whole private key"),
        (site().key[:-30], "found PEM without a whole private key"),
        (
            b"\x30\x03\x02\x01\x00",
            "found no private key that can be read, expected a private key as PEM or DER, or PKCS#12",
        ),
        ("hello", "found no private key"),
        (site().key.replace(site().key[40:60], "A" * 20), "found no private key"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END OPENSSH PRIVATE KEY-----\n",
            "found a key of SSH",
        ),
    ],
)
def test_what_is_no_key_of_a_server_is_told_without_a_byte_of_it(key: str | bytes, said: str) -> None:
    with pytest.raises(ParameterError) as told:
        prepared(key=key)
    assert said in str(told.value)
    assert canary(site().key) not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (
            {"certificate": store(site(), "")},
            "certificate: found PKCS#12, expected a certificate; PKCS#12 goes",
        ),
        ({"certificate": store(site(), PASSWORD)}, "certificate: found PKCS#12, expected a certificate"),
        ({"certificate": "hello"}, "certificate: found text without a PEM block"),
        ({"certificate": site().leaf.replace("MII", "MIX", 1)}, "certificate: certificate 1 of 1"),
        ({"certificate": site().leaf, "chain": b"\xff\xfe"}, "chain: found other binary data"),
        ({"certificate": site().leaf, "driver": "certbot"}, "it is for driver=files, found driver=certbot"),
    ],
)
def test_what_is_no_certificate_names_the_parameter(texts: dict[str, str | bytes], said: str) -> None:
    with pytest.raises(ParameterError) as told:
        prepared(**texts)
    assert said in str(told.value)


def test_other_drivers_are_left_alone() -> None:
    given = Given({"driver": "acme", "eab_hmac": HIDDEN}, {"eab_hmac": "secret"})
    assert prepared_again(given) is given
