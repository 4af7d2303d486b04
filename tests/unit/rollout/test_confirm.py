from __future__ import annotations

import pytest

from opsconsole.data.host import Host
from opsconsole.recipes.confirm import Confirmation, Tier, confirmation
from opsconsole.recipes.recipe import Plan

from .plans import plan, step

HOSTS = {
    name: Host(name, name, environment=environment)
    for name, environment in (("web1", ""), ("web2", "staging"), ("db1", "Production"), ("db2", "prod"))
}
ONE = step()
GONE = step("delete", reversible=False)


@pytest.mark.parametrize(
    ("plans", "tier", "answer"),
    [
        ([], Tier.NONE, ""),
        ([plan("db1")], Tier.NONE, ""),
        ([plan("web1", ONE)], Tier.YES_NO, ""),
        ([plan("web1", ONE), plan("web2")], Tier.YES_NO, ""),
        ([plan("web1", ONE, GONE)], Tier.TYPE, "web1"),
        ([plan("db1", ONE)], Tier.TYPE, "db1"),
        ([plan("db2", ONE)], Tier.TYPE, "db2"),
        ([plan("nowhere", ONE)], Tier.TYPE, "nowhere"),
        ([plan("web1", ONE), plan("web2", ONE)], Tier.TYPE, "2"),
        ([plan("web1"), plan("web2", ONE), plan("db1", GONE), plan("db2", ONE)], Tier.TYPE, "3"),
    ],
)
def test_the_tier_is_that_of_the_design(plans: list[Plan], tier: Tier, answer: str) -> None:
    found = confirmation(plans, HOSTS)
    assert (found.tier, found.answer) == (tier, answer)
    assert bool(found.because) == (tier is Tier.TYPE)


def test_it_says_why_a_name_must_be_typed() -> None:
    assert confirmation([plan("web1", ONE, GONE)], HOSTS).because == ("web1: delete it: it is deleted",)
    assert confirmation([plan("db1", ONE)], HOSTS).because == ("db1 is Production",)
    assert confirmation([plan("web1", ONE)] * 2, HOSTS).because == ("2 hosts",)


def test_an_undo_asks_for_the_name_in_production_only() -> None:
    assert confirmation([plan("web1", ONE, GONE)], HOSTS, undoing=True).tier is Tier.YES_NO
    assert confirmation([plan("db1", ONE)], HOSTS, undoing=True).tier is Tier.TYPE


@pytest.mark.parametrize(
    ("tier", "answer", "yes", "no"),
    [
        (Tier.YES_NO, "", ["y", "Yes", " yes "], ["", "n", "no", "yess", "1", "true"]),
        (Tier.TYPE, "web1", ["web1", " web1 "], ["", "yes", "WEB1", "web", "web11"]),
        (Tier.TYPE, "3", ["3"], ["", "03", "three", "yes"]),
    ],
)
def test_only_the_answer_itself_is_a_yes(tier: Tier, answer: str, yes: list[str], no: list[str]) -> None:
    asked = Confirmation(tier, answer)
    assert asked.question
    assert all(map(asked.accepts, yes))
    assert not any(map(asked.accepts, no))


def test_nothing_to_change_needs_no_answer() -> None:
    assert Confirmation(Tier.NONE).accepts("")
