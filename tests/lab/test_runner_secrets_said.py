"""What a host says aloud, and the password that sudo is given: nothing of it is remembered or shown."""

from __future__ import annotations

import asyncio
import base64
import logging
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from opsconsole.data.host import Command, Host, Shell
from opsconsole.data.ledger_export import lines
from opsconsole.recipes.recipe import Check, FactSheet, Plan, Step, Undo
from opsconsole.recipes.runner.state import RunState
from tests.lab import faults, matrix
from tests.lab.hosts import SUDO_PASSWORD

pytestmark = pytest.mark.lab

MARKER = "/tmp/lab-runner-said"
_KEY = base64.b64encode(b"canary-Pk4w-key " * 60).decode()
CANARIES = {
    "url": "canary-Zt1q-url",
    "assigned": "(canary-Yx2r,&assigned",  # begins and goes on with what a shell would take for its own
    "quoted": "canary-Gh6k quoted",
    "bearer": "canary.Wv3s.bearer",
    "key": _KEY[40:100],
}
SAID = (
    f"connecting to postgresql://app:{CANARIES['url']}@db1/orders\n"
    f"DB_PASSWORD={CANARIES['assigned']}\n"
    f'{{"user": "ada", "api_key": "{CANARIES["quoted"]}"}}\n'
    f"> Authorization: Bearer {CANARIES['bearer']}\n"
    "-----BEGIN PRIVATE KEY-----\n"
    + "\n".join(_KEY[at : at + 64] for at in range(0, len(_KEY), 64))
    + "\n-----END PRIVATE KEY-----\n"
    "all was said\n"
)


class TalkativeRecipe:
    """Runs commands that print secrets: when they act, when they are checked, and when they are undone."""

    name, version, title, summary = "talkative", 1, "Talkative", "says too much"
    parameters = ()

    async def facts(self, shell: Shell, values: Mapping[str, Any]) -> FactSheet:
        return FactSheet({})

    def plan(self, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
        # What is said lies in a file of the host: a plan that holds a secret is refused.
        def say(more: str) -> Command:
            return Command(("sh", "-c", f"cat {MARKER}.txt; cat {MARKER}.txt >&2; {more}"), sudo=True)

        steps = tuple(
            Step(
                name=f"say-{number}",
                title=f"say {number}",
                commands=(say(f"touch {MARKER}-{number}"),),
                effect="none",
                check=Check("it was said", say(f"[ -e {MARKER}-{number} ] && [ {number} = 1 ]")),
                undo=Undo(
                    "unsay it",
                    (say(f"rm -f {MARKER}-{number}"),),
                    Check("it is gone", say(f"[ ! -e {MARKER}-{number} ]")),
                ),
            )
            for number in (1, 2)
        )
        return Plan(self.name, self.version, host.name, {}, facts.binding, steps, "says it twice")


@pytest.mark.parametrize("host", ["db1", "trixie1"])
async def test_nothing_of_what_a_host_says_aloud_is_kept(
    lab, tmp_path: Path, host: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    written = faults.execute(host, ["sh", "-c", f"cat >{MARKER}.txt"], stdin=SAID)
    assert written.returncode == 0, written.stderr
    subject = matrix.Subject(TalkativeRecipe(), {}, host, lambda: None, lambda: "", user="pwsudo")
    samples: list[str] = []
    processes = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'"
    async with matrix.World(lab, subject, tmp_path).open() as world:
        plan = await world.planned()
        running = True

        async def look() -> None:
            while running:
                samples.append(
                    (await asyncio.to_thread(faults.execute, host, ["sh", "-c", processes])).stdout
                )

        looking = asyncio.create_task(look())
        result = await world.run(plan, reason="to hear it")
        running = False
        await looking
        assert result.state is RunState.UNDONE, result
        assert world.person.questions, "sudo asked for its password"
        events = world.events(result.run_id)
        told = "".join(f"{progress}" for progress in world.seen)
        exports = ["\n".join(lines(events, form)) for form in ("jsonl", "csv", "ocsf")]
        journal = faults.execute(host, ["sh", "-c", "journalctl -n 300 2>/dev/null"]).stdout
        broken = await _broken(world, plan)
    kept = "".join(str(event.body) for event in events)
    assert kept.count("all was said") >= 6, "steps, checks and undos were kept"
    assert kept.count("[redacted]") >= 6 * len(CANARIES)
    assert "postgresql://app:[redacted]@db1/orders" in kept
    captured = capfd.readouterr()
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    places = {
        "the processes": "".join(samples),
        "the files": files.decode("utf-8", "replace"),
        "the result": repr(result),
        "the progress": told,
        "the exports": "".join(exports),
        "the log": caplog.text,
        "the terminal": captured.out + captured.err,
        "the journal": journal,
        "a traceback": broken,
    }
    seen = {
        (place, name)
        for place, text in places.items()
        for name, canary in {**CANARIES, "sudo": SUDO_PASSWORD}.items()
        if canary in text
    }
    assert seen == set()


async def _broken(world: matrix.World, plan: Plan) -> str:
    """Return what is said of a recipe that breaks while the password is known."""

    class Broken(TalkativeRecipe):
        async def facts(self, shell: Shell, values: Mapping[str, Any]) -> FactSheet:
            output = await shell.run(Command(("id", "-u"), sudo=True))
            raise RuntimeError(f"a mistake as {output.stdout!r}")

    runner = world.new_runner()
    runner._ways._load = {"talkative": Broken()}.__getitem__
    try:
        result = await runner.run(plan, world.shell, confirmed=plan.plan_id)
    except RuntimeError:
        return traceback.format_exc()
    assert result.state is RunState.REFUSED, result
    return repr(result)
