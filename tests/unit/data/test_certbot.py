"""certbot's renewal files as certbot 1 to 4 writes them, and any bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.certbot import HOME, Lineage, lineages, parse
from opsconsole.panels.certificates.parse_host import sent
from opsconsole.panels.frames import parts
from tests.work import light

PATH = "/etc/letsencrypt/renewal/shop.org.conf"
LIVE = "/etc/letsencrypt/live/shop.org"
TEXT = """\
# renew_before_expiry = 30 days
version = 2.1.0
archive_dir = /etc/letsencrypt/archive/shop.org
cert = /etc/letsencrypt/live/shop.org/cert.pem
privkey = /etc/letsencrypt/live/shop.org/privkey.pem
chain = /etc/letsencrypt/live/shop.org/chain.pem
fullchain = /etc/letsencrypt/live/shop.org/fullchain.pem

# Options used in the renewal process
[renewalparams]
account = 45fb
authenticator = webroot
webroot_path = /var/www,
server = https://acme-v02.api.letsencrypt.org/directory
key_type = ecdsa
installer = None
renew_hook = "systemctl reload nginx" # x
[[webroot_map]]
shop.org = /var/www
authenticator = not this one
[acme_renewal_info]
ari_retry_after = 2026-11-26T12:00:00
"""


def one(text: str) -> Lineage:
    return parse(PATH, text.encode())


def test_what_certbot_writes() -> None:
    found = one(TEXT)
    assert found == Lineage(
        name="shop.org",
        file=PATH,
        certificate=f"{LIVE}/cert.pem",
        key=f"{LIVE}/privkey.pem",
        chain=f"{LIVE}/chain.pem",
        fullchain=f"{LIVE}/fullchain.pem",
        archive="/etc/letsencrypt/archive/shop.org",
        version="2.1.0",
        authenticator="webroot",
        server="https://acme-v02.api.letsencrypt.org/directory",
        key_kind="ecdsa",
        deploy_hook="systemctl reload nginx",
    )
    assert found.live == LIVE


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("20 days", 20.0),
        ("1 week", 7.0),
        ("36 hours", 1.5),
        ("2 months", 60.0),
        ("60", 60.0),
        (" '60' ", 60.0),
        ("60 days and 3 hours", 60.125),
        ("6 months 1 week", 187.0),
        ("1 year", 365.0),
        ("1.5 Days", 1.5),
        ("30d 12 h", 30.5),
        ("90 mins", 0.0625),
        ("0 days", 0.0),
    ],
)
def test_renew_before_expiry_as_certbot_reads_it(said: str, days: float) -> None:
    found = one(f"renew_before_expiry = {said}\n{TEXT}")
    assert (found.renew_before_days, found.renew_before_unread) == (days, "")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("soon", "soon"),
        ("", "nothing"),
        ("None", "None"),
        ("30 dayz", "30 dayz"),
        ("30 days ago", "30 days ago"),
        ("-30 days", "-30 days"),
        ("30 days, 3 hours", "30 days, 3 hours"),
        ("3 days and", "3 days and"),
        ("two weeks", "two weeks"),
        ("\u0663", "\u0663"),
        ("999999", "999999"),
    ],
)
def test_what_cannot_be_read_is_not_unset(said: str, shown: str) -> None:
    found = one(f"renew_before_expiry = {said}\n{TEXT}")
    assert (found.renew_before_days, found.renew_before_unread) == (None, shown)
    assert one(TEXT).renew_before_unread == ""


@pytest.mark.parametrize(("said", "on"), [("False", False), ("off", False), ("True", True), ("yes", True)])
def test_autorenew(said: str, on: bool) -> None:
    assert one(TEXT.replace("account = 45fb", f"autorenew = {said}")).autorenew is on


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (TEXT.replace("fullchain = ", "full = "), "where these are: fullchain"),
        (TEXT.replace("cert = /", "cert = "), "where these are: cert"),
        (TEXT.partition("# Options")[0], "no [renewalparams]"),
        (TEXT.replace("authenticator = webroot", ""), "no authenticator"),
        (TEXT + "\nnonsense\n", "line 24 cannot be read"),
    ],
)
def test_what_makes_certbot_skip_it_is_said(changed: str, words: str) -> None:
    assert [words in problem for problem in one(changed).problems] == [True]


def test_only_renewal_files_by_name() -> None:
    files = {f"{HOME}/renewal/{name}.conf": TEXT.encode() for name in ("b.org", "a.org")}
    files |= {f"{HOME}/cli.ini": b"", f"{HOME}/renewal/README": b"", f"{HOME}/renewal/x/y.conf": b""}
    assert [found.name for found in lineages(files)] == ["a.org", "b.org"]


def test_the_labs_own() -> None:
    captured = Path(__file__).parents[1] / "certificates" / "captured" / "tls1.host"
    found = lineages(sent(parts(captured.read_bytes())["certbot"]).contents)
    assert [(lineage.name, lineage.server, lineage.problems) for lineage in found] == [
        ("lb.lab.test", "https://localhost:14000/dir", ()),
        ("shop.lab.test", "https://localhost:14000/dir", ()),
    ]


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(st.sampled_from(TEXT.split("\n"))).map(lambda x: "\n".join(x).encode()),
    )
)
def test_any_bytes(content: bytes) -> None:
    found = parse(PATH, content)
    assert all(path == "" or path.startswith("/") for path in (found.certificate, found.key, found.fullchain))


@pytest.mark.parametrize(
    "evil", [b"[" + b" " * 200_000, b"[" * 200_000, b"a=" + b" " * 200_000 + b"#", b"=" * 200_000]
)
def test_evil_text_takes_little_time(evil: bytes) -> None:
    light(5, lambda: parse(PATH, evil))
