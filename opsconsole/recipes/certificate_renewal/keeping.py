"""The copies that a run keeps for its undo: where they are, until when, and how they go."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.recipes.certificate_renewal.scripts import command
from opsconsole.recipes.recipe import Check, Step

DAYS = 30
"""So long the copies of a run stay: as long as anybody may want to undo it."""
FOLDER = "/var/lib/opsconsole/certificate-renewal"
"""Where they are, in a folder of mode 700 for each run (`new_keep_folder`; /run where that is read-only)."""


def words(token: str) -> tuple[str, ...]:
    """Return what an engineer should know of the copies of a run, for its plan."""
    return (
        f"kept in {FOLDER}/{token} on the host with the old key, for root alone and `opsconsole undo`",
        f"the first plan of certbot's drivers, or run with copies of its own, after {DAYS} days removes them;"
        f" before that: rm -r {FOLDER}/{token}",
    )


def expire(token: str, folders: Sequence[str]) -> list[Step]:
    """Return the step that removes copies of earlier runs whose time is over."""
    if not folders:
        return []
    return [
        Step(
            name="expire-copies",
            title=f"Remove the copies of {len(folders)} earlier {'run' if len(folders) == 1 else 'runs'}",
            commands=(command("expire", token, DAYS, deadline_seconds=60),),
            effect="old certificates and keys go; those runs cannot be undone any more",
            check=Check("they are gone", command("expired", token, DAYS)),
            irreversible=f"they were kept for {DAYS} days",
            details=tuple(folders[:20]),
        )
    ]
