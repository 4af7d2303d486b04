"""Chains as they are served: right ones, and each way to be wrong, told apart."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from opsconsole.data.tls import issuers
from opsconsole.data.tls.chain import MOST_SERVED, Chain, inspect
from opsconsole.data.tls.read import read_der
from opsconsole.data.tls.trust import Roots
from tests.unit.tls.forge import DAY, NOW, Issued, Tree, issue, key, old_signature, tree
from tests.work import light, lines_run


@pytest.fixture(scope="module")
def trees() -> Tree:
    return tree()


def look(served: list[Issued], roots: list[Issued] | None, known: list[Issued] | None = None) -> Chain:
    trusted = None if roots is None else Roots([one.read for one in roots], "test")
    elsewhere = issuers.by_subject(one.read for one in known or ())
    return inspect([one.read for one in served], trusted, now=NOW, known=elsewhere)


def titles(path: tuple[object, ...]) -> list[str]:
    return [one.title for one in path]  # type: ignore[attr-defined]


def test_a_good_chain_needs_no_root_served(trees: Tree) -> None:
    chain = look([trees.leaf, trees.inter], [trees.root])
    assert titles(chain.path) == ["www.example.org", "Inter", "Root"]
    assert (chain.complete, chain.ordered, chain.trusted) == (True, True, True)
    assert not chain.root_served
    assert (chain.missing, chain.missing_issuer, chain.trust_error) == ((), "", "")
    assert (chain.foreign, chain.repeated, chain.expired, chain.problems) == ((), (), (), ())


def test_a_served_root_is_said_and_not_wrong(trees: Tree) -> None:
    chain = look([trees.leaf, trees.inter, trees.root], [trees.root])
    assert chain.root_served
    assert (chain.complete, chain.ordered, chain.trusted) == (True, True, True)


def test_a_missing_intermediate_that_is_known_is_proved(trees: Tree) -> None:
    chain = look([trees.leaf], [trees.root], known=[trees.inter])
    assert (chain.complete, chain.trusted) == (False, False)
    assert titles(chain.missing) == ["Inter"]
    assert "unable to" in chain.trust_error


def test_an_issuer_that_nobody_knows_is_not_known(trees: Tree) -> None:
    """It may be a root of their own that needs no serving, or an intermediate: nothing here can tell."""
    chain = look([trees.leaf], [tree("Other ").root])
    assert chain.complete is None
    assert chain.missing_issuer == "CN=Inter"
    assert chain.trusted is False


def test_an_intermediate_only_in_the_store_is_missing_for_others(trees: Tree) -> None:
    chain = look([trees.leaf], [trees.root, trees.inter])
    assert chain.trusted is True
    assert chain.complete is False
    assert titles(chain.missing) == ["Inter"]


def test_a_known_private_root_makes_it_complete_but_not_trusted(trees: Tree) -> None:
    chain = look([trees.leaf, trees.inter], [tree("Other ").root], known=[trees.root])
    assert (chain.complete, chain.trusted) == (True, False)
    assert titles(chain.path) == ["www.example.org", "Inter", "Root"]
    assert chain.missing == ()


def test_an_untrusted_root_that_is_served(trees: Tree) -> None:
    chain = look([trees.leaf, trees.inter, trees.root], [tree("Other ").root])
    assert (chain.complete, chain.ordered, chain.trusted) == (True, True, False)
    assert "self-signed" in chain.trust_error
    assert "Root" in chain.trust_error


def test_without_roots_trust_is_not_known(trees: Tree) -> None:
    for roots in (None, []):
        chain = look([trees.leaf, trees.inter], roots)
        assert chain.trusted is None
        assert chain.complete is None
        assert chain.missing_issuer == "CN=Root"


def test_wrong_order(trees: Tree) -> None:
    second = issue("Inter 2", trees.inter, ca=True)
    leaf = issue("leaf", second)
    good, bad = [leaf, second, trees.inter], [leaf, trees.inter, second]
    assert look(good, [trees.root]).ordered
    chain = look(bad, [trees.root])
    assert not chain.ordered
    assert (chain.complete, chain.trusted) == (True, True)


def test_a_ca_first_is_wrong_order_and_the_leaf_is_found(trees: Tree) -> None:
    chain = look([trees.inter, trees.leaf], [trees.root])
    assert chain.leaf == trees.leaf.read
    assert (chain.ordered, chain.trusted) == (False, True)


def test_a_stranger_first_is_wrong_order(trees: Tree) -> None:
    chain = look([tree("Other ").inter, trees.leaf], [trees.root, trees.inter])
    assert chain.leaf == trees.leaf.read
    assert not chain.ordered
    assert titles(chain.foreign) == ["Other Inter"]


def test_a_trusted_intermediate_ends_a_chain_without_its_root(trees: Tree) -> None:
    chain = look([trees.leaf], [trees.inter])
    assert (chain.trusted, chain.complete, chain.missing_issuer) == (True, True, "")
    assert titles(chain.path) == ["www.example.org", "Inter"]


def test_a_foreign_certificate(trees: Tree) -> None:
    other = tree("Other ").inter
    chain = look([trees.leaf, other, trees.inter], [trees.root])
    assert titles(chain.foreign) == ["Other Inter"]
    assert (chain.complete, chain.ordered, chain.trusted) == (True, True, True)


def test_the_same_name_with_another_key_is_foreign(trees: Tree) -> None:
    impostor = issue("Inter", trees.root, ca=True)
    chain = look([trees.leaf, impostor], [trees.root])
    assert titles(chain.foreign) == ["Inter"]
    assert chain.complete is None
    assert chain.trusted is False


def test_served_twice(trees: Tree) -> None:
    chain = look([trees.leaf, trees.leaf, trees.inter], [trees.root])
    assert titles(chain.repeated) == ["www.example.org"]
    assert (chain.complete, chain.trusted) == (True, True)


def test_an_expired_intermediate_is_told_apart_from_trust() -> None:
    trees = tree(end=NOW - DAY)
    chain = look([trees.leaf, trees.inter], [trees.root])
    assert chain.trusted is True
    assert titles(chain.expired) == titles(chain.expired_intermediates) == ["Inter"]
    assert chain.not_yet_valid == ()


def test_an_intermediate_whose_time_has_not_come() -> None:
    trees = tree(start=NOW + DAY)
    chain = look([trees.leaf, trees.inter], [trees.root])
    assert titles(chain.not_yet_valid) == titles(chain.not_yet_valid_intermediates) == ["Inter"]
    assert chain.expired == ()


@pytest.mark.parametrize("old_first", [True, False])
def test_a_renewed_intermediate_beside_the_expired_one(old_first: bool) -> None:
    """Clients take the path that is good; older ones may not: it is said, and is not the path's fault."""
    root = issue("Root", ca=True, end=NOW + 3650 * DAY)
    shared = key()
    old = issue("Inter", root, ca=True, own_key=shared, end=NOW - DAY)
    new = issue("Inter", root, ca=True, own_key=shared, end=NOW + 500 * DAY)
    leaf = issue("leaf", new)
    chain = look([leaf, *((old, new) if old_first else (new, old))], [root])
    assert chain.trusted is True
    assert chain.path[1] == new.read
    assert chain.expired == ()
    assert chain.expired_intermediates == (old.read,)
    assert chain.foreign == ()
    untrusted = look([leaf, *((old, new) if old_first else (new, old))], None)
    assert untrusted.path == (leaf.read, new.read)


