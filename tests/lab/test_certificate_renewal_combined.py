"""HAProxy's one file with certificate, chain and key, from an ACME server; the key never leaves tls1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE
from opsconsole.recipes.recipe import PlanError
from opsconsole.recipes.runner.state import RunState
from tests.lab import matrix, tls_lab
from tests.lab.matrix_world import World
from tests.lab.tls_lab import HOST, LB, fingerprint, internal, make, served, sh

pytestmark = pytest.mark.lab

FILE = "/etc/haproxy/certs/lb.pem"
NAME = "lb-acme"
HOOK = f"/etc/letsencrypt/renewal-hooks/deploy/opsconsole-{NAME}"
KEPT = "/var/lib/opsconsole/certificate-renewal"
ADDRESSES = ("127.0.0.1", "[::1]")
OWN = "chown root:haproxy /etc/haproxy/certs/lb.pem; chmod 640 /etc/haproxy/certs/lb.pem"
DH = f"openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 2>/dev/null >>{FILE}"


def shown() -> set[str]:
    return {served(LB, 9443, address) for address in ADDRESSES}


def state() -> str:
    files = sh(f"""
    cd /etc
    find letsencrypt/live letsencrypt/archive letsencrypt/renewal letsencrypt/keys haproxy \\
        \\( -type f -printf '%p %m %U %G\\n' -exec sha256sum {{}} \\; \\) -o -printf '%p %m %l\\n' | sort
    ls -A {HOOK} 2>/dev/null; true""")
    return f"{files}{sorted(shown())}"


def subject(**more: str) -> matrix.Subject:
    texts = {
        "driver": "acme",
        "name": NAME,
        "domains": LB,
        "server": tls_lab.LONG,
        "ca_bundle": "/etc/pebble/ca.pem",
        "webroot": "/var/www/acme",
        "replace": FILE,
        "rehearse": "no",
        **more,
    }
    values = parameters.read_all(RECIPE.parameters, texts)
    return matrix.Subject(recipe=RECIPE, values=values, host=HOST, prepare=lambda: None, state=state)


def given() -> None:
    """Have a file of the internal CA there, that no lineage wrote, with owner, mode and DH parameters."""
    made = make([LB], internal())
    sh(f"cat >{FILE}", stdin=made.full + made.key)
    sh(f"{OWN}; {DH}; systemctl reload haproxy")
    tls_lab.wait("the internal one to be served", lambda: shown() == {fingerprint(FILE)})


async def test_haproxys_file_is_written_whole_now_and_after_each_renewal(lab: Any, tmp_path: Path) -> None:
    with tls_lab.changed("combined"):
        given()
        sh(f"mkdir -m 700 -p {KEPT.rpartition('/')[0]} {KEPT}")  # else parents are for everybody to read
        sh(f"cd {KEPT}; mkdir 0a 0b; touch -d '40 days ago' 0a; touch -d '20 days ago' 0b")
        before, old = state(), shown()
        async with World(lab, subject(), tmp_path).open() as console:
            plan = await console.planned()
            assert [step.name for step in plan.steps] == ["keep", "issue", "write", "hook", "reload", "prove"]
            result = await console.run(plan)
            assert result.state is RunState.DONE, result
            live = f"/etc/letsencrypt/live/{NAME}"
            assert shown() == {fingerprint(f"{live}/cert.pem")} != old
            # Of earlier runs only the copies stay whose time is not over.
            assert sh(f"ls -d {KEPT}/0[ab]; rmdir {KEPT}/0b").split() == [f"{KEPT}/0b"]
            parts = sh(f"sed -n 's/^-----BEGIN \\(.*\\)-----/\\1/p' {FILE}").split("\n")[:-1]
            assert parts == ["CERTIFICATE", "CERTIFICATE", "PRIVATE KEY", "DH PARAMETERS"]
            assert sh(f"stat -c '%a %U:%G' {FILE}") == "640 root:haproxy\n"
            key = sh(f"sed -n 2p {live}/privkey.pem").strip()
            told = "\n".join(str(event) for event in console.events(result.run_id))
            assert key
            assert key not in told
            undone = await console.undo(result.run_id)
            assert undone.state is RunState.UNDONE, undone
            assert (state(), shown()) == (before, old)


async def test_haproxys_file_follows_certbots_renewals_and_no_undo_loses_them(
    lab: Any, tmp_path: Path
) -> None:
    with tls_lab.changed("combined-follows"):
        given()
        async with World(lab, subject(), tmp_path).open() as console:
            result = await console.run(await console.planned())
            assert result.state is RunState.DONE, result
            live = f"/etc/letsencrypt/live/{NAME}"
            # What certbot's timer will do: the file follows, and HAProxy shows it.
            first = shown()
            sh(f"certbot renew -q --cert-name {NAME} --force-renewal --no-random-sleep-on-renew")
            tls_lab.wait("the renewed one to be served", lambda: shown() == {fingerprint(f"{live}/cert.pem")})
            assert shown() != first
            assert sh(f"stat -c '%a %U:%G' {FILE}") == "640 root:haproxy\n"
            after = state()
            refused = await console.undo(result.run_id)
            assert refused.state is RunState.REFUSED, refused
            newest = f"/etc/letsencrypt/archive/{NAME}/cert2.pem"
            assert f"since then it was renewed ({newest}, good until " in refused.verdict
            copies = refused.verdict.partition(
                "; renew it again instead, or put back by hand what you need of "
            )[2]
            assert "copy.0" in sh(f"ls {copies}").split()
            assert state() == after


@pytest.mark.parametrize(
    ("breaks", "more", "words"),
    [
        ("", {"domains": f"*.{LB}"}, r"wildcard needs a DNS challenge.*certbot certonly --dns-PROVIDER"),
        ("", {"replace": "/etc/haproxy/certs/none.pem"}, r"replace: .*none\.pem is not there"),
        (f"mv {FILE} {FILE}.own; ln -s lb.pem.own {FILE}", {}, r"replace: .*lb\.pem is a link"),
        (f"mkdir -p {HOOK.rpartition('/')[0]}; touch {HOOK}", {}, r"opsconsole-lb-acme is there already"),
    ],
    ids=["wildcard", "missing", "link", "hook"],
)
async def test_what_cannot_be_done_is_refused_with_what_to_do(
    lab: Any, tmp_path: Path, breaks: str, more: dict[str, str], words: str
) -> None:
    with tls_lab.changed("combined-refused", breaks):
        async with World(lab, subject(**more), tmp_path).open() as console:
            with pytest.raises(PlanError, match=words):
                await console.planned()
