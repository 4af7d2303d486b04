"""All hosts together, and choosing some of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from opsconsole.console.inventory.entry import HostEntry, TargetError
from opsconsole.data.host import LOCALHOST, Host

ALL = "all"


@dataclass(frozen=True, slots=True)
class Inventory:
    """The hosts.

    Attributes:
        entries: Name -> host; localhost comes first, then those of opsconsole.toml, ssh_config, Ansible.
        groups: Group name -> names of its hosts, in the order of `entries`.
        hops: A text in some `Host.jump` that is no name in `entries` -> the host that it means, with what
            ssh_config says of it.
        warnings: What a person should know.
    """

    entries: Mapping[str, HostEntry]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hops: Mapping[str, Host] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def host(self, name: str) -> Host:
        """Return a host by name.

        Raises:
            KeyError: There is none.
        """
        return self.entries[name].host

    def hop(self, text: str) -> Host | None:
        """Return the host that a text in `Host.jump` means; None when nothing is configured for it."""
        entry = self.entries.get(text)
        return entry.host if entry is not None else self.hops.get(text)

    def reachable(self) -> dict[str, Host]:
        """Return every host that needs SSH, and every configured hop, by the name used in `Host.jump`."""
        hosts = {name: entry.host for name, entry in self.entries.items() if not entry.host.is_local}
        return {**self.hops, **hosts}

    def select(self, targets: Iterable[str]) -> list[HostEntry]:
        """Return the hosts that the targets name, each once, in the order named.

        Args:
            targets: Host names, `@group`, `localhost` or `all`.

        Raises:
            TargetError: One of them names nothing.
        """
        chosen: dict[str, HostEntry] = {}
        for target in targets:
            for name in self._names(target):
                chosen.setdefault(name, self.entries[name])
        return list(chosen.values())

    def narrowed(self, targets: Iterable[str]) -> Inventory:
        """Return an inventory of these hosts only; the others stay known as jump hosts.

        Raises:
            TargetError: A target names nothing.
        """
        chosen = {entry.host.name: entry for entry in self.select(targets)}
        others = {name: entry.host for name, entry in self.entries.items() if name not in chosen}
        others.pop(LOCALHOST, None)
        groups = {
            name: kept
            for name, members in self.groups.items()
            if (kept := tuple(member for member in members if member in chosen))
        }
        return replace(self, entries=chosen, groups=groups, hops={**others, **self.hops})

    def _names(self, target: str) -> Iterable[str]:
        if target in {ALL, f"@{ALL}"}:
            return self.entries
        if target.startswith("@") and target[1:] in self.groups:
            return self.groups[target[1:]]
        if target in self.entries:
            return (target,)
        raise TargetError(self._unknown(target))

    def _unknown(self, target: str) -> str:
        what = "group" if target.startswith("@") else "host"
        known = [*self.entries, *(f"@{group}" for group in self.groups), ALL]
        if f"@{target}" in known:
            return f"there is no host {target!r}; the group is written @{target}"
        near = difflib.get_close_matches(target, known, n=3, cutoff=0.6)
        if near:
            return f"there is no {what} {target!r}; did you mean {' or '.join(near)}?"
        listed = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
        return f"there is no {what} {target!r}; there are: {listed}"
