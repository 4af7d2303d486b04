"""What the socket says against the files, the names and itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from made_certificates import certificate, endpoint, file, reading, served, use

from opsconsole.panels.certificates.judge_served import covers_written, findings, is_asked
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificatesReading
from opsconsole.panels.panel import Finding, Level

DAY = timedelta(days=1)
PATH = "/etc/letsencrypt/live/example.org/fullchain.pem"
NEW = certificate()
OLD = certificate(left=20 * DAY, serial_hex="01")


def found(known: CertificatesReading, rule: str = "") -> list[Finding]:
    return [one for one in findings(known, CertificatesLimits()) if rule in ("", one.rule)]


def test_all_well_is_nothing() -> None:
    assert found(reading()) == []


def test_a_renewed_file_behind_a_server_that_shows_the_old_one() -> None:
    known = reading(
        files=(file(NEW),),
        endpoints=(endpoint(served(OLD), served(OLD, "2001:db8::7"), served(NEW, "192.0.2.8")),),
    )
    (one,) = found(known, "served-not-file")
    assert one.level is Level.WARNING
    assert one.summary.startswith("example.org:443 serves another certificate than its file: ")
    assert one.summary.endswith("the file was renewed, the server was not reloaded")
    assert "192.0.2.7:443 from the host, [2001:db8::7]:443 from the host" in one.evidence
    assert "192.0.2.8" not in one.evidence
    assert OLD.fingerprint_sha256[:16] in one.evidence
    assert NEW.fingerprint_sha256[:16] in one.evidence
    assert one.suggests == "certificate-renewal"
    (differs,) = found(known, "served-differs")
    assert differs.summary == "example.org:443 serves 2 different certificates, by address or side"


def test_it_is_critical_when_the_one_that_is_served_is_about_to_end() -> None:
    ending = certificate(left=3 * DAY, serial_hex="01")
    (one,) = found(reading(files=(file(NEW),), endpoints=(endpoint(served(ending)),)), "served-not-file")
    assert one.level is Level.CRITICAL
    turned = reading(files=(file(OLD),), endpoints=(endpoint(served(NEW)),))
    assert "the file holds an older one" in found(turned, "served-not-file")[0].summary


def test_where_the_file_is_not_known_nothing_is_claimed() -> None:
    asked = endpoint(served(OLD))
    unread = replace(file(), state="forbidden", certificates=(), error="permission denied")
    for files in ((unread,), ()):
        assert found(reading(files=files, endpoints=(asked,)), "served-not-file") == []
    either = endpoint(served(OLD), expects=(PATH, "/etc/ssl/ecdsa.pem"))
    two = reading(files=(file(NEW), replace(unread, path="/etc/ssl/ecdsa.pem")), endpoints=(either,))
    assert found(two, "served-not-file") == [], "the other file may hold it"
    dual = reading(files=(file(NEW), file(OLD, "/etc/ssl/ecdsa.pem")), endpoints=(either,))
    assert found(dual, "served-not-file") == []


def test_no_answer_is_unknown_and_never_ok() -> None:
    down = replace(served(address="2001:db8::7"), chain=(), error="connection refused")
    (one,) = found(reading(endpoints=(endpoint(served(), down),)))
    assert (one.level, one.rule) == (Level.UNKNOWN, "endpoint-unknown")
    assert one.summary == ("what example.org:443 serves on 1 of 2 addresses is not known: connection refused")
    assert one.evidence == "[2001:db8::7]:443 from the host: connection refused"


@pytest.mark.parametrize(("found_by", "level"), [("configuration", Level.CRITICAL), ("nginx", Level.WARNING)])
def test_a_name_that_the_served_certificate_is_not_for(found_by: str, level: Level) -> None:
    wrong = endpoint(served(server_name="shop.example.net"), found_by=found_by, target="shop.example.net:443")
    (one,) = found(reading(endpoints=(wrong,)), "name-not-covered")
    assert one.level is level
    assert "is not for shop.example.net, but for example.org, www.example.org" in one.summary


def test_names_that_could_not_be_read_are_not_called_missing() -> None:
    dark = certificate(names=(), names_total=0, names_known=False)
    known = reading(files=(file(dark),), endpoints=(endpoint(served(dark)),))
    assert found(known, "name-not-covered") == []


def test_names_of_server_blocks() -> None:
    blocks = (use("example.org", "shop.example.net", "_", "localhost", "~^www[0-9]+$"), use("intra", line=40))
    (one,) = found(reading(files=(file(used_by=blocks),)), "name-not-covered")
    assert one.subject == PATH
    assert "is not for shop.example.net, but for" in one.summary
    assert "nginx (/etc/nginx/sites-enabled/shop:12)" in one.evidence
    assert "_" not in one.summary.replace("name_", "")


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("example.org", True),
        ("*.example.org", True),
        (".example.org", True),
        ("192.0.2.7", True),
        ("127.0.0.1", False),
        ("[::1]", False),
        ("", False),
        ("_", False),
        ("localhost", False),
        ("db1", False),
        ("www.example.*", False),
        ("$hostname", False),
        (r"~^(?<x>.+)\.example\.org$", False),
    ],
)
def test_which_names_clients_ask_for(name: str, asked: bool) -> None:
    assert is_asked(name) is asked


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("example.org", True),
        ("a.wild.example.org", True),
        ("a.b.wild.example.org", False),
        ("*.wild.example.org", True),
        (".wild.example.org", False),  # the name itself is not in it
        (".both.example.org", True),
        ("*.example.org", False),
    ],
)
def test_names_as_servers_write_them(name: str, good: bool) -> None:
    names = ("example.org", "*.wild.example.org", "both.example.org", "*.both.example.org")
    leaf = certificate(names=names, names_total=len(names))
    assert covers_written(leaf, name) is good
    unreadable = replace(leaf, names=(), names_known=False)
    assert covers_written(unreadable, name) is None


def test_names_that_cannot_be_read_are_not_taken_for_covered() -> None:
    unreadable = certificate(names=(), names_known=False)
    asked = endpoint(served(unreadable, server_name="shop.example.org"))
    told = found(reading(files=(), endpoints=(asked,)))
    assert [(one.level, one.rule) for one in told] == [(Level.UNKNOWN, "names-unknown")]
    told = found(reading(files=(file(unreadable),), endpoints=()))
    assert [(one.level, one.rule) for one in told] == [(Level.UNKNOWN, "names-unknown")]


def test_an_endpoint_that_was_not_asked_is_unknown() -> None:
    told = found(reading(files=(), endpoints=(replace(endpoint(served()), served=()),)))
    assert [(one.level, one.rule) for one in told] == [(Level.UNKNOWN, "endpoint-unknown")]


def test_stapling() -> None:
    demands = certificate(must_staple=True)
    bare = endpoint(served(demands, ocsp_stapled=False, ocsp_status=""))
    assert [one.rule for one in found(reading(endpoints=(bare,), files=(file(demands),)))] == [
        "staple-missing"
    ]
    unknown = endpoint(served(demands, ocsp_stapled=None, ocsp_status=""))
    assert found(reading(endpoints=(unknown,), files=(file(demands),))) == []
    (one,) = found(reading(endpoints=(endpoint(served(ocsp_status="revoked")),)))
    assert (one.level, one.rule) == (Level.CRITICAL, "revoked")


def test_what_an_endpoint_is_called() -> None:
    mine = endpoint(
        replace(served(), chain=()), found_by="configuration", name="mail", target="mail.example.org:25"
    )
    found_one = endpoint(replace(served(), chain=()), target="*:443")
    both = found(reading(endpoints=(mine, found_one)))
    assert [one.subject for one in both] == ["mail (mail.example.org:25)", "example.org at *:443"]
