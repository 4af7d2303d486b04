"""RSA and EC of one server block: each is held against its own file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from made_certificates import NOW, certificate, endpoint, file, reading, served

from opsconsole.data.tls.key_kinds import KeyKind
from opsconsole.data.tls.served import Served
from opsconsole.panels.certificates import view_words
from opsconsole.panels.certificates.judge_held import by_label, by_subject, held
from opsconsole.panels.certificates.judge_kinds import findings as of_kinds
from opsconsole.panels.certificates.judge_served import findings as of_served
from opsconsole.panels.certificates.judge_served import is_expected
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificatesReading, Endpoint
from opsconsole.panels.panel import Finding, Level

DAY = timedelta(days=1)
EC = certificate()
RSA = certificate(left=50 * DAY, key_kind="RSA", key_bits=2048)
OLD_RSA = certificate(left=20 * DAY, key_kind="RSA", key_bits=2048)
FILES = (file(EC, "/etc/ssl/ec.pem"), file(RSA, "/etc/ssl/rsa.pem"))


def asked(kind: KeyKind, *looks: Served) -> Endpoint:
    path = {"EC": "/etc/ssl/ec.pem", "RSA": "/etc/ssl/rsa.pem"}[kind]
    return endpoint(*(replace(one, key_kind=kind) for one in looks), expects=(path,))


def missing(address: str = "192.0.2.7") -> Served:
    error = "it serves no RSA certificate; who takes any is shown one with EC P-256"
    return replace(served(EC, address), chain=(), error=error, error_kind="key")


def found(known: CertificatesReading) -> list[Finding]:
    return [*of_served(known, CertificatesLimits()), *of_kinds(known)]


def test_both_served_as_on_disk_is_nothing_and_no_difference() -> None:
    known = reading(files=FILES, endpoints=(asked("EC", served(EC)), asked("RSA", served(RSA))))
    assert found(known) == []
    assert set(by_label(known)) == {"example.org:443 (EC)", "example.org:443 (RSA)"}


def test_a_renewed_rsa_file_behind_a_fresh_ec_one_is_told() -> None:
    known = reading(files=FILES, endpoints=(asked("EC", served(EC)), asked("RSA", served(OLD_RSA))))
    (one,) = found(known)
    assert (one.rule, one.subject) == ("served-not-file", "example.org:443 (RSA)")
    assert "the file was renewed, the server was not reloaded" in one.summary
    assert "/etc/ssl/rsa.pem" in one.evidence
    assert "/etc/ssl/ec.pem" not in one.evidence


def test_a_kind_that_is_on_disk_and_not_at_the_socket_is_told() -> None:
    known = reading(
        files=FILES, endpoints=(asked("EC", served(EC)), asked("RSA", missing(), missing("192.0.2.8")))
    )
    (one,) = found(known)
    assert (one.level, one.rule, one.subject) == (Level.WARNING, "served-not-file", "example.org:443 (RSA)")
    assert "serves no RSA certificate although its file is one" in one.summary
    assert "192.0.2.7:443 from the host: it serves no RSA certificate; who takes any" in one.evidence
    assert "192.0.2.8:443" in one.evidence
    assert "in /etc/ssl/rsa.pem" in one.evidence


def test_a_server_that_does_not_answer_is_unknown_and_no_lack() -> None:
    down = replace(missing(), error="connection refused", error_kind="refused")
    known = reading(files=FILES, endpoints=(asked("RSA", down),))
    assert [(one.level, one.rule) for one in found(known)] == [(Level.UNKNOWN, "endpoint-unknown")]


def test_a_lack_counts_as_served_other_than_the_file() -> None:
    known = reading(files=FILES, endpoints=(asked("EC", served(EC)), asked("RSA", missing())))
    files = {one.path: one for one in known.files or ()}
    (look,) = known.endpoints[1].served  # type: ignore[index]  # there are two
    assert is_expected(known.endpoints[1], look, files) is False  # type: ignore[index]  # as above
    sight = view_words.Sight(known)
    said = {one.certificate.key_kind: view_words.served_words(one, sight) for one in held(known)}
    assert said == {"EC P-256": "= file on 1", "RSA": "≠ file on 1 of 1"}


def test_a_lack_is_told_of_the_certificate_that_is_not_served() -> None:
    known = reading(files=FILES, endpoints=(asked("EC", served(EC)), asked("RSA", missing())))
    told = by_subject(found(known))
    about = {one.certificate.key_kind: [each.rule for each in one.among(told)] for one in held(known)}
    assert about == {"EC P-256": [], "RSA": ["served-not-file"]}


def test_where_the_file_could_not_be_read_nothing_is_claimed() -> None:
    unread = replace(FILES[1], state="forbidden", certificates=(), error="permission denied")
    known = reading(files=(FILES[0], unread), endpoints=(asked("RSA", missing()),), taken_at=NOW)
    files = {one.path: one for one in known.files or ()}
    assert is_expected(known.endpoints[0], missing(), files) is None  # type: ignore[index]  # there is one
    assert found(known) == []
