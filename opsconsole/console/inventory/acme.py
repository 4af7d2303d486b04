"""Whether the hosts and groups that `[acme.NAME]` is the default for are there."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.console.inventory.inventory import ALL
from opsconsole.console.settings.load import Settings
from opsconsole.console.sources.problem import did_you_mean


def unknown_targets(settings: Settings, hosts: Iterable[str], groups: Iterable[str]) -> list[str]:
    """Return a warning for each name in a `default_for` that is none of the inventory."""
    known = {*hosts, *(f"@{group}" for group in groups), ALL, f"@{ALL}"}
    warnings = []
    for name, server in settings.acme.items():
        origin = settings.acme_origins[name]
        for target in server.default_for:
            if target not in known:
                hint = did_you_mean(target, sorted(known))
                warnings.append(
                    f"{origin}: acme.{name}.default_for: found {target!r}, expected a host, @group or all"
                    + (f" ({hint})" if hint else "")
                )
    return warnings
