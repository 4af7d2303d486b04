"""Renewal by certbot through the runner, for real: every fault at every step, a killed console, a full disk.

One lineage that is due (lived 80 days, 10 left), shown by nginx on IPv4 and IPv6, and a copy of it that nginx
shows on a port of its own; certbot's timer is off. What counts of the host is certbot's folders, the copy,
the timer, and what is served: after each case all of it is new and proved, or all of it is as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from opsconsole.recipes.runner.state import RunState
from tests.lab import matrix, tls_lab
from tests.lab.altered import altered
from tests.lab.certificate_renewal_room import CERTBOT, KEPT, Room, check_full, check_there_and_back
from tests.lab.matrix_table import each
from tests.lab.tls_lab import HOST, SHOP, sh

pytestmark = pytest.mark.lab

COPY = "/etc/nginx/tls/shop-copy"
NAMES = ("rehearse", "keep", "renew", "copies", "reload", "enable-timer", "prove")
ORIGIN = "/var/tmp/opsconsole-lab-renewal-origin.tar"
CHAIN = f"{CERTBOT}/live/{SHOP}/fullchain.pem"
ROOM = Room(
    word="matrix",
    folders=("/etc/nginx",),
    servers="nginx",
    files=(f"{COPY}.pem", f"{COPY}.key"),
    shown={
        (SHOP, 443, "127.0.0.1"): CHAIN,
        (SHOP, 443, "[::1]"): CHAIN,
        (SHOP, 8444, "127.0.0.1"): f"{COPY}.pem",
    },
)

DUE = f"""
rm /etc/nginx/sites-enabled/*
cat {CHAIN} >{COPY}.pem; cat {CERTBOT}/live/{SHOP}/privkey.pem >{COPY}.key
chmod 600 {COPY}.key
cat >/etc/nginx/sites-enabled/shop <<'NGINX'
server {{
    listen 127.0.0.1:443 ssl;
    listen [::1]:443 ssl;
    server_name {SHOP};
    ssl_certificate {CHAIN};
    ssl_certificate_key {CERTBOT}/live/{SHOP}/privkey.pem;
    include snippets/lab.conf;
}}
server {{
    listen 127.0.0.1:8444 ssl;
    server_name {SHOP};
    ssl_certificate {COPY}.pem;
    ssl_certificate_key {COPY}.key;
    root /var/www/html;
}}
NGINX
{ROOM.packed}
"""
TAKE_BACK = f"""
umount -l {CERTBOT} 2>/dev/null
[ -e {ORIGIN} ] || exit 0
cd / && rm -rf etc/letsencrypt etc/nginx && tar -xpf {ORIGIN} && rm {ORIGIN}
systemctl -q enable --now certbot.timer
systemctl restart nginx
rm -rf {KEPT}
"""
SUBJECT = ROOM.subject(name=SHOP, download=f"https://{SHOP}/large.bin")
QUICK = ROOM.subject(name=SHOP, rehearse="no")
"""Without the rehearsal, which needs seconds and is a step of its own in the matrix."""


def at(name: str) -> tuple[matrix.Subject, int]:
    """Return what is tried for a step, and the step's index there."""
    return (SUBJECT, 0) if name == "rehearse" else (QUICK, NAMES.index(name) - 1)


@pytest.fixture(scope="module", autouse=True)
def due(lab: Any) -> None:
    """Make the state before, once: only the CA can make a certificate that is so old."""
    with tls_lab.changed("matrix"):
        tls_lab.write_aged(SHOP, timedelta(days=80), timedelta(days=10))
        sh(DUE)


@pytest.fixture(autouse=True)
def undisturbed(due: None) -> Iterator[None]:
    """Nobody else changes the host meanwhile; others have their turn between tests."""
    with altered(HOST, "tls-matrix", f"tar -C / -cpf {ORIGIN} etc/letsencrypt etc/nginx", TAKE_BACK):
        yield


@each(NAMES, *matrix.FAULTS)
async def test_every_fault_at_every_step(lab: Any, tmp_path: Path, name: str, fault: str) -> None:
    tried, step = at(name)
    await matrix.check(lab, tmp_path, tried, fault, step)


@pytest.mark.parametrize("way", ["resume", "undo"])
@each(NAMES, "console-killed")
async def test_a_console_killed_in_the_midst_of_each_step(
    lab: Any, tmp_path: Path, name: str, fault: str, way: str
) -> None:
    await matrix.check_killed(lab, tmp_path, at(name)[0], f"running {name}", way)


async def test_a_run_and_its_undo(lab: Any, tmp_path: Path) -> None:
    await check_there_and_back(lab, tmp_path, ROOM, SUBJECT, NAMES)


async def test_drift_is_refused_with_the_difference(lab: Any, tmp_path: Path) -> None:
    def drift() -> None:
        sh(f"certbot renew -q --cert-name {SHOP} --force-renewal --no-random-sleep-on-renew")

    await matrix.check_drift(lab, tmp_path, QUICK, drift, "lineages[0].fingerprint")


async def test_a_disk_that_is_full_when_certbot_writes(lab: Any, tmp_path: Path) -> None:
    assert "the disk is full" in await check_full(lab, tmp_path, QUICK, CERTBOT, "renew")


async def test_a_reload_that_nginx_silently_refuses(lab: Any, tmp_path: Path) -> None:
    ROOM.prepare()
    with tls_lab.reload_refused():
        before = ROOM.state()
        async with matrix.World(lab, QUICK, tmp_path).open() as world:
            result = await world.run(await world.planned())
            assert result.state is RunState.UNDONE, result
            assert "reload" in result.verdict
            matrix.agree(world, result, before)
