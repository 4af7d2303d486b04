"""Certificates that Apache shows on tls1: by an ACME server, by certbot, and a refused configuration."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE
from opsconsole.recipes.recipe import Plan
from opsconsole.recipes.runner.state import RunResult, RunState
from tests.lab import matrix, tls_lab
from tests.lab.matrix_world import World
from tests.lab.tls_lab import HOST, fingerprint, served, sh

pytestmark = pytest.mark.lab

LEGACY, PORT = "legacy.lab.test", 8443
PEM, KEY = f"/etc/apache2/tls/{LEGACY}.pem", f"/etc/apache2/tls/{LEGACY}.key"
LIVE = f"/etc/letsencrypt/live/{LEGACY}"
ADDRESSES = ("127.0.0.1", "[::1]")
SITE = "/etc/apache2/sites-available/legacy.conf"
BROKEN = "/etc/apache2/conf-enabled/lab-broken.conf"
OF_CERTBOT = f"""
sed -i 's|{PEM}|{LIVE}/fullchain.pem|; s|{KEY}|{LIVE}/privkey.pem|' {SITE}
systemctl reload apache2
"""


def state() -> str:
    """Return all that must be as before: Apache's and certbot's files, links, and what is served."""
    files = sh("""
    cd /etc
    for folder in apache2 letsencrypt/live letsencrypt/archive letsencrypt/renewal letsencrypt/keys; do
        [ -d $folder ] || continue
        find $folder \\( -type f -printf '%p %m %U %G\\n' -exec sha256sum {} \\; \\) -o \\
            -printf '%p %m %l\\n' | sort
    done""")
    return "\n".join([files, *shown()])


def shown() -> list[str]:
    return [served(LEGACY, PORT, address) for address in ADDRESSES]


def subject(**texts: str) -> matrix.Subject:
    values = parameters.read_all(RECIPE.parameters, texts)
    return matrix.Subject(recipe=RECIPE, values=values, host=HOST, prepare=lambda: None, state=state)


def evidence(plan: Plan, result: RunResult, name: str) -> str:
    return result.steps[[step.name for step in plan.steps].index(name)].evidence


def wait_shown(path: str) -> None:
    """Wait until Apache shows a file: its graceful restart is over some time after it was asked for."""
    tls_lab.wait(f"{path} to be served", lambda: set(shown()) == {fingerprint(path)})


async def test_a_new_one_of_an_acme_server_is_served_and_taken_back(lab: Any, tmp_path: Path) -> None:
    texts = {
        "driver": "acme",
        "domains": LEGACY,
        "server": tls_lab.LONG,
        "ca_bundle": "/etc/pebble/ca.pem",
        "webroot": "/var/www/acme",
        "replace": PEM,
        "rehearse": "no",
        "download": f"https://{LEGACY}:{PORT}/large.bin",
    }
    with tls_lab.changed("apache-acme"):
        before, old = state(), shown()
        async with World(lab, subject(**texts), tmp_path).open() as console:
            plan = await console.planned()
            assert [step.name for step in plan.steps] == ["keep", "issue", "link", "reload", "prove"]
            assert "apachectl -t, then systemctl reload apache2.service" in plan.steps[3].details
            result = await console.run(plan)
            assert result.state is RunState.DONE, result
            assert set(shown()) == {fingerprint(f"{LIVE}/cert.pem")} != set(old)
            proof = evidence(plan, result, "reload")
            assert "4 of 4 handshakes show the file's certificate" in proof
            assert re.search(r"apache: [1-9][0-9]* new workers", proof)
            assert "a request half sent before the reload was answered whole after it" in proof
            assert "ended whole: 536870912 bytes" in proof
            undone = await console.undo(result.run_id)
            assert undone.state is RunState.UNDONE, undone
            assert (state(), shown()) == (before, old)


async def test_certbot_renews_what_apache_shows(lab: Any, tmp_path: Path) -> None:
    with tls_lab.changed("apache-certbot"):
        tls_lab.issue(LEGACY)
        sh(OF_CERTBOT)
        wait_shown(f"{LIVE}/cert.pem")
        before, old = state(), shown()
        async with World(lab, subject(name=LEGACY, force="yes", rehearse="no"), tmp_path).open() as console:
            plan = await console.planned()
            assert [step.name for step in plan.steps] == ["keep", "renew", "reload", "prove"]
            result = await console.run(plan)
            assert result.state is RunState.DONE, result
            assert set(shown()) == {fingerprint(f"{LIVE}/cert.pem")} != set(old)
            assert "4 of 4 handshakes" in evidence(plan, result, "reload")
            undone = await console.undo(result.run_id)
            assert undone.state is RunState.UNDONE, undone
            assert (state(), shown()) == (before, old)


async def test_a_configuration_that_apachectl_refuses(lab: Any, tmp_path: Path) -> None:
    with tls_lab.changed("apache-refused"):
        tls_lab.issue(LEGACY)
        sh(OF_CERTBOT)
        wait_shown(f"{LIVE}/cert.pem")
        # What runs is the configuration of before; nobody has tried the one that is there now.
        sh(f"echo 'NoSuchDirective on' >{BROKEN}")
        before, old = state(), shown()
        async with World(lab, subject(name=LEGACY, force="yes", rehearse="no"), tmp_path).open() as console:
            result = await console.run(await console.planned())
            assert result.state is RunState.UNDONE, result
            assert "apache refuses its configuration" in result.verdict
            assert "NoSuchDirective" in result.verdict
            assert (state(), shown()) == (before, old)
            assert sh("systemctl is-active apache2").strip() == "active"
