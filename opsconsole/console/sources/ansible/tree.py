"""What an inventory file says, before anybody asks what it means: groups, hosts and variables."""

from __future__ import annotations

from dataclasses import dataclass, field

from opsconsole.console.sources.origin import Located, Origin
from opsconsole.console.sources.problem import Problem

ALL = "all"
UNGROUPED = "ungrouped"
MEMBERS_LIMIT = 500_000

Variables = dict[str, Located]


@dataclass(slots=True)
class Group:
    """A group.

    Attributes:
        hosts: Names of its own hosts, in order.
        children: Names of the groups within it.
        variables: Its variables.
    """

    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True)
class Tree:
    """All inventories together.

    Attributes:
        groups: Name -> group.
        hosts: Name -> its own variables, in order.
        named_at: Host name -> where it is first named.
        problems: What makes a file unusable.
        warnings: What a person should know.
    """

    groups: dict[str, Group] = field(default_factory=lambda: {ALL: Group(), UNGROUPED: Group()})
    hosts: dict[str, Variables] = field(default_factory=dict)
    named_at: dict[str, Origin] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _members: int = 0

    def group(self, name: str) -> Group:
        """Return a group, made when it is new."""
        return self.groups.setdefault(name, Group())

    def add_host(self, name: str, group: str, origin: Origin, variables: Variables, port: str = "") -> None:
        """Add a host to a group; what is said later of the same host wins.

        A port written after its name counts only where the host is first named, and any variable wins
        over it.

        Beyond `MEMBERS_LIMIT` nothing is added, and a problem says so.
        """
        self._members += 1
        if self._members > MEMBERS_LIMIT:
            if self._members == MEMBERS_LIMIT + 1:
                self.problems.append(Problem.at(origin, "", f"more than {MEMBERS_LIMIT} hosts in groups"))
            return
        self.groups.setdefault(group, Group()).hosts[name] = None
        if name not in self.hosts:
            self.hosts[name] = {"ansible_port": Located(port, origin)} if port else {}
        self.hosts[name].update(variables)
        self.named_at.setdefault(name, origin)
