"""The recipe through the runner, on a real host over SSH: every fault at every step, a killed console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.recipes.log_rotation import RECIPE
from tests.lab import claims, faults, matrix
from tests.lab.log_rotation_lab import sh, values
from tests.lab.matrix_log_rotation import REVERSIBLE as NAMES
from tests.lab.matrix_log_rotation import each

pytestmark = pytest.mark.lab

HOST, FOLDER, AWAY, RULE = "bastion", "/var/log/lab-d-matrix", "/run/lab-d-matrix", "lab-d-matrix"
DRIFT = {
    "install-drop-in": (f"echo '# of somebody' >/etc/logrotate.d/{RULE}", "drop_in"),
    "quarantine-old": (f"touch -d 2020-01-02 {FOLDER}/old.log.2", "old.log.2"),
    "compress-rotated": (f"echo more >>{FOLDER}/new.log.2", "new.log.2"),
    "rotate": (f"cd {FOLDER}; cp -p app.log copy; mv copy app.log", "rotate"),
}
"""Step -> what changes between plan and run of what it rests on, and what the refusal says."""


def prepare() -> None:
    """Old logs to move away, younger ones to compress, a live one to rotate."""
    sh(HOST, f"""rm -rf {AWAY} /etc/logrotate.d/{RULE}; cd {FOLDER} && find . -mindepth 1 -delete
    for n in 1 2 3; do seq 1 20000 >old.log.$n; touch -d '2020-01-01 00:00:00' old.log.$n; done
    for n in 1 2; do seq 1 30000 >new.log.$n; touch -d '3 days ago' new.log.$n; done
    chown daemon:adm old.log.2 new.log.1; chmod 600 old.log.2 new.log.1
    seq 1 5000 >app.log; touch -d '1 hour ago' app.log""")  # fmt: skip


def state() -> str:
    """Return every file with its size, time, mode, owner and content."""
    return sh(HOST, f"""cd {FOLDER}; find . -type f -printf '%P %s %T@ %m %U %G\\n' | sort; sha256sum $(ls)
    ls -A {AWAY} 2>/dev/null; cat /etc/logrotate.d/{RULE} 2>/dev/null; true""")  # fmt: skip


SUBJECT = matrix.Subject(
    recipe=RECIPE,
    values=values(
        paths=FOLDER,
        keep="0",
        quarantine=AWAY,
        logs=f"{FOLDER}/app.log",
        drop_in=RULE,
        rotate="drop-in",
    ),
    host=HOST,
    prepare=prepare,
    state=state,
    full=FOLDER,
    load="opsconsole.recipes.log_rotation:RECIPE",
)


@pytest.fixture(scope="module", autouse=True)
def small_disk(lab) -> Iterator[None]:
    """A file system of its own, small enough to be filled."""
    sh(HOST, f"mountpoint -q {FOLDER} || (mkdir -p {FOLDER} && mount -t tmpfs -o size=6m lab-d {FOLDER})")
    yield
    script = f"umount {FOLDER}; rm -rf {FOLDER} {AWAY} /etc/logrotate.d/{RULE}"
    faults.execute(HOST, ["sh", "-c", script])


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """Nobody changes the host's key or drops its packets meanwhile; others have their turn between tests."""
    claims.claim(HOST, "matrix")
    yield
    claims.release(HOST, "matrix")


@each(NAMES, *matrix.FAULTS)
async def test_every_fault_at_every_step(lab, tmp_path: Path, name: str, fault: str) -> None:
    await matrix.check(lab, tmp_path, SUBJECT, fault, NAMES.index(name))


@pytest.mark.parametrize("way", ["resume", "undo"])
@each(NAMES, "console-killed")
async def test_a_console_killed_in_the_midst_of_each_step(
    lab, tmp_path: Path, name: str, fault: str, way: str
) -> None:
    await matrix.check_killed(lab, tmp_path, SUBJECT, f"running {name}", way)


@pytest.mark.parametrize("name", ["quarantine-old", "rotate"])
@pytest.mark.parametrize("event", ["intent", "outcome"])
async def test_a_console_killed_at_the_boundaries_of_a_step(
    lab, tmp_path: Path, event: str, name: str
) -> None:
    await matrix.check_killed(lab, tmp_path, SUBJECT, f"{event} {name}", "undo")


async def test_a_run_and_its_undo(lab, tmp_path: Path) -> None:
    prepare()
    before = state()
    async with matrix.World(lab, SUBJECT, tmp_path).open() as world:
        plan = await world.planned()
        assert tuple(step.name for step in plan.steps) == NAMES
        assert plan.risk.value == "reversible"
        result = await world.run(plan)
        matrix.agree(world, result, before)
        evidence = {name: step.evidence for name, step in zip(NAMES, result.steps, strict=True)}
        assert "3 of 3 files are gone" in evidence["quarantine-old"]
        assert "2 of 2 files are compressed" in evidence["compress-rotated"]
        assert "predicted to come back" in evidence["prove"]
        matrix.agree(world, await world.undo(result.run_id), before)


@each(NAMES, "drift")
async def test_drift_is_refused_with_the_difference(lab, tmp_path: Path, name: str, fault: str) -> None:
    script, words = DRIFT[name]
    await matrix.check_drift(lab, tmp_path, SUBJECT, lambda: sh(HOST, script), words)
