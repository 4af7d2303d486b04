"""A plan as JSON and back: the plan document, and the id that is confirmed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from opsconsole.data.host import Command
from opsconsole.recipes.recipe import Check, Plan, Step, Undo

VERSION = 1
PLAN_ID_CHARS = 16


def plan_id(plan: Plan) -> str:
    """Return the plan's id: the first 64 bits of SHA-256 over its canonical JSON, in hexadecimal."""
    canonical = json.dumps(_body(plan), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:PLAN_ID_CHARS]


def token(*parts: Mapping[str, Any]) -> str:
    """Return a name for what a plan keeps on the host: the same for the same parameters and facts."""
    text = json.dumps([dict(part) for part in parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def to_document(plan: Plan) -> dict[str, Any]:
    """Return the plan document (see `console/cli/schemas/plan.schema.json`)."""
    return {"version": VERSION, "plan_id": plan.plan_id, "risk": plan.risk.value, **_body(plan)}


def from_document(document: Mapping[str, Any]) -> Plan:
    """Return the plan of a document that `to_document` made.

    Raises:
        ValueError: It is not one, or its id is not that of its content: it was changed.
    """
    try:
        plan = Plan(
            recipe=document["recipe"],
            version=document["recipe_version"],
            host=document["host"],
            parameters=document["parameters"],
            facts=document["facts"],
            steps=tuple(_step_of(step) for step in document["steps"]),
            summary=document["summary"],
            shown=document["shown"],
            warnings=tuple(document["warnings"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a plan document: {error!r}") from error
    if document.get("plan_id") != plan.plan_id:
        raise ValueError(f"plan {document.get('plan_id')}: its content is not what was planned")
    return plan


def _body(plan: Plan) -> dict[str, Any]:
    return {
        "recipe": plan.recipe,
        "recipe_version": plan.version,
        "host": plan.host,
        "parameters": dict(plan.parameters),
        "facts": dict(plan.facts),
        "summary": plan.summary,
        "shown": dict(plan.shown),
        "warnings": list(plan.warnings),
        "steps": [_step(step) for step in plan.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "title": step.title,
        "commands": [_command(command) for command in step.commands],
        "effect": step.effect,
        "predicted": step.predicted,
        "check": _check(step.check),
        "undo": None if step.undo is None else _undo(step.undo),
        "irreversible": step.irreversible,
        "deadline_seconds": step.deadline_seconds,
        "diff": step.diff,
        "details": list(step.details),
        "dead_man_seconds": step.dead_man_seconds,
    }


def _step_of(document: Mapping[str, Any]) -> Step:
    undo = document["undo"]
    return Step(
        name=document["name"],
        title=document["title"],
        commands=tuple(_command_of(command) for command in document["commands"]),
        effect=document["effect"],
        check=_check_of(document["check"]),
        undo=None if undo is None else _undo_of(undo),
        irreversible=document["irreversible"],
        predicted=document["predicted"],
        deadline_seconds=document["deadline_seconds"],
        diff=document["diff"],
        details=tuple(document["details"]),
        dead_man_seconds=document["dead_man_seconds"],
    )


def _check(check: Check) -> dict[str, Any]:
    return {
        "says": check.says,
        "command": _command(check.command),
        "within_seconds": check.within_seconds,
    }


def _check_of(document: Mapping[str, Any]) -> Check:
    return Check(document["says"], _command_of(document["command"]), document["within_seconds"])


def _undo(undo: Undo) -> dict[str, Any]:
    return {
        "says": undo.says,
        "commands": [_command(command) for command in undo.commands],
        "check": _check(undo.check),
    }


def _undo_of(document: Mapping[str, Any]) -> Undo:
    return Undo(
        document["says"],
        tuple(_command_of(command) for command in document["commands"]),
        _check_of(document["check"]),
    )


def _command(command: Command) -> dict[str, Any]:
    """Return a command without the values to redact: secrets are never remembered."""
    stdin = None if command.stdin is None else base64.b64encode(command.stdin).decode("ascii")
    return {
        "argv": list(command.argv),
        "stdin_base64": stdin,
        "sudo": command.sudo,
        "deadline_seconds": command.deadline_seconds,
        "output_limit_bytes": command.output_limit_bytes,
    }


def _command_of(document: Mapping[str, Any]) -> Command:
    stdin = document["stdin_base64"]
    return Command(
        argv=tuple(document["argv"]),
        stdin=None if stdin is None else base64.b64decode(stdin, validate=True),
        sudo=document["sudo"],
        deadline_seconds=document["deadline_seconds"],
        output_limit_bytes=document["output_limit_bytes"],
    )
