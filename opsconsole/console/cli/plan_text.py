"""A plan as text for a terminal: everything that will happen, in the order in which it will happen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

from rich.text import Text

from opsconsole.console.commands_shown import exact, folded, given, is_long
from opsconsole.data.host import Command, Host
from opsconsole.data.text import clean, clean_line
from opsconsole.data.units import format_bytes, format_duration
from opsconsole.recipes.recipe import Plan, Risk, Step

_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def plan_text(plan: Plan, host: Host | None, *, verbose: bool = False) -> Iterator[Text]:
    """Yield the plan's lines.

    Args:
        plan: The plan.
        host: Its host; None: it is not in the inventory.
        verbose: Also scripts whole, what commands read on their standard input, checks, undo commands, and
            the facts.
    """
    badge = f" ({clean_line(host.environment)})" if host is not None and host.environment else ""
    title = f"{plan.recipe} on {plan.host}{badge}"
    yield Text.assemble((title, "bold"), f"   plan {plan.plan_id}")
    yield Text(clean_line(plan.summary, 1000))
    yield risk_text(plan)
    for warning in plan.warnings:
        yield Text(f"▲ {clean_line(warning, 2000)}", style="yellow")
    if verbose:
        for title, pairs in (("set", plan.parameters), ("fact", plan.facts), ("read", plan.shown)):
            yield from _pairs(title, pairs)
    if not plan.steps:
        yield Text("Nothing to do.")
    for number, step in enumerate(plan.steps, 1):
        yield from _step(number, step, verbose)


def risk_text(plan: Plan) -> Text:
    """Return the risk in words, with the steps that make it."""
    if plan.risk is Risk.READ:
        return Text("risk: none, nothing is changed")
    if plan.risk is Risk.REVERSIBLE:
        return Text("risk: reversible, each step can be undone")
    last = [str(number) for number, step in enumerate(plan.steps, 1) if step.undo is None]
    return Text(f"risk: IRREVERSIBLE step{'s' if len(last) > 1 else ''} {', '.join(last)}", style="bold red")


def _pairs(title: str, pairs: Mapping[str, object]) -> Iterator[Text]:
    for name, value in pairs.items():
        yield Text(f"  {title} {clean_line(name)} = {clean_line(json.dumps(value), 4000)}", style="dim")


def _step(number: int, step: Step, verbose: bool) -> Iterator[Text]:
    effect = f"   {clean_line(step.effect, 1000)}" if step.effect else ""
    yield Text.assemble((f"{number:>2}  {clean_line(step.title, 1000)}", "bold"), effect)
    manner = "predicted" if step.predicted else "opaque: a program of the host decides"
    limit = f"ended after {format_duration(step.deadline_seconds)}"
    if step.undo is not None:
        yield Text(f"    {manner} · undo: {clean_line(step.undo.says, 500)} · {limit}", style="dim")
    else:
        yield Text.assemble(
            (f"    {manner} · ", "dim"),
            (f"no undo: {clean_line(step.irreversible, 500)}", "red"),
            (f" · {limit}", "dim"),
        )
    if step.dead_man_seconds:
        after = format_duration(step.dead_man_seconds)
        yield Text(f"    can cut us off: the host undoes it by itself after {after}", style="yellow")
    for command in step.commands:
        yield from _command(command, "$", verbose)
    yield Text(f"    proof: {clean_line(step.check.says, 1000)}")
    if verbose:
        yield from _command(step.check.command, "proof $", verbose)
        if step.undo is not None:
            for command in (*step.undo.commands, step.undo.check.command):
                yield from _command(command, "undo $", verbose)
    for line in clean(step.diff, max(1, len(step.diff))).splitlines():
        yield Text(f"    {line}", style=_DIFF_STYLES.get(line[:1], ""))
    for detail in step.details:
        yield Text(f"    · {clean_line(detail, 2000)}")


def _command(command: Command, mark: str, verbose: bool) -> Iterator[Text]:
    first, *rest = (exact if verbose else folded)(command).split("\n")
    more = "" if verbose or not is_long(command) else "   -v shows it whole"
    yield Text.assemble((f"    {mark} ", "dim"), first, (more, "dim"))
    for line in rest:
        yield Text(f"      {line}")
    if command.stdin is None:
        return
    size = f"reads {format_bytes(len(command.stdin))} on its standard input"
    if verbose:
        yield Text(f"      {size}:", style="dim")
        for line in given(command).split("\n"):
            yield Text(f"      | {line}")
    else:
        digest = hashlib.sha256(command.stdin).hexdigest()[:16]
        yield Text(f"      {size} (sha256 {digest}…; -v shows it)", style="dim")
