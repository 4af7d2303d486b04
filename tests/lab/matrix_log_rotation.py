"""The failure matrix of log-rotation: every step of the recipe, every fault, and where each pair is tried.

A room is a host, its subject and the steps that are tried there. The tests take their cells from here by
`each`, and `tests/unit/log_rotation` holds that no pair is missing: it is tried, or it is told why it cannot
happen.
"""

from __future__ import annotations

import pytest

from tests.lab import matrix, matrix_table

FAULTS = (*matrix.FAULTS, "console-killed", "drift")

REVERSIBLE = ("install-drop-in", "quarantine-old", "compress-rotated", "rotate", "prove")
FOR_GOOD = ("delete-old", "release-deleted")
JOURNAL = ("expire-quarantine", "vacuum-journal")
DOCKER = ("trim-docker",)
ROOMS = {
    "test_log_rotation_matrix": REVERSIBLE,
    "test_log_rotation_matrix_for_good": FOR_GOOD,
    "test_log_rotation_matrix_journal": JOURNAL,
    "test_log_rotation_matrix_docker": DOCKER,
}
"""Test module -> the steps that it tries."""

IMPOSSIBLE = {
    (
        "prove",
        "drift",
    ): "it changes nothing and rests on no fact of its own: what it compares with are the facts"
    " of the other steps, and the first of those refuses when they changed",
}
"""(step, fault) -> why it cannot happen."""


def each(steps: tuple[str, ...], *faults: str) -> pytest.MarkDecorator:
    """Return the parametrization by `name` of a step and `fault`, for those that can happen.

    Args:
        steps: One of the rooms.
        faults: Of `FAULTS`.
    """
    return matrix_table.each(steps, *faults, without=IMPOSSIBLE)
