"""One host of the inventory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from opsconsole.console.sources.origin import Origin
from opsconsole.data.host import Host


@dataclass(frozen=True, slots=True)
class HostEntry:
    """A host, where each of its values came from, and what its configuration says to the panels.

    Attributes:
        host: The resolved host.
        origins: Field name of `Host` -> where its value came from; also `limits.PANEL.KEY` and
            `PANEL.KEY` for what the configuration says to panels.
        limits: Panel name -> an instance of its `limits_type`.
        panel_settings: Panel name -> an instance of its `settings_type`.
    """

    host: Host
    origins: Mapping[str, Origin] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    panel_settings: Mapping[str, Any] = field(default_factory=dict)


class TargetError(Exception):
    """A TARGET names no host or group; the message names the nearest known ones."""
