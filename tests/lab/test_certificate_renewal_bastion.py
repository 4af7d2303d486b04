"""An endpoint behind the bastion: given files, and a CA in the private network; all through the jump host."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.lab import tls_lab
from tests.lab.altered import altered
from tests.lab.consoles import configure, opsconsole
from tests.lab.engine import docker
from tests.lab.hosts import PRIVATE, find
from tests.lab.reach import execute, shell
from tests.lab.tls_lab import BINDING, internal, make

pytestmark = pytest.mark.lab

INNER = "inner"
NAME = "inner.lab.test"
PEM, KEY = f"/etc/lab-ca/issued/{NAME}.pem", f"/etc/lab-ca/issued/{NAME}.key"
CA_HERE = "/etc/lab-pebble-ca.pem"
_KEEP = f"""
tar -C / -cpf /var/tmp/opsconsole-lab-inner.tar etc/nginx etc/lab-ca/issued
sed -i 's/server_name {NAME} inner;/server_name {NAME};/' /etc/nginx/conf.d/inner.conf
systemctl reload nginx
"""
_CURE = """
kept=/var/tmp/opsconsole-lab-inner.tar
[ -e $kept ] || exit 0
systemctl disable -q --now certbot.timer 2>/dev/null
cd / && rm -rf etc/nginx etc/lab-ca/issued etc/letsencrypt var/lib/letsencrypt var/log/letsencrypt
tar -C / -xpf $kept
[ ! -e /var/tmp/lab-certbot-files ] || tr '\\n' '\\0' </var/tmp/lab-certbot-files | xargs -0 rm -f
rm -f /var/tmp/lab-certbot-files /etc/lab-pebble-ca.pem
sed '/ pebble.lab.test$/d' /etc/hosts >/run/lab-hosts; cat /run/lab-hosts >/etc/hosts
systemctl daemon-reload; systemctl reload nginx
rm $kept
"""
_CERTBOT_FILES = """
dpkg -L $(dpkg-query -W -f '${Package}\\n' 'certbot' 'python3-*') 2>/dev/null | sort -u |
    grep -v '^/usr/share/\\(doc\\|man\\|locale\\|lintian\\)/' |
    while read -r one; do [ -d "$one" ] || echo "$one"; done
"""


def sh(script: str, stdin: str | None = None) -> str:
    return shell(find(INNER), script, stdin=stdin)


def shown() -> str:
    """Return the fingerprint that is served, as the bastion sees it: not the recipe's own proof."""
    script = f"openssl s_client -connect inner:443 -servername {NAME} </dev/null 2>/dev/null |"
    script += " openssl x509 -noout -fingerprint -sha256"
    return execute("bastion", ["sh", "-c", script]).stdout.strip()


def of_file(path: str) -> str:
    return sh(f"openssl x509 -in {path} -noout -fingerprint -sha256").strip()


def state() -> str:
    files = sh(
        "cd /etc; find lab-ca/issued nginx -type f -printf '%p %m %U %G\\n' -exec sha256sum {} \\; | sort"
    )
    return f"{files}{shown()}"


