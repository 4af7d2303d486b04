"""Which hosts are in which groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opsconsole.console.inventory.inventory import ALL
from opsconsole.console.settings.load import Settings
from opsconsole.console.sources.problem import Problem, did_you_mean
from opsconsole.console.sources.ssh_config.patterns import has_wildcard, matches
from opsconsole.data.host import LOCALHOST


class Members:
    """The groups of every host, in the order in which their values count.

    Attributes:
        of_host: Host name -> its groups.
        problems: Groups that name a host which is not there.
        warnings: What a person should know.
    """

    def __init__(
        self, settings: Settings, names: Sequence[str], ansible_groups: Mapping[str, Sequence[str]]
    ) -> None:
        self._settings = settings
        self._known = dict.fromkeys(names)
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        found: dict[str, dict[str, None]] = {name: {} for name in names}
        for name, section in settings.host_sections.items():
            groups = section.values.values.get("groups")
            for group in groups.value if groups else ():
                found[name][group] = None
        for group in settings.groups:
            for name in self._listed(group):
                found[name][group] = None
        for name in names:
            found[name] |= dict.fromkeys(ansible_groups.get(name, ()))
        self.of_host = {name: tuple(group for group in found[name] if group != ALL) for name in names}
        self._look_for_misspelt()

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Return group name -> its hosts; groups of the configuration first."""
        members: dict[str, list[str]] = {group: [] for group in self._settings.groups if group != ALL}
        for name, groups in self.of_host.items():
            for group in groups:
                members.setdefault(group, []).append(name)
        return {group: tuple(hosts) for group, hosts in members.items()}

    def _listed(self, group: str) -> list[str]:
        """Return the hosts that a group's `hosts` names; a name that is no host is a problem."""
        hosts = self._settings.groups[group].values.values.get("hosts")
        listed: list[str] = []
        if hosts is None:
            return listed
        for number, pattern in enumerate(hosts.value):
            if pattern in self._known:
                listed.append(pattern)
            elif has_wildcard(pattern):
                matched = [name for name in self._known if name != LOCALHOST and matches(name, pattern)]
                listed += matched
                if not matched:
                    self.warnings.append(f"{hosts.origin}: groups.{group}.hosts: no host matches {pattern}")
            else:
                self.problems.append(self._unknown_host(group, number, pattern))
        return listed

    def _unknown_host(self, group: str, number: int, name: str) -> Problem:
        located = self._settings.groups[group].values.values["hosts"]
        hint = did_you_mean(name, self._known) or f"add [hosts.{name}]; it may be empty"
        key = f"groups.{group}.hosts[{number + 1}]"
        return Problem.at(located.origin, key, f'"{name}"', "a host of the inventory", hint)

    def _look_for_misspelt(self) -> None:
        """Warn of a group that only one host has and that is spelt almost like a configured one.

        Such a host would go without what the group says, read-only included.
        """
        members = self.groups()
        for name, section in self._settings.host_sections.items():
            groups = section.values.values.get("groups")
            for group in groups.value if groups else ():
                if group in self._settings.groups or group == ALL or len(members.get(group, ())) > 1:
                    continue
                hint = did_you_mean(group, self._settings.groups)
                if groups and hint:
                    text = f"hosts.{name}.groups: the group {group} has no section and no other host"
                    self.warnings.append(f"{groups.origin}: {text}; {hint}")
