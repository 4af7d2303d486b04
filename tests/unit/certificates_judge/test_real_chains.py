"""Real certificates, with real keys, through the whole judge: each fault is told once, by its own rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_certificates import endpoint, reading, served

from opsconsole.data.tls.trust import Roots
from opsconsole.panels.certificates.judge import judge
from opsconsole.panels.certificates.limits import CertificatesLimits
from tests.unit.tls.forge import DAY, NOW, Issued, Tree, issue, tree

NAME = "www.example.org"


@pytest.fixture(scope="module")
def trees() -> Tree:
    return tree()


def rules(shown: list[Issued], roots: list[Issued], *beside: list[Issued]) -> list[tuple[str, str]]:
    """Return level and rule of what is found of a served chain; `beside` is served elsewhere."""
    looks = []
    for at, chain in enumerate([shown, *beside]):
        read = tuple(one.read for one in chain)
        look = served(read[0], chain=read, server_name=NAME if at == 0 else "", ocsp_status="")
        looks.append(endpoint(look, target=f"h{at}:443", expects=(), found_by="nginx"))
    known = replace(reading(taken_at=NOW, files=(), endpoints=tuple(looks)), files_taken_at=NOW)
    found = judge(known, CertificatesLimits(), roots=Roots([one.read for one in roots], "test"))
    return [(one.level.word, one.rule) for one in found if "h0:443" in one.subject]


def test_a_good_one_is_nothing(trees: Tree) -> None:
    assert rules([trees.leaf, trees.inter], [trees.root]) == []


def test_an_intermediate_is_missing(trees: Tree) -> None:
    told = rules([trees.leaf], [trees.root], [trees.leaf, trees.inter])
    assert told == [("warning", "chain-incomplete")]
    # Nobody knows the issuer: it may be a root of their own. It is not called incomplete.
    assert rules([trees.leaf], [trees.root]) == [("warning", "chain-untrusted")]


def test_the_order_is_wrong(trees: Tree) -> None:
    above = issue("Inter 2", trees.inter, ca=True)
    leaf = issue(NAME, above, names=[NAME])
    assert rules([leaf, trees.inter, above], [trees.root]) == [("warning", "chain-order")]


def test_the_root_is_a_strangers(trees: Tree) -> None:
    told = rules([trees.leaf, trees.inter, trees.root], [tree("Other ").root])
    assert told == [("warning", "chain-untrusted")]


def test_the_intermediate_has_expired(trees: Tree) -> None:
    old = issue("Old Inter", trees.root, ca=True, start=NOW - 90 * DAY, end=NOW - DAY)
    leaf = issue(NAME, old, names=[NAME])
    assert rules([leaf, old], [trees.root]) == [("critical", "chain-expired")]


def test_it_signed_itself() -> None:
    alone = issue(NAME, names=[NAME])
    assert rules([alone], [tree("Other ").root]) == [("warning", "self-signed")]
    assert rules([alone], [alone]) == []


def test_it_is_for_another_name_and_has_expired(trees: Tree) -> None:
    other = issue("x.example.net", trees.inter, names=["x.example.net"], end=NOW - DAY)
    told = rules([other, trees.inter], [trees.root])
    assert sorted(told) == [("critical", "certificate-expired"), ("warning", "name-not-covered")]
