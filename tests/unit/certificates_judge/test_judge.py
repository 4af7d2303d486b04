"""The judge as a whole: what is not read is never ok, whatever a host says there is an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from made_certificates import CA, NOW, certificate, file, full_reading, good_chain, reading

from opsconsole.data.tls.trust import Roots
from opsconsole.panels.certificates import judge_chain, judge_key
from opsconsole.panels.certificates.judge import MOST_OF_A_RULE, judge
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificatesReading, Note
from opsconsole.panels.panel import Finding, Level

ROOTS = Roots((), "none")


def found(known: CertificatesReading) -> list[Finding]:
    return judge(known, CertificatesLimits(), roots=ROOTS)


@pytest.fixture(autouse=True)
def strong(chain: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_key, "weaknesses", lambda one, **bits: ())


def test_all_well_is_nothing() -> None:
    assert found(reading()) == []


def test_one_of_everything() -> None:
    assert {(one.level.word, one.rule) for one in found(full_reading())} == {
        ("critical", "certificate-expiring"),
        ("critical", "certificate-expired"),
        ("critical", "served-not-file"),
        ("warning", "served-differs"),
        ("critical", "name-not-covered"),
        ("critical", "key-exposed"),
        ("unknown", "endpoint-unknown"),
        ("unknown", "file-unread"),
        ("unknown", "certificates-unread"),
    }


def test_what_could_not_be_read_is_unknown() -> None:
    told = found(reading(unread=(Note("/etc/nginx", "permission denied"),)))
    assert [(one.level, one.summary) for one in told] == [(Level.UNKNOWN, "/etc/nginx: permission denied")]


def test_before_anything_was_read_it_is_unknown() -> None:
    bare = CertificatesReading(reading().taken_at)
    assert [(one.level, one.rule) for one in found(bare)] == [(Level.UNKNOWN, "files-unread")]


def test_files_read_long_ago_are_unknown_however_fresh_the_rest_is() -> None:
    for minutes, rules in ((44, []), (46, ["files-stale"])):
        known = reading(files_taken_at=NOW - timedelta(minutes=minutes))
        assert [one.rule for one in found(known)] == rules


def test_chains_are_judged_by_the_roots_of_the_reading(
    chain: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    by: list[Any] = []
    monkeypatch.setattr(
        judge_chain, "inspect", lambda shown, roots, **_: by.append(roots) or good_chain(tuple(shown))
    )
    mine = Roots((CA,), "mine")
    judge(reading(roots=mine), CertificatesLimits())
    assert by == [mine]


def test_thousands_of_one_rule_are_counted_not_listed() -> None:
    files = tuple(
        file(certificate(f"h{at}.example.org", timedelta(days=-at)), used_by=(), lineage=None)
        for at in range(1, MOST_OF_A_RULE + 51)
    )
    told = [one for one in found(reading(files=files, endpoints=())) if one.rule == "certificate-expired"]
    assert len(told) == MOST_OF_A_RULE + 1
    assert told[-1].summary == "certificate expired: 50 certificates or endpoints more"
    assert told[-1].level is Level.CRITICAL


def test_texts_of_a_host_stay_texts() -> None:
    hostile = "[red]\x1b[31m\n\u202e" + "x" * 2000
    for one in found(full_reading(hostile)):
        assert len(one.summary) < 20_000
    assert found(replace(full_reading(), clock_skew_seconds=float("inf")))
