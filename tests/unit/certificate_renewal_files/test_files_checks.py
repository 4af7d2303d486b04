from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from opsconsole.data.webserver.model import Listen, Server
from opsconsole.recipes.certificate_renewal.files_checks import Verdict, judge, words
from tests.lab.tls_certificates import Authority, Made, make
from tests.unit.certificate_renewal_files.files_made import NAME, authorities, ca, certificates, roots, site

DAY = timedelta(days=1)


def server(*names: str) -> Server:
    return Server("nginx", "/etc/nginx/sites-enabled/www", 7, names, (Listen("*", 443, tls=True),), ())


def verdict(made: Made, old: Made | None = None, **more: Any) -> Verdict:
    new = certificates(made.full)
    known: dict[str, Any] = {
        "key_public": new[0].public_key_sha256,
        "servers": [server(NAME)],
        "now": datetime.now(UTC),
        "roots": roots(),
        "allow_weaker": False,
    }
    return judge(new, certificates(old.full) if old else (), **(known | more))


def test_a_good_one_in_the_place_of_a_good_one_needs_no_word() -> None:
    old = make([NAME], ca(), lived=60 * DAY, left=30 * DAY)
    assert verdict(site(), old) == Verdict((), ())


def errors(found: Verdict) -> str:
    assert len(found.errors) == 1, found
    return found.errors[0]


def test_a_key_of_another_certificate() -> None:
    other = certificates(make([NAME], ca()).leaf)[0].public_key_sha256
    said = errors(verdict(site(), key_public=other))
    assert f"found a key with public SHA-256 {other[:16]}…, expected that of the certificate {NAME}" in said


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (make([NAME], ca(), lived=9 * DAY, left=-DAY), "which expired on"),
        (make([NAME], ca(), lived=-DAY), "which is not valid before"),
        (make(["other.example.org"], ca()), f"expected {NAME} as well, which /etc/nginx/sites-enabled/www:7"),
        (Made(site().leaf, ""), "it is missing".removeprefix("it ")),
        (
            Made(ca().chain + site().leaf, ""),
            f"found the order Test CA 1 → {NAME}, expected {NAME} → Test CA 1",
        ),
    ],
)
def test_what_clients_would_refuse(made: Made, said: str) -> None:
    old = site()
    new = [one for one in certificates(made.full) if not one.is_ca][0]  # noqa: RUF015
    found = verdict(made, old, key_public=new.public_key_sha256)
    assert any(said in one for one in found.errors), found


def test_an_intermediate_whose_time_is_over() -> None:
    root, inter = authorities()[0], ec.generate_private_key(ec.SECP256R1())
    from cryptography import x509

    above = make(["Old CA"], root, key=inter.public_key(), ca=True, lived=9 * DAY, left=-DAY)
    authority = Authority(x509.load_pem_x509_certificate(above.leaf.encode()), inter, above.leaf)
    said = " ".join(verdict(make([NAME], authority), site()).errors)
    assert "found the intermediate Old CA, which expired on" in said


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (make([NAME], ca(), rsa_bits=1024), "RSA key of 1024 bits, at least 2048 are needed"),
        (
            make([NAME], Authority(None, ec.generate_private_key(ec.SECP256R1()))),
            "that this machine does not trust",
        ),
    ],
)
def test_a_weaker_or_less_trusted_one_is_refused_unless_it_is_meant(made: Made, said: str) -> None:
    found = verdict(made, site())
    assert any(said in one and "allow_weaker=yes if it is meant" in one for one in found.errors), found
    meant = verdict(made, site(), allow_weaker=True)
    assert meant.errors == ()
    assert any(said in one for one in meant.warnings)


def test_fewer_bits_of_the_same_kind_are_weaker() -> None:
    found = verdict(make([NAME], ca(), rsa_bits=2048), make([NAME], ca(), rsa_bits=3072))
    assert "a weaker key (RSA 2048), expected at least the 3072 bits" in errors(found)
    assert verdict(make([NAME], ca(), rsa_bits=3072), make([NAME], ca(), rsa_bits=2048)).errors == ()


def test_an_internal_ca_that_this_machine_does_not_know_is_told_not_refused() -> None:
    from opsconsole.data.tls.trust import Roots

    found = verdict(
        site(), make([NAME], ca(), left=DAY), roots=Roots(certificates(site("x.example").leaf), "other")
    )
    assert found.errors == ()
    assert any("whether the chain is complete is not known" in one for one in found.warnings)
    assert any("this machine does not trust it" in one for one in found.warnings)


def test_a_name_that_neither_covers_is_a_warning_and_one_that_the_old_did_is_not() -> None:
    names = [server(NAME, "gap.example.org", "_", "~^re.*$", "10.0.0.7")]
    old = make([NAME], ca(), left=DAY)
    found = verdict(site(), old, servers=names)
    assert found.errors == ()
    assert "serves gap.example.org, 10.0.0.7, which neither certificate covers" in found.warnings[0]
    both = make([NAME, "gap.example.org"], ca(), left=DAY)
    assert "expected gap.example.org as well" in errors(verdict(site(), both, servers=names))
    assert verdict(site("*.example.org"), both, servers=names[:0]).errors == ()


def test_a_server_that_no_name_of_it_fits_is_refused_even_when_the_old_did_not_fit_either() -> None:
    old = make(["snakeoil"], ca(), left=DAY)
    assert f"expected {NAME} as well" in errors(verdict(make(["wrong.example.org"], ca()), old))


def test_what_is_worth_knowing_is_told() -> None:
    old = make([NAME, "gone.example.org"], ca(), rsa_bits=2048, left=400 * DAY)
    told = "\n".join(verdict(site(), old).warnings)
    assert "the key changes from RSA to EC P-256" in told
    assert "before the one in use" in told
    assert "names of the one in use that it does not have: gone.example.org" in told


def test_a_certificate_in_one_line_says_what_matters() -> None:
    one = certificates(make([f"n{number}.example.org" for number in range(9)], ca(), rsa_bits=2048).leaf)[0]
    text = words(one)
    assert "n0.example.org (n0.example.org, n1.example.org" in text
    assert "and 3 more), RSA 2048, from CN=Test CA 1" in text
    assert one.fingerprint_sha256 in text
