"""A certificate of an ACME server, through the runner: every fault at every step, a killed console, drift.

Two certificates of the internal CA are replaced by such of pebble: nginx's, whose files become links (room
of the steps `rehearse` and `link`), and HAProxy's one file (`write`, `hook`); certbot's timer is off. What
counts of the host is in `certificate_renewal_room`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconsole.recipes.runner.state import RunState
from tests.lab import matrix, tls_lab
from tests.lab.altered import altered
from tests.lab.certificate_renewal_room import (
    CERTBOT,
    KEPT,
    WEBROOT,
    Room,
    check_full,
    check_there_and_back,
)
from tests.lab.matrix_certificate_renewal_acme import LINKED, OWN, SHARED, WITHOUT, WRITTEN
from tests.lab.matrix_table import each
from tests.lab.tls_lab import HOST, LB, LONG, internal, make, sh

pytestmark = pytest.mark.lab

API, NAME = "api.lab.test", "lb-acme"
PEM, KEY = f"/etc/nginx/tls/{API}.pem", f"/etc/nginx/tls/{API}.key"
BOTH = "/etc/haproxy/certs/lb.pem"
HOOK = f"{CERTBOT}/renewal-hooks/deploy/opsconsole-{NAME}"
CHALLENGES = f"{WEBROOT}/.well-known/acme-challenge"
SITE = "/etc/nginx/sites-enabled/api"
ROOM = Room(
    word="acme",
    folders=("/etc/nginx", "/etc/haproxy"),
    servers="nginx haproxy",
    files=(PEM, KEY, BOTH),
    shown={
        (API, 443, "127.0.0.1"): PEM,
        (API, 443, "[::1]"): PEM,
        (LB, 9443, "127.0.0.1"): BOTH,
        (LB, 9443, "[::1]"): BOTH,
    },
)
MADE = f"""
cat >{BOTH}; chown root:haproxy {BOTH}; chmod 640 {BOTH}
rm /etc/nginx/sites-enabled/*
cat >{SITE} <<'NGINX'
server {{
    listen 127.0.0.1:443 ssl;
    listen [::1]:443 ssl;
    server_name {API};
    ssl_certificate {PEM};
    ssl_certificate_key {KEY};
    include snippets/lab.conf;
}}
NGINX
{ROOM.packed}
"""
GIVEN = {
    "driver": "acme",
    "server": LONG,
    "ca_bundle": "/etc/pebble/ca.pem",
    "webroot": WEBROOT,
    "rehearse": "no",
}
LINKS = {**GIVEN, "domains": API, "replace": PEM}
SUBJECT = ROOM.subject(**LINKS)
REHEARSED = ROOM.subject(**{**LINKS, "rehearse": "yes"})
COMBINED = ROOM.subject(**GIVEN, domains=LB, replace=BOTH, name=NAME)

DRIFT = {
    "rehearse": (f"openssl x509 -in {CERTBOT}/live/{LB}/cert.pem >{PEM}", "fingerprint"),
    "keep": (f"mkdir {CERTBOT}/archive/{API}", f"{CERTBOT}/archive/{API} is there"),
    "issue": (
        f"certbot certonly -nq --server {LONG} --webroot -w {WEBROOT} -d {API}",
        f"keeps {API} already",
    ),
    "link": (f"cp -p {KEY} {KEY}.2; sed -i 's/{API}.key/{API}.key.2/' {SITE}; nginx -s reload", "replace"),
    "write": (
        f"cat {CERTBOT}/live/{LB}/fullchain.pem {CERTBOT}/live/{LB}/privkey.pem >{BOTH}",
        "fingerprint",
    ),
    "hook": (f"touch {HOOK}", f"{HOOK} is there already"),
    "reload": (
        f"sed 's/443 ssl/8444 ssl/' {SITE} >/etc/nginx/sites-enabled/more; systemctl reload nginx"
        "; until ss -Hltn 'sport = :8444' | grep -q .; do sleep 0.05; done",
        "serving.targets",
    ),
    "enable-timer": ("systemctl enable -q certbot.timer", "timer.enabled"),
}
"""Step -> what changes between plan and run of what it rests on, and what the refusal says."""

WRONG = "return 200 'not the one that was asked for'"
"""What a web server says that knows no challenge and is asked for one."""
SILENT = "proxy_pass http://127.0.0.1:8099"


def at(name: str) -> tuple[matrix.Subject, int]:
    """Return what is tried for a step, and the step's index there."""
    if name == "rehearse":
        return REHEARSED, 0
    return (COMBINED, WRITTEN.index(name)) if name in {"write", "hook"} else (SUBJECT, LINKED.index(name))


@pytest.fixture(scope="module", autouse=True)
def room(lab: Any) -> Iterator[None]:
    """Make the state before, once; nobody else changes the host meanwhile."""
    made = make([LB], internal())
    # By reloads alone nginx never comes from one address back to all of them: the port is its own still.
    anew = altered(HOST, "tls-acme-restart", "true", f"systemctl restart {ROOM.servers}")
    with anew, tls_lab.changed("acme-matrix"):
        try:
            sh(MADE, made.full + made.key)
            yield
        finally:
            sh(f"umount -l {CERTBOT} 2>/dev/null; rm -rf {KEPT} {ROOM.tar} {WEBROOT}/.well-known")


@each((*OWN, *SHARED), *matrix.FAULTS, without=WITHOUT)
async def test_every_fault_at_every_step(lab: Any, tmp_path: Path, name: str, fault: str) -> None:
    tried, step = at(name)
    await matrix.check(lab, tmp_path, tried, fault, step)


@each((*OWN, *SHARED), "console-killed", without=WITHOUT)
async def test_a_console_killed_in_the_midst_of_a_step_whose_run_is_taken_back(
    lab: Any, tmp_path: Path, name: str, fault: str
) -> None:
    await matrix.check_killed(lab, tmp_path, at(name)[0], f"running {name}", "undo")


async def test_a_console_killed_while_it_writes_and_the_next_one_goes_on(lab: Any, tmp_path: Path) -> None:
    await matrix.check_killed(lab, tmp_path, COMBINED, "running write", "resume")


@each((*OWN, *SHARED), "drift", without=WITHOUT)
async def test_drift_is_refused_with_the_difference(lab: Any, tmp_path: Path, name: str, fault: str) -> None:
    script, words = DRIFT[name]
    await matrix.check_drift(lab, tmp_path, at(name)[0], lambda: sh(script) and None, words)


async def test_a_run_and_its_undo(lab: Any, tmp_path: Path) -> None:
    """The other room's is in `test_certificate_renewal_combined`."""
    await check_there_and_back(lab, tmp_path, ROOM, REHEARSED, ("rehearse", *LINKED))


@pytest.mark.parametrize(
    ("name", "disk", "words"),
    [
        ("keep", KEPT, "cannot"),
        ("issue", CERTBOT, "the disk is full"),
        ("write", "/etc/haproxy/certs", "cannot be written"),
    ],
)
async def test_a_disk_that_is_full_when_the_step_writes(
    lab: Any, tmp_path: Path, name: str, disk: str, words: str
) -> None:
    assert words in await check_full(lab, tmp_path, at(name)[0], disk, name)


def answers(what: str) -> str:
    """Return the script that has the web server answer otherwise when it is asked for a challenge."""
    place = "/etc/nginx/snippets/lab.conf"
    change = f"s#acme-challenge/ {{.*#acme-challenge/ {{ default_type text/plain; {what}; }}#"
    return f'sed -i "{change}" {place} && grep -q "default_type text/plain" {place} && nginx -s reload'


async def test_a_wrong_answer_to_the_challenge_is_found_by_the_rehearsal(lab: Any, tmp_path: Path) -> None:
    ROOM.prepare()
    sh(answers(WRONG))
    asked = f"curl -s http://{API}/.well-known/acme-challenge/any"
    tls_lab.wait("the wrong answer", lambda: "not the one" in sh(asked))
    await refused(lab, tmp_path, REHEARSED, "Rehearse a certificate")


async def test_one_name_of_two_leads_to_another_host_when_it_counts(lab: Any, tmp_path: Path) -> None:
    other = f"www.{tls_lab.SHOP}"
    ROOM.prepare()
    with tls_lab.dns("unauthorized", other):
        await refused(
            lab, tmp_path, ROOM.subject(**{**LINKS, "domains": f"{API}, {other}"}), "Get a certificate"
        )


async def refused(lab: Any, tmp_path: Path, tried: matrix.Subject, step: str) -> None:
    """Run what the CA must refuse for its challenge: the step fails, it is told why, and all is as before."""
    before = ROOM.state()
    async with matrix.World(lab, tried, tmp_path).open() as world:
        result = await world.run(await world.planned())
        assert result.state is RunState.UNDONE, result
        assert result.verdict.startswith(f"“{step}"), result.verdict
        assert "challenge: the answer at the name is not the one that was asked for" in result.verdict
        matrix.agree(world, result, before)


async def test_certbot_is_killed_while_its_challenge_waits(lab: Any, tmp_path: Path) -> None:
    """As the kernel does when memory is out: certbot cannot take back what it put into the web root."""
    ROOM.prepare()
    sh(f"systemd-run -q --collect --unit=lab-silent nc -lk 127.0.0.1 8099; {answers(SILENT)}")
    before = ROOM.state()
    waits = f"""
    tries=0; until ls {CHALLENGES}/* >/dev/null 2>&1; do
        tries=$((tries + 1)); [ $tries -lt 600 ] || exit 1; sleep 0.02
    done; pkill -KILL -x certbot"""

    async def kill() -> None:
        await asyncio.to_thread(sh, waits)

    try:
        async with matrix.World(lab, SUBJECT, tmp_path).open() as world:
            world.when_running(LINKED.index("issue"), kill)
            result = await world.run(await world.planned())
            assert result.state is RunState.UNDONE, result
            assert "certbot was ended by signal 9" in result.verdict
            matrix.agree(world, result, before)
    finally:
        sh("systemctl stop lab-silent")
