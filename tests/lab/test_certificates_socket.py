"""What the panel finds at real sockets: each kind of key, strays in chains, old versions, missing staples.

nginx on tls1, told as the panel tells it, held against the host's own openssl.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opsconsole.panels.panel import Level
from tests.lab import tls_lab
from tests.lab.conftest import Lab
from tests.lab.endpoints import fingerprints, trusted
from tests.lab.test_certificates_endpoints_changed import OLD
from tests.lab.test_certificates_panel import connected, read
from tests.lab.tls_lab import HOST, sh

pytestmark = pytest.mark.lab

NAME = "dual.lab.test"
PLACE = "127.0.0.1:8444"
TLS = "/etc/nginx/tls"
RSA, EC = f"{TLS}/{NAME}.rsa.pem", f"{TLS}/{NAME}.ec.pem"
PAIR = "ssl_certificate {path}; ssl_certificate_key {path}.key;"
CONF = "/etc/nginx/conf.d/lab-dual.conf"


def block(*paths: str, more: str = "") -> str:
    """Return a server block that shows these files."""
    pairs = " ".join(PAIR.format(path=path) for path in paths)
    return f"server {{ listen {PLACE} ssl; server_name {NAME}; {more} {pairs} }}\n"


def write(path: str, made: tls_lab.Made, chain: str | None = None) -> None:
    """Write a certificate, what it is shown with, and its key."""
    sh(f"umask 077; cat >'{path}.key'", stdin=made.key)
    sh(f"cat >'{path}'", stdin=made.full if chain is None else made.leaf + chain)


def shown(kind: str, place: str = PLACE) -> str:
    """Return the fingerprint that the host's own openssl is shown when it takes one kind of key only."""
    algorithms = {"RSA": "rsa_pss_rsae_sha256:RSA+SHA256", "EC": "ECDSA+SHA256"}[kind]
    return sh(
        f"openssl s_client -connect {place} -servername {NAME} -sigalgs {algorithms} </dev/null 2>/dev/null |"
        " openssl x509 -noout -fingerprint -sha256 2>/dev/null | sed 's/.*=//; s/://g' | tr A-F a-f"
    ).strip()


def until_shown(kind: str, mark: str) -> None:
    tls_lab.wait(f"{kind} is served", lambda: shown(kind) == mark)


@contextmanager
def configured(word: str, *paths: str, more: str = "") -> Iterator[None]:
    """Have a block with an RSA and an EC certificate on disk, and nginx show those of `paths`."""
    with tls_lab.changed(word):
        write(RSA, tls_lab.make([NAME], tls_lab.internal(), rsa_bits=2048))
        write(EC, tls_lab.make([NAME], tls_lab.internal()))
        sh(f"cat >{CONF}; nginx -t -q && systemctl reload nginx", stdin=block(*paths, more=more))
        for kind, path in (("RSA", RSA), ("EC", EC)):
            if path in paths:
                until_shown(kind, fingerprints(HOST, path)[0])
        yield


@pytest.mark.parametrize("versions", ["TLSv1.2", "TLSv1.3", "TLSv1.2 TLSv1.3"])
async def test_both_kinds_are_looked_at_and_each_is_as_on_disk(
    lab: Lab, tmp_path: Path, versions: str
) -> None:
    with configured("both", RSA, EC, more=f"ssl_protocols {versions};"):
        async with connected(lab, HOST) as shell:
            reading, findings = await read(shell, tuple(trusted(tmp_path)))
        marks = {path: fingerprints(HOST, path)[0] for path in (RSA, EC)}
        looks = [
            (end, one) for end in reading.endpoints or () for one in end.served if one.server_name == NAME
        ]
        assert {
            one.key_kind: (end.expects, one.leaf.fingerprint_sha256) for end, one in looks if one.leaf
        } == {"RSA": ((RSA,), marks[RSA]), "EC": ((EC,), marks[EC])}
        assert {kind: shown(kind) for kind in ("RSA", "EC")} == {"RSA": marks[RSA], "EC": marks[EC]}
        assert findings == {}


