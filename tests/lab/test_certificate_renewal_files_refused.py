"""Given certificates that would break tls1: refused by the plan or the host, or taken back whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from opsconsole.recipes.runner.state import RunState
from tests.lab import tls_lab
from tests.lab.certificate_files import API, KEY, PEM, copies, refusal, run, state, world
from tests.lab.tls_lab import SHOP, Made, internal, make, sh

pytestmark = pytest.mark.lab


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