def test_an_expired_root_is_of_the_path() -> None:
    root = issue("Root", ca=True, end=NOW - DAY)
    leaf = issue("leaf", root)
    chain = look([leaf], [root])
    assert chain.expired == (root.read,)
    assert chain.expired_intermediates == ()


def test_a_cross_signed_root_leads_to_the_trusted_one() -> None:
    old = issue("Old Root", ca=True, end=NOW - DAY)
    shared = key()
    own = issue("New Root", ca=True, own_key=shared, end=NOW + 3000 * DAY)
    crossed = issue("New Root", old, ca=True, own_key=shared, end=NOW - DAY)
    inter = issue("Inter", own, ca=True, end=NOW + 300 * DAY)
    chain = look([issue("leaf", inter), inter, crossed], [own])
    assert chain.trusted is True
    assert titles(chain.path) == ["leaf", "Inter", "New Root"]
    assert chain.path[-1] == own.read
    assert chain.expired == ()
    assert chain.expired_intermediates == (crossed.read,)
    assert chain.foreign == ()


def test_a_self_signed_leaf() -> None:
    alone = issue("alone")
    chain = look([alone], [tree().root])
    assert (chain.self_signed, chain.complete, chain.trusted) == (True, True, False)
    assert look([alone], [alone]).trusted is True