@pytest.mark.parametrize(("kind", "path"), [("RSA", RSA), ("EC", EC)])
async def test_the_one_that_was_renewed_and_is_not_served_is_found(
    lab: Lab, tmp_path: Path, kind: str, path: str
) -> None:
    with configured("renewed", RSA, EC):
        write(path, tls_lab.make([NAME], tls_lab.internal(), rsa_bits=2048 if kind == "RSA" else 0))
        async with connected(lab, HOST) as shell:
            _, findings = await read(shell, tuple(trusted(tmp_path)))
    assert set(findings) == {f"served-not-file:{NAME}:8444 ({kind})"}
    assert path in findings[f"served-not-file:{NAME}:8444 ({kind})"].evidence


async def test_one_that_was_added_and_is_not_served_yet_is_found(lab: Lab, tmp_path: Path) -> None:
    with configured("added", EC):
        sh(f"cat >{CONF}; nginx -t -q", stdin=block(RSA, EC))
        async with connected(lab, HOST) as shell:
            _, findings = await read(shell, tuple(trusted(tmp_path)))
        assert shown("RSA") == ""
    (one,) = findings.values()
    assert (one.level, one.rule, one.subject) == (Level.WARNING, "served-not-file", f"{NAME}:8444 (RSA)")
    assert "serves no RSA certificate although its file is one" in one.summary
    assert "who takes any is shown one with EC P-256" in one.evidence


APACHE = f"""
Listen 127.0.0.1:8446 https
<VirtualHost 127.0.0.1:8446>
    ServerName {NAME}
    SSLEngine on
    SSLCertificateFile {RSA}
    SSLCertificateKeyFile {RSA}.key
    SSLCertificateFile {EC}
    SSLCertificateKeyFile {EC}.key
</VirtualHost>
"""
HAPROXY = f"""
frontend dual
    bind 127.0.0.1:8445 ssl crt /etc/haproxy/certs/{NAME}.rsa.pem crt /etc/haproxy/certs/{NAME}.ec.pem
    default_backend web
"""
BUNDLES = f"""
umask 077
for kind in rsa ec; do
    cat {TLS}/{NAME}.$kind.pem {TLS}/{NAME}.$kind.pem.key >/etc/haproxy/certs/{NAME}.$kind.pem
done
cat >>/etc/haproxy/haproxy.cfg
haproxy -c -q -f /etc/haproxy/haproxy.cfg && systemctl reload haproxy
"""


@pytest.mark.parametrize(
    ("server", "place", "script", "said"),
    [
        (
            "apache",
            "127.0.0.1:8446",
            "cat >/etc/apache2/sites-enabled/lab-dual.conf; apachectl -t 2>&1 && systemctl reload apache2",
            APACHE,
        ),
        ("haproxy", "127.0.0.1:8445", BUNDLES, HAPROXY),
    ],
)
async def test_apache_and_haproxy_are_asked_for_each_kind_as_well(
    lab: Lab, tmp_path: Path, server: str, place: str, script: str, said: str
) -> None:
    with configured("both-others", RSA, EC):
        sh(script, stdin=said)
        marks = {"RSA": fingerprints(HOST, RSA)[0], "EC": fingerprints(HOST, EC)[0]}
        for kind, mark in marks.items():
            tls_lab.wait(f"{server} serves {kind}", lambda kind=kind, mark=mark: shown(kind, place) == mark)
        async with connected(lab, HOST) as shell:
            reading, findings = await read(shell, tuple(trusted(tmp_path)))
        assert {
            one.key_kind: one.leaf.fingerprint_sha256
            for end in reading.endpoints or ()
            for one in end.served
            if end.found_by == server and one.place == place and one.leaf
        } == marks
        assert findings == {}


