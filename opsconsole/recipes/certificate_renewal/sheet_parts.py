"""What the facts of certbot's two drivers have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opsconsole.recipes.certificate_renewal.lineages import Found, Timer
from opsconsole.recipes.certificate_renewal.options import Options


def timer(timer: Timer | None) -> dict[str, Any] | None:
    """Return certbot's timer; None: there is none."""
    if timer is None:
        return None
    return {"unit": timer.unit, "masked": timer.masked, "enabled": timer.enabled, "active": timer.active}


def shown(
    found: Found, idle: Sequence[str], options: Options, acting: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return what is only told.

    Args:
        found: All that certbot keeps.
        idle: Names of what needs nothing.
        options: The parameters.
        acting: Name -> DNS names of what is done.
    """
    host = found.certbot
    return {
        "now": host.now,
        "next_run": host.timer.next_run if host.timer else "",
        "crons": list(host.crons),
        "crons_unsure": list(host.crons_unsure),
        "broken": dict(found.broken),
        "idle": {
            one.name: [int(one.current.not_after.timestamp()), one.renewed_before_seconds(host.version)]
            for one in found.kept
            if one.name in idle
        },
        "autorenew_off": [
            one.name for one in found.kept if one.name in idle and not one.lineage.autorenew and one.due(host)
        ],
        "identical": {name: found.identical_this_week(names) for name, names in acting.items()},
        "weekly_limit": options.weekly_limit,
        "over": list(host.over),
    }
