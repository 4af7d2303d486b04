"""A given certificate and key, through the runner: every fault at every step, a killed console, drift."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconsole.console.given import prepared, typed
from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE
from tests.lab import matrix, tls_lab
from tests.lab.tls_lab import HOST, fingerprint, internal, make, served, sh

pytestmark = pytest.mark.lab

NAME = "api.lab.test"
FOLDER = "/etc/nginx/tls"
PEM, KEY = f"{FOLDER}/{NAME}.pem", f"{FOLDER}/{NAME}.key"
COPY = "/var/tmp/opsconsole-lab-files-matrix.tar"
NAMES = ("keep", "install", "reload")


def prepare() -> None:
    """Have the old files on a small disk, and shown; no copies: plans that are alike name theirs alike."""
    sh("find /var/lib/opsconsole/certificate-renewal -mindepth 1 -delete")
    sh(f"find {FOLDER} -mindepth 1 -delete; tar -C {FOLDER} -xpf {COPY}; systemctl reload nginx")
    old = fingerprint(PEM)
    tls_lab.wait(
        "the old certificate to be served", lambda: served(NAME) == served(NAME, 443, "[::1]") == old
    )


def state() -> str:
    """Return the files with mode, owner and time, copies that were left, and what is served."""
    files = sh(
        f"cd {FOLDER}; find . -printf '%p %m %U %G %s %T@\\n' | sort | grep -v '^[.] '; sha256sum *.*"
        " | sort; ls /var/lib/opsconsole/certificate-renewal | wc -l"
    )
    return f"{files}{served(NAME)} {served(NAME, 443, '[::1]')}"


@pytest.fixture(scope="module")
def subject() -> Iterator[matrix.Subject]:
    made = make([NAME], internal())
    given = prepared(
        RECIPE, typed(RECIPE.parameters, {"certificate": made.full, "key": made.key, "target": PEM})
    )
    keep = f"""mkdir -p /var/lib/opsconsole/certificate-renewal; tar -C {FOLDER} -cpf {COPY} .
    mount -t tmpfs -o size=1m,mode=755 lab-files {FOLDER}"""
    with tls_lab.changed("files-matrix"):
        try:
            sh(keep)
            yield matrix.Subject(
                recipe=RECIPE,
                values=parameters.read_all(RECIPE.parameters, given.texts),
                host=HOST,
                prepare=prepare,
                state=state,
                full=FOLDER,
                load="opsconsole.recipes.certificate_renewal:RECIPE",
                secrets=given.secrets,
            )
        finally:
            sh(f"umount -l {FOLDER}; rm -f {COPY}")


@pytest.mark.parametrize("step", range(len(NAMES)), ids=NAMES)
@pytest.mark.parametrize("fault", matrix.FAULTS)
async def test_every_fault_at_every_step(
    lab: Any, tmp_path: Path, subject: matrix.Subject, fault: str, step: int
) -> None:
    await matrix.check(lab, tmp_path, subject, fault, step)


@pytest.mark.parametrize("way", ["resume", "undo"])
@pytest.mark.parametrize("point", matrix.kill_points(NAMES))
async def test_a_console_that_is_killed(
    lab: Any, tmp_path: Path, subject: matrix.Subject, point: str, way: str
) -> None:
    await matrix.check_killed(lab, tmp_path, subject, point, way)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (f"chmod 640 {KEY}", "files.key.stat"),
        (f"chown root:www-data {PEM}", "files.target.owner"),
        (f"cat /etc/lab-ca/intermediate.pem >>{PEM}", "files.target.sha256"),
    ],
)
async def test_a_host_that_is_not_as_planned_is_refused(
    lab: Any, tmp_path: Path, subject: matrix.Subject, script: str, words: str
) -> None:
    await matrix.check_drift(lab, tmp_path, subject, lambda: sh(script) and None, words)
