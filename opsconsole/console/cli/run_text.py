"""How runs ended, as text and as documents; and what to type when one was interrupted."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import Any

from rich.text import Text

from opsconsole.console.cli.order import command
from opsconsole.console.cli.printing import columns
from opsconsole.console.live_run import INTERRUPTED, NOT_STARTED, HostRun, LiveRun
from opsconsole.data.text import clean, clean_line
from opsconsole.recipes.runner.state import StepResult, StepState

_SYMBOLS = {
    StepState.DONE: ("✓", "green"),
    StepState.FAILED: ("✗", "red"),
    StepState.UNDONE: ("↶", "yellow"),
    StepState.RUNNING: ("▸", "yellow"),
    StepState.PLANNED: (" ", "dim"),
}
_STATES = {"done": "green", "undone": "yellow", "refused": "yellow", NOT_STARTED: "dim"}


def document(live: LiveRun) -> dict[str, Any]:
    """Return the run document of one host, or that of several (see `schemas/run.schema.json`)."""
    hosts = list(live.hosts.values())
    if len(hosts) == 1:
        return host_document(hosts[0])
    return {
        "version": 1,
        "plan_id": live.plan_id,
        "exit_status": live.exit_status,
        "stopped": live.rollout.stopped,
        "runs": [host_document(one) for one in hosts],
    }


def host_document(one: HostRun) -> dict[str, Any]:
    """Return the run document of one host, also when it did not begin or was left."""
    if one.result is not None:
        return one.result.document()
    steps = [
        {"name": step.name, "title": step.title, "state": step.state.value, "evidence": "", "seconds": 0.0}
        for step in one.steps
    ]
    return {
        "version": 1,
        "run_id": one.run_id,
        "plan_id": one.plan.plan_id,
        "host": one.host.name,
        "recipe": one.plan.recipe,
        "state": one.state,
        "started_at": None,
        "ended_at": None,
        "resumable": bool(one.run_id),
        "steps": steps,
        "verdict": _verdict(one),
    }


def lines(args: argparse.Namespace, live: LiveRun) -> Iterator[Text | str]:
    """Yield what became of each host, and for several a table of all."""
    for one in live.hosts.values():
        if one.begun:
            yield from host_lines(args, one)
    if len(live.hosts) > 1:
        yield ""
        yield from columns([("host", "state", "steps", "verdict"), *map(_row, live.hosts.values())])
        if live.rollout.stopped:
            yield f"stopped: {clean_line(live.rollout.stopped, 1000)}"


def host_lines(args: argparse.Namespace, one: HostRun) -> Iterator[Text | str]:
    """Yield one host's steps with what was proved, the verdict, and what to do when it is not over."""
    state = one.state
    run = f"   run {one.run_id}" if one.run_id else ""
    yield Text.assemble(
        (f"{one.plan.recipe} on {one.host.name}: ", "bold"), (state, _STATES.get(state, "bold red")), run
    )
    yield from step_lines(one.steps)
    for line in _told(one).splitlines():
        yield Text(f"   {line}")
    resumable = one.result.resumable if one.result is not None else bool(one.run_id)
    if resumable:
        yield from (f"   {line}" for line in what_to_do(args, one.run_id))


def step_lines(steps: Iterable[StepResult]) -> Iterator[Text]:
    """Yield where each step stands, and what was proved."""
    for number, step in enumerate(steps, 1):
        symbol, style = _SYMBOLS[step.state]
        took = f"  {step.seconds:.1f} s" if step.seconds else ""
        title = f"{number:>2} {clean_line(step.title, 500)}  {step.state.value}{took}"
        yield Text.assemble((f" {symbol} ", style), title)
        for line in clean(step.evidence, 4000).splitlines():
            yield Text(f"      {line}", style="dim")


def what_to_do(args: argparse.Namespace, run_id: str) -> Iterator[str]:
    """Yield what can be done with an interrupted run, each with the command to type."""
    yield f"look:   {command(args, 'runs', [run_id])}"
    yield f"resume: {command(args, 'resume', [run_id])}"
    yield f"undo:   {command(args, 'undo', [run_id])}"


def _verdict(one: HostRun) -> str:
    return clean_line(_told(one), 4000)


def _told(one: HostRun) -> str:
    """Return the verdict as it is told; what differs from the plan has lines of its own."""
    if one.result is not None:
        return clean(one.result.verdict, 8000)
    if one.state == INTERRUPTED:
        return "it was left; what it had begun on the host runs on there"
    return "it was not begun: nothing was changed" if one.state == NOT_STARTED else one.state


def _row(one: HostRun) -> tuple[str, ...]:
    done = sum(step.state is StepState.DONE for step in one.steps)
    return one.host.name, one.state, f"{done}/{len(one.steps)}", _verdict(one)[:120]