async def test_foreign_and_repeated_ones_that_nginx_serves_are_found(lab: Lab, tmp_path: Path) -> None:
    with configured("strays", EC):
        made = tls_lab.make([NAME], tls_lab.internal())
        stranger = tls_lab.make(["Nobody's CA"], tls_lab.stranger(), ca=True)
        write(EC, made, f"{made.chain}{stranger.leaf}{made.chain}")
        sh("systemctl reload nginx")
        until_shown("EC", fingerprints(HOST, EC)[0])
        async with connected(lab, HOST) as shell:
            _, findings = await read(shell, tuple(trusted(tmp_path)))
    assert set(findings) == {f"chain-foreign:{NAME}:8444", f"chain-repeated:{NAME}:8444"}
    assert "position 3 of 4: CN=Nobody's CA" in findings[f"chain-foreign:{NAME}:8444"].evidence
    assert "position 2, 4 of 4" in findings[f"chain-repeated:{NAME}:8444"].evidence


async def test_old_versions_are_a_warning_with_their_source(lab: Lab, tmp_path: Path) -> None:
    with tls_lab.changed("old-found", OLD):
        async with connected(lab, HOST) as shell:
            _, findings = await read(shell, tuple(trusted(tmp_path)))
    told = findings["old-versions:old.lab.test:8444"]
    assert told.level is Level.WARNING
    assert told.summary == "old.lab.test:8444 takes TLS 1.0, TLS 1.1: older than TLS 1.2"
    assert f"TLS 1.0, TLS 1.1 on {PLACE} from the host" in told.evidence
    assert "RFC 8996" in told.evidence
    assert {one.rule for one in findings.values()} <= {"old-versions", "name-not-covered"}


MUST_STAPLE = f"""
cd /etc/lab-ca
openssl req -new -key '{EC}.key' -subj /CN={NAME} |
openssl x509 -req -days 30 -CA intermediate.pem -CAkey intermediate.key -set_serial 4242 -extfile /dev/fd/3 \\
    -out '{EC}' 3<<'END' 2>/dev/null
subjectAltName = DNS:{NAME}
extendedKeyUsage = serverAuth
tlsfeature = status_request
END
printf 'V\\t351231235959Z\\t\\t1092\\tunknown\\t/CN={NAME}\\n' >/run/lab-index
openssl ocsp -index /run/lab-index -CA intermediate.pem -rsigner intermediate.pem -rkey intermediate.key \\
    -issuer intermediate.pem -cert '{EC}' -ndays 1 -respout {TLS}/{NAME}.ocsp >/dev/null 2>&1
rm /run/lab-index
cat intermediate.pem >>'{EC}'
systemctl reload nginx
"""


async def test_a_certificate_that_demands_a_staple_and_gets_none_is_found(lab: Lab, tmp_path: Path) -> None:
    roots = tuple(trusted(tmp_path))
    with configured("must-staple", EC):
        sh(f"set -e\n{MUST_STAPLE}")
        mark = fingerprints(HOST, EC)[0]
        until_shown("EC", mark)
        async with connected(lab, HOST) as shell:
            _, findings = await read(shell, roots)
            assert set(findings) == {f"staple-missing:{NAME}:8444"}
            assert "RFC 7633" in findings[f"staple-missing:{NAME}:8444"].evidence
            staples = block(EC, more=f"ssl_stapling on; ssl_stapling_file {TLS}/{NAME}.ocsp;")
            sh(f"cat >{CONF}; nginx -t -q && systemctl reload nginx", stdin=staples)
            stapled = f"openssl s_client -connect {PLACE} -servername {NAME} -status </dev/null 2>/dev/null"
            tls_lab.wait("it is stapled", lambda: "Cert Status: good" in sh(f"{stapled} || true"))
            reading, findings = await read(shell, roots)
        (look,) = [one for end in reading.endpoints or () for one in end.served if one.server_name == NAME]
        assert (look.ocsp_stapled, look.ocsp_status) == (True, "good")
        assert findings == {}
