"""Renewal by certbot through the runner, for real: every fault at every step, a killed console, a full disk.

One lineage that is due (lived 80 days, 10 left), shown by nginx on IPv4 and IPv6, and a copy of it that nginx
shows on a port of its own; certbot's timer is off. What counts of the host is certbot's folders, the copy,
the timer, and what is served: after each case all of it is new and proved, or all of it is as before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE
from opsconsole.recipes.runner.state import RunState
from tests.lab import matrix, tls_lab
from tests.lab.altered import altered
from tests.lab.tls_lab import HOST, SHOP, sh

pytestmark = pytest.mark.lab

CERTBOT = "/etc/letsencrypt"
COPY = "/etc/nginx/tls/shop-copy"
NAMES = ("rehearse", "keep", "renew", "copies", "reload", "enable-timer", "prove")
TAR = "/var/tmp/opsconsole-lab-renewal-matrix.tar"
ORIGIN = "/var/tmp/opsconsole-lab-renewal-origin.tar"

DUE = f"""
rm /etc/nginx/sites-enabled/*
cat {CERTBOT}/live/{SHOP}/fullchain.pem >{COPY}.pem; cat {CERTBOT}/live/{SHOP}/privkey.pem >{COPY}.key
chmod 600 {COPY}.key
cat >/etc/nginx/sites-enabled/shop <<'NGINX'
server {{
    listen 127.0.0.1:443 ssl;
    listen [::1]:443 ssl;
    server_name {SHOP};
    ssl_certificate {CERTBOT}/live/{SHOP}/fullchain.pem;
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
tar -C / -cpf {TAR} etc/letsencrypt etc/nginx
"""
TAKE_BACK = f"""
umount -l {CERTBOT} 2>/dev/null
[ -e {ORIGIN} ] || exit 0
cd / && rm -rf etc/letsencrypt etc/nginx && tar -xpf {ORIGIN} && rm {ORIGIN}
systemctl -q enable --now certbot.timer
systemctl restart nginx
rm -rf /var/lib/opsconsole/certificate-renewal
"""
PREPARE = f"""
set -e
mountpoint -q {CERTBOT} || mount -t tmpfs -o size=2m,mode=755 lab-letsencrypt {CERTBOT}
find {CERTBOT} -mindepth 1 -delete
rm -rf /etc/nginx /var/lib/opsconsole/certificate-renewal
tar -C / -xpf {TAR}
systemctl -q disable --now certbot.timer
systemctl restart nginx
"""
STATE = f"""
cd {CERTBOT} && find live archive renewal csr keys -printf '%y %m %U %G %p %l\\n' | sort
find live archive renewal csr keys -type f -exec sha256sum {{}} + | sort -k 2
sha256sum {COPY}.pem {COPY}.key; stat -c '%a %U %G' {COPY}.pem {COPY}.key
systemctl is-enabled certbot.timer; systemctl is-active certbot.timer
for at in 127.0.0.1:443 '[::1]:443' 127.0.0.1:8444; do
    openssl s_client -connect "$at" -servername {SHOP} </dev/null 2>/dev/null |
        openssl x509 -noout -fingerprint -sha256
done
true
"""


def prepare() -> None:
    """Have the lineage due, shown, and its timer off."""
    sh(PREPARE)
    wait_served()


def wait_served() -> None:
    """Wait until nginx shows what is on disk: a reload is over some time after it was asked for."""
    old = tls_lab.fingerprint(f"{CERTBOT}/live/{SHOP}/fullchain.pem")
    tls_lab.wait("the old certificate to be served", lambda: set(served()) == {old})


def served() -> list[str]:
    """Return the fingerprints that are served, by the host's own openssl."""
    ways = ((443, "127.0.0.1"), (443, "[::1]"), (8444, "127.0.0.1"))
    return [tls_lab.served(SHOP, port, address) for port, address in ways]


def state() -> str:
    """Return certbot's files, the copy, the timer, and what is served."""
    return sh(STATE)


def values(**texts: str) -> Mapping[str, Any]:
    """Return the recipe's values for texts as an engineer types them."""
    return parameters.read_all(RECIPE.parameters, {"name": SHOP, **texts})


def subject(**texts: str) -> matrix.Subject:
    return matrix.Subject(
        recipe=RECIPE,
        values=values(**texts),
        host=HOST,
        prepare=prepare,
        state=state,
        full=CERTBOT,
        load="opsconsole.recipes.certificate_renewal:RECIPE",
    )


SUBJECT = subject(download=f"https://{SHOP}/large.bin")
QUICK = subject(rehearse="no")
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


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", matrix.FAULTS)
async def test_every_fault_at_every_step(lab: Any, tmp_path: Path, fault: str, name: str) -> None:
    tried, step = at(name)
    await matrix.check(lab, tmp_path, tried, fault, step)


@pytest.mark.parametrize("way", ["resume", "undo"])
@pytest.mark.parametrize("name", NAMES)
async def test_a_console_killed_in_the_midst_of_each_step(
    lab: Any, tmp_path: Path, name: str, way: str
) -> None:
    await matrix.check_killed(lab, tmp_path, at(name)[0], f"running {name}", way)


async def test_a_run_and_its_undo(lab: Any, tmp_path: Path) -> None:
    prepare()
    before, old = state(), served()
    async with matrix.World(lab, SUBJECT, tmp_path).open() as world:
        plan = await world.planned()
        assert tuple(step.name for step in plan.steps) == NAMES
        result = await world.run(plan)
        matrix.agree(world, result, before)
        new = tls_lab.fingerprint(f"{CERTBOT}/live/{SHOP}/fullchain.pem")
        assert set(served()) == {new} != set(old)
        assert (
            sh("systemctl is-enabled certbot.timer; systemctl is-active certbot.timer") == "enabled\nactive\n"
        )
        matrix.agree(world, await world.undo(result.run_id), before)
        assert served() == old


async def test_drift_is_refused_with_the_difference(lab: Any, tmp_path: Path) -> None:
    def drift() -> None:
        sh(f"certbot renew -q --cert-name {SHOP} --force-renewal --no-random-sleep-on-renew")

    await matrix.check_drift(lab, tmp_path, QUICK, drift, "lineages[0].fingerprint")


async def test_a_disk_that_is_full_when_certbot_writes(lab: Any, tmp_path: Path) -> None:
    prepare()
    sh(f"dd if=/dev/zero of={CERTBOT}/.full bs=4k 2>/dev/null || true")
    before = state()
    async with matrix.World(lab, QUICK, tmp_path).open() as world:
        result = await world.run(await world.planned())
        assert result.state is RunState.UNDONE, result
        assert "“Renew shop.lab.test” failed" in result.verdict
        assert "the disk is full" in result.verdict
        matrix.agree(world, result, before)


async def test_a_reload_that_nginx_silently_refuses(lab: Any, tmp_path: Path) -> None:
    prepare()
    with tls_lab.reload_refused():
        before, old = state(), served()
        async with matrix.World(lab, QUICK, tmp_path).open() as world:
            result = await world.run(await world.planned())
            assert result.state is RunState.UNDONE, result
            assert "reload" in result.verdict
            matrix.agree(world, result, before)
            assert served() == old