def test_an_issuer_that_is_no_ca_is_not_trusted(trees: Tree) -> None:
    chain = look([issue("below", trees.leaf), trees.leaf, trees.inter], [trees.root])
    assert chain.trusted is False
    assert "CA" in chain.trust_error
    assert titles(chain.path) == ["below", "www.example.org", "Inter", "Root"]


def test_a_path_that_is_too_long_is_not_trusted(trees: Tree) -> None:
    short = issue("Short", trees.root, ca=True, path_length=0)
    below = issue("Below", short, ca=True)
    assert "path length" in look([issue("leaf", below), below, short], [trees.root]).trust_error


def test_name_constraints_are_heeded(trees: Tree) -> None:
    bound = x509.NameConstraints([x509.DNSName("example.com")], None)
    inter = issue("Bound", trees.root, ca=True, extra=(bound,))
    leaf = issue("www.example.org", inter, names=["www.example.org"])
    chain = look([leaf, inter], [trees.root])
    assert chain.trusted is False
    assert "subtree" in chain.trust_error


@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.MD5()])  # noqa: S303
def test_an_old_signature_is_followed(digest: hashes.HashAlgorithm) -> None:
    rsa_key = rsa.generate_private_key(65537, 2048)
    root = issue("Root", ca=True, own_key=rsa_key)
    old_root = read_der(old_signature(root, root, digest))
    leaf = read_der(old_signature(issue("leaf", root), root, digest))
    assert old_root.self_signed
    assert titles(inspect([leaf, old_root], None, now=NOW).path) == ["leaf", "Root"]
    assert inspect([leaf], Roots([old_root], "test"), now=NOW).trusted is True


def test_nothing_came() -> None:
    chain = look([], [])
    assert (chain.leaf, chain.complete, chain.trusted, chain.ordered) == (None, None, None, False)


def test_circles_end() -> None:
    one_key, two_key = key(), key()
    one, two = issue("One", ca=True, own_key=one_key), issue("Two", ca=True, own_key=two_key)
    first, second = issue("One", two, ca=True, own_key=one_key), issue("Two", one, ca=True, own_key=two_key)
    chain = look([issue("leaf", first), first, second], [tree().root])
    assert titles(chain.path) == ["leaf", "One", "Two"]
    assert chain.trusted is False


def test_a_flood_of_one_name_is_bounded_and_said(trees: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    flood = [issue("Inter", trees.root, ca=True) for _ in range(30)]
    monkeypatch.setattr(issuers, "MOST_SIGNATURES", 10)
    chain = look([trees.leaf, *flood], None)
    assert any("too many" in one for one in chain.problems)
    assert chain.complete is None


def test_a_long_chain_is_bounded_and_said(trees: Tree) -> None:
    many = [trees.leaf, *[issue("Inter", trees.root, ca=True) for _ in range(MOST_SERVED + 40)]]
    chain = light(100, lambda: look(many, [trees.root]))
    assert any("were looked at" in one for one in chain.problems)


def test_many_roots_make_no_chain_dearer(trees: Tree) -> None:
    """Their index is made once, not for each of a host's chains."""

    def work(count: int) -> int:
        roots = Roots([trees.root.read, *(issue(f"CA {at}", ca=True).read for at in range(count))], "test")
        served = [trees.leaf.read, trees.inter.read]
        inspect(served, roots, now=NOW)
        return lines_run(lambda: inspect(served, roots, now=NOW))

    assert work(40) == work(0)
