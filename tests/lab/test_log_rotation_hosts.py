"""Over SSH on every kind of host: no systemd, no logrotate, read-only, sudo with a password, no root."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.data.host import ShellError
from opsconsole.recipes.log_rotation import RECIPE
from opsconsole.recipes.recipe import PlanError
from opsconsole.recipes.runner.state import RunState
from tests.lab import matrix
from tests.lab.log_rotation_lab import ExecShell, numbers_written, planned, sh, small_disk, values, writer

pytestmark = pytest.mark.lab

FOLDER = "/run/lab-d-hosts"


def subject(host: str, user: str) -> matrix.Subject:
    def prepare() -> None:
        sh(host, f"""rm -rf {FOLDER}; mkdir {FOLDER}; cd {FOLDER}
        for n in 1 2 3; do seq 1 20000 >old.log.$n; touch -d '2020-01-01 00:00:00' old.log.$n; done
        seq 1 30000 >new.log.1; touch -d "@$(($(date +%s) - 259200))" new.log.1""")  # fmt: skip

    def state() -> str:
        return sh(host, f"cd {FOLDER}; ls -l")

    return matrix.Subject(RECIPE, values(paths=FOLDER, keep="1"), host, prepare, state, user=user)


@pytest.mark.parametrize(
    ("host", "user"), [("nosystemd1", "ops"), ("ro1", "ops"), ("trixie1", "pwsudo"), ("web1", "pwsudo")]
)
async def test_planned_and_run(lab, tmp_path: Path, host: str, user: str) -> None:
    one = subject(host, user)
    one.prepare()
    before = one.state()
    try:
        async with matrix.World(lab, one, tmp_path).open() as world:
            plan = await world.planned()
            assert [step.name for step in plan.steps] == ["compress-rotated", "delete-old", "prove"]
            result = await world.run(plan)
            assert result.state is RunState.DONE, result
            matrix.agree(world, result, before)
            assert sh(host, f"ls {FOLDER}").split() == ["new.log.1.gz", "old.log.1.gz"]
            # What is gone cannot be had back: said, and nothing is touched.
            undone = await world.undo(result.run_id)
            assert undone.state is not RunState.DONE, undone
            assert sh(host, f"ls {FOLDER}").split() == ["new.log.1.gz", "old.log.1.gz"]
    finally:
        sh(host, f"rm -rf {FOLDER}")


async def test_without_root_or_logrotate_there_is_no_plan_and_the_reason_is_told(lab, tmp_path: Path) -> None:
    one = subject("busy1", "ops")
    one.prepare()
    try:
        async with matrix.World(lab, one, tmp_path).open() as world:
            with pytest.raises(ShellError, match="busy1"):
                await world.planned()
        wished = values(paths=FOLDER, logs="/var/log/a.log", drop_in="lab-d")
        with pytest.raises(PlanError, match="the host has no logrotate"):
            await planned(ExecShell("busy1"), wished)
        with pytest.raises(PlanError, match="the host has no journalctl"):
            await planned(ExecShell("busy1"), values(paths=FOLDER, journal_size="1M"))
        with pytest.raises(PlanError, match="no docker answers"):
            await planned(ExecShell("busy1"), values(paths=FOLDER, docker="images"))
    finally:
        sh("busy1", f"rm -rf {FOLDER}")


async def test_a_full_disk_under_a_writer_through_the_runner(lab, tmp_path: Path) -> None:
    """From 95 % full to room again, with the writer of the log at work all the time, and no line lost."""
    host, folder = "web1", "/var/log/lab-d-runner"

    def prepare() -> None:
        sh(host, f"""cd {folder}; n=30
        while [ $(df -P . | awk 'END {{ print $5 + 0 }}') -lt 95 ]; do
          n=$((n + 1)); seq 1 30000 >orders.log.$n; touch -d "$n days ago" orders.log.$n
        done""")  # fmt: skip

    def state() -> str:
        return sh(host, f"ls {folder}; cat /etc/logrotate.d/lab-d-runner 2>/dev/null; true")

    wished = values(
        paths=folder,
        keep="0",
        compress="no",
        logs=f"{folder}/orders.log",
        drop_in="lab-d-runner",
        rotate="drop-in",
        reopen="lab-d-runner.service=USR1",
    )
    with (
        small_disk(host, folder, "size=8m"),
        writer(host, f"{folder}/orders.log", "USR1", "lab-d-runner"),
    ):
        prepare()
        before = state()
        try:
            one = matrix.Subject(RECIPE, wished, host, prepare, state)
            async with matrix.World(lab, one, tmp_path).open() as world:
                result = await world.run(await world.planned())
            assert result.state is RunState.DONE, result
            assert state() != before
            evidence = {step.name: step.evidence for step in result.steps}
            assert "it grows, its writer has it open" in evidence["rotate"]
            assert "1 of 1 logs are written to at their place" in evidence["prove"]
            written = numbers_written(host, folder)
            assert set(written) == set(range(1, max(written) + 1))
        finally:
            sh(host, "rm -f /etc/logrotate.d/lab-d-runner")
