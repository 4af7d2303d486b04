"""The failure matrix of the driver `acme` has no hole: each step that it can plan, each fault."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from opsconsole.recipes.certificate_renewal.served import Serving
from opsconsole.recipes.recipe import Plan, Step
from tests.lab import matrix_certificate_renewal_acme as matrix
from tests.lab.matrix_table import tried
from tests.unit.certificate_renewal.certificate_renewal_samples import (
    NGINX,
    TIMER,
    acme_planned,
    found,
    kept,
    planned,
    target,
)
from tests.unit.log_rotation.test_log_rotation_matrix import CONTRACT

OFF = replace(TIMER, enabled=False, active=False)


def names(plan: Plan) -> tuple[str, ...]:
    return tuple(step.name for step in plan.steps)


def plans() -> tuple[Plan, Plan]:
    """Return the two plans of the driver that have every step between them."""
    return (
        acme_planned("/etc/nginx/a.pem", "/etc/nginx/a.key", timer=OFF),
        acme_planned("/etc/haproxy/a.pem", timer=OFF, rehearse="no"),
    )


def test_the_rooms_have_the_steps_of_the_plans() -> None:
    linked, written = plans()
    assert names(linked) == ("rehearse", *matrix.LINKED)
    assert names(written) == matrix.WRITTEN
    assert {*names(linked), *names(written)} == {*matrix.OWN, *matrix.SHARED}


def test_every_step_meets_every_fault_or_it_is_told_why_not() -> None:
    assert set(matrix.FAULTS) == CONTRACT
    wanted = set(itertools.product((*matrix.OWN, *matrix.SHARED), CONTRACT))
    reasons = {**matrix.IMPOSSIBLE, **matrix.ONCE}
    assert all(len(reason) > 40 for reason in reasons.values())
    assert wanted >= {*reasons, *matrix.CERTBOTS}
    here, certbots = tried("test_certificate_renewal_acme_matrix"), tried("test_certificate_renewal_matrix")
    assert wanted - here == {*reasons, *matrix.CERTBOTS}
    assert certbots >= matrix.CERTBOTS
    # What stands for others is tried with this driver, and at each step of certbot's.
    for fault in {fault for _, fault in matrix.ONCE}:
        assert ("issue", fault) in here
        assert {name for name, one in certbots if one == fault} >= {"rehearse", "keep", "renew", "copies"}


def scripts(step: Step) -> list[tuple[str, str]]:
    """Return what a step runs: the scripts of its commands, its check, its undo and the check of that."""
    undo = step.undo
    assert undo is not None
    every = (*step.commands, step.check.command, *undo.commands, undo.check.command)
    return [(one.argv[2], one.argv[3]) for one in every]


@pytest.mark.parametrize("name", matrix.SHARED)
def test_what_is_tried_elsewhere_is_the_same_step(name: str) -> None:
    one = kept(left_days=5)
    certbots = planned(found(one, timer=OFF), Serving((NGINX,), (target(one),)))
    (theirs,) = (step for step in certbots.steps if step.name == name)
    for plan in plans():
        (ours,) = (step for step in plan.steps if step.name == name)
        assert scripts(ours) == scripts(theirs)
