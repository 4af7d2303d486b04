"""What the steps of any recipe are made from: the options, the facts, and the plan that comes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from opsconsole.data.host import Host
from opsconsole.recipes.document import token
from opsconsole.recipes.recipe import FactSheet, Plan, Step

OptionsT = TypeVar("OptionsT")


@dataclass(frozen=True)
class PlanDraft(Generic[OptionsT]):
    """A plan in the making; a recipe adds the figures that its steps share.

    Attributes:
        options: The parameters, checked.
        values: The parameters as JSON.
        facts: What was read.
        warnings: Grows while the steps are made.
    """

    options: OptionsT
    values: Mapping[str, Any]
    facts: FactSheet
    warnings: list[str] = field(default_factory=list)

    @property
    def bound(self) -> Mapping[str, Any]:
        """The binding facts."""
        return self.facts.binding

    @property
    def shown(self) -> Mapping[str, Any]:
        """The facts that are only told."""
        return self.facts.shown

    @cached_property
    def token(self) -> str:
        """Names what the steps keep on the host: the same for the same parameters and facts."""
        return token(self.values, self.bound)

    def plan(self, name: str, version: int, host: Host, steps: Sequence[Step], summary: str) -> Plan:
        """Return the plan.

        Args:
            name: The recipe's name.
            version: Its version.
            host: The host it is for.
            steps: In their order.
            summary: What comes of it, in one line.
        """
        return Plan(
            recipe=name,
            version=version,
            host=host.name,
            parameters=self.values,
            facts=self.bound,
            steps=tuple(steps),
            summary=summary,
            shown=self.shown,
            warnings=tuple(self.warnings),
        )


def many(count: int, thing: str) -> str:
    """Return `1 file`, `2 files`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
