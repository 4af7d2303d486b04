"""A given key is seen nowhere, and the command line takes it as PKCS#12 with a password."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from opsconsole.recipes.recipe import HIDDEN
from opsconsole.recipes.runner.state import RunState
from tests.lab import faults, tls_lab
from tests.lab.certificate_files import API, KEPT, PEM, configured, state, world
from tests.lab.consoles import opsconsole
from tests.lab.tls_lab import HOST, Made, fingerprint, internal, make, served, sh

pytestmark = pytest.mark.lab


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
