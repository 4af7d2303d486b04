"""The hosts of Ansible inventories, as the rest of the console sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from opsconsole.console.sources.origin import Located, Origin
from opsconsole.console.sources.problem import Problem


@dataclass(frozen=True, slots=True)
class AnsibleHost:
    """One host.

    Attributes:
        name: Its inventory name.
        origin: Where it is first named.
        fields: Field name of `Host` -> what its variables say.
        groups: Its groups, the nearest first; not `all` and `ungrouped`.
    """

    name: str
    origin: Origin
    fields: Mapping[str, Located] = field(default_factory=dict)
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnsibleHosts:
    """What the inventories say.

    Attributes:
        hosts: Name -> host, in the order of the files.
        problems: What makes an inventory unusable.
        warnings: What a person should know.
    """

    hosts: Mapping[str, AnsibleHost] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
