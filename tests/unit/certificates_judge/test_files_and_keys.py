"""Files that cannot be used or read, keys that are not theirs or not kept, what is weak."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from made_certificates import CA, certificate, endpoint, file, reading, served

from opsconsole.data.tls.strength import weaknesses
from opsconsole.panels.certificates import judge_key
from opsconsole.panels.certificates.judge_key import findings
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import KeyFile
from opsconsole.panels.panel import Finding, Level

PATH = "/etc/letsencrypt/live/example.org/fullchain.pem"


@pytest.fixture(autouse=True)
def weak(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """Return what is weak by common name, for the test to fill in."""
    said: dict[str, tuple[str, ...]] = {}
    monkeypatch.setattr(judge_key, "weaknesses", lambda one, **bits: said.get(one.common_name, ()))
    return said


def found(*files: Any, **more: Any) -> list[Finding]:
    return list(findings(reading(files=files, **more), CertificatesLimits()))


def test_all_well_is_nothing() -> None:
    assert found(file()) == []


@pytest.mark.parametrize(
    ("change", "level", "rule", "words"),
    [
        ({"state": "forbidden"}, Level.UNKNOWN, "file-unread", "is not known: permission denied"),
        ({"state": "unknown", "error": "too many"}, Level.UNKNOWN, "file-unread", "is not known: too many"),
        ({"password_needed": True}, Level.UNKNOWN, "file-unread", "needs its password"),
        ({"state": "missing"}, Level.CRITICAL, "file-missing", "the next reload fails"),
        ({"state": "missing", "used_by": ()}, Level.WARNING, "file-missing", "is missing"),
        (
            {"state": "broken", "error": "no PEM"},
            Level.CRITICAL,
            "file-broken",
            "holds no certificate: no PEM",
        ),
        ({"state": "broken", "used_by": ()}, Level.WARNING, "file-broken", "holds no certificate"),
        ({"state": "read"}, Level.CRITICAL, "file-broken", "nothing was found in it"),
    ],
)
def test_a_file_that_is_of_no_use(change: dict[str, Any], level: Level, rule: str, words: str) -> None:
    (one,) = found(replace(file(), certificates=(), **change))
    assert (one.level, one.rule, one.subject) == (level, rule, PATH)
    assert words in one.summary
    assert PATH in one.evidence


def test_without_root_the_way_on_is_told() -> None:
    dark = replace(file(), certificates=(), state="forbidden")
    assert "sudo" in found(dark, is_root=False)[0].evidence
    assert "sudo" not in found(dark, is_root=True)[0].evidence


def keyed(path: str, **change: Any) -> KeyFile:
    return replace(file().keys[0], path=path, **change)


def test_a_key_that_is_not_the_certificates() -> None:
    (one,) = found(file(keys=(keyed("/a.key", matches=False),)))
    assert (one.level, one.rule) == (Level.CRITICAL, "key-mismatch")
    assert certificate().public_key_sha256[:16] in one.evidence
    unread = KeyFile("/etc/ssl/key.pem", "unknown", why="it is encrypted")
    (one,) = found(file(keys=(unread,)))
    assert (one.level, one.rule) == (Level.UNKNOWN, "key-unknown")
    assert one.summary.endswith("is not known: it is encrypted")
    assert found(file(keys=())) == []


def test_each_key_of_a_certificate_is_judged() -> None:
    """Two server blocks show it, each with a key file of its own; each rule tells of a file only once."""
    unread = KeyFile("/etc/ssl/key.pem", "unknown", why="it is encrypted")
    later = keyed("/b.key", matches=False, public_key_sha256="b" * 64, readable_by="others", mode=0o644)
    more = keyed("/c.key", matches=False, public_key_sha256="c" * 64)
    mismatch, unknown, exposed = found(
        file(keys=(*file().keys, later, more, unread, replace(unread, path="/e")))
    )
    assert (mismatch.rule, mismatch.subject) == ("key-mismatch", PATH)
    assert mismatch.summary == "the key /b.key, /c.key is not the one of certificate example.org"
    assert "of the key bbbbbbbbbbbbbbbb…, cccccccccccccccc…" in mismatch.evidence
    assert (unknown.rule, unknown.subject) == ("key-unknown", PATH)
    assert "the key /etc/ssl/key.pem belongs" in unknown.summary
    assert "/e: it is encrypted" in unknown.evidence
    assert (exposed.rule, exposed.subject) == ("key-exposed", "/b.key")


@pytest.mark.parametrize(("who", "count"), [("owner", 0), ("group", 0), ("", 0), ("others", 1)])
def test_a_key_that_everybody_can_read(who: Any, count: int) -> None:
    told = found(file(keys=(replace(file().keys[0], readable_by=who, mode=0o644),)))
    assert [one.rule for one in told] == ["key-exposed"] * count
    if told:
        assert told[0].level is Level.CRITICAL
        assert "root:root, mode 0644" in told[0].evidence


def test_what_is_weak_is_told_once_with_the_intermediate(weak: dict[str, tuple[str, ...]]) -> None:
    weak["example.org"] = ("RSA with 1,024 bits, under 2,048",)
    weak[CA.common_name] = ("signed with SHA-1",)
    (one,) = found(file(), endpoints=(endpoint(served()),))
    assert (one.level, one.rule, one.subject) == (Level.WARNING, "weak", PATH)
    assert one.summary == "certificate example.org is weak: RSA with 1,024 bits, under 2,048 (+1)"
    assert "Test CA R3: signed with SHA-1" in one.evidence


def test_a_roots_own_signature_counts_for_nothing_but_its_key_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_key, "weaknesses", weaknesses)
    old = replace(CA, self_signed=True, signature="sha1WithRSAEncryption")
    assert found(file(certificates=(certificate(), old)), endpoints=()) == []
    small = replace(old, key_kind="RSA", key_bits=1024)
    (told,) = found(file(certificates=(certificate(), small)), endpoints=())
    assert (told.level, told.rule) == (Level.WARNING, "weak")
    assert "RSA key of 1024 bits" in told.summary


def test_a_key_that_cannot_be_read_is_not_taken_for_strong() -> None:
    (told,) = found(file(certificate(key_kind="RSA", key_bits=None)), endpoints=())
    assert (told.level, told.rule) == (Level.UNKNOWN, "strength-unknown")


def test_a_certificate_for_clients_is_not_for_servers() -> None:
    (told,) = found(file(certificate(server_auth=False)), endpoints=())
    assert (told.level, told.rule) == (Level.CRITICAL, "not-for-servers")
