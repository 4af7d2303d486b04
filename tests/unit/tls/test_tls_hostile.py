"""Certificates that mean harm or are against the standard: read as far as can be, never shown as another."""

from __future__ import annotations

import subprocess
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from opsconsole.data.tls import parse
from opsconsole.data.tls.alternative import dns_text, shown
from opsconsole.data.tls.certificate import MOST_NAMES, CertificateError
from opsconsole.data.tls.names import certificate_covers
from opsconsole.data.tls.read import contents, read, read_der
from tests.unit.tls.forge import NOW, issue, key
from tests.work import light

LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
RTL, ZERO_WIDTH, ESCAPE = "\u202e", "\u200b", "\x1b[31m"


def with_bytes(old: bytes, new: bytes, **how: object) -> bytes:
    """Return a self-signed certificate with bytes in place of as many others; its signature does not fit."""
    assert len(old) == len(new)
    der = issue("aaaaaaaaaa", names=["bbbbbbbbbb.example"], **how).der  # type: ignore[arg-type]
    assert old in der
    return der.replace(old, new)


def test_ten_thousand_names() -> None:
    names = [f"host-{number}.{'x' * 50}.example.org" for number in range(10_000)]
    made = issue("many", names=names)
    one = light(50, lambda: read_der(made.der))
    assert (len(one.names), one.names_total) == (MOST_NAMES, 10_000)
    assert certificate_covers(one, names[9_999]) is True
    assert certificate_covers(one, "other.example.org") is False
    assert read(made.pem) == (one,)


@pytest.mark.parametrize("bad", [b"\x00", b"\x07", b"\x7f", b" ", b"\n", b"\xff", b"\x85"])
def test_a_name_with_a_hidden_byte_is_no_other_name(bad: bytes) -> None:
    one = read_der(with_bytes(b"bbbbbbbbbb.example", b"good.org" + bad + b".evil.com"))
    assert one.names == ("good.org\ufffd.evil.com",)
    assert one.names_known
    for name in ("good.org", "good.org.evil.com", "evil.com"):
        assert certificate_covers(one, name) is False


def test_a_name_whose_hidden_byte_would_make_it_good() -> None:
    one = read_der(with_bytes(b"bbbbbbbbbb.example", b"www.exa\x00mple.orggg"))
    assert certificate_covers(one, "www.example.orggg") is False


def test_an_address_written_as_a_name_is_good_for_no_address() -> None:
    one = read_der(with_bytes(b"bbbbbbbbbb.example", b"192.168.100.100000"))
    assert one.names == ("192.168.100.100000 (as a DNS name)",)
    assert dns_text("10.0.0.1") == "10.0.0.1 (as a DNS name)"


@pytest.mark.parametrize("bad", [RTL, ZERO_WIDTH, ESCAPE, "\0", "\r\n", "\u2066", "\U000e0041", "\x9b31m"])
def test_subjects_are_shown_with_what_is_hidden_in_them(bad: str) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"bank{bad}.example")])
    own = key()
    made = (
        x509.CertificateBuilder(name, name, own.public_key(), 5, NOW, NOW)
        .sign(own, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    one = read_der(made)
    for text in (one.common_name, one.subject, one.issuer):
        assert text.isprintable()
        assert "bank.example" not in text
    assert "\ufffd" in one.common_name


def test_long_subjects_are_cut() -> None:
    text = "x" * 60
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, text)] * 2000)
    own = key()
    made = x509.CertificateBuilder(name, name, own.public_key(), 5, NOW, NOW).sign(own, hashes.SHA256())
    one = read_der(made.public_bytes(Encoding.DER))
    assert len(one.subject) == 513
    assert one.subject.endswith("…")
    assert one.title == one.subject


def test_shown_never_drops() -> None:
    assert shown(f"a{ZERO_WIDTH}b") == "a\ufffdb"
    assert shown("x" * 600, 10) == "x" * 10 + "…"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(1950, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)),
        (datetime(2050, 1, 1, tzinfo=UTC), LAST),
    ],
)
def test_dates_from_1950_to_9999(start: datetime, end: datetime) -> None:
    one = issue("a", start=start, end=end).read
    assert (one.not_before, one.not_after) == (start, end)
    assert one.problems == ()
    assert 0 <= one.share_left(NOW) <= 1


@pytest.mark.parametrize(
    ("written", "year", "problem"), [(b"00011231235959Z", 1, False), (b"00001231235959Z", 1, True)]
)
def test_years_one_and_zero(written: bytes, year: int, problem: bool) -> None:
    one = read_der(with_bytes(b"99991231235959Z", written, end=LAST))
    assert one.not_after.year == year
    assert one.share_left(NOW) == 0.0
    assert any("not after" in text for text in one.problems) is problem
    assert "its validity ends before it begins" in one.problems


