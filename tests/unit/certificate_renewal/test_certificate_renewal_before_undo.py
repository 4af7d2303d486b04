"""An undo that a person asks for weeks later: nothing that has ended comes back, nothing newer is lost."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.data.host import Command
from opsconsole.data.tls.read import read
from opsconsole.recipes.certificate_renewal import RECIPE, files_steps
from opsconsole.recipes.certificate_renewal.files_options import Options
from opsconsole.recipes.certificate_renewal.served import Program, Serving
from opsconsole.recipes.recipe import Plan
from tests.unit.certificate_renewal.certificate_renewal_samples import (
    NGINX,
    acme_planned,
    found,
    kept,
    pem,
    planned,
    target,
)

SHELLS = [["dash"], ["busybox", "ash"], ["bash", "--posix"]]
SHELLS = [words for words in SHELLS if shutil.which(words[0])] or [["sh"]]
LB = "/etc/haproxy/lb.pem"
GOOD: dict[str, Any] = {"left_days": 30_000}
ENDED: dict[str, Any] = {"left_days": -9_000, "lived_days": 20_000}
COPIES = "/var/lib/opsconsole/certificate-renewal"
LIVE, ARCHIVE = "/etc/letsencrypt/live/a.test", "/etc/letsencrypt/archive/a.test"
KEPT = "a.test/archive/cert2.pem"
CERTBOT = {KEPT: GOOD, f"{ARCHIVE}/cert2.pem": GOOD, f"{ARCHIVE}/cert3.pem": GOOD}


class Host:
    """A host below a folder of the test's."""

    def __init__(self, root: Path, sh: list[str]) -> None:
        self.host = SimpleNamespace(name="web1")
        self.root, self.sh = root, sh

    def place(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def has(self, token: str, files: dict[str, dict[str, Any]]) -> None:
        """Have certificates: among the copies of a run, or below `/`; `live` leads to the newest version."""
        for number, (path, wishes) in enumerate(files.items()):
            place = self.place(path if path.startswith("/") else f"{COPIES}/{token}/{path}")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(pem("a.test", f"n{number}.test", **wishes))
        live = self.place(f"{LIVE}/cert.pem")
        live.parent.mkdir(parents=True)
        versions = sorted(self.place(ARCHIVE).glob("cert*.pem"))
        if versions:
            live.symlink_to(versions[-1])

    async def run(self, command: Command) -> Any:
        text, root = command.argv[2], str(self.root)
        for folder in ("/var/lib/opsconsole", "/run/opsconsole-kept"):
            text = text.replace(folder, root + folder)
        stdin = (command.stdin or b"").replace(b" /etc/", f" {root}/etc/".encode())
        words = [*self.sh, "-c", text, *command.argv[3:]]
        done = subprocess.run(words, input=stdin, stdout=subprocess.PIPE, check=True)
        return SimpleNamespace(timed_out=False, exit_status=0, stdout=done.stdout, stderr=b"")


@pytest.fixture(params=SHELLS, ids=lambda words: words[0])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    return Host(tmp_path, request.param)


def token_of(plan: Plan) -> str:
    return next(step for step in plan.steps if step.undo).commands[0].argv[4]


async def against(host: Host, plan: Plan, files: dict[str, dict[str, Any]], *steps: str) -> str:
    host.has(token_of(plan), files)
    names = frozenset(steps or (step.name for step in plan.steps))
    return (await RECIPE.undo_trouble(host, plan, names)).replace(str(host.root), "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (CERTBOT, ""),
        (
            CERTBOT | {KEPT: ENDED, f"{ARCHIVE}/cert2.pem": ENDED},
            f"the certificate that would be back in {LIVE}/cert.pem has ended (",
        ),
        # What is there has ended too: nothing is worse by it.
        (CERTBOT | {KEPT: ENDED, f"{ARCHIVE}/cert3.pem": ENDED}, ""),
        (
            CERTBOT | {f"{ARCHIVE}/cert4.pem": GOOD},
            f"since then it was renewed ({ARCHIVE}/cert4.pem, good until ",
        ),
        (CERTBOT | {f"{ARCHIVE}/cert4.pem": ENDED}, ""),
        ({f"{ARCHIVE}/cert3.pem": GOOD}, f"there is no copy any more of {LIVE}/cert.pem"),
    ],
    ids=["good", "ended", "both-ended", "renewed-since", "renewed-and-ended", "copies-gone"],
)  # fmt: skip
async def test_what_stands_against_an_undo_of_a_renewal(
    host: Host, files: dict[str, dict[str, Any]], words: str
) -> None:
    said = await against(host, planned(found(kept())), files)
    assert said.startswith(words)
    assert bool(said) is bool(words)
    if KEPT in files and said:
        kept_in = f"{COPIES}/{token_of(planned(found(kept())))}"
        assert said.endswith(f"; renew it again instead, or put back by hand what you need of {kept_in}")
    assert said.count(words) == 1 or not words


