"""Where nothing may be changed: the whole console, an environment, or one host is read-only."""

from __future__ import annotations

from dataclasses import dataclass

from opsconsole.data.host import Host


@dataclass(frozen=True, slots=True)
class Policy:
    """What the configuration and the command line allow. The runner asks it at every entrance.

    Attributes:
        read_only: Nothing may be changed anywhere.
        read_only_environments: Names of environments in which nothing may be changed.
    """

    read_only: bool = False
    read_only_environments: frozenset[str] = frozenset()

    def refusal(self, host: Host) -> str:
        """Return why nothing may be changed on the host, for a person; empty: it may."""
        if self.read_only:
            return "the console is read-only"
        if host.read_only:
            return f"{host.name} is read-only"
        environments = {name.casefold() for name in self.read_only_environments}
        if host.environment and host.environment.casefold() in environments:
            return f"the environment {host.environment} is read-only"
        return ""
