"""Steps that cut us off: the host takes them back by itself, and we tell the truth about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from opsconsole.data.host import Command
from opsconsole.recipes.recipe import Check, Step, Undo
from opsconsole.recipes.runner.state import RunState, StepState
from tests.lab import faults, matrix
from tests.lab.recipe_trio import subject

pytestmark = pytest.mark.lab

FOLDER = "/tmp/lab-runner-dead-man"
SECONDS = 5.0
# Packets of our port are dropped, those of running connections too.
DROP = "iptables -w -I INPUT -p tcp --dport 22 -j DROP"
# With this not even the answer comes back.
MUTE = "iptables -w -I OUTPUT -p tcp --sport 22 -j DROP; "
ALLOW = (
    "while iptables -w -D INPUT -p tcp --dport 22 -j DROP 2>/dev/null; do :; done;"
    " while iptables -w -D OUTPUT -p tcp --sport 22 -j DROP 2>/dev/null; do :; done"
)
IS_OPEN = "! iptables -w -C INPUT -p tcp --dport 22 -j DROP 2>/dev/null && echo the port is open"


@pytest.fixture(params=["db1", "nosystemd1"])
def host(request: pytest.FixtureRequest) -> Iterator[str]:
    """A host with systemd's timers, and one without."""
    yield request.param
    faults.execute(request.param, ["sh", "-c", f"{ALLOW}; rm -rf {FOLDER}"])


def cutting(script: str, undo: str, proof: str, check: str = "true") -> Callable[[Step], Step]:
    """Return what puts a change that may cut us off into a step."""

    def command(text: str) -> Command:
        return Command(("sh", "-c", text), sudo=True)

    def change(step: Step) -> Step:
        assert step.undo is not None
        return replace(
            step,
            commands=(*step.commands, command(script)),
            check=Check("it is in force", command(check)),
            undo=Undo(
                "open the port",
                (command(undo), *step.undo.commands),
                Check("as before", command(proof)),
            ),
            dead_man_seconds=SECONDS,
        )

    return change


async def test_a_step_that_cuts_us_off_is_taken_back_by_the_host(lab, tmp_path: Path, host: str) -> None:
    one = subject(host, FOLDER)
    one.prepare()
    before = one.state()
    async with matrix.World(lab, one, tmp_path).open() as world:
        drop = MUTE + DROP if host == "db1" else DROP
        result = await world.run(await world.planned(matrix.changed(1, cutting(drop, ALLOW, IS_OPEN))))
        assert result.state is RunState.UNDONE, result
        matrix.agree(world, result, before)
        story = world.story(result.run_id)
        assert "by the timer on the host" in result.verdict
        assert "dead-man-armed edit" in story
        assert {"dead-man-fired edit", "reconnected"} <= set(story), story
        assert [step.state for step in result.steps] == [
            StepState.UNDONE,
            StepState.UNDONE,
            StepState.PLANNED,
        ]


async def test_no_new_login_though_the_open_connection_lives(lab, tmp_path: Path, host: str) -> None:
    """Only new connections are refused: we take it back at once, over the one that we have."""
    drop, allow = (text.replace("--dport 22", "--dport 22 --syn") for text in (DROP, ALLOW))
    proof = IS_OPEN.replace("--dport 22", "--dport 22 --syn")
    one = subject(host, FOLDER)
    one.prepare()
    before = one.state()
    try:
        async with matrix.World(lab, one, tmp_path).open() as world:
            result = await world.run(await world.planned(matrix.changed(1, cutting(drop, allow, proof))))
            assert result.state is RunState.UNDONE, result
            matrix.agree(world, result, before)
            assert "reconnected" not in world.story(result.run_id)
    finally:
        faults.execute(host, ["sh", "-c", allow])


async def test_a_step_that_does_not_cut_us_off_stays_and_its_timer_is_gone(
    lab, tmp_path: Path, host: str, eventually
) -> None:
    one = subject(host, FOLDER)
    one.prepare()
    before = one.state()
    async with matrix.World(lab, one, tmp_path).open() as world:
        result = await world.run(await world.planned(matrix.changed(1, cutting("true", "true", "true"))))
        assert result.state is RunState.DONE, result
        story = world.story(result.run_id)
        assert story.index("dead-man-armed edit") > story.index("intent edit")
        assert story.index("dead-man-disarmed edit") > story.index("check edit")
        after = one.state()
        assert after != before
        left = faults.execute(host, ["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"]).stdout
        assert "edit.undo-1" not in left

        def listed() -> str:
            return faults.execute(
                host, ["sh", "-c", "systemctl list-units --all 'opsconsole-*' --no-legend"]
            ).stdout

        # systemd forgets a unit that has ended when it is idle, not at once.
        await eventually(lambda: result.run_id not in listed(), within=30, what="the run's units are gone")
        assert one.state() == after


async def test_a_postcondition_that_is_false_is_taken_back_before_the_timer(
    lab, tmp_path: Path, host: str
) -> None:
    one = subject(host, FOLDER)
    one.prepare()
    before = one.state()
    async with matrix.World(lab, one, tmp_path).open() as world:
        change = cutting("true", "true", "true", check="echo it is not; exit 1")
        result = await world.run(await world.planned(matrix.changed(1, change)))
        assert result.state is RunState.UNDONE, result
        assert "it is not" in result.verdict
        matrix.agree(world, result, before)
        assert (result.ended_at - result.started_at).total_seconds() < SECONDS
