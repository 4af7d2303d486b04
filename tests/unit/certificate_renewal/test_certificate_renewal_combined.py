"""One file with certificate and key, as HAProxy has it: how it is written, its hook; copies that expire."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from opsconsole.recipes.certificate_renewal import keeping
from opsconsole.recipes.certificate_renewal.scripts import script
from opsconsole.recipes.recipe import Plan, Risk
from opsconsole.recipes.runner import values as runner_values
from tests.unit.certificate_renewal.certificate_renewal_samples import acme_planned, found, kept, planned

FILE = "/etc/haproxy/certs/it's one.pem"
LIVE = "/etc/letsencrypt/live/a.test"
DH = "-----BEGIN DH PARAMETERS-----\nMEYCQQ\n-----END DH PARAMETERS-----\n"


def plan_of(unit: str = "haproxy.service") -> Plan:
    """Return the plan of the acme driver for one file that holds both."""
    return acme_planned(FILE, unit=unit, rehearse="no")


def test_the_plan_writes_the_file_and_has_later_renewals_write_it_too() -> None:
    plan = plan_of()
    assert [step.name for step in plan.steps] == ["keep", "issue", "write", "hook", "reload", "prove"]
    assert plan.risk is Risk.REVERSIBLE
    assert plan.warnings[0] == "mind"
    assert runner_values.problem(plan, {}) == ""
    hook = plan.steps[3]
    assert hook.details[-1] == "reloads haproxy.service"
    assert hook.undo is not None
    assert not any("yourself" in line for line in plan.warnings)
    assert any("after later renewals reload it yourself" in line for line in plan_of(unit="").warnings)


@pytest.fixture
def lineage(tmp_path: Path) -> Path:
    live = tmp_path / "live" / "a.test"
    live.mkdir(parents=True)
    (live / "fullchain.pem").write_text("FULL\n")
    (live / "privkey.pem").write_text("KEY\n")
    return live


def run_hook(tmp_path: Path, lineage: Path, file: Path, renewed: Path) -> tuple[int, str]:
    """Run the hook of the plan with other paths in it, as certbot does; its status, what it reloaded."""
    content = (plan_of().steps[3].commands[0].stdin or b"").decode()
    content = content.replace(LIVE, str(lineage)).replace(
        "'/etc/haproxy/certs/it'\"'\"'s one.pem'", f"'{file}'"
    )
    hook = tmp_path / "hook"
    hook.write_text(content)
    hook.chmod(0o700)
    tool = tmp_path / "bin" / "systemctl"
    tool.parent.mkdir(exist_ok=True)
    tool.write_text(f'#!/bin/sh\necho "$@" >>"{tmp_path}/told"\n')
    tool.chmod(0o700)
    path = f"{tool.parent}:{os.environ['PATH']}"
    done = subprocess.run([hook], env={"PATH": path, "RENEWED_LINEAGE": str(renewed)}, check=False)
    told = tmp_path / "told"
    return done.returncode, told.read_text() if told.exists() else ""


def test_the_hook_writes_the_file_of_its_own_lineage_only(tmp_path: Path, lineage: Path) -> None:
    file = tmp_path / "lb.pem"
    file.write_text(f"OLD\n{DH}")
    file.chmod(0o640)
    inode = file.stat().st_ino
    assert run_hook(tmp_path, lineage, file, tmp_path / "live" / "other.test") == (0, "")
    assert file.read_text() == f"OLD\n{DH}"
    assert run_hook(tmp_path, lineage, file, lineage) == (0, "reload haproxy.service\n")
    assert file.read_text() == f"FULL\nKEY\n{DH}"
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.stat().st_ino != inode  # never a moment with half of it
    assert not list(tmp_path.glob(".opsconsole*"))


def test_the_hook_leaves_the_file_when_it_cannot_be_written_whole(tmp_path: Path, lineage: Path) -> None:
    file = tmp_path / "lb.pem"
    file.write_text("OLD\n")
    (lineage / "privkey.pem").unlink()
    status, told = run_hook(tmp_path, lineage, file, lineage)
    assert (status != 0, told, file.read_text()) == (True, "", "OLD\n")
    assert not list(tmp_path.glob(".opsconsole*"))


def test_copies_whose_time_is_over_go_and_no_others(tmp_path: Path) -> None:
    folder = tmp_path / "certificate-renewal"
    for name, days in (("0a", 40), ("0b", 31.5), ("0c", 29), ("0d", 99), ("other", 99)):
        (folder / name).mkdir(parents=True)
        (folder / name / "key").write_text("k")
        past = (folder / name).stat().st_mtime - days * 86400
        os.utime(folder / name, (past, past))
    (folder / "0e").symlink_to("/etc")
    text = (
        script("expire")
        .replace("/var/lib/opsconsole", str(tmp_path))
        .replace("/run/opsconsole-kept", "/nowhere")
    )
    subprocess.run(["sh", "-c", text, "expire", "0d", "30"], check=True, capture_output=True)
    assert sorted(one.name for one in folder.iterdir()) == ["0c", "0d", "0e", "other"]
    proof = (
        script("expired")
        .replace("/var/lib/opsconsole", str(tmp_path))
        .replace("/run/opsconsole-kept", "/nowhere")
    )
    assert subprocess.run(["sh", "-c", proof, "expired", "0d", "30"], check=False).returncode == 0
    assert subprocess.run(["sh", "-c", proof, "expired", "-", "30"], check=False).returncode == 1


def test_a_plan_with_nothing_else_to_do_removes_old_copies_and_says_that_it_is_for_good() -> None:
    idle = found(kept(left_days=80))
    assert planned(idle).steps == ()
    over = f"{keeping.FOLDER}/0123456789abcdef"
    plan = planned(replace(idle, certbot=replace(idle.certbot, over=(over,))))
    assert [step.name for step in plan.steps] == ["expire-copies"]
    assert plan.risk is Risk.IRREVERSIBLE
    assert plan.steps[0].details == (over,)
    assert plan.summary == "Remove the copies of 1 earlier run"
    # A run with copies of its own removes them on the way: its own undo is as whole as ever.
    due = found(kept(left_days=5))
    plan = planned(replace(due, certbot=replace(due.certbot, over=(over,))))
    assert "expire-copies" not in [step.name for step in plan.steps]
    (keep,) = (step for step in plan.steps if step.name == "keep")
    assert any("rm -r /var/lib/opsconsole/certificate-renewal/" in line for line in keep.details)
