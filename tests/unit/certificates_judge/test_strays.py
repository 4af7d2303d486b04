"""Foreign and repeated certificates in a chain: told with their places, and told apart from other faults."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_certificates import endpoint, file, reading, served

from opsconsole.data.tls.trust import Roots
from opsconsole.panels.certificates.judge import judge
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificateFile
from opsconsole.panels.panel import Finding, Level
from tests.unit.tls.forge import NOW, Issued, Tree, issue, tree

NAME = "www.example.org"


@pytest.fixture(scope="module")
def trees() -> Tree:
    return tree()


def told(shown: list[Issued], roots: list[Issued], **more: object) -> list[Finding]:
    """Return the findings about the chain that an endpoint serves, or (`file`) that lies in a file."""
    read = tuple(one.read for one in shown)
    files: tuple[CertificateFile, ...] = ()
    endpoints = (endpoint(served(read[0], chain=read, server_name=NAME, ocsp_status=""), expects=()),)
    if more:
        files = (replace(file(read[0], "/etc/ssl/www.pem", certificates=read), **more),)  # type: ignore[arg-type]
        endpoints = ()
    known = replace(reading(taken_at=NOW, files=files, endpoints=endpoints), files_taken_at=NOW)
    found = judge(known, CertificatesLimits(), roots=Roots([one.read for one in roots], "test"))
    return [one for one in found if one.rule.startswith("chain")]


def test_a_foreign_one_is_told_with_its_place_and_subject(trees: Tree) -> None:
    other = tree("Other ").inter
    (one,) = told([trees.leaf, trees.inter, other], [trees.root])
    assert (one.level, one.rule, one.subject) == (Level.WARNING, "chain-foreign", f"{NAME}:443")
    assert "Other Inter is foreign in the chain: issued none of its certificates" in one.summary
    assert "position 3 of 3: CN=Other Inter, SHA-256 " + other.read.fingerprint_sha256[:16] in one.evidence
    assert "RFC 5246" in one.evidence
    assert "not known to be whole" not in one.evidence


def test_one_between_the_others_is_no_wrong_order(trees: Tree) -> None:
    (one,) = told([trees.leaf, tree("Other ").inter, trees.inter], [trees.root])
    assert one.rule == "chain-foreign"
    assert "position 2 of 3" in one.evidence


def test_one_of_the_right_name_and_the_wrong_key_is_foreign(trees: Tree) -> None:
    impostor = issue("Inter", trees.root, ca=True)
    rules = [one.rule for one in told([trees.leaf, impostor, trees.inter], [trees.root])]
    assert rules == ["chain-foreign"]


def test_repeated_is_told_with_every_place(trees: Tree) -> None:
    (one,) = told([trees.leaf, trees.inter, trees.leaf, trees.leaf], [trees.root])
    assert (one.level, one.rule) == (Level.WARNING, "chain-repeated")
    assert one.summary.endswith(f"the chain repeats {NAME} (3 times)")
    assert f"position 1, 3, 4 of 4: CN={NAME}" in one.evidence


def test_a_served_root_a_cross_signed_one_and_a_wrong_order_are_neither(trees: Tree) -> None:
    assert told([trees.leaf, trees.inter, trees.root], [trees.root]) == []
    second = issue("Inter 2", trees.inter, ca=True)
    leaf = issue(NAME, second, names=[NAME])
    assert [one.rule for one in told([leaf, trees.inter, second], [trees.root])] == ["chain-order"]


def test_each_fault_of_one_chain_is_told_by_its_own_rule(trees: Tree) -> None:
    second = issue("Inter 2", trees.inter, ca=True)
    leaf, other = issue(NAME, second, names=[NAME]), tree("Other ").inter
    rules = [one.rule for one in told([leaf, trees.inter, second, other, other], [trees.root])]
    assert rules == ["chain-order", "chain-foreign", "chain-repeated"]


def test_where_the_chain_is_not_whole_that_is_said_beside_it(trees: Tree) -> None:
    """The root was served and the intermediate not, which nobody knows here: it may well be its issuer."""
    found = {one.rule: one for one in told([trees.leaf, trees.root], [trees.root])}
    assert set(found) == {"chain-foreign", "chain-untrusted"}
    assert "what is missing may be issued by it" in found["chain-foreign"].evidence


def test_a_stored_chain_is_looked_at_as_well(trees: Tree) -> None:
    other = tree("Other ").inter
    (one,) = told([trees.leaf, trees.inter, other], [trees.root], chain_path="")
    assert (one.rule, one.subject) == ("chain-foreign", "/etc/ssl/www.pem")
    assert "position 3 of 3: CN=Other Inter" in one.evidence
    (one,) = told([trees.leaf, trees.inter, trees.inter], [trees.root], chain_path="")
    assert one.rule == "chain-repeated"


def test_of_two_files_put_together_nobody_knows_that_a_server_repeats(trees: Tree) -> None:
    """Apache leaves SSLCertificateChainFile aside where the certificate's own file has a chain."""
    assert told([trees.leaf, trees.inter, trees.inter], [trees.root], chain_path="/etc/ssl/chain.pem") == []


def test_hostile_subjects_do_no_harm(trees: Tree) -> None:
    nasty = issue("[/red]\x1b[2Jx" + "z" * 50, ca=True)
    (one,) = told([trees.leaf, trees.inter, nasty], [trees.root])
    assert all(char.isprintable() or char == "\n" for char in one.summary + one.evidence)
