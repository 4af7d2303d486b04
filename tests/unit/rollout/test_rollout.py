from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.host import Host
from opsconsole.recipes.recipe import ParameterError
from opsconsole.recipes.runner.rollout import (
    Batch,
    Rollout,
    batches,
    exit_status,
    fleet_document,
    fleet_id,
    ordered,
    roll_out,
)

from .plans import plan, step

A, B = plan("web1", step()), plan("web2", step())


def host(name: str, *groups: str) -> Host:
    return Host(name, name, groups=groups)


FLEET = [host("web1", "web"), host("db1", "db"), host("web2", "web", "db"), host("lone"), host("db2", "db")]


def test_one_plan_is_confirmed_by_its_own_id_and_several_by_one_over_all() -> None:
    assert fleet_id([A]) == A.plan_id
    assert len(fleet_id([A, B])) == len(A.plan_id)
    assert len({fleet_id(plans) for plans in ([A], [B], [A, B], [B, A], [A, A])}) == 5
    assert fleet_document([A, B]) == {
        "version": 1,
        "plan_id": fleet_id([A, B]),
        "recipe": "demo",
        "plans": [{"host": "web1", "plan_id": A.plan_id}, {"host": "web2", "plan_id": B.plan_id}],
    }


@pytest.mark.parametrize(
    ("text", "sizes"),
    [("1", (1, 1)), ("2", (2, 2)), ("25%", (1, 10)), ("100 %", (3, 40)), ("0.5%", (1, 1)), ("007", (7, 7))],
)
def test_a_batch_is_a_number_or_a_share(text: str, sizes: tuple[int, int]) -> None:
    batch = Batch.read(text)
    assert (batch.size(3), batch.size(40)) == sizes


@pytest.mark.parametrize("text", ["", "0", "0%", "101%", "-1", "two", "1.5", "%", "9" * 30, "٣"])
def test_what_is_no_batch_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match=r"batch: found .* expected a number of hosts"):
        Batch.read(text)


@given(st.text(max_size=12))
def test_any_text_is_a_batch_or_the_declared_error(text: str) -> None:
    with contextlib.suppress(ParameterError):
        assert Batch.read(text).size(7) >= 1


def test_a_group_is_finished_before_the_next_begins() -> None:
    assert [one.name for one in ordered(FLEET)] == ["web1", "web2", "db1", "db2", "lone"]
    assert batches(FLEET, Batch(3)) == [("web1", "web2"), ("db1", "db2"), ("lone",)]
    assert batches(FLEET, Batch(1)) == [("web1",), ("web2",), ("db1",), ("db2",), ("lone",)]
    same = [host(f"h{number}", "all") for number in range(10)]
    assert [len(batch) for batch in batches(same, Batch(0, 25))] == [2] * 5


@given(st.lists(st.sampled_from(["", "a", "b"]), max_size=30), st.integers(1, 40), st.floats(0.1, 100))
def test_every_host_is_in_exactly_one_batch(groups: list[str], count: int, percent: float) -> None:
    fleet = [host(f"h{number}", *([group] if group else [])) for number, group in enumerate(groups)]
    for batch in (Batch(count), Batch(0, percent)):
        waves = batches(fleet, batch)
        assert [name for wave in waves for name in wave] == [one.name for one in ordered(fleet)]
        assert all(0 < len(wave) <= batch.size(len(fleet)) for wave in waves)


class Fleet:
    """Hosts that end when they are told to, in the tests' own order."""

    def __init__(self, *failing: str) -> None:
        self.failing = set(failing)
        self.begun: list[str] = []
        self.at_once = 0
        self.most_at_once = 0

    async def run(self, host: str) -> bool:
        self.begun.append(host)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return host not in self.failing


WAVES = [("a", "b"), ("c",), ("d", "e")]


@pytest.mark.parametrize(
    ("failing", "may", "begun"),
    [
        ((), 0, "abcde"),
        (("a",), 0, "ab"),
        (("a",), 1, "abcde"),
        (("a", "b"), 1, "ab"),
        (("b", "c"), 1, "abc"),
        (("e",), 0, "abcde"),
    ],
)
async def test_no_batch_begins_when_more_failed_than_may(
    failing: tuple[str, ...], may: int, begun: str
) -> None:
    fleet = Fleet(*failing)
    rollout = Rollout(WAVES, max_failures=may)
    await roll_out(rollout, fleet.run)
    assert fleet.begun == list(begun)
    assert rollout.not_started == tuple("abcde"[len(begun) :])
    assert fleet.most_at_once == 2
    assert bool(rollout.stopped) == (len(failing) > may)


async def test_a_stopped_rollout_begins_nothing_more_and_the_first_reason_stays() -> None:
    rollout = Rollout(WAVES)
    began: list[str] = []

    async def run(host: str) -> bool:
        began.append(host)
        rollout.stop("ctrl+c")
        return False

    await roll_out(rollout, run)
    assert began == ["a", "b"]
    assert rollout.stopped == "ctrl+c"
    assert rollout.not_started == ("c", "d", "e")


async def test_a_mistake_of_ours_is_raised_when_the_batch_has_ended() -> None:
    ended: list[str] = []

    async def run(host: str) -> bool:
        if host == "a":
            raise RuntimeError("broken")
        await asyncio.sleep(0)
        ended.append(host)
        return True

    with pytest.raises(RuntimeError, match="broken"):
        await roll_out(Rollout(WAVES), run)
    assert ended == ["b"]


@pytest.mark.parametrize(
    ("statuses", "not_started", "status"),
    [
        ([0], 0, 0),
        ([0, 0], 0, 0),
        ([0, 1], 0, 1),
        ([0, 3], 0, 1),
        ([3, 3], 0, 3),
        ([3], 4, 3),
        ([1], 4, 1),
        ([0], 4, 1),
        ([0, 4, 1], 0, 4),
        ([], 3, 3),
    ],
)
def test_several_exit_statuses_are_the_worst_truth(
    statuses: list[int], not_started: int, status: int
) -> None:
    assert exit_status(statuses, not_started) == status
