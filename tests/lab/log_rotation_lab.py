"""A recipe's steps driven by hand on lab hosts, and file systems that can be filled there."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opsconsole.data.host import Command, Host, Output
from opsconsole.recipes import parameters
from opsconsole.recipes.log_rotation import RECIPE
from opsconsole.recipes.recipe import Check, Plan, Step
from tests.lab import faults
from tests.lab.hosts import find


class ExecShell:
    """Runs commands as root on a lab host, past SSH: also where nobody may become root by sudo."""

    def __init__(self, name: str, sh: str = "sh") -> None:
        self.host = Host(name, "127.0.0.1")
        self.sh = sh.split()
        self.before = ["docker", "exec", "--interactive", find(name).container]

    async def run(self, command: Command) -> Output:
        began = time.monotonic()
        words = [*self.sh, *command.argv[1:]] if command.argv[0] == "sh" else command.argv
        argv = [word.encode("utf-8", "surrogateescape") for word in (*self.before, *words)]
        # In a thread: a process of an event loop that ends before it would be told of in some later test.
        done = await asyncio.to_thread(
            subprocess.run,
            argv,
            input=command.stdin or b"",
            capture_output=True,
            timeout=command.deadline_seconds,
            check=False,
        )
        limit = command.output_limit_bytes
        cut = len(done.stdout) > limit or len(done.stderr) > limit
        took = time.monotonic() - began
        return Output(done.returncode, done.stdout[:limit], done.stderr[:limit], took, cut)


def values(**texts: str) -> dict[str, Any]:
    """Return the recipe's values for texts as an engineer types them."""
    return parameters.read_all(RECIPE.parameters, texts)


async def planned(shell: Any, given: Mapping[str, Any]) -> Plan:
    """Read the facts and make the plan."""
    return RECIPE.plan(shell.host, given, await RECIPE.facts(shell, given))


async def job(shell: Any, commands: Sequence[Command]) -> Output:
    """Run commands in order until one fails; return the last output."""
    output = Output(0, b"", b"", 0.0)
    for command in commands:
        output = await shell.run(command)
        if not output.ok:
            break
    return output


async def holds(shell: Any, check: Check) -> tuple[bool, str]:
    """Ask a check until it holds; return whether it does, and what it said."""
    deadline = time.monotonic() + check.within_seconds
    while True:
        output = await shell.run(check.command)
        if output.ok or time.monotonic() > deadline:
            return output.ok, (output.stdout + output.stderr).decode(errors="replace")
        await asyncio.sleep(0.2)


async def apply(shell: Any, step: Step) -> str:
    """Apply a step and prove it; return the evidence."""
    output = await job(shell, step.commands)
    said = (output.stdout + output.stderr).decode(errors="replace")
    assert output.ok, f"{step.name}: {said}"
    proved, evidence = await holds(shell, step.check)
    assert proved, f"{step.name}: {said}\n{evidence}"
    return evidence


async def apply_all(shell: Any, plan: Plan) -> dict[str, str]:
    """Apply every step of a plan; return the evidence by step."""
    return {step.name: await apply(shell, step) for step in plan.steps}


async def take_back(shell: Any, step: Step) -> str:
    """Undo a step and prove it; return the evidence."""
    assert step.undo is not None
    output = await job(shell, step.undo.commands)
    said = (output.stdout + output.stderr).decode(errors="replace")
    assert output.ok, f"{step.name}: {said}"
    proved, evidence = await holds(shell, step.undo.check)
    assert proved, f"{step.name}: {said}\n{evidence}"
    return evidence


def sh(host: str, script: str, stdin: str | None = None) -> str:
    """Run a script on a host as root."""
    done = faults.execute(host, ["sh", "-c", script], stdin=stdin)
    assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def small_disk(host: str, path: str, options: str) -> Iterator[str]:
    """Have a small file system at a path of a host that may mount."""
    sh(host, f"mkdir -p {path} && mount -t tmpfs -o mode=755,{options} tmpfs {path}")
    try:
        yield path
    finally:
        sh(host, f"umount -l {path}; rmdir {path}")


_WRITER = """
import os, signal, sys, time
path, sign = sys.argv[1], sys.argv[2]
def reopen(*_):
    global log
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    if old: os.close(old.pop())
    old.append(log)
old = []
reopen()
if sign != "none":
    signal.signal(getattr(signal, "SIG" + sign), reopen)
number = 0
while True:
    number += 1
    line = b"%09d %s\\n" % (number, b"order accepted " * 4)
    while True:
        try:
            os.write(log, line)
            break
        except OSError:
            time.sleep(0.01)
    time.sleep(0.005)
"""


@contextmanager
def writer(host: str, log: str, signal: str = "USR1", unit: str = "lab-d-writer") -> Iterator[str]:
    """Have a service that writes numbered lines to a log, opens it anew upon a signal; yields its unit."""
    sh(host, f"cat >/run/{unit}.py", stdin=_WRITER)
    sh(host, f"systemctl reset-failed {unit} 2>/dev/null; systemd-run -q --unit={unit} "
       f"-p ExecStartPost='/bin/sh -c \"until [ -s {log} ]; do sleep 0.05; done\"' "
       f"python3 /run/{unit}.py {log} {signal}")  # fmt: skip
    try:
        yield f"{unit}.service"
    finally:
        sh(host, f"systemctl stop {unit}; systemctl reset-failed {unit} 2>/dev/null; rm -f /run/{unit}.py")


def numbers_written(host: str, folder: str) -> list[int]:
    """Return the number of every line in every file of a folder, compressed or not."""
    text = sh(
        host, f"cd {folder}; for file in *; do case $file in *.gz) zcat $file;; *) cat $file;; esac; done"
    )
    return [int(line[:9]) for line in text.splitlines() if line[:9].isdigit() and "order accepted" in line]
