"""Runs on every kind of host: with systemd and without, BusyBox only, with a sudo password, as no root."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.recipes.recipe import Plan, Step
from opsconsole.recipes.runner.state import RunState
from tests.lab import faults, matrix
from tests.lab.recipe_trio import NAMES, subject

pytestmark = pytest.mark.lab

FOLDER = "/tmp/lab-runner-hosts"
HOSTS = {
    "systemd, root": subject("db1", FOLDER),
    "systemd, root by password, sudo-rs": subject("trixie1", FOLDER, user="pwsudo"),
    "systemd, no root": subject("db1", FOLDER, sudo=False, user="plain"),
    "no systemd, root": subject("nosystemd1", FOLDER),
    "BusyBox, no root": subject("busy1", FOLDER, sudo=False),
    "read-only root, root": subject("ro1", FOLDER),
}


@pytest.mark.parametrize("kind", HOSTS)
async def test_done_and_then_undone(lab, tmp_path: Path, kind: str) -> None:
    one = HOSTS[kind]
    one.prepare()
    before = one.state()
    async with matrix.World(lab, one, tmp_path).open() as world:
        plan = await world.planned()
        assert one.state() == before
        done = await world.run(plan)
        assert done.state is RunState.DONE, done
        matrix.agree(world, done, before)
        undone = await world.undo(done.run_id)
        assert undone.state is RunState.UNDONE, undone
        matrix.agree(world, undone, before)


@pytest.mark.parametrize("kind", ["systemd, no root", "no systemd, root", "BusyBox, no root"])
async def test_a_cut_connection_and_a_deadline(lab, tmp_path: Path, kind: str) -> None:
    one = HOSTS[kind]
    one.prepare()
    before = one.state()
    async with matrix.World(lab, one, tmp_path).open() as world:
        # The connection dies in the midst of the second step; its line is there once.
        await world.know_server()
        world.when_running(1, world.cut)
        cut = await world.run(await world.planned(matrix.changed(1, matrix.long(1.0))))
        assert cut.state is RunState.DONE, cut
        matrix.agree(world, cut, before)
        assert one.ran is not None
        assert dict(one.ran()) == dict.fromkeys(NAMES, 1)
        one.prepare()

        # The deadline ends all that a step started, also what went into a session of its own.
        def late(step: Step) -> Step:
            script = "trap '' TERM; setsid sleep 4711 & sleep 4712"
            return replace(matrix.also(step, "sh", "-c", script), deadline_seconds=1.0)

        failed = await world.run(await world.planned(matrix.changed(2, late)))
        assert failed.state is RunState.UNDONE, failed
        matrix.agree(world, failed, before)
        left = faults.execute(one.host, ["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"]).stdout
        assert "sleep 471" not in left


@pytest.mark.parametrize("fault", ["packets dropped", "sshd stopped"])
async def test_a_host_that_is_away_for_a_while(lab, tmp_path: Path, fault: str) -> None:
    one = subject("nosystemd1", FOLDER)
    one.prepare()
    before = one.state()

    def away() -> None:
        cause = faults.packets_dropped if fault == "packets dropped" else faults.sshd_stopped
        more = {"sessions": True} if fault == "sshd stopped" else {}
        with cause(one.host, **more):
            faults.wait("the step to end without us", lambda: "edit done" in ended(), 20)
            faults.wait("the loss to be seen", lambda: not is_up(), 40)

    def ended() -> str:
        return faults.execute(one.host, ["cat", f"{FOLDER}/marker"]).stdout

    async with matrix.World(lab, one, tmp_path).open() as world:

        def is_up() -> bool:
            return world.connections.status(one.host).state is ConnectionState.UP

        faults.execute(one.host, ["rm", "-f", f"{FOLDER}/marker"])

        def longer(plan: Plan) -> Plan:
            mark = f'sleep 2; echo "edit done" >{FOLDER}/marker'
            return matrix.changed(1, lambda step: matrix.also(step, "sh", "-c", mark))(plan)

        plan = await world.planned(longer)
        world.when_running(1, lambda: asyncio.to_thread(away))
        result = await world.run(plan)
        faults.execute(one.host, ["rm", "-f", f"{FOLDER}/marker"])
        assert result.state is RunState.DONE, result
        matrix.agree(world, result, before)
        assert "reconnected" in world.story(result.run_id)


async def test_a_host_that_never_comes_back_leaves_the_run_open(lab, tmp_path: Path) -> None:
    one = subject("nosystemd1", FOLDER)
    one.prepare()
    before = one.state()
    async with matrix.World(lab, one, tmp_path).open(reconnect_seconds=3) as world:
        plan = await world.planned(matrix.changed(1, matrix.long(0.5)))
        stopped = asyncio.Event()

        async def away() -> None:
            await asyncio.to_thread(faults.stop_sshd, one.host, sessions=True)
            stopped.set()

        world.when_running(1, away)
        try:
            result = await world.run(plan)
        finally:
            await stopped.wait()
            faults.start_sshd(one.host)
        assert (result.state, result.resumable) == (RunState.NEEDS_PERSON, True), result
        matrix.agree(world, result, before)
        assert "verdict" not in world.story(result.run_id)
        assert [row.run_id for row in world.runner.interrupted()] == [result.run_id]
        world.connections.retry(one.host)
        await world.connections.connect(one.host)
        result = await world.resume(result.run_id)
        assert result.state is RunState.DONE, result
        matrix.agree(world, result, before)


async def test_a_host_that_is_restarted_in_the_midst_of_a_step(lab, tmp_path: Path) -> None:
    """What ran is not known after that, and the lock is gone. (A container's boot id stays as it was.)"""
    one = subject("nosystemd1", "/var/tmp/lab-runner-restart")
    one.prepare()
    before = one.state()
    async with matrix.World(lab, one, tmp_path).open() as world:
        plan = await world.planned(matrix.changed(1, matrix.long(3)))

        def restart() -> None:
            with faults.container_killed(one.host):
                pass

        world.when_running(1, lambda: asyncio.to_thread(restart))
        result = await world.run(plan)
        assert (result.state, result.resumable) == (RunState.NEEDS_PERSON, True), result
        assert "the lock on the host is gone" in result.verdict
        result = await world.undo(result.run_id)
        assert result.state is RunState.UNDONE, result
        matrix.agree(world, result, before)
