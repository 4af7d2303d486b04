"""Certificates and keys of the engineer's machine put in the place of others on tls1, with proofs."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from opsconsole.recipes.certificate_renewal import RECIPE
from opsconsole.recipes.runner.state import RunState
from tests.lab import tls_lab
from tests.lab.certificate_files import (
    ADDRESSES,
    API,
    COMBINED,
    KEY,
    PEM,
    copies,
    evidence,
    refusal,
    state,
    world,
)
from tests.lab.tls_lab import LB, fingerprint, internal, make, served, sh

pytestmark = pytest.mark.lab


async def test_nginx_serves_what_was_given_and_the_run_can_be_taken_back_without_the_key(
    lab, tmp_path
) -> None:
    made = make([API, "new.lab.test"], internal())
    with tls_lab.changed("files-nginx", f"chown root:www-data {KEY}; chmod 640 {KEY}"):
        before, kept = state(), copies()
        download = f"https://{API}/large.bin"
        async with world(lab, tmp_path, made, target=PEM, download=download) as (console, one):
            plan = await console.planned()
            assert [step.name for step in plan.steps] == ["keep", "install", "reload"]
            assert state() == before
            result = await console.run(plan, secrets=one.secrets)
            assert result.state is RunState.DONE, result.verdict
            assert "the key belongs to the certificate" in evidence(plan, result, "install")
            assert "mode and owner as before: 640 root:www-data" in evidence(plan, result, "install")
            assert "4 of 4 handshakes" in evidence(plan, result, "reload")
            assert "the download begun before the reload ended whole" in evidence(plan, result, "reload")
            new = x509.load_pem_x509_certificate(made.leaf.encode()).fingerprint(
                x509.load_pem_x509_certificate(made.leaf.encode()).signature_hash_algorithm
            ).hex()  # fmt: skip
            assert {served(API, address=address) for address in ADDRESSES} == {new} == {fingerprint(PEM)}
            assert sh(f"cat {PEM}") == made.full
            assert sh(f"cat {KEY}") == made.key
            assert sh(f"stat -c '%a %U:%G' {KEY} {PEM}") == "640 root:www-data\n644 root:root\n"
            assert sh(f"ls -A {Path(PEM).parent}").split() == [Path(KEY).name, Path(PEM).name]

            again = await console.runner.plan(RECIPE, console.shell, console.subject.values)
            assert again.steps == ()
            assert "nothing to do" in again.summary

            undone = await console.undo(result.run_id)
            assert undone.state is RunState.UNDONE, undone.verdict
        assert state() == before
        assert copies() == kept


async def test_haproxy_has_key_and_certificate_in_one_file_and_its_other_parts_stay(lab, tmp_path) -> None:
    made = make([LB], internal())
    parameters_ = "openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 2>/dev/null"
    with tls_lab.changed(
        "files-haproxy", f"{parameters_} >>{COMBINED}; haproxy -c -q -f /etc/haproxy/haproxy.cfg"
    ):
        before = state()
        async with world(lab, tmp_path, made, target=COMBINED) as (console, one):
            plan = await console.planned()
            assert any("copy of certbot's lineage lb.lab.test" in one for one in plan.warnings)
            result = await console.run(plan, secrets=one.secrets)
            assert result.state is RunState.DONE, result.verdict
            content = sh(f"cat {COMBINED}")
            assert content.startswith(made.full + made.key)
            assert content.count("BEGIN DH PARAMETERS") == 1
            assert sh(f"stat -c '%a %U:%G' {COMBINED}") == "600 root:root\n"
            assert {served(LB, 9443, address) for address in ADDRESSES} == {fingerprint(COMBINED)}
            undone = await console.undo(result.run_id)
            assert undone.state is RunState.UNDONE, undone.verdict
        assert state() == before


async def test_apache_shows_what_was_given(lab, tmp_path) -> None:
    name = "legacy.lab.test"
    made = make([name], internal(), rsa_bits=2048)
    with tls_lab.changed("files-apache"):
        old = served(name, 8443)
        target = f"/etc/apache2/tls/{name}.pem"
        async with world(lab, tmp_path, made, target=target) as (console, one):
            plan = await console.planned()
            result = await console.run(plan, secrets=one.secrets)
            assert result.state is RunState.DONE, result.verdict
            assert served(name, 8443) == fingerprint(target) != old
            undone = await console.undo(result.run_id)
            assert undone.state is RunState.UNDONE, undone.verdict
        assert served(name, 8443) == old == fingerprint(target)


async def test_a_link_is_told_and_its_file_replaced_only_when_it_is_named(lab, tmp_path) -> None:
    made = make([API], internal())
    real = "/etc/haproxy/lab-tls/real.pem"
    with tls_lab.changed("files-link", f"mkdir {Path(real).parent}; mv {PEM} {real}; ln -s {real} {PEM}"):
        before = state()
        told = await refusal(lab, tmp_path / "one", made, target=PEM)
        assert f"leads to {real}" in told
        assert f"target={real} if that file is meant" in told
        async with world(lab, tmp_path, made, target=real) as (console, one):
            plan = await console.planned()
            result = await console.run(plan, secrets=one.secrets)
            assert result.state is RunState.DONE, result.verdict
            assert sh(f"readlink {PEM}") == f"{real}\n"
            assert served(API) == fingerprint(PEM)
            undone = await console.undo(result.run_id)
            assert undone.state is RunState.UNDONE, undone.verdict
        assert state() == before
