"""What a person must answer before plans are applied: the confirmation tiers, without any screen.

Whoever shows the question gives it the focus on No; nothing here ever takes an empty answer for a yes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from opsconsole.data.host import Host
from opsconsole.recipes.recipe import Plan, Risk

_YES = frozenset({"y", "yes"})


class Tier(StrEnum):
    """How hard it is to say yes."""

    NONE = "none"
    """Nothing will be changed."""
    YES_NO = "yes-no"
    """Yes or no, with the focus on No."""
    TYPE = "type"
    """The host's name, or the number of hosts, must be typed."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What must be answered.

    Attributes:
        tier: How.
        answer: For `Tier.TYPE`: what must be typed.
        because: Why this tier, such as `web1 is production`; empty for the lower ones.
    """

    tier: Tier
    answer: str = ""
    because: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """What to ask."""
        if self.tier is Tier.TYPE:
            what = "the number of hosts" if self.answer.isdecimal() else "the name of the host"
            return f"type {self.answer} ({what}) to go on"
        return "go on?" if self.tier is Tier.YES_NO else ""

    def accepts(self, typed: str) -> bool:
        """Whether this answer lets it go on."""
        if self.tier is Tier.NONE:
            return True
        if self.tier is Tier.YES_NO:
            return typed.strip().lower() in _YES
        return typed.strip() == self.answer


def confirmation(plans: Sequence[Plan], hosts: Mapping[str, Host], *, undoing: bool = False) -> Confirmation:
    """Return what must be answered before these plans are applied, or undone.

    Args:
        plans: One a host; those without a step change nothing and ask for nothing.
        hosts: Host name -> host. One that is not there is taken for production: nobody knows what it is.
        undoing: They are taken back: whether a step can be undone is no question any more.
    """
    changing = [plan for plan in plans if plan.steps]
    if not changing:
        return Confirmation(Tier.NONE)
    because = [f"{len(changing)} hosts"] if len(changing) > 1 else []
    for plan in changing:
        host = hosts.get(plan.host)
        if host is None:
            because.append(f"{plan.host} is not in the inventory")
        elif host.is_production:
            because.append(f"{plan.host} is {host.environment}")
    if not undoing:
        because += [
            f"{plan.host}: {step.title}: {step.irreversible or 'cannot be undone'}"
            for plan in changing
            if plan.risk is Risk.IRREVERSIBLE
            for step in plan.steps
            if step.undo is None
        ]
    if not because:
        return Confirmation(Tier.YES_NO)
    answer = changing[0].host if len(changing) == 1 else str(len(changing))
    return Confirmation(Tier.TYPE, answer, tuple(because))
