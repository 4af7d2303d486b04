"""Certificates and keys of the engineer's machine put in the place of others on tls1, with proofs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from opsconsole.console.given import prepared, typed
from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE
from opsconsole.recipes.recipe import HIDDEN, Given, ParameterError, Plan, PlanError
from opsconsole.recipes.runner.state import RunResult, RunState
from tests.lab import faults, matrix, tls_lab
from tests.lab.consoles import configure, opsconsole
from tests.lab.matrix_world import World
from tests.lab.tls_lab import HOST, LB, SHOP, Made, fingerprint, internal, make, served, sh

pytestmark = pytest.mark.lab

API = "api.lab.test"
PEM, KEY = f"/etc/nginx/tls/{API}.pem", f"/etc/nginx/tls/{API}.key"
COMBINED = "/etc/haproxy/certs/lb.pem"
ADDRESSES = ("127.0.0.1", "[::1]")
KEPT = "/var/lib/opsconsole/certificate-renewal"


def state() -> str:
    """Return all that must be as before: files with mode, owner and time, links, and what is served."""
    files = sh("""
    cd /etc
    find nginx haproxy -type f -printf '%p %m %U %G %s %T@\\n' -exec sha256sum {} \\; | sort
    find nginx haproxy -type l -printf '%p %l\\n' | sort""")
    shown = [served(name, address=address) for name in (API, SHOP) for address in ADDRESSES]
    shown += [served(LB, 9443, address) for address in ADDRESSES]
    return "\n".join([files, *shown])


def copies() -> str:
    """Return the folders of copies; other tests may have some of their own."""
    return sh(f"ls {KEPT} 2>/dev/null || true")


def configured(lab: Any, tmp_path: Path) -> Path:
    """Return a configuration of the host alone, with the ledger of the test."""
    return configure(lab, tmp_path / "toml", [HOST], more=f'[audit]\nledger = "{tmp_path}/ledger.db"\n')


def given(made: Made, **texts: str) -> Given:
    return typed(RECIPE.parameters, {"certificate": made.full, "key": made.key, **texts})


def subject(one: Given) -> matrix.Subject:
    return matrix.Subject(
        recipe=RECIPE,
        values=parameters.read_all(RECIPE.parameters, one.texts),
        host=HOST,
        prepare=lambda: None,
        state=state,
    )


@contextlib.asynccontextmanager
async def world(lab: Any, tmp_path: Path, made: Made, **texts: str) -> AsyncIterator[tuple[World, Given]]:
    one = prepared(RECIPE, given(made, **texts))
    async with World(lab, subject(one), tmp_path).open() as console:
        yield console, one


async def run(lab: Any, tmp_path: Path, made: Made, **texts: str) -> tuple[Plan, RunResult]:
    async with world(lab, tmp_path, made, **texts) as (console, one):
        plan = await console.planned()
        return plan, await console.run(plan, secrets=one.secrets)


def evidence(plan: Plan, result: RunResult, name: str) -> str:
    return result.steps[[step.name for step in plan.steps].index(name)].evidence


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


async def test_a_configuration_test_that_fails_leaves_all_as_before_byte_for_byte(lab, tmp_path) -> None:
    made = make([API], internal())
    with tls_lab.changed("files-config", "echo 'no_such_word on;' >/etc/nginx/conf.d/lab-broken.conf"):
        before, kept = state(), copies()
        _, result = await run(lab, tmp_path, made, target=PEM)
        assert result.state is RunState.UNDONE, result.verdict
        assert "nginx refuses its configuration" in result.verdict
        assert "no_such_word" in result.verdict
        assert state() == before
        assert copies() == kept


async def test_a_reload_that_nginx_silently_refuses_is_found_out_and_taken_back(lab, tmp_path) -> None:
    made = make([API], internal())
    with tls_lab.reload_refused():
        before = state()
        _, result = await run(lab, tmp_path, made, target=PEM)
        assert result.state is RunState.UNDONE, result.verdict
        assert "postcondition" in result.verdict
        assert state() == before


async def test_a_full_disk_beside_the_target_leaves_all_as_before(lab, tmp_path) -> None:
    made = make([API], internal())
    folder = Path(PEM).parent
    small = f"""cp -a {folder} /run/lab-files; mount -t tmpfs -o size=16k,mode=755 lab-files {folder}
    cp -a /run/lab-files/. {folder}/; rm -rf /run/lab-files
    dd if=/dev/zero of={folder}/.full bs=512 2>/dev/null || true"""
    with tls_lab.changed("files-full"):
        try:
            sh(small)
            before = state()
            _, result = await run(lab, tmp_path, made, target=PEM)
            assert result.state is RunState.UNDONE, result.verdict
            assert "no room for the new file" in result.verdict
            assert state() == before
        finally:
            sh(f"umount -l {folder}")


async def test_a_disk_that_is_full_by_then_does_not_keep_an_undo_from_the_old_files(lab, tmp_path) -> None:
    made = make([API], internal())
    folder = Path(PEM).parent
    small = f"""cp -a {folder} /run/lab-files; mount -t tmpfs -o size=32k,mode=755 lab-files {folder}
    cp -a /run/lab-files/. {folder}/; rm -rf /run/lab-files"""
    with tls_lab.changed("files-full-by-then"):
        try:
            sh(small)
            before = state()
            async with world(lab, tmp_path, made, target=PEM) as (console, one):
                plan = await console.planned()
                result = await console.run(plan, secrets=one.secrets)
                assert result.state is RunState.DONE, result.verdict
                sh(f"dd if=/dev/zero of={folder}/.full bs=512 2>/dev/null || true")
                undone = await console.undo(result.run_id)
                assert undone.state is RunState.UNDONE, undone.verdict
            sh(f"rm {folder}/.full")
            assert state() == before
        finally:
            sh(f"umount -l {folder}")


async def test_another_key_than_the_planned_one_is_refused_by_the_host(lab, tmp_path) -> None:
    made, other = make([API], internal()), make([API], internal())
    with tls_lab.changed("files-other"):
        before = state()
        async with world(lab, tmp_path, made, target=PEM) as (console, _):
            plan = await console.planned()
            result = await console.run(plan, secrets={"key": other.key})
            assert result.state is RunState.UNDONE, result.verdict
            assert "is not the one of the plan" in result.verdict
        assert state() == before


async def refusal(lab: Any, tmp_path: Path, made: Made, **texts: str) -> str:
    """Plan what must be refused; return why."""
    with pytest.raises((PlanError, ParameterError)) as told:
        async with world(lab, tmp_path, made, **texts) as (console, _):
            await console.planned()
    return str(told.value)


def good() -> Made:
    return make([API], internal())


MAIL = "/etc/postfix/tls/mail.lab.test"
REFUSED: dict[str, tuple[Callable[[], Made], dict[str, str]]] = {
    "key: found a key with public SHA-256": (lambda: replace(good(), key=good().key), {}),
    "which expired on": (
        lambda: make([API], internal(), left=timedelta(hours=-1), lived=timedelta(days=9)),
        {},
    ),
    "which is not valid before": (lambda: make([API], internal(), lived=timedelta(days=-1)), {}),
    f"expected {API} as well, which /etc/nginx/sites-enabled/api:1 serves": (
        lambda: make(["other.lab.test"], internal()),
        {},
    ),
    "expected the intermediates behind it: lab internal CA 1 is missing": (
        lambda: replace(good(), chain=""),
        {},
    ),
    "RSA key of 1024 bits": (lambda: make([API], internal(), rsa_bits=1024), {}),
    f"use driver=certbot name={SHOP}": (
        lambda: make([SHOP], internal()),
        {"target": f"/etc/letsencrypt/live/{SHOP}/fullchain.pem"},
    ),
    "nothing.pem is not there": (good, {"target": "/etc/nginx/tls/nothing.pem"}),
    "without a certificate": (good, {"target": KEY}),
    "no running nginx, Apache or HAProxy is told to show": (
        good,
        {"target": f"{MAIL}.pem", "target_key": f"{MAIL}.key"},
    ),
}


@pytest.mark.parametrize("said", REFUSED)
async def test_what_would_break_it_is_refused_by_the_plan(lab, tmp_path, said: str) -> None:
    make_it, texts = REFUSED[said]
    told = await refusal(lab, tmp_path, make_it(), **{"target": PEM, **texts})
    assert said in told
    assert "PRIVATE" not in told


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


async def test_the_key_is_seen_nowhere(
    lab, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    made = make([API], internal(), rsa_bits=2048)
    secret_lines = [line for line in made.key.splitlines() if line and not line.startswith("-----")]
    seen: list[str] = []
    script = (
        "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n';"
        "cat /run/opsconsole/*/*/main 2>/dev/null;"
        "stat -c 'mode %a %U of %n' /run/opsconsole/*/*/in.* 2>/dev/null;"
        f"stat -c 'mode %a %U of %n' {Path(PEM).parent}/.opsconsole-* {KEPT}/*/ 2>/dev/null; true"
    )
    with tls_lab.changed("files-canary"):
        async with world(lab, tmp_path, made, target=PEM) as (console, one):
            plan = await console.planned()
            running = True

            async def look() -> None:
                while running:
                    found = await asyncio.to_thread(faults.execute, HOST, ["sh", "-c", script])
                    seen.append(found.stdout)

            looking = asyncio.create_task(look())
            result = await console.run(plan, secrets=one.secrets, reason="canary")
            running = False
            await looking
            assert result.state is RunState.DONE, result.verdict
            told = "".join(f"{progress}" for progress in console.seen)
            undone = await console.undo(result.run_id)
            assert undone.state is RunState.UNDONE, undone.verdict
        config = configured(lab, tmp_path)
        exported = await asyncio.to_thread(
            opsconsole, "audit", "export", "--format", "jsonl", "--config", config
        )
        left = sh(
            f"ls -laR /run/opsconsole {KEPT} 2>/dev/null; journalctl -n 400 2>/dev/null;"
            "cat /var/log/nginx/error.log /var/log/auth.log 2>/dev/null; true"
        )
    assert any("files-stage" in sample for sample in seen), "the run was not seen at work"
    modes = {line for sample in seen for line in sample.splitlines() if line.startswith("mode ")}
    assert {line.split()[1] for line in modes if "/in." in line} <= {"600"}
    assert {line.split()[1] for line in modes if KEPT in line} <= {"700"}, modes
    captured = capfd.readouterr()
    files = "".join(path.read_text("latin-1") for path in tmp_path.rglob("*") if path.is_file())
    everywhere = {
        "argv": "".join(seen), "files": files, "result": repr(result), "told": told, "log": caplog.text,
        "out": captured.out, "err": captured.err, "export": exported.stdout + exported.stderr, "left": left,
        "plan": repr(plan),
    }  # fmt: skip
    assert plan.plan_id in exported.stdout, exported.stderr
    found = {where for where, text in everywhere.items() for line in secret_lines if line in text}
    assert found == set()


def write(folder: Path, made: Made) -> tuple[Path, Path]:
    """Write PKCS#12 with a password, and the password."""
    key = serialization.load_pem_private_key(made.key.encode(), None)
    chain = x509.load_pem_x509_certificates(made.full.encode())
    content = pkcs12.serialize_key_and_certificates(
        b"it",
        key,
        chain[0],
        chain[1:],
        serialization.BestAvailableEncryption(b"hunter2"),  # type: ignore[arg-type]
    )
    (folder / "new.p12").write_bytes(content)
    (folder / "word").write_text("hunter2\n")
    (folder / "new.p12").chmod(0o640)
    return folder / "new.p12", folder / "word"


