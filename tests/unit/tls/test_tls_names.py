"""Which names a certificate is good for: RFC 9525."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.tls.certificate import MOST_NAMES
from opsconsole.data.tls.names import certificate_covers, covers, normal
from tests.unit.tls.forge import issue


@pytest.mark.parametrize(
    ("names", "host", "good"),
    [
        (["www.example.org"], "www.example.org", True),
        (["www.example.org"], "WWW.Example.ORG", True),
        (["WWW.Example.ORG"], "www.example.org", True),
        (["www.example.org"], "www.example.org.", True),
        (["www.example.org."], "www.example.org", False),
        (["www.example.org"], "example.org", False),
        (["example.org"], "www.example.org", False),
        ([], "www.example.org", False),
        # A wildcard is the whole left-most label and stands for one.
        (["*.example.org"], "www.example.org", True),
        (["*.example.org"], "a.b.example.org", False),
        (["*.example.org"], "example.org", False),
        (["*.example.org"], ".example.org", False),
        (["w*.example.org"], "www.example.org", False),
        (["*w.example.org"], "www.example.org", False),
        (["www.*.org"], "www.example.org", False),
        (["*.*.org"], "www.example.org", False),
        (["*"], "localhost", False),
        (["*.org"], "example.org", False),
        (["*.local"], "nas.local", False),
        (["*.xn--bcher-kva.example"], "www.bücher.example", True),
        (["*.example.org"], "xn--bcher-kva.example.org", True),
        (["xn--*.example.org"], "xn--bcher-kva.example.org", False),
        # As a server block has it.
        (["*.example.org"], "*.example.org", True),
        (["www.example.org"], "*.example.org", False),
        (["*.b.example.org"], "*.example.org", False),
        # IDNA
        (["xn--bcher-kva.example"], "bücher.example", True),
        (["xn--bcher-kva.example"], "BÜCHER.example", True),
        (["bücher.example"], "bücher.example", False),
        # Addresses
        (["192.0.2.1"], "192.0.2.1", True),
        (["192.0.2.1"], "192.0.2.2", False),
        (["2001:db8::1"], "2001:0DB8:0:0::1", True),
        (["2001:db8::1"], "[2001:db8::1]", True),
        (["fe80::1"], "fe80::1%eth0", True),
        (["*.0.2.1"], "192.0.2.1", False),
        (["192.0.2.1 (as a DNS name)"], "192.0.2.1", False),
        (["::ffff:192.0.2.1"], "192.0.2.1", False),
        # Not a name
        (["www.example.org"], "", False),
        (["www.example.org"], "www.example.org\0.evil.org", False),
        (["www.example.org\ufffd.evil.org"], "www.example.org", False),
        (["exam\ufffdple.org"], "example.org", False),
        (["www..org"], "www..org", False),
        (["-a.example.org"], "-a.example.org", False),
        (["my_host.example.org"], "my_host.example.org", True),
        (["www.example.org"], "  www.example.org ", True),
    ],
)
def test_rules(names: list[str], host: str, good: bool) -> None:
    assert covers(names, host) is good


LABEL = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=10).map(lambda text: f"h{text}")


@given(st.lists(LABEL, min_size=3, max_size=5))
def test_a_wildcard_covers_one_label_exactly(labels: list[str]) -> None:
    host = ".".join(labels)
    assert covers([f"*.{'.'.join(labels[1:])}"], host)
    assert not covers([f"*.{'.'.join(labels[2:])}"], host)
    assert not covers([f"*.{host}"], host)


@given(st.lists(st.text(max_size=300), max_size=5), st.text(max_size=2000))
def test_any_text_has_an_answer(names: list[str], host: str) -> None:
    assert covers(names, host) in (True, False)


@given(st.text(max_size=300))
def test_a_normal_name_stays_as_it_is(text: str) -> None:
    once = normal(text)
    assert once is None or normal(once) == once


def test_the_common_name_does_not_count() -> None:
    assert certificate_covers(issue("www.example.org").read, "www.example.org") is False


def test_names_beyond_those_that_are_kept_count() -> None:
    names = [f"h{number}.example.org" for number in range(MOST_NAMES + 50)]
    read = issue("many", names=names).read
    assert (len(read.names), read.names_total) == (MOST_NAMES, MOST_NAMES + 50)
    assert certificate_covers(read, names[-1]) is True
    assert certificate_covers(read, "h9999.example.org") is False
