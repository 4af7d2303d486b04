"""Stapled answers: worthless, or missing where one is demanded; what could not be checked is no alarm."""

from __future__ import annotations

import pytest
from made_certificates import certificate, endpoint, file, reading, served

from opsconsole.data.tls.stapling import WORTHLESS
from opsconsole.panels.certificates.judge_served import findings
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.panel import Finding, Level


def found(status: str, *, stapled: bool | None = True, must: bool = False) -> list[Finding]:
    leaf = certificate(must_staple=must)
    look = served(leaf, ocsp_stapled=stapled, ocsp_status=status)
    return list(findings(reading(files=(file(leaf),), endpoints=(endpoint(look),)), CertificatesLimits()))


@pytest.mark.parametrize("status", sorted(WORTHLESS))
def test_an_answer_that_clients_refuse_is_a_warning(status: str) -> None:
    (one,) = found(status)
    assert (one.level, one.rule, one.subject) == (Level.WARNING, "staple-worthless", "example.org:443")
    assert one.summary.endswith(f"worth nothing: {status}")
    assert "192.0.2.7:443 from the host" in one.evidence


@pytest.mark.parametrize(
    "status", ["good", "unknown", "its issuer was not served: the signature cannot be checked"]
)
def test_one_that_is_good_or_only_could_not_be_checked_is_none(status: str) -> None:
    assert found(status) == []


@pytest.mark.parametrize(("must", "rules"), [(True, ["staple-missing"]), (False, [])])
def test_none_is_a_matter_only_where_the_certificate_demands_one(must: bool, rules: list[str]) -> None:
    assert [one.rule for one in found("", stapled=False, must=must)] == rules


def test_a_worthless_one_is_not_called_missing_as_well() -> None:
    assert [one.rule for one in found("expired", must=True)] == ["staple-worthless"]
