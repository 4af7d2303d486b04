"""When each panel's look from outside (`Panel.observe`) is due: some cost a service more than others."""

from __future__ import annotations

import math
from collections.abc import Mapping

from opsconsole.panels.panel import Panel


class Looks:
    """Keeps when each panel of one host looked.

    Args:
        loaded: The panels.
        slow_seconds: Period of the slow cadence, at which it is asked what is due.
    """

    def __init__(self, loaded: Mapping[str, Panel], slow_seconds: float) -> None:
        self._loaded = loaded
        self._slow_seconds = slow_seconds
        self._looked_at: dict[str, float] = {}

    def due(self, now: float, *, asked: bool) -> frozenset[str]:
        """Return the panels that look now, and take it that they do.

        Args:
            now: Monotonic time in seconds.
            asked: A person wants everything read now.
        """
        # Half a period early, so that jitter does not make it a whole period late.
        names = frozenset(
            name
            for name, panel in self._loaded.items()
            if asked
            or now - self._looked_at.get(name, -math.inf)
            >= panel.observe_every_seconds - self._slow_seconds / 2
        )
        self._looked_at |= dict.fromkeys(names, now)
        return names
