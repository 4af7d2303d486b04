"""What must be right about a plan before anything is done: its own form, its secrets, and the facts. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from opsconsole.data.host import Command
from opsconsole.recipes.recipe import Kind, Parameter, Plan, Step
from opsconsole.recipes.runner import jobs

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DIFFERENCES = 20
_SHOWN_CHARS = 200
_SHORT_SECRET_CHARS = 4
MISSING = "(not there)"


def problem(plan: Plan, secrets: Mapping[str, str]) -> str:
    """Return what forbids to apply the plan, for a person; empty: nothing."""
    names = [step.name for step in plan.steps]
    if len(set(names)) < len(names) or not all(_NAME.fullmatch(name) for name in names):
        return f"the plan's steps have no proper names: {', '.join(names)}"
    for step in plan.steps:
        if found := _step_problem(step, secrets):
            return f"step {step.name}: {found}"
    return ""


def _step_problem(step: Step, secrets: Mapping[str, str]) -> str:
    if not step.commands:
        return "it has no command"
    if (step.undo is None) == (not step.irreversible):
        return "it must have either an undo, or the reason why there is none"
    if step.dead_man_seconds and step.undo is None:
        return "a timer on the host can undo only what has an undo"
    groups: list[Sequence[Command]] = [step.commands, (step.check.command,)]
    if step.undo is not None:
        groups += [step.undo.commands, (step.undo.check.command,)]
    for commands in groups:
        if len({command.sudo for command in commands}) > 1:
            return "its commands must all be root's, or none"
        for command in commands:
            if found := _command_problem(command, secrets):
                return found
    return ""


def _command_problem(command: Command, secrets: Mapping[str, str]) -> str:
    if not command.argv or not command.argv[0]:
        return "a command has no program"
    for word in command.argv:
        if "\0" in word:
            return "a command's argument has a NUL byte"
        for name, value in secrets.items():
            if value and (word == value or (len(value) >= _SHORT_SECRET_CHARS and value in word)):
                return f"the secret {name} would be an argument of a command, where `ps` shows it"
    if lacking := jobs.marks(command.stdin) - {name for name, value in secrets.items() if value}:
        return f"the secret {', '.join(sorted(lacking))} is needed and was not given"
    return ""


def lacks_secret(step: Step, secrets: Mapping[str, str], *, undoing: bool) -> str:
    """Return the names of the secrets that a step, or its undo, needs and that were not given."""
    commands = [*step.commands, step.check.command] if not undoing else []
    if step.undo is not None:
        commands += [*step.undo.commands, step.undo.check.command]
    wanted = frozenset[str]().union(*(jobs.marks(command.stdin) for command in commands))
    return ", ".join(sorted(wanted - {name for name, value in secrets.items() if value}))


def values_of(parameters: Sequence[Parameter], plan: Plan) -> dict[str, Any]:
    """Return the parameters' values as a recipe gets them, from the JSON that the plan has of them."""
    kinds = {parameter.name: parameter.kind for parameter in parameters}
    return {
        name: tuple(value) if kinds.get(name) is Kind.TEXTS and isinstance(value, list) else value
        for name, value in plan.parameters.items()
    }


def differences(planned: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return in what the facts differ, one line each: `path: planned → found`. Empty: in nothing."""
    before, after = (json.loads(json.dumps(value)) for value in (planned, found))
    if before == after:
        return []
    lines: list[str] = []
    for path, old, new in _compare(before, after, ""):
        if len(lines) == _DIFFERENCES:
            lines.append("… and more")
            break
        lines.append(f"{path or 'facts'}: {_shown(old)} → {_shown(new)}")
    return lines


_NOTHING = object()


def _compare(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _compare(old.get(key, _NOTHING), new.get(key, _NOTHING), f"{path}.{key}".lstrip("."))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            mine = old[index] if index < len(old) else _NOTHING
            yield from _compare(mine, new[index] if index < len(new) else _NOTHING, f"{path}[{index}]")
    elif old != new or type(old) is not type(new):
        yield path, old, new


def _shown(value: Any) -> str:
    if value is _NOTHING:
        return MISSING
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "…"
