"""Vacuuming a real journal and removing an old quarantine, through the runner on a lab host: every fault."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from opsconsole.recipes.log_rotation import RECIPE
from tests.lab import claims, matrix
from tests.lab.log_rotation_lab import sh, small_disk, values
from tests.lab.matrix_log_rotation import JOURNAL as STEPS
from tests.lab.matrix_log_rotation_room import Room, four_tests

pytestmark = pytest.mark.lab

HOST, KEPT, JOURNAL = "docker1", "/var/log/lab-d-kept", "/var/log/journal"
OLD, YOUNG = "until-20200101-0123456789ab", "until-29990101-0123456789ab"
BEGAN = "/run/lab-d-began"
FULL = {"expire-quarantine": KEPT, "vacuum-journal": JOURNAL}
DRIFT = {
    "expire-quarantine": (f"mv {KEPT}/{OLD} {KEPT}/{YOUNG}", "expired"),
    "vacuum-journal": ("mkdir -p /run/log/journal/$(cat /etc/machine-id)", "journal"),
}
"""Step -> what changes between plan and run of what it rests on, and what the refusal says."""


def prepare() -> None:
    """A quarantine whose time is over, and archived journals; begins a second after all that was before."""
    sh(HOST, f"""cd {KEPT} && rm -rf until-*; mkdir {OLD}; seq 1 100000 >{OLD}/1; rm -rf /run/log/journal
    for n in 1 2 3; do seq 1 300 | logger -t lab-d; journalctl --rotate; done
    journalctl --sync
    second=$(date +%s); until [ $(date +%s) -gt $second ]; do sleep 0.05; done
    date +%s >{BEGAN}""")  # fmt: skip


def state() -> str:
    """Return the quarantines, and the archived journals."""
    return sh(HOST, f"ls {KEPT}; ls {JOURNAL}/*/ | grep @ | sort")


def ran() -> dict[str, int]:
    """Return how often the journal was vacuumed since the beginning, by the mark that it leaves."""
    since = f"--since=@$(cat {BEGAN})"
    marks = sh(HOST, f"journalctl -q -o cat -t opsconsole {since} | grep -c 'journal was vacuumed'; true")
    return {"vacuum-journal": int(marks)}


SUBJECT = matrix.Subject(
    recipe=RECIPE,
    values=values(
        paths="/var/log", delete="no", compress="no", release="no", quarantine=KEPT, journal_size="1M"
    ),
    host=HOST,
    prepare=prepare,
    state=state,
    ran=ran,
    load="opsconsole.recipes.log_rotation:RECIPE",
)


@pytest.fixture(scope="module", autouse=True)
def small(lab) -> Iterator[None]:
    """A small disk for the quarantine; that of the journal is small always."""
    with small_disk(HOST, KEPT, "size=4m"):
        yield
    sh(HOST, f"rm -rf /run/log/journal {BEGAN}")


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """Nobody changes the host's key or drops its packets meanwhile."""
    claims.claim(HOST, "matrix")
    yield
    claims.release(HOST, "matrix")


(
    test_every_fault_at_every_step,
    test_a_killed_console_goes_on_and_nothing_runs_twice,
    test_drift_is_refused_with_the_difference,
    test_the_steps_are_those_of_the_matrix,
) = four_tests(Room(SUBJECT, STEPS, DRIFT, full=FULL))
