"""Old protocol versions: a warning where a handshake was done, unknown where none could be tried."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_certificates import endpoint, reading, served

from opsconsole.console.inventory import load_inventory
from opsconsole.console.settings import Settings, SettingsError
from opsconsole.data.tls.served import VERSIONS, Served
from opsconsole.panels.certificates.judge import judge
from opsconsole.panels.certificates.judge_versions import findings, too_old
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.panel import Finding, Level


def look(*taken: str, unknown: tuple[str, ...] = (), remark: str = "", **more: object) -> Served:
    protocols = {name: None if name in unknown else name in taken for name in VERSIONS}
    return replace(served(), protocols=protocols, protocols_remark=remark, **more)  # type: ignore[arg-type]


def found(*looks: Served, **limits: object) -> list[Finding]:
    known = reading(endpoints=(endpoint(*looks),))
    return list(findings(known, CertificatesLimits(**limits)))  # type: ignore[arg-type]


def test_the_versions_of_today_are_nothing() -> None:
    assert found(look("TLSv1.2", "TLSv1.3")) == []


def test_an_old_one_is_a_warning_with_its_source() -> None:
    other = look("TLSv1.1", "TLSv1.2", address="192.0.2.8")
    (one,) = found(look("TLSv1", "TLSv1.1", "TLSv1.2"), other)
    assert (one.level, one.rule, one.subject) == (Level.WARNING, "old-versions", "example.org:443")
    assert one.summary == "example.org:443 takes TLS 1.0, TLS 1.1: older than TLS 1.2"
    assert "a handshake was done in TLS 1.0, TLS 1.1 on 192.0.2.7:443 from the host" in one.evidence
    assert "a handshake was done in TLS 1.1 on 192.0.2.8:443 from the host" in one.evidence
    assert "RFC 8996" in one.evidence


def test_what_could_not_be_tried_is_unknown_and_says_why() -> None:
    remark = "TLSv1, TLSv1.1: this console's OpenSSL does not speak it"
    (one,) = found(look("TLSv1.2", "TLSv1.3", unknown=("TLSv1", "TLSv1.1"), remark=remark))
    assert (one.level, one.rule) == (Level.UNKNOWN, "versions-unknown")
    assert one.summary.startswith("whether example.org:443 takes TLS 1.0, TLS 1.1 is not known: ")
    assert "OpenSSL does not speak it" in one.summary
    assert "192.0.2.7:443 from the host" in one.evidence


def test_one_that_is_proved_is_told_alone() -> None:
    assert [one.rule for one in found(look("TLSv1.1", unknown=("TLSv1",)))] == ["old-versions"]


def test_an_unknown_new_version_is_no_matter_here() -> None:
    assert found(look("TLSv1.2", unknown=("TLSv1.3",))) == []


def test_a_name_for_which_no_version_was_tried_is_not_called_unknown() -> None:
    assert found(replace(served(), protocols={"TLSv1.3": True})) == []
    assert found(replace(served(), chain=(), error="refused", protocols={})) == []


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("1.0", []),
        ("1.1", ["takes TLS 1.0: older than TLS 1.1"]),
        ("1.2", ["takes TLS 1.0, TLS 1.1: older than TLS 1.2"]),
        ("1.3", ["takes TLS 1.0, TLS 1.1, TLS 1.2: older than TLS 1.3"]),
    ],
)
def test_the_limit_of_the_configuration_counts(limit: str, told: list[str]) -> None:
    said = found(look("TLSv1", "TLSv1.1", "TLSv1.2"), oldest_version=limit)
    assert [one.summary.removeprefix("example.org:443 ") for one in said] == told
    unknown = found(look("TLSv1.2", unknown=("TLSv1", "TLSv1.1")), oldest_version=limit)
    assert bool(unknown) is (limit != "1.0"), "with a limit of 1.0 nothing is asked after"


def test_a_limit_that_the_rfc_says_nothing_of_does_not_name_it() -> None:
    (one,) = found(look("TLSv1.2", "TLSv1.3"), oldest_version="1.3")
    assert "RFC 8996" not in one.evidence
    assert 'oldest_version = "1.3"' in one.evidence


def test_the_whole_judge_tells_it() -> None:
    known = reading(endpoints=(endpoint(look("TLSv1", "TLSv1.2")),))
    assert "old-versions" in {one.rule for one in judge(known, CertificatesLimits())}


@pytest.mark.parametrize("version", ['"1.1"', '"1.4"', "1.2"])
def test_a_host_can_have_a_limit_of_its_own_and_a_wrong_one_is_an_error(tmp_path: Path, version: str) -> None:
    file = tmp_path / "opsconsole.toml"
    file.write_text(
        f"[hosts.old1]\n[hosts.old1.limits.certificates]\noldest_version = {version}\n[hosts.new1]\n"
    )
    if version != '"1.1"':
        with pytest.raises(SettingsError, match=r"oldest_version"):
            Settings.load(file)
        return
    entries = load_inventory(Settings.load(file)).entries
    assert entries["old1"].limits["certificates"].oldest_version == "1.1"
    assert too_old(entries["old1"].limits["certificates"]) == ("TLSv1",)
    assert entries["new1"].limits["certificates"].oldest_version == "1.2"