def run(config: Path, *texts: str) -> str:
    """Plan and apply; return the id of the run and all that was said."""
    words = ("certificate-renewal", INNER, "--config", config, *(f"--set={text}" for text in texts))
    planned = opsconsole("plan", *words, "--json")
    assert planned.returncode == 0, planned.stderr
    done = opsconsole("run", *words, f"--confirm={json.loads(planned.stdout)['plan_id']}", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def undo(config: Path) -> None:
    row = json.loads(opsconsole("runs", "--json", "--config", config).stdout)["runs"][0]
    (confirm,) = re.findall(r"--confirm=\S+", opsconsole("undo", row["run_id"], "--config", config).stderr)
    done = opsconsole("undo", row["run_id"], confirm, "--config", config)
    assert "undone" in done.stdout, done.stdout + done.stderr


def configured(lab: Any, folder: Path, more: str = "") -> Path:
    audit = f'[audit]\nledger = "{folder}/ledger.db"\nsigning_key = false\n'
    return configure(lab, folder / "ops.toml", ["bastion", INNER], more=audit + more)


@pytest.fixture
def inner(lab: Any) -> Iterator[None]:
    with altered(INNER, "renewal", _KEEP, _CURE):
        yield


def test_given_files_are_served_behind_the_bastion(lab: Any, tmp_path: Path, inner: None) -> None:
    made = make([NAME], internal(INNER))
    (tmp_path / "new.pem").write_text(made.full)
    (tmp_path / "new.key").write_text(made.key)
    (tmp_path / "new.key").chmod(0o600)
    config = configured(lab, tmp_path)
    before, old = state(), shown()
    files = (f"certificate={tmp_path}/new.pem", f"key=@{tmp_path}/new.key", f"target={PEM}")
    said = run(config, *files)
    assert "handshakes show the file's certificate" in said
    assert shown() == of_file(PEM) != old
    assert sh(f"cat {PEM}") == made.full
    undo(config)
    assert state() == before


@contextmanager
def certbot_at_inner() -> Iterator[None]:
    """Have certbot there, as tls1 has it: the private network leads to no mirror."""
    files = tls_lab.sh(_CERTBOT_FILES)
    there = set(
        sh(
            'cat >/run/wanted; while read -r one; do [ ! -e "$one" ] || echo "$one"; done </run/wanted', files
        ).split("\n")
    )
    lacking = "".join(f"{one}\n" for one in files.splitlines() if one not in there)
    packed = tls_lab.sh("tar -C / -czf - -T - 2>/dev/null | base64", lacking)
    sh("cat >/var/tmp/lab-certbot-files", lacking)
    sh("base64 -d | tar -C / -xzpf -; systemctl daemon-reload; certbot --version", packed)
    yield


@contextmanager
def ca_in_the_private_network() -> Iterator[None]:
    """Have the ACME server of tls1 in inner's network, and let it find inner."""
    tls1 = find(tls_lab.HOST).container
    docker("network", "connect", PRIVATE, tls1)
    try:
        networks = json.loads(docker("inspect", "-f", "{{json .NetworkSettings.Networks}}", tls1).stdout)
        address = networks[PRIVATE]["IPAddress"]
        mine = sh(f"ip -4 route get {address} | sed -n 's/.* src \\([0-9.]*\\).*/\\1/p'").strip()
        sh(
            f"echo '{address} pebble.lab.test' >>/etc/hosts; cat >{CA_HERE}",
            tls_lab.sh("cat /etc/pebble/ca.pem"),
        )
        body = json.dumps({"host": NAME, "addresses": [mine]})
        tls_lab.sh(f"curl -sS --fail -d '{body}' http://127.0.0.1:8055/add-a")
        yield
    finally:
        tls_lab.sh(f'curl -sS -d \'{{"host": "{NAME}"}}\' http://127.0.0.1:8055/clear-a')
        docker("network", "disconnect", PRIVATE, tls1)


def test_a_ca_of_the_private_network_gives_one_behind_the_bastion(
    lab: Any, tmp_path: Path, inner: None
) -> None:
    (tmp_path / "acme.key").write_text(BINDING[1])
    (tmp_path / "acme.key").chmod(0o600)
    config = configured(
        lab,
        tmp_path,
        f'[acme.private]\ndirectory = "{tls_lab.BOUND}"\nca_bundle = "{CA_HERE}"\n'
        f'eab_key_id = "{BINDING[0]}"\neab_key_file = "acme.key"\ndefault_for = ["inner"]\n',
    )
    with tls_lab.binding_pebble(), ca_in_the_private_network(), certbot_at_inner():
        before, old = state(), shown()
        texts = ("driver=acme", f"domains={NAME}", "webroot=/var/www/html", f"replace={PEM}", "rehearse=no")
        run(config, *texts)
        assert shown() == of_file(f"/etc/letsencrypt/live/{NAME}/cert.pem") != old
        assert sh("systemctl is-enabled certbot.timer").strip() == "enabled"
        # And by certbot's own driver, as it would be renewed.
        first = shown()
        run(config, f"name={NAME}", "force=yes", "rehearse=no", "server=private")
        assert shown() == of_file(f"/etc/letsencrypt/live/{NAME}/cert.pem") != first
        undo(config)
        assert shown() == first
        row = json.loads(opsconsole("runs", "--json", "--config", config).stdout)["runs"][-1]
        (confirm,) = re.findall(
            r"--confirm=\S+", opsconsole("undo", row["run_id"], "--config", config).stderr
        )
        opsconsole("undo", row["run_id"], confirm, "--config", config)
        assert state() == before
