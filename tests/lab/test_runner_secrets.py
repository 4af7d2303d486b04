"""A canary secret in a parameter: it reaches the command on the host, and nobody else ever sees it."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from opsconsole.data.host import Command, Host, Shell
from opsconsole.recipes import document
from opsconsole.recipes.recipe import (
    HIDDEN,
    Check,
    FactSheet,
    Kind,
    Parameter,
    Plan,
    Step,
    Undo,
    secret_mark,
)
from opsconsole.recipes.runner.state import RunState
from tests.lab import faults, matrix

pytestmark = pytest.mark.lab

CANARY = "canary-Uv8xQ2-secret"
FOLDER = "/tmp/lab-runner-secret"


class SecretRecipe:
    """Gives a secret to a command that says it aloud, for a while."""

    name, version, title, summary = "secret", 1, "Secret", "uses a secret"
    parameters = (Parameter("word", Kind.SECRET, None, "the secret"),)

    async def facts(self, shell: Shell, values: Mapping[str, Any]) -> FactSheet:
        return FactSheet({})

    def plan(self, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
        word = secret_mark("word") + b"\n"
        # `read` and `printf` are the shell's own: no process has it as its argument.
        say = (
            'read -r word; printf "%s" "$word" | wc -c >"$0"; echo "I was told $word"; '
            'sleep 1.5; echo "$word" >&2'
        )
        prove = 'read -r word; echo "proved with $word"; [ "$(cat "$0")" -eq ${#word} ]'
        steps = tuple(
            Step(
                name=f"use-{number}",
                title=f"use {number}",
                commands=(Command(("sh", "-c", say, f"{FOLDER}-{number}"), stdin=word, sudo=True),),
                effect="none",
                check=Check(
                    "it was used", Command(("sh", "-c", prove, f"{FOLDER}-{number}"), stdin=word, sudo=True)
                ),
                undo=Undo(
                    "forget it",
                    (
                        Command(
                            ("sh", "-c", 'read -r word; echo "$word"; rm -f "$0"', f"{FOLDER}-{number}"),
                            stdin=word,
                            sudo=True,
                        ),
                    ),
                    Check("gone", Command(("sh", "-c", '[ ! -e "$0" ]', f"{FOLDER}-{number}"), sudo=True)),
                ),
            )
            for number in (1, 2)
        )
        return Plan(
            self.name, self.version, host.name, {"word": HIDDEN}, facts.binding, steps, "uses it twice"
        )


@pytest.mark.parametrize("host", ["db1", "nosystemd1"])
async def test_the_canary_is_seen_nowhere(
    lab, tmp_path: Path, host: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    one = matrix.Subject(SecretRecipe(), {"word": HIDDEN}, host, lambda: None, lambda: "")
    seen: list[bytes] = []
    script = (
        "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'; ls -laR /run/opsconsole; "
        # What waits to be read by a job (`in.N`) is in memory, for root alone, and gone when it is opened.
        "cat /run/opsconsole/*/*/main 2>/dev/null; "
        "stat -c 'mode %a of %n' /run/opsconsole/*/*/in.* 2>/dev/null"
    )
    async with matrix.World(lab, one, tmp_path).open() as world:
        plan = await world.planned(matrix.changed(1, matrix.untrue))
        running = True

        async def look() -> None:
            while running:
                found = await asyncio.to_thread(faults.execute, host, ["sh", "-c", script])
                seen.append(found.stdout.encode("utf-8", "surrogateescape"))

        looking = asyncio.create_task(look())
        result = await world.run(plan, secrets={"word": CANARY}, reason=f"because of {CANARY}")
        running = False
        await looking
        assert result.state is RunState.UNDONE, result
        assert any(b"use-1" in sample for sample in seen)
        modes = {line.split()[1] for sample in seen for line in sample.split(b"\n") if line[:5] == b"mode "}
        assert modes <= {b"600"}
        told = "".join(f"{progress}" for progress in world.seen)
        assert "I was told" in told
        events = world.events(result.run_id)
        assert any("I was told [redacted]" in str(event.body) for event in events)
        assert any("proved with [redacted]" in str(event.body) for event in events)
        ways = await _refused_ways(world, plan)
        left = faults.execute(host, ["ls", "-R", "/run/opsconsole"]).stdout
        journal = faults.execute(host, ["sh", "-c", "journalctl -n 200 2>/dev/null"]).stdout
    captured = capfd.readouterr()
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    everywhere = [
        *seen,
        files,
        repr(result),
        told,
        caplog.text,
        captured.out,
        captured.err,
        ways,
        left,
        journal,
    ]
    assert [
        text[:200]
        for text in everywhere
        if CANARY in (text if isinstance(text, str) else text.decode("utf-8", "replace"))
    ] == []
    assert result.run_id not in left


async def _refused_ways(world: matrix.World, plan: Plan) -> str:
    """Run what must be refused for its secret; return everything that was said about it."""
    said = []
    bad = matrix.changed(0, lambda step: matrix.also(step, "echo", f"--password={CANARY}"))(plan)
    refused = await world.run(bad, secrets={"word": CANARY})
    assert (refused.state, "`ps` shows it" in refused.verdict) == (RunState.REFUSED, True), refused
    said.append(repr(refused))
    refused = await world.run(plan)
    assert (refused.state, "was not given" in refused.verdict) == (RunState.REFUSED, True), refused
    said.append(repr(refused))

    class Broken(SecretRecipe):
        async def facts(self, shell: Shell, values: Mapping[str, Any]) -> FactSheet:
            raise RuntimeError(f"a mistake with {CANARY}")

    runner = world.new_runner()
    runner._ways._load = {"secret": Broken()}.__getitem__
    try:
        refused = await runner.run(plan, world.shell, confirmed=plan.plan_id, secrets={"word": CANARY})
        assert refused.state is RunState.REFUSED, refused
        said.append(repr(refused))
    except RuntimeError:
        said.append(traceback.format_exc())
    assert document.to_document(replace(plan))["parameters"] == {"word": HIDDEN}
    return "\n".join(said)