async def test_steps_that_put_nothing_back_are_not_asked_about(host: Host) -> None:
    assert await against(host, planned(found(kept())), {}, "rehearse", "keep", "reload", "prove") == ""


async def test_a_copy_that_has_ended_does_not_come_back(host: Host) -> None:
    one = kept()
    shown = Serving(
        (Program("haproxy", "haproxy.service"),), (target(one, certificate=LB, kind="haproxy"),), ((LB, LB),)
    )
    plan = planned(found(one), shown, {LB: one.current.fingerprint_sha256})
    assert "copies" in [step.name for step in plan.steps]
    said = await against(host, plan, CERTBOT | {"copy.0": ENDED, LB: GOOD}, "copies")
    assert said.startswith(f"the certificate that would be back in {LB} has ended (")


async def test_an_earlier_version_that_has_ended_is_not_served_again(host: Host) -> None:
    """Of a run that only reloaded, the way back is an earlier version that is kept."""
    one = kept(left_days=80)
    plan = planned(found(one), Serving((NGINX,), (target(one, served="0" * 64),)))
    assert [step.name for step in plan.steps] == ["reload", "prove"]
    files = {f"{ARCHIVE}/cert1.pem": ENDED, f"{ARCHIVE}/cert2.pem": GOOD}
    said = await against(host, plan, files)
    assert said.startswith(f"the certificate that would be back in {LIVE}/cert.pem has")


async def test_a_later_version_stays_when_a_reload_is_taken_back(host: Host) -> None:
    one = kept(left_days=80)
    plan = planned(found(one), Serving((NGINX,), (target(one, served="0" * 64),)))
    said = await against(host, plan, {f"{ARCHIVE}/cert{number}.pem": GOOD for number in (1, 2, 3)})
    assert said.startswith(f"since then it was renewed ({ARCHIVE}/cert3.pem, ")
    assert said.endswith("and that would be lost")  # nothing was kept that could be put back by hand


@pytest.mark.parametrize("renewed", [False, True])
async def test_a_lineage_that_the_run_made_stays_once_certbot_renewed_it(host: Host, renewed: bool) -> None:
    plan = acme_planned("/etc/nginx/a.pem", "/etc/nginx/a.key")
    files = {"copy.0": GOOD, f"{ARCHIVE}/cert1.pem": GOOD, "/etc/nginx/a.pem": GOOD}
    said = await against(host, plan, files | ({f"{ARCHIVE}/cert2.pem": GOOD} if renewed else {}))
    assert bool(said) is renewed
    assert not renewed or said.startswith(f"since then it was renewed ({ARCHIVE}/cert2.pem")


@pytest.mark.parametrize(
    ("old", "there", "words"),
    [
        (GOOD, "new", ""),
        (GOOD, "old", ""),  # only a part was changed, or it was put back by hand
        (ENDED, "new", "the certificate that would be back in /etc/nginx/a.pem has ended ("),
        (GOOD, "other", "another certificate was put into /etc/nginx/a.pem since then (good until "),
    ],
)
async def test_files_that_were_given(host: Host, old: dict[str, Any], there: str, words: str) -> None:
    new = pem("new.test", **GOOD)
    (certificate,) = read(new)
    file = {"path": "/etc/nginx/a.pem", "context": "-", "stat": "644 0 0", "owner": "root:root", "labels": []}
    bound = {"files": {"target": file}, "combined": True}
    shown = {"new_print": certificate.fingerprint_sha256, "old": "", "new": "", "chain": []}
    wanted = Options("/etc/nginx/a.pem", "", new.decode(), "ab" * 32, allow_weaker=False)
    step = files_steps.install(wanted, bound, shown, Serving(), "0123456789ab")
    plan = Plan("certificate-renewal", 1, "web1", {}, bound, (step,), "", shown)
    host.has("0123456789ab", {"target": old})
    copy = host.place(f"{COPIES}/0123456789ab/target")
    content = {"new": new, "old": copy.read_bytes(), "other": pem("other.test", **GOOD)}[there]
    host.place("/etc/nginx").mkdir(parents=True)
    host.place("/etc/nginx/a.pem").write_bytes(content)
    said = await RECIPE.undo_trouble(host, plan, frozenset({"install"}))  # type: ignore[arg-type]
    said = said.replace(str(host.root), "")
    assert said.startswith(words)
    assert bool(said) is bool(words)