def test_a_date_that_is_none_is_no_certificate() -> None:
    der = with_bytes(
        b"99991231235959Z", b"99991331235959Z", end=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    )
    with pytest.raises(CertificateError, match="no certificate that can be read"):
        read_der(der)


@pytest.mark.parametrize(
    ("first", "shown_as", "problem"),
    [
        (0x12, "1234567812345678", ""),
        (0x92, "-6dcba987edcba988", "negative"),
        (0xFF, "-cba987edcba988", "negative"),
    ],
)
def test_serial_numbers(first: int, shown_as: str, problem: str) -> None:
    rest = bytes.fromhex("34567812345678")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning would be written over the screen
        one = read_der(with_bytes(b"\x12" + rest, bytes([first]) + rest, serial=0x1234567812345678))
    assert one.serial_hex == shown_as
    assert [problem in text for text in one.problems] == ([True] if problem else [])


def test_a_serial_of_zero_is_said() -> None:
    one = read_der(with_bytes(b"\x02\x01\x05", b"\x02\x01\x00", serial=5))
    assert one.serial_hex == "00"
    assert ["negative or zero" in text for text in one.problems] == [True]


def test_a_serial_of_more_than_20_bytes(tmp_path: Path) -> None:
    """OpenSSL still issues them."""
    path = tmp_path / "long.pem"
    how = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -set_serial 0x{'7a' * 30}"
    argv = ["openssl", *how.split(), "-subj", "/CN=long", "-keyout", "/dev/null", "-out", str(path)]
    subprocess.run(argv, check=True, capture_output=True)
    one = read(path.read_bytes())[0]
    assert one.serial_hex == "7a" * 30
    assert one.problems == ("serial number of 30 bytes (at most 20: RFC 5280 §4.1.2.2)",)


def test_openssls_trusted_form_has_more_behind_it(tmp_path: Path) -> None:
    made = issue("a")
    (tmp_path / "a.pem").write_bytes(made.pem)
    done = subprocess.run(
        ["openssl", "x509", "-in", str(tmp_path / "a.pem"), "-trustout", "-setalias", "x"],
        check=True,
        capture_output=True,
    )
    assert b"TRUSTED" in done.stdout
    one = read(done.stdout)[0]
    assert one.fingerprint_sha256 == made.read.fingerprint_sha256
    assert "behind the certificate's end" in one.problems[0]


def test_a_malformed_extension_leaves_the_names_known() -> None:
    """Of `cryptography` all extensions are gone; names and CA are looked for in the bytes."""
    der = issue(
        "a",
        names=["www.example.org", "192.0.2.1"],
        ca=True,
        extra=(x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.37"), b"\x30\x03\x02\x01"),),
    ).der
    one = read_der(der)
    assert one.names == ("www.example.org", "192.0.2.1")
    assert one.names_known
    assert one.is_ca
    assert any(text.startswith("extensions: ") for text in one.problems)


@pytest.mark.parametrize("content", [b"\x30\x05\x82", b"\x04\x00", b"\x30\x80\x00\x00", b""])
def test_malformed_names_are_not_known(content: bytes) -> None:
    der = issue("a", extra=(x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), content),)).der
    one = read_der(der)
    assert not one.names_known
    assert (one.names, one.names_total) == ((), 0)
    assert certificate_covers(one, "www.example.org") is None


def test_names_that_are_there_twice_are_not_known() -> None:
    # The second is another extension renamed: of the same length, so that nothing else moves.
    other = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.99"), b"0\0")
    made = issue("a", names=["one.example"], extra=(other,)).der
    one = read_der(made.replace(bytes.fromhex("0603551d63"), bytes.fromhex("0603551d11")))
    assert not one.names_known
    assert certificate_covers(one, "one.example") is None


def test_a_certificate_that_is_too_large() -> None:
    with pytest.raises(CertificateError, match="at most"):
        read_der(b"\x30" * (parse.MOST_BYTES + 1))


def test_thousands_of_begins_take_no_time() -> None:
    many = b"-----BEGIN CERTIFICATE-----\n" * 200_000 + issue("a").pem
    found = light(300, lambda: contents(many))
    assert "more than 5,000" in found.broken[0]
    assert len(found.broken) <= 22
    with pytest.raises(CertificateError):
        contents(b"-----BEGIN X-----\n" * 200_000)


def test_nothing_warns(recwarn: pytest.WarningsRecorder) -> None:
    for serial in (b"\x00", b"\x85"):
        der = with_bytes(b"\x02\x01\x05", b"\x02\x01" + serial, serial=5)
        read_der(der)
        contents(der)
    assert recwarn.list == []
