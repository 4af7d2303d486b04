"""An ACME server that wants an external account binding: the configuration's key, by the console."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.lab import tls_lab
from tests.lab.consoles import configure, opsconsole
from tests.lab.tls_lab import BINDING, HOST, fingerprint, served, sh

pytestmark = pytest.mark.lab

API = "api.lab.test"
REPLACED = f"/etc/nginx/tls/{API}.pem"
KID, KEY = BINDING
FORGET = "rm -rf /etc/letsencrypt/accounts/pebble.lab.test*"
"""certbot's account there: with it no binding is needed."""


def configured(lab: Any, folder: Path, key: str, **more: object) -> Path:
    """Return a configuration with the server, and its key in a file beside it."""
    (folder / "acme.key").write_text(f"{key}\n")
    (folder / "acme.key").chmod(0o600)
    said = {
        "directory": tls_lab.BOUND,
        "ca_bundle": "/etc/pebble/ca.pem",
        "email": "ops@lab.test",
        "default_for": ["all"],
        **more,
    }
    server = "".join(f"{name} = {json.dumps(value)}\n" for name, value in said.items())
    audit = f'[audit]\nledger = "{folder}/ledger.db"\nsigning_key = false\n'
    return configure(lab, folder / "ops.toml", [HOST], more=f"{audit}[acme.bound]\n{server}")


def run(config: Path, *texts: str) -> tuple[int, str]:
    """Plan and apply; return the exit status and all that was said."""
    words = ("certificate-renewal", HOST, "--config", config, *(f"--set={text}" for text in texts))
    planned = opsconsole("plan", *words, "--json")
    assert planned.returncode == 0, planned.stderr
    plan_id = json.loads(planned.stdout)["plan_id"]
    assert KEY not in planned.stdout + planned.stderr
    done = opsconsole("run", *words, f"--confirm={plan_id}")
    return done.returncode, done.stdout + done.stderr


BOUND = {"eab_key_id": KID, "eab_key_file": "acme.key"}
TEXTS = (f"domains={API}", "webroot=/var/www/acme", f"replace={REPLACED}", "driver=acme")


def test_the_configurations_server_and_its_key_get_a_certificate(lab: Any, tmp_path: Path) -> None:
    config = configured(lab, tmp_path, KEY, **BOUND)
    with tls_lab.changed("acme-bound"), tls_lab.binding_pebble():
        sh(FORGET)
        old = served(API)
        status, said = run(config, "server=bound", *TEXTS)
        assert status == 0, said
        assert served(API) == fingerprint(f"/etc/letsencrypt/live/{API}/cert.pem") != old
        assert sh("ls -d /etc/letsencrypt/accounts/pebble.lab.test*/dir/*").count("\n") == 1
        # The key is nowhere but in the file of the engineer's machine and with the ACME server.
        places = (
            "/etc/letsencrypt /var/log/letsencrypt /var/lib/opsconsole /var/lib/letsencrypt /run/opsconsole*"
        )
        assert sh(f"grep -rlF '{KEY}' {places} /tmp /var/tmp 2>/dev/null || true") == ""
        assert sh(f"journalctl -q --since -10min | grep -cF '{KEY}' || true").strip() == "0"
        assert KEY not in said
        for file in (one for one in tmp_path.rglob("*") if one.is_file()):
            assert file.name == "acme.key" or KEY.encode() not in file.read_bytes(), file
        [row] = json.loads(opsconsole("runs", "--json", "--config", config).stdout)["runs"]
        run_id = row["run_id"]
        undone = opsconsole("undo", run_id, "--config", config)
        (confirm,) = re.findall(r"--confirm=\S+", undone.stderr)
        undone = opsconsole("undo", run_id, confirm, "--config", config)
        assert served(API) == old, undone.stderr
        sh(FORGET)


@pytest.mark.parametrize(
    ("key", "more", "words"),
    [
        (KEY, {}, "account: the CA wants an external account binding (eab_kid, eab_hmac)"),
        ("A" * 64, BOUND, "account: the CA does not take the external account binding (eab_kid, eab_hmac)"),
        (
            KEY,
            {**BOUND, "eab_key_id": "stranger"},
            "account: the CA does not take the external account binding",
        ),
    ],
    ids=["none", "wrong-key", "unknown-id"],
)
def test_what_is_wrong_with_a_binding_is_told(
    lab: Any, tmp_path: Path, key: str, more: dict[str, str], words: str
) -> None:
    config = configured(lab, tmp_path, key, **more)
    with tls_lab.changed("acme-unbound"), tls_lab.binding_pebble():
        sh(FORGET)
        old = served(API)
        # Without a name: it is the default of this host.
        status, said = run(config, "rehearse=no", *TEXTS)
        assert status == 1, said
        assert words in said
        assert served(API) == old
        assert sh(f"ls /etc/letsencrypt/live/{API} 2>/dev/null || echo none").strip() == "none"
