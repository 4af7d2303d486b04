"""What the configuration says to each panel about a host: limits and settings, layer over layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opsconsole.console.settings.fields import Fields
from opsconsole.console.sources.origin import Origin
from opsconsole.console.sources.problem import Problem
from opsconsole.panels.panel import Panel


class PanelLayers:
    """Makes the limits and settings of hosts; hosts with the same layers share one instance.

    Args:
        panels: The panels.
        problems: Where a table that its panel refuses is noted.
    """

    def __init__(self, panels: Mapping[str, Panel], problems: list[Problem]) -> None:
        self._panels = panels
        self._problems = problems
        self._made: dict[tuple[int, ...], tuple[Any, Mapping[str, Origin]]] = {}

    def limits(self, layers: Sequence[Mapping[str, Fields]]) -> tuple[dict[str, Any], dict[str, Origin]]:
        """Return panel -> its limits, and where each configured one stands; the narrowest layer is first."""
        return self._all("limits_type", "limits.", layers)

    def settings(self, layers: Sequence[Mapping[str, Fields]]) -> tuple[dict[str, Any], dict[str, Origin]]:
        """Return panel -> its settings, and where each configured one stands."""
        return self._all("settings_type", "", layers)

    def _all(
        self, type_name: str, prefix: str, layers: Sequence[Mapping[str, Fields]]
    ) -> tuple[dict[str, Any], dict[str, Origin]]:
        values: dict[str, Any] = {}
        origins: dict[str, Origin] = {}
        for name, panel in self._panels.items():
            said = [layer[name] for layer in layers if name in layer]
            # The layers live as long as the settings: their identity names the combination.
            key = (id(panel), hash(type_name), *(id(fields) for fields in said))
            if key not in self._made:
                self._made[key] = self._make(getattr(panel, type_name), prefix + name, said)
            values[name], found = self._made[key]
            origins.update(found)
        return values, origins

    def _make(self, cls: type[Any], name: str, said: Sequence[Fields]) -> tuple[Any, Mapping[str, Origin]]:
        if not said:
            return cls(), {}
        merged = said[-1]
        for narrower in reversed(said[:-1]):
            merged = narrower.over(merged)
        try:
            return merged.build(cls), merged.flat(name)
        except ValueError as error:
            self._problems.append(Problem.at(said[0].origin, "", f"{said[0].key}: {error}"))
            return cls(), {}
