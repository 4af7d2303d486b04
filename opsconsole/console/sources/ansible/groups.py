"""Which groups a host is in, through groups of groups."""

from __future__ import annotations

from functools import cached_property

from opsconsole.console.sources.ansible.tree import ALL, UNGROUPED, Tree
from opsconsole.console.sources.problem import show

_PRIORITY = "ansible_group_priority"


class GroupOrder:
    """The groups of hosts, the nearest first, as Ansible ranks them.

    Attributes:
        warnings: Groups that contain themselves, and priorities that are none.
    """

    def __init__(self, tree: Tree) -> None:
        self.warnings: list[str] = []
        self._tree = tree
        self._parents: dict[str, list[str]] = {name: [] for name in tree.groups}
        self._direct: dict[str, list[str]] = {name: [] for name in tree.hosts}
        for name, group in tree.groups.items():
            for child in group.children:
                self._parents.setdefault(child, []).append(name)
            for host in group.hosts:
                self._direct[host].append(name)
        self._ranked: dict[tuple[str, ...], tuple[str, ...]] = {}

    def groups_of(self, host: str) -> tuple[str, ...]:
        """Return all groups of a host: deeper ones first, at one depth those whose variables win first."""
        direct = tuple(group for group in self._direct[host] if group not in {ALL, UNGROUPED})
        if direct not in self._ranked:
            found = {ALL, UNGROUPED} if not direct else {ALL}
            todo = list(direct)
            while todo:
                group = todo.pop()
                if group not in found:
                    found.add(group)
                    todo += self._parents.get(group, ())
            self._ranked[direct] = tuple(sorted(found, key=self._rank, reverse=True))
        return self._ranked[direct]

    def _rank(self, group: str) -> tuple[int, int, str]:
        """Return what ranks a group as in Ansible: at one depth its priority, then the alphabet's last."""
        return self._depths.get(group, 0), self._priorities.get(group, 1), group

    @cached_property
    def _priorities(self) -> dict[str, int]:
        """Group -> its `ansible_group_priority`, which counts where the inventory says it, 1 otherwise."""
        found = {}
        for name, group in self._tree.groups.items():
            said = group.variables.get(_PRIORITY)
            if said is None:
                continue
            try:
                found[name] = int(str(said.value))
            except ValueError:
                words = f"found {show(str(said.value))}, expected a whole number; taken as 1"
                self.warnings.append(f"{said.origin}: {_PRIORITY}: {words}")
        return found

    @cached_property
    def _depths(self) -> dict[str, int]:
        """Group -> how far below `all` it is; groups in a circle get the depth at which it is entered."""
        depths = {ALL: 0, UNGROUPED: 1}
        tops = [name for name in self._tree.groups if not self._parents.get(name) and name not in depths]
        todo = [(name, 1, frozenset({name})) for name in tops]
        todo += [(child, 1, frozenset({child})) for child in self._tree.groups[ALL].children]
        while todo:
            name, depth, way = todo.pop()
            if depth <= depths.get(name, -1):
                continue
            depths[name] = depth
            for child in self._tree.groups[name].children if name in self._tree.groups else ():
                if child in way:
                    self.warnings.append(f"Ansible group {child} contains itself, through {name}")
                else:
                    todo.append((child, depth + 1, way | {child}))
        return depths