async def test_the_command_line_takes_pkcs12_and_undoes_without_it(lab, tmp_path: Path) -> None:
    made = make([API], internal())
    store, word = write(tmp_path, made)
    config = configured(lab, tmp_path)

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return opsconsole(*words, "--config", config)

    set_ = (f"--set=target={PEM}", f"--set=key=@{store}")
    with tls_lab.changed("files-cli"):
        before, old = state(), served(API)
        encrypted = await asyncio.to_thread(call, "plan", "certificate-renewal", HOST, *set_)
        assert encrypted.returncode == 2
        assert "key_password: the PKCS#12 file is encrypted and no password was given" in encrypted.stderr
        set_ = (*set_, f"--set=key_password=@{word}")
        planned = await asyncio.to_thread(call, "plan", "certificate-renewal", HOST, *set_, "--json")
        assert planned.returncode == 0, planned.stderr
        assert f"warning: key: others can get at {store} (mode 640)" in planned.stderr
        plan = json.loads(planned.stdout)
        assert plan["parameters"]["key"] == HIDDEN
        assert plan["parameters"]["certificate"] == made.full
        ran = await asyncio.to_thread(
            call, "run", "certificate-renewal", HOST, *set_, f"--confirm={plan['plan_id']}", "--reason=test",
            "--wait-lock=1m", "--json",
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert served(API) == fingerprint(PEM) != old
        run_id = json.loads(ran.stdout)["run_id"]
        undone = await asyncio.to_thread(
            call, "undo", run_id, f"--confirm={plan['plan_id']}", "--wait-lock=1m"
        )
        assert undone.returncode == 0, undone.stdout + undone.stderr
        assert state() == before
    everything = "".join(one.stdout + one.stderr for one in (encrypted, planned, ran, undone))
    assert made.key.splitlines()[1] not in everything
    assert "hunter2" not in everything
