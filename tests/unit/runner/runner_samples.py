"""A plan of two steps, and events of its runs, as the ledger keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from opsconsole.data.host import Command
from opsconsole.data.ledger import Event
from opsconsole.recipes.recipe import Check, Plan, Step, Undo

RUN = "20261126-062506-152681"
BEGAN = datetime(2026, 11, 26, 6, 25, 6, tzinfo=UTC)
TRUE = Command(("true",))


def step(name: str, **changes: Any) -> Step:
    """Return a step with an undo."""
    values: dict[str, Any] = {
        "title": f"do {name}",
        "commands": (TRUE,),
        "effect": "one thing",
        "check": Check(f"{name} is so", TRUE),
        "undo": Undo("back", (TRUE,), Check("as before", TRUE)),
    }
    return Step(name=name, **{**values, **changes})


def plan(*steps: Step) -> Plan:
    """Return a plan on web1; of two steps when none are given."""
    return Plan("demo", 1, "web1", {}, {}, steps or (step("one"), step("two")), "does two things")


def events(*said: tuple[str, str, dict[str, Any]]) -> list[Event]:
    """Return the events (kind, step, body) of a run that was started."""
    whole = [("start", "", {}), *said]
    return [
        Event(
            kind=kind,
            step=name,
            run_id=RUN,
            verdict=body.get("verdict", ""),
            body=body,
            seq=number,
            at=BEGAN + timedelta(seconds=number),
            hash="",
            previous="",
        )
        for number, (kind, name, body) in enumerate(whole, 1)
    ]
