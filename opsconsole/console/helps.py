"""What helps against a finding, as far as it is there: panels also name what is yet to come."""

from __future__ import annotations


def normal_name(name: str) -> str:
    """Return a recipe's name as on the command line; findings may write it with underscores."""
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def helping(suggested: str) -> str:
    """Return the recipe that a finding suggests; empty: it suggests none, or one that is not here."""
    if not suggested:
        return ""
    from opsconsole import recipes  # most hosts have no finding that asks for them

    name = normal_name(suggested)
    return name if name in recipes.names() else ""
