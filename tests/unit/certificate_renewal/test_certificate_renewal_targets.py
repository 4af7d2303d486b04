"""Which handshakes prove a certificate: every address and name, and none that another server answers."""

from __future__ import annotations

from opsconsole.data.webserver import apache, haproxy, nginx
from opsconsole.data.webserver.model import Sites
from opsconsole.recipes.certificate_renewal.find import Running, Servers
from opsconsole.recipes.certificate_renewal.host_files import CertificateAt
from opsconsole.recipes.certificate_renewal.served import Program, Target
from opsconsole.recipes.certificate_renewal.targets import Known, targets
from tests.unit.certificate_renewal.certificate_renewal_samples import at

OWN = ("127.0.0.1", "192.0.2.1", "::1", "2001:db8::1")
LIVE = "/etc/letsencrypt/live/a.test/fullchain.pem"
REAL = "/etc/letsencrypt/archive/a.test/fullchain2.pem"
A = at(LIVE, "a.test", "www.a.test", real=REAL)


def proved(sites: Sites, *files: CertificateAt, wanted: str = LIVE) -> tuple[list[Target], list[str]]:
    known = Known({one.path: one for one in files or (A,)}, {wanted: frozenset({A.print})})
    servers = Servers([(Running(Program(sites.kind), ("/x",)), sites)], OWN)
    return targets(servers, known)


def nginx_of(text: str) -> Sites:
    return nginx.parse({nginx.ROOT: f"events {{}}\nhttp {{\n{text}\n}}".encode()})


def shown(found: list[Target]) -> list[str]:
    return [one.shown for one in found]


def tls(listen: str, names: str = "a.test", certificate: str = LIVE) -> str:
    listens = "".join(f"listen {one};" for one in listen.split(","))
    return (
        f"server {{ {listens} server_name {names}; ssl_certificate {certificate}; ssl_certificate_key /k; }}"
    )


def test_every_address_of_each_family_and_every_name() -> None:
    found, notes = proved(nginx_of(tls("443 ssl,[::]:443 ssl,80", "a.test www.a.test")))
    assert shown(found) == [
        *(f"{one}:443 a.test" for one in ("127.0.0.1", "192.0.2.1")),
        *(f"[{one}]:443 a.test" for one in ("2001:db8::1", "::1")),
        *(f"{one}:443 www.a.test" for one in ("127.0.0.1", "192.0.2.1")),
        *(f"[{one}]:443 www.a.test" for one in ("2001:db8::1", "::1")),
    ]
    assert notes == []
    assert {one.certificate for one in found} == {LIVE}


def test_ipv4_alone_quic_and_unix_sockets() -> None:
    found, _ = proved(nginx_of(tls("443 ssl,443 quic,unix:/run/x.sock ssl")))
    assert shown(found) == ["127.0.0.1:443 a.test", "192.0.2.1:443 a.test"]


def test_an_address_that_another_server_has_for_itself_is_not_asked() -> None:
    text = tls("443 ssl") + tls("192.0.2.1:443 ssl", "other.test", "/other.pem")
    found, _ = proved(nginx_of(text), A, at("/other.pem", "other.test"))
    assert shown(found) == ["127.0.0.1:443 a.test"]


def test_a_catch_all_server_is_asked_for_names_that_no_other_has() -> None:
    text = tls("443 ssl", "_") + tls("443 ssl", "www.a.test", "/other.pem")
    found, _ = proved(nginx_of(text), A, at("/other.pem", "www.a.test"))
    assert shown(found) == ["127.0.0.1:443 a.test", "192.0.2.1:443 a.test"]


def test_a_wildcard_name_is_asked_for_as_some_name_and_a_pattern_is_not() -> None:
    wild = at(LIVE, "*.a.test", real=REAL)
    known = {LIVE: frozenset({wild.print})}
    sites = nginx_of(tls("127.0.0.1:443 ssl", r"*.a.test ~^x\d+\.a\.test$"))
    servers = Servers([(Running(Program("nginx"), ("/x",)), sites)], OWN)
    found, _ = targets(servers, Known({LIVE: wild}, known))
    assert shown(found) == ["127.0.0.1:443 opsconsole-proof.a.test"]


def test_rsa_and_ecdsa_side_by_side_are_asked_for_one_by_one() -> None:
    other = at("/rsa.pem", "a.test", kind="rsa")
    more = " ssl_certificate /rsa.pem; ssl_certificate_key /k2; }"
    text = tls("127.0.0.1:443 ssl").replace("}", more)
    found, _ = proved(nginx_of(text), A, other)
    assert [(one.shown, one.algorithm) for one in found] == [("127.0.0.1:443 a.test (ECDSA)", "ECDSA")]
    assert found[0].line.startswith("target nginx 127.0.0.1 443 a.test ECDSA - ")


def test_a_file_that_leads_to_it_is_it_and_one_that_only_holds_it_is_a_copy() -> None:
    link = at("/etc/ssl/site.pem", "a.test", "www.a.test", real=REAL)
    copy = at("/etc/haproxy/a.pem", "a.test", "www.a.test")
    cert = at(
        "/etc/letsencrypt/live/a.test/cert.pem",
        "a.test",
        "www.a.test",
        real=REAL.replace("fullchain", "cert"),
    )
    for file, is_copy in ((link, False), (copy, True), (cert, False)):
        sites = nginx_of(tls("127.0.0.1:443 ssl", certificate=file.path))
        found, _ = proved(sites, A, file)
        assert [one.certificate for one in found] == [file.path]
        known = Known({one.path: one for one in (A, file)}, {LIVE: frozenset({A.print})})
        servers = Servers([(Running(Program("nginx"), ("/x",)), sites)], OWN)
        assert known.copies(servers, [file.path]) == (((file.path, "/k"),) if is_copy else ())


def test_another_certificate_is_nobodys_business() -> None:
    assert proved(nginx_of(tls("443 ssl", certificate="/o.pem")), A, at("/o.pem", "o.test")) == ([], [])


def test_haproxy_has_key_and_certificate_in_one_file_also_in_a_folder() -> None:
    text = b"frontend f\n  mode http\n  bind :9443 ssl crt /certs\n  bind :::9443 ssl crt /certs\n"
    sites = haproxy.parse({haproxy.ROOT: text})
    copy, other = at("/certs/a.pem", "a.test", "www.a.test"), at("/certs/b.pem", "b.test")
    found, _ = proved(sites, A, copy, other)
    assert len(found) == 2 * len(OWN)
    assert {one.name for one in found} == {"a.test", "www.a.test"}
    known = Known({one.path: one for one in (A, copy)}, {LIVE: frozenset({A.print})})
    servers = Servers([(Running(Program("haproxy"), ("/x",)), sites)], OWN)
    assert known.copies(servers, ["/certs/a.pem"]) == (("/certs/a.pem", "/certs/a.pem"),)


def test_apache_listens_at_both_families() -> None:
    text = f"Listen 8443\n<VirtualHost *:8443>\nServerName a.test\nSSLEngine on\nSSLCertificateFile {LIVE}\n"
    text += "SSLCertificateKeyFile /k\n</VirtualHost>\n"
    sites = apache.parse({apache.ROOTS[0]: text.encode()})
    found, _ = proved(sites)
    assert len(found) == len(OWN)


def test_a_great_many_names_are_bounded_and_that_is_said() -> None:
    text = "".join(tls("443 ssl,[::]:443 ssl", f"n{n}.a.test") for n in range(50))
    found, notes = proved(nginx_of(text))
    assert len(found) == 60
    assert notes == ["only 60 of 200 handshakes are made to prove what is served"]
