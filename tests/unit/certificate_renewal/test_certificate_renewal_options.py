"""What an engineer may set, and what is refused before anything is asked of a host."""

from __future__ import annotations

import pytest

from opsconsole.recipes.certificate_renewal import options
from opsconsole.recipes.certificate_renewal.names import escaped
from opsconsole.recipes.paths import unescape
from opsconsole.recipes.recipe import PlanError
from tests.unit.certificate_renewal.certificate_renewal_samples import values

ACME = {
    "driver": "acme",
    "domains": "A.test,b.test",
    "server": "https://ca.test/acme/directory",
    "webroot": "/var/www",
}


def test_defaults_renew_what_is_due() -> None:
    wanted = options.read(values())
    assert (wanted.driver, wanted.names, wanted.force, wanted.rehearse, wanted.enable_timer) == (
        "certbot",
        (),
        False,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"force": "yes"}, "set name too"),
        ({"name": "../x"}, "no name of a certificate"),
        ({"name": "-x"}, "no name of a certificate"),
        ({"name": "a b"}, "no name of a certificate"),
        ({"server": "http://ca.test/dir"}, "https:// address"),
        ({"server": "https://user:pw@ca.test/dir"}, "user or password would be shown"),
        ({"test_server": "https://ca.test/a b"}, "https:// address"),
        ({"check_url": "https://[::1/"}, "https:// address"),
        ({"check_url": "https://a.test:99999/"}, "https:// address"),
        ({"check_url": "ftp://a.test/"}, "https:// address"),
        ({"ca_bundle": "ca.pem"}, "absolute path"),
        ({"server": options.LETS_ENCRYPT, "weekly_limit": "6"}, "cannot be raised"),
        (ACME | {"domains": ""}, "needs the names"),
        (ACME | {"domains": "a..test"}, "no host name"),
        (ACME | {"domains": "-x.test"}, "no host name"),
        (ACME | {"domains": "*.a.test"}, "DNS challenge"),
        (ACME | {"server": ""}, "needs the ACME directory"),
        (ACME | {"webroot": ""}, "needs the folder"),
        (ACME | {"name": "a,b"}, "one certificate at a time"),
        (ACME | {"eab_kid": "k"}, "go together"),
        (ACME | {"eab_hmac": "s"}, "go together"),
        (ACME | {"email": "a b"}, "blanks"),
        (ACME | {"email": "--config=/x"}, "dash"),
    ],
)
def test_what_cannot_be_used_is_refused(texts, words) -> None:
    with pytest.raises(PlanError, match=words):
        options.read(values(**texts))


def test_the_acme_driver_takes_names_in_lower_case() -> None:
    assert options.read(values(**ACME)).domains == ("a.test", "b.test")


@pytest.mark.parametrize("path", ["/a", "/a b\n\\c", "/\udcff\udc80", "/ü/€", "/a\\0101"])
def test_paths_go_to_a_host_and_come_back(path) -> None:
    line = escaped(path)
    assert line.isascii()
    assert not set(line) & set(" \n\t")
    assert unescape(line).decode("utf-8", "surrogateescape") == path
