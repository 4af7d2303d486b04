"""What is said of a chain; and of real ones, made with real keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from made_certificates import CA, NOW, certificate, endpoint, file, reading, served

from opsconsole.panels.certificates.judge_chain import findings
from opsconsole.panels.panel import Finding, Level


def found(**more: Any) -> list[Finding]:
    return list(findings(reading(**more), None))


def test_all_well_is_nothing(chain: dict[str, Any]) -> None:
    assert found() == []


OTHER = certificate("Test Root", timedelta(days=-40), is_ca=True)
NEXT = certificate("Next Root", timedelta(days=900), timedelta(days=800), is_ca=True)


@pytest.mark.parametrize(
    ("looks", "level", "rule", "words"),
    [
        ({"complete": False, "missing": (CA,)}, Level.WARNING, "chain-incomplete", "Test CA R3 is missing"),
        ({"complete": False}, Level.WARNING, "chain-incomplete", "the chain is incomplete"),
        ({"ordered": False}, Level.WARNING, "chain-order", "wrong order"),
        ({"expired": (OTHER,)}, Level.CRITICAL, "chain-expired", "intermediate Test Root expired 2026-10-17"),
        (
            {"expired_intermediates": (OTHER,)},
            Level.WARNING,
            "chain-expired",
            "intermediate Test Root expired",
        ),
        ({"not_yet_valid": (NEXT,)}, Level.CRITICAL, "chain-not-yet-valid", "is valid only from 2027-03-06"),
        ({"self_signed": True, "trusted": False}, Level.WARNING, "self-signed", "nobody vouches for it"),
        ({"trusted": False}, Level.WARNING, "chain-untrusted", "the root Test CA R3 is not trusted here"),
        (
            {"trusted": False, "complete": None, "missing_issuer": "CN=X"},
            Level.WARNING,
            "chain-untrusted",
            "the issuer CN=X is neither served nor a trusted root here",
        ),
        ({"trusted": None}, Level.UNKNOWN, "chain-unknown", "no roots to judge by"),
        ({"problems": ("too long",)}, Level.UNKNOWN, "chain-unknown", "not looked at in whole: too long"),
    ],
)
def test_each_fault_has_its_own_rule(
    chain: dict[str, Any], looks: dict[str, Any], level: Level, rule: str, words: str
) -> None:
    chain.update(looks)
    (one,) = found()
    assert (one.level, one.rule, one.subject) == (level, rule, "example.org:443")
    assert words in one.summary
    assert "chain: example.org ← Test CA R3" in one.evidence
    assert "served on 192.0.2.7:443 from the host, [2001:db8::7]:443 from the host" in one.evidence


def test_an_incomplete_chain_is_not_called_untrusted_as_well(chain: dict[str, Any]) -> None:
    chain.update(complete=False, missing=(CA,), trusted=False, trust_error="unable to get local issuer")
    assert [one.rule for one in found()] == ["chain-incomplete"]


def test_a_self_signed_one_that_is_a_root_here_is_well(chain: dict[str, Any]) -> None:
    chain.update(self_signed=True, trusted=True)
    assert found() == []


def test_an_intermediate_that_ends_first_is_told_in_its_last_month(chain: dict[str, Any]) -> None:
    for days, rules in ((20, ["chain-ends-first"]), (40, [])):
        above = certificate("R9", timedelta(days=days), timedelta(days=900), is_ca=True)
        leaf = certificate()
        told = found(
            files=(file(leaf, certificates=(leaf, above)),),
            endpoints=(endpoint(served(leaf, chain=(leaf, above))),),
        )
        assert [one.rule for one in told] == rules


def test_a_file_counts_when_a_server_is_to_show_it_and_its_chain_is_not_seen_on_the_wire(
    chain: dict[str, Any],
) -> None:
    chain["ordered"] = False
    assert [one.subject for one in found()] == ["example.org:443"]
    (one,) = found(endpoints=())
    assert one.subject == file().path
    assert found(files=(file(used_by=()),), endpoints=()) == []


def test_signatures_are_not_checked_again_for_every_reading(
    chain: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from opsconsole.panels.certificates import judge_chain

    looked: list[Any] = []
    real = judge_chain.inspect
    monkeypatch.setattr(
        judge_chain, "inspect", lambda *args, **more: looked.append(args) or real(*args, **more)
    )
    for seconds in (0, 30, 60):
        found(taken_at=NOW + timedelta(seconds=seconds))
    assert len(looked) == 1
    found(taken_at=NOW + timedelta(minutes=11))
    assert len(looked) == 2
