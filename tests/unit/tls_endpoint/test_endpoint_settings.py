"""What a configuration may say to the certificates panel."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.console.settings.reading import TableReader
from opsconsole.console.sources.problem import Problem
from opsconsole.console.sources.toml_file import read_toml
from opsconsole.panels.certificates.settings import CertificatesSettings, EndpointSetting, is_name


def load(folder: Path, text: str) -> tuple[CertificatesSettings | None, list[Problem]]:
    """Read a `[certificates]` table as that of a host is read."""
    file = folder / "opsconsole.toml"
    file.write_text(text)
    toml, problems = read_toml(file)
    fields = TableReader(toml, problems).fields(
        CertificatesSettings, ("certificates",), toml.data["certificates"]
    )
    return (None if problems else fields.build(CertificatesSettings)), problems


FULL = """
[certificates]
files = ["/etc/ssl/shop/*.pem", "/srv/app/keystore.p12"]
roots = "company-ca.pem"
servers = false

[[certificates.endpoints]]
target = "shop.example.org"

[[certificates.endpoints]]
name = "mail"
target = "[2001:db8::7]:587"
server_name = "mail.example.org"
starttls = "smtp"
from = "both"
file = "/etc/postfix/mail.pem"
timeout = "3s"
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    settings, problems = load(tmp_path, FULL)
    assert problems == []
    assert settings == CertificatesSettings(
        files=("/etc/ssl/shop/*.pem", "/srv/app/keystore.p12"),
        roots=(tmp_path / "company-ca.pem",),
        servers=False,
        endpoints=(
            EndpointSetting("shop.example.org"),
            EndpointSetting(
                "[2001:db8::7]:587",
                name="mail",
                server_name="mail.example.org",
                starttls="smtp",
                via="both",
                file="/etc/postfix/mail.pem",
                timeout_seconds=3.0,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("setting", "host", "port", "name"),
    [
        (EndpointSetting("shop.example.org"), "shop.example.org", 443, "shop.example.org"),
        (EndpointSetting("shop.example.org:8443"), "shop.example.org", 8443, "shop.example.org"),
        (EndpointSetting("mail.example.org", starttls="smtp"), "mail.example.org", 25, "mail.example.org"),
        (EndpointSetting("db1", starttls="postgresql"), "db1", 5432, "db1"),
        (EndpointSetting("192.0.2.7:443"), "192.0.2.7", 443, ""),
        (EndpointSetting("192.0.2.7", server_name="x.test"), "192.0.2.7", 443, "x.test"),
        (EndpointSetting("2001:db8::7"), "2001:db8::7", 443, ""),
        (EndpointSetting("[2001:db8::7]"), "2001:db8::7", 443, ""),
        (EndpointSetting("[2001:db8::7]:993"), "2001:db8::7", 993, ""),
        (EndpointSetting("shop.example.org.", server_name=""), "shop.example.org.", 443, ""),
        (EndpointSetting("shop.example.org."), "shop.example.org.", 443, "shop.example.org"),
    ],
)
def test_what_a_target_means(setting: EndpointSetting, host: str, port: int, name: str) -> None:
    assert (setting.host, setting.port, setting.asked_name) == (host, port, name)
    assert setting.title == setting.target


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('target = ""', "target is not host:port"),
        ('target = "https://shop.example/"', "target is not host:port"),
        ('target = "-oProxyCommand=x"', "target is not host:port"),
        ('target = "shop.example:0"', "port 0 is not between 1 and 65535"),
        ('target = "shop.example:99999"', "port 99999 is not"),
        ('target = "shop.example:443x"', "target is not host:port"),
        ('target = "shop example"', "target is not host:port"),
        ('target = "x"\nserver_name = "192.0.2.7"', "server_name '192.0.2.7' is not a host name"),
        ('target = "x"\nfile = "relative.pem"', "file 'relative.pem' is not an absolute path"),
        ('target = "x"\ntimeout = "2m"', "timeout 120 s is not above 0 and at most 30 s"),
        ('target = "x"\nstarttls = "ftp"', "one of"),
        ('target = "x"\nfrom = "moon"', "one of host, console, both"),
        ('targett = "x"', "target"),
    ],
)
def test_a_mistake_in_an_endpoint_is_named(tmp_path: Path, text: str, words: str) -> None:
    settings, problems = load(tmp_path, f"[certificates]\n[[certificates.endpoints]]\n{text}\n")
    assert settings is None
    assert words in "\n".join(map(str, problems))
    assert all(problem.line for problem in problems)


def test_what_could_never_work_is_refused() -> None:
    for path in ("relative.pem", "~/x.pem", "/etc/ssl/a\nb.pem", "/" + "x" * 5000):
        with pytest.raises(ValueError, match="is not an absolute path or pattern"):
            CertificatesSettings(files=(path,))
    twice = EndpointSetting("x"), EndpointSetting("y", name="x")
    with pytest.raises(ValueError, match="endpoint name 'x' is used twice"):
        CertificatesSettings(endpoints=twice)
    with pytest.raises(ValueError, match="65 endpoints are more than the 64"):
        CertificatesSettings(endpoints=tuple(EndpointSetting(f"h{place}") for place in range(65)))
    with pytest.raises(ValueError, match="201 files are more than the 200"):
        CertificatesSettings(files=tuple(f"/{place}" for place in range(201)))


def test_names_are_those_of_dns() -> None:
    assert all(is_name(name) for name in ("a", "db_1.example", "x-1.test.", "xn--bcher-kva.example"))
    assert not any(
        is_name(name) for name in ("", "-a", "a..b", "a b", "a/b", "1.2.3.4", "a" * 64, "bücher.de")
    )
