"""Certificates renewed on tls1 for real: by certbot at pebble, shown by nginx and HAProxy, and proved."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE
from opsconsole.recipes.recipe import Plan, PlanError
from opsconsole.recipes.runner.state import RunResult, RunState
from tests.lab import matrix, tls_lab
from tests.lab.matrix_world import World
from tests.lab.tls_lab import HOST, LB, SHOP, fingerprint, served, sh

pytestmark = pytest.mark.lab

SHOWN = f"/etc/letsencrypt/live/{SHOP}/fullchain.pem"
WWW = f"www.{SHOP}"
ADDRESSES = ("127.0.0.1", "[::1]")


def state() -> str:
    """Return all that must be as before after an undo: files, links, what is served, the timer."""
    files = sh("""
    cd /etc/letsencrypt
    find live archive renewal csr keys \\( -type f -printf '%p %m %U %G\\n' -exec sha256sum {} \\; \\) \\
        -o -printf '%p %m %U %G %l\\n' | sort
    stat -c '%n %a %U %G' /etc/haproxy/certs/lb.pem /etc/nginx/tls/*
    sha256sum /etc/haproxy/certs/* /etc/nginx/tls/*
    readlink /etc/nginx/tls/*; systemctl is-enabled certbot.timer; systemctl is-active certbot.timer; true""")
    shown = [served(name, address=address) for name in (SHOP, WWW, "api.lab.test") for address in ADDRESSES]
    shown += [served(LB, 9443, address) for address in ADDRESSES]
    return "\n".join([files, *shown])


def subject(**texts: str) -> matrix.Subject:
    return matrix.Subject(
        recipe=RECIPE,
        values=parameters.read_all(RECIPE.parameters, texts),
        host=HOST,
        prepare=lambda: None,
        state=state,
        load="opsconsole.recipes.certificate_renewal:RECIPE",
    )


@contextlib.asynccontextmanager
async def world(lab: Any, tmp_path: Path, **texts: str) -> AsyncIterator[World]:
    # What others had issued and taken back is not counted.
    sh("rm -f /var/lib/opsconsole/certificate-renewal/issued /run/opsconsole-kept/certificate-renewal/issued")
    async with World(lab, subject(**texts), tmp_path).open() as one:
        yield one


async def run(lab: Any, tmp_path: Path, **texts: str) -> tuple[Plan, RunResult]:
    async with world(lab, tmp_path, **texts) as one:
        plan = await one.planned()
        return plan, await one.run(plan)


def copies() -> set[str]:
    """Return the copies that runs keep for an undo; those of refused undos, of other tests, stay there."""
    return set(sh("ls /var/lib/opsconsole/certificate-renewal 2>/dev/null | grep -v issued || :").split())


def names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


def evidence(result: RunResult, name: str, plan: Plan) -> str:
    return result.steps[names(plan).index(name)].evidence


async def test_what_is_due_is_renewed_and_served_everywhere_and_can_be_taken_back(lab, tmp_path) -> None:
    with tls_lab.aged():
        tls_lab.wait("the aged one to be served", lambda: served(SHOP) == fingerprint(SHOWN))
        before, kept = state(), copies()
        old = fingerprint(SHOWN)
        download = f"https://{SHOP}/large.bin"
        async with world(lab, tmp_path, download=download, check_url=f"https://{SHOP}/health") as one:
            plan = await one.planned()
            assert names(plan) == ["rehearse", "keep", "renew", "reload", "prove"]
            assert "renews shop.lab.test (9d" in plan.summary or "renews shop.lab.test (10d" in plan.summary
            result = await one.run(plan)
            assert result.state is RunState.DONE, result
            new = fingerprint(SHOWN)
            assert new != old
            for address in ADDRESSES:
                assert {served(SHOP, address=address), served(WWW, address=address)} == {new}
            proof = evidence(result, "reload", plan)
            assert "8 of 8 handshakes show the file's certificate" in proof
            assert "new workers" in proof
            assert "/health: HTTP 200 as before" in proof
            assert "a request half sent before the reload was answered whole after it" in proof
            assert "ended whole: 536870912 bytes" in proof
            late = int(proof.split("536870912 bytes, ")[1].split(" ")[0])
            assert late > 400_000_000  # by far the most of it came after the reload
            assert "certbot.timer: enabled, active" in evidence(result, "prove", plan)
            assert sh("stat -c '%a %U' /var/lib/opsconsole/certificate-renewal").strip() == "700 root"
            told = "\n".join(str(event) for event in one.events(result.run_id))
            key = sh(f"sed -n 2p /etc/letsencrypt/live/{SHOP}/privkey.pem").strip()
            assert key not in told
            assert "PRIVATE KEY-----" not in told

            undone = await one.undo(result.run_id)
            assert undone.state is RunState.UNDONE, undone
            assert state() == before
            assert served(SHOP) == old
        assert copies() == kept


async def test_what_is_not_due_is_left_alone(lab, tmp_path) -> None:
    with tls_lab.changed("idle"):
        plan, result = await run(lab, tmp_path)
        assert plan.steps == ()
        assert "nothing to do: lb.lab.test has 89d left, due with 30d" in plan.summary
        assert result.state is RunState.DONE


async def test_force_is_refused_when_the_week_is_used_up(lab, tmp_path) -> None:
    with tls_lab.changed("force"):
        async with world(lab, tmp_path, name=SHOP, force="yes", rehearse="no") as one:
            plan = await one.planned()
            assert any(
                "number 2 of 5 certificates of these names in 7 days" in line for line in plan.warnings
            )
            for _ in range(4):
                sh(f"certbot renew -q --cert-name {SHOP} --force-renewal --no-random-sleep-on-renew")
            refused = await one.run(plan)
            assert refused.state is RunState.REFUSED  # drift: it is not what was planned any more
            with pytest.raises(PlanError, match=r"5 certificates of exactly the names of shop\.lab\.test"):
                await one.planned()
        # What was issued and taken back counts as well.
        async with world(lab, tmp_path, name=LB, force="yes", rehearse="no", weekly_limit="2") as one:
            plan = await one.planned()
            result = await one.run(plan)
            assert result.state is RunState.DONE, result
            assert (await one.undo(result.run_id)).state is RunState.UNDONE
            with pytest.raises(PlanError, match=r"2 certificates of exactly the names of lb\.lab\.test"):
                await one.planned()


async def test_a_reload_that_nginx_silently_refuses(lab, tmp_path) -> None:
    with tls_lab.reload_refused():
        before = state()
        _, result = await run(lab, tmp_path, name=SHOP, force="yes", rehearse="no")
        assert result.state is RunState.UNDONE, result
        assert "bind() to 127.0.0.1:8081 failed" in result.verdict
        assert state() == before


async def test_a_certificate_that_is_renewed_on_disk_and_not_served(lab, tmp_path) -> None:
    with tls_lab.renewed_but_not_served():
        before = state()
        old, new = served(SHOP), fingerprint(SHOWN)
        assert old != new
        async with world(lab, tmp_path) as one:
            plan = await one.planned()
            assert names(plan) == ["reload", "prove"]
            assert "has shop.lab.test served, which is renewed on disk and not shown" in plan.summary
            result = await one.run(plan)
            assert result.state is RunState.DONE, result
            assert served(SHOP) == new == fingerprint(SHOWN)
            undone = await one.undo(result.run_id)
            assert undone.state is RunState.UNDONE, undone
            assert state() == before
            assert served(SHOP) == old


@pytest.mark.parametrize("left", [timedelta(days=9, hours=1), timedelta(hours=-1)], ids=["due", "expired"])
async def test_haproxy_gets_its_one_file_by_certbots_hook(lab, tmp_path, left) -> None:
    with tls_lab.aged(LB, lived=timedelta(days=90), left=left):
        before = state()
        async with world(lab, tmp_path) as one:
            plan = await one.planned()
            assert names(plan) == ["rehearse", "keep", "renew", "copies", "reload", "prove"]
            assert f"renews lb.lab.test ({'9d' if left > timedelta() else 'expired)'}" in plan.summary
            result = await one.run(plan)
            assert result.state is RunState.DONE, result
            assert served(LB, 9443) == fingerprint(f"/etc/letsencrypt/live/{LB}/cert.pem")
            after = state()
            undone = await one.undo(result.run_id)
            if left > timedelta():
                assert undone.state is RunState.UNDONE, undone
                assert state() == before
                return
            # Nobody wants an expired one served again.
            assert undone.state is RunState.REFUSED, undone
            for file in (f"/etc/letsencrypt/live/{LB}/cert.pem", "/etc/haproxy/certs/lb.pem"):
                assert f"the certificate that would be back in {file} has ended (" in undone.verdict
            assert state() == after
            assert (await one.undo(result.run_id)).state is RunState.REFUSED  # the run stays what it was


async def test_what_was_renewed_since_a_run_is_not_lost_by_its_undo(lab, tmp_path) -> None:
    with tls_lab.aged(SHOP):
        async with world(lab, tmp_path, name=SHOP, rehearse="no") as one:
            plan = await one.planned()
            result = await one.run(plan)
            assert result.state is RunState.DONE, result
            sh(f"certbot renew -q --cert-name {SHOP} --force-renewal --no-random-sleep-on-renew")
            after = state()
            refused = await one.undo(result.run_id)
            assert refused.state is RunState.REFUSED, refused
            version = next(each for each in plan.facts["lineages"] if each["name"] == SHOP)["version"] + 2
            newest = f"/etc/letsencrypt/archive/{SHOP}/cert{version}.pem"
            assert f"since then it was renewed ({newest}, good until " in refused.verdict
            assert state() == after


async def test_a_run_that_fails_puts_even_an_expired_certificate_back(lab, tmp_path) -> None:
    """It was there before, and what else was done is not proved."""
    with tls_lab.aged(SHOP, lived=timedelta(days=90), left=timedelta(hours=-1)), tls_lab.reload_refused():
        before = state()
        _, result = await run(lab, tmp_path, name=SHOP, rehearse="no")
        assert result.state is RunState.UNDONE, result
        assert state() == before


async def test_what_has_autorenew_off_is_renewed_when_it_is_named(lab, tmp_path) -> None:
    conf = f"/etc/letsencrypt/renewal/{SHOP}.conf"
    with tls_lab.aged(SHOP):
        sh(f"sed -i 's/^\\[renewalparams\\]$/&\\nautorenew = False/' {conf}")
        async with world(lab, tmp_path) as one:
            assert "(autorenew is off: name=shop.lab.test renews it)" in (await one.planned()).summary
        plan, result = await run(lab, tmp_path, name=SHOP)
        assert any("autorenew is off: renewed with --force-renewal now" in line for line in plan.warnings)
        assert result.state is RunState.DONE, result
        assert served(SHOP) == fingerprint(SHOWN)
        assert sh(f"grep -c '^autorenew = False$' {conf}").strip() == "1"  # still off


async def test_haproxy_gets_its_one_file_without_a_hook_too(lab, tmp_path) -> None:
    with tls_lab.changed("no-hook", f"sed -i /renew_hook/d /etc/letsencrypt/renewal/{LB}.conf"):
        kind = "stat -c '%a %U %G' /etc/haproxy/certs/lb.pem"
        mode = sh(kind)
        plan, result = await run(lab, tmp_path, name=LB, force="yes", rehearse="no")
        assert result.state is RunState.DONE, result
        assert served(LB, 9443) == fingerprint(f"/etc/letsencrypt/live/{LB}/cert.pem")
        assert sh(kind) == mode
        assert "haproxy: " in evidence(result, "reload", plan)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (tls_lab.acme_refuses, "the CA's rate limit is reached"),
        (
            lambda: tls_lab.acme_refuses("caa", status=403, detail="CAA record for shop.lab.test forbids"),
            "CAA: ",
        ),
        (
            lambda: tls_lab.acme_refuses("serverInternal", status=500, detail="down"),
            "the CA has trouble itself",
        ),
        (lambda: tls_lab.dns("servfail"), "DNS: the CA cannot look a name up"),
        (lambda: tls_lab.dns("connection"), "challenge: the CA cannot connect to the host"),
        (lambda: tls_lab.dns("unauthorized"), "challenge: the answer at the name is not the one"),
        (lambda: tls_lab.read_only("/var/www/acme"), "permission: "),
        (tls_lab.read_only, "permission: "),
    ],
    ids=[
        "rate-limit",
        "caa",
        "server",
        "dns",
        "connection",
        "unauthorized",
        "webroot-read-only",
        "read-only",
    ],
)
@pytest.mark.parametrize("rehearse", ["yes", "no"])
async def test_failures_are_told_apart(lab, tmp_path, fault, words, rehearse) -> None:
    with fault():
        before = state()
        _, result = await run(lab, tmp_path, name=SHOP, force="yes", rehearse=rehearse)
        assert result.state is RunState.UNDONE, result
        assert words in result.verdict, result.verdict
        assert state() == before


async def test_the_timer_is_offered_and_taken_back(lab, tmp_path) -> None:
    with tls_lab.timer_off():
        async with world(lab, tmp_path) as one:
            plan = await one.planned()
            assert names(plan) == ["enable-timer", "prove"]
            result = await one.run(plan)
            assert result.state is RunState.DONE, result
            assert sh("systemctl is-enabled certbot.timer; systemctl is-active certbot.timer").split() == [
                "enabled",
                "active",
            ]
            assert (await one.undo(result.run_id)).state is RunState.UNDONE
            assert sh(
                "systemctl is-enabled certbot.timer; systemctl is-active certbot.timer; true"
            ).split() == [
                "disabled",
                "inactive",
            ]
        async with world(lab, tmp_path, enable_timer="no") as one:
            assert (await one.planned()).steps == ()


async def test_an_acme_server_gives_a_certificate_in_place_of_another(lab, tmp_path) -> None:
    replaced = "/etc/nginx/tls/api.lab.test.pem"
    texts = {
        "driver": "acme",
        "domains": "api.lab.test",
        "server": tls_lab.LONG,
        "ca_bundle": "/etc/pebble/ca.pem",
        "webroot": "/var/www/acme",
        "replace": replaced,
    }
    with tls_lab.changed("acme-driver"):
        before = state()
        async with world(lab, tmp_path, **texts) as one:
            plan = await one.planned()
            assert names(plan) == ["rehearse", "keep", "issue", "link", "reload", "prove"]
            result = await one.run(plan)
            assert result.state is RunState.DONE, result
            assert served("api.lab.test") == fingerprint("/etc/letsencrypt/live/api.lab.test/cert.pem")
            assert sh(f"readlink {replaced}").strip() == "/etc/letsencrypt/live/api.lab.test/fullchain.pem"
            undone = await one.undo(result.run_id)
            assert undone.state is RunState.UNDONE, undone
            assert state() == before
