"""Apache's configuration: virtual hosts, modules, variables, includes."""

from __future__ import annotations

import pytest

from opsconsole.data.webserver import apache
from opsconsole.data.webserver.model import Listen, Sites

MAIN = "/etc/apache2/apache2.conf"
SSL = "SSLEngine on\nSSLCertificateFile /a.pem\n"


def read(text: str, **others: str) -> Sites:
    files = {MAIN: text} | {path.replace("__", "/"): content for path, content in others.items()}
    return apache.parse({path: content.encode() for path, content in files.items()})


def host(inside: str, address: str = "*:443", around: str = "") -> Sites:
    return read(f"{around}<VirtualHost {address}>\n{inside}</VirtualHost>\n")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("*:443", [Listen("*", 443, tls=True)]),
        ("_default_:443", [Listen("*", 443, tls=True)]),
        ("[::1]:443 192.0.2.1:8443", [Listen("::1", 443, tls=True), Listen("192.0.2.1", 8443, tls=True)]),
        ("*", [Listen("*", 80, tls=True), Listen("*", 444, tls=True)]),
        ("www.x.org:*", [Listen("www.x.org", 80, tls=True), Listen("www.x.org", 444, tls=True)]),
        ('"*:443"', [Listen("*", 443, tls=True)]),
        ("*:99999", []),
    ],
)
def test_addresses(address: str, expected: list[Listen]) -> None:
    (server,) = host(SSL, address, "Listen 80\nListen [::1]:444\n").servers
    assert list(server.listens) == expected


def test_names_certificate_key_and_chain() -> None:
    (server,) = host(
        "servername https://WWW.x.org:443\nServerAlias a.org \\\n  *.b.org\n"
        'SSLEngine On\nSSLCertificateFile "/a b.pem"\nSSLCertificateKeyFile ssl/a.key\n'
        "SSLCertificateChainFile /c.pem\n"
    ).servers
    assert server.names == ("www.x.org", "a.org", "*.b.org")
    (pair,) = server.pairs
    assert (pair.certificate, pair.key, pair.chain) == ("/a b.pem", "/etc/apache2/ssl/a.key", "/c.pem")
    assert (server.line, pair.line) == (1, 6)


def test_without_a_key_file_it_is_in_the_certificate_file() -> None:
    (server,) = host(SSL).servers
    assert server.pairs[0].key == "/a.pem"


def test_without_sslengine_nothing_is_shown() -> None:
    (server,) = host("SSLCertificateFile /a.pem\n").servers
    assert (server.tls, server.pairs) == (False, ())


def test_the_main_server_is_inherited() -> None:
    found = read(SSL + "Listen 443\n<VirtualHost *:443>\n</VirtualHost>\n")
    assert [(server.line, server.tls, len(server.pairs)) for server in found.servers] == [
        (4, True, 1),
        (1, True, 1),
    ]


def test_ifmodule_and_ifdefine() -> None:
    text = "LoadModule alias_module /x/mod_alias.so\nDefine HERE\n"
    for name, counts in (
        ("IfModule mod_ssl.c", True),
        ("IfModule ssl_module", True),
        ("IfModule !mod_ssl.c", False),
        ("IfModule mod_gnutls.c", False),
        ("IfModule !mod_gnutls.c", True),
        ("IfModule mod_alias.c", True),
        ("IfDefine HERE", True),
        ("IfDefine !HERE", False),
        ("IfDefine THERE", False),
    ):
        tag = name.split()[0]
        found = read(f"{text}<{name}>\n<VirtualHost *:443>\n{SSL}</VirtualHost>\n</{tag}>\n")
        assert bool(found.servers) is counts, name


def test_variables() -> None:
    (server,) = host(
        "SSLEngine on\nSSLCertificateFile ${DIR}/a.pem\nSSLCertificateKeyFile ${RUN}/a.key\n",
        around="Define DIR /d\nDefine RUN ${DIR}/run\n",
    ).servers
    assert (server.pairs[0].certificate, server.pairs[0].key) == ("/d/a.pem", "/d/run/a.key")
    found = host("SSLEngine on\nSSLCertificateFile ${WHO}/a.pem\n")
    assert found.servers[0].pairs == ()
    assert [(trouble.line, trouble.hides) for trouble in found.troubles] == [(3, True)]


def test_includes_of_files_globs_and_folders() -> None:
    found = read(
        "IncludeOptional sites/*.conf\nInclude more\nInclude gone.conf\nIncludeOptional none/*.conf\n",
        __etc__apache2__sites__a="no",
        **{
            "__etc__apache2__sites__a.conf": f"<VirtualHost *:1>\n{SSL}</VirtualHost>",
            "__etc__apache2__more__deep__b": f"<VirtualHost *:2>\n{SSL}</VirtualHost>",
        },
    )
    assert [server.listens[0].port for server in found.servers] == [1, 2]
    assert found.wanted == ("/etc/apache2/gone.conf", "/etc/apache2/none/*.conf")
    assert [trouble.message for trouble in found.troubles] == ["gone.conf was not read"]


def test_macros_and_managed_domains_are_said() -> None:
    found = read(
        f"<Macro V $n>\n<VirtualHost *:443>\n{SSL}</VirtualHost>\n</Macro>\nUse V a.org\nMDomain b.org\n"
    )
    assert found.servers == ()
    assert [trouble.line for trouble in found.troubles] == [7, 8]


def test_a_section_that_is_not_closed_ends_with_its_file() -> None:
    found = read(
        "Include a.conf\nSSLCertificateFile /main.pem\n",
        **{"__etc__apache2__a.conf": "<VirtualHost *:443>\n" + SSL},
    )
    assert [server.pairs[0].certificate for server in found.servers] == ["/a.pem"]
