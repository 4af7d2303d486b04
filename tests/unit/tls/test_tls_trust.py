"""Roots of the system and of the configuration."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole.data.tls import trust
from opsconsole.data.tls.chain import inspect
from opsconsole.data.tls.trust import Roots, read_roots, system_roots
from tests.unit.tls.forge import NOW, Tree, tree


@pytest.fixture(scope="module")
def trees() -> Tree:
    return tree()


def test_the_systems_own_are_those_that_ssl_loads() -> None:
    ours = system_roots()
    theirs = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not theirs:
        pytest.skip("this machine has no bundle of roots")
    assert {one.der for one in ours.certificates} >= set(theirs)
    assert ours.problems == ()
    assert system_roots() is ours


def test_a_bundle_of_the_environment_and_its_change(
    trees: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, folder = tmp_path / "bundle.pem", tmp_path / "none"
    folder.mkdir()
    bundle.write_bytes(trees.root.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    first = system_roots()
    assert [one.title for one in first.certificates] == ["Root"]
    bundle.write_bytes(trees.root.pem + tree("Other ").root.pem)
    assert [one.title for one in system_roots().certificates] == ["Root", "Other Root"]


def test_a_folder_is_read_as_openssl_does(
    trees: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0123abcd.0").write_bytes(trees.root.pem)
    (tmp_path / "not-hashed.pem").write_bytes(tree("Other ").root.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert [one.title for one in system_roots().certificates] == ["Root"]


def test_no_roots_at_all_is_said_and_trust_is_not_known(
    trees: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setattr(trust, "_BUNDLES", ())
    roots = system_roots()
    assert roots.certificates == ()
    assert "no trusted roots" in roots.problems[0]
    assert inspect([trees.leaf.read, trees.inter.read], roots, now=NOW).trusted is None


def test_roots_of_the_configuration(trees: Tree, tmp_path: Path) -> None:
    good, bad = tmp_path / "ca.pem", tmp_path / "text.pem"
    good.write_bytes(trees.root.pem)
    bad.write_bytes(b"hello")
    roots = read_roots([good, bad, tmp_path / "missing.pem"])
    assert [one.title for one in roots.certificates] == ["Root"]
    assert len(roots.problems) == 2
    assert "text without a PEM block" in roots.problems[0]
    assert "No such file" in roots.problems[1]
    both = Roots([tree("Other ").root.read], "system").with_more(roots.certificates, "ca.pem")
    assert both.source == "system, ca.pem"
    assert inspect([trees.leaf.read, trees.inter.read], both, now=NOW).trusted is True


def test_the_same_roots_are_equal(trees: Tree) -> None:
    one, same = (Roots([trees.root.read], source) for source in ("a", "b"))
    assert len({one, same, Roots([trees.inter.read], "a")}) == 2


def test_nothing_heavy_is_imported_before_a_certificate_is_read() -> None:
    script = (
        "import sys\n"
        "import opsconsole.data.tls.read, opsconsole.data.tls.chain, opsconsole.data.tls.names\n"
        "import opsconsole.data.tls.trust, opsconsole.data.tls.strength\n"
        "print([one for one in ('cryptography', 'OpenSSL', 'idna', 'subprocess') if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout.strip() == "[]"
