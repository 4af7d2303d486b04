"""Building the inventory from all sources."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from opsconsole import panels as all_panels
from opsconsole.console.inventory.acme import unknown_targets
from opsconsole.console.inventory.entry import HostEntry
from opsconsole.console.inventory.inventory import Inventory
from opsconsole.console.inventory.jumps import JumpChains, JumpError, jump_problem, unknown_hop_warning
from opsconsole.console.inventory.keys import key_file_warnings
from opsconsole.console.inventory.members import Members
from opsconsole.console.inventory.panel_layers import PanelLayers
from opsconsole.console.inventory.resolve import DEFAULT, Resolver, Values, make_host
from opsconsole.console.settings.load import Settings, is_name
from opsconsole.console.settings.permissions import writable_by_others
from opsconsole.console.sources.ansible import AnsibleHosts
from opsconsole.console.sources.origin import Origin
from opsconsole.console.sources.problem import Problem, SettingsError
from opsconsole.console.sources.ssh_config import HopError, SshConfig, parse_hop
from opsconsole.console.sources.ssh_config.patterns import matches_any
from opsconsole.data.host import LOCALHOST, Host
from opsconsole.data.paths import is_absent
from opsconsole.data.text import clean_line
from opsconsole.panels.panel import Panel

WARNINGS_SHOWN = 100
LOCAL_ADDRESSES = frozenset({"localhost", "127.0.0.1", "::1"})
LOCAL_KEYS = frozenset({"address", "groups", "environment", "sudo", "read_only"})
HOST_FIELDS = tuple(field.name for field in dataclasses.fields(Host))


def load_inventory(settings: Settings, *, panels: Mapping[str, Panel] | None = None) -> Inventory:
    """Return the hosts of the settings' sources.

    Args:
        settings: The settings.
        panels: The panels to make limits and settings for; None: all that there are.

    Raises:
        SettingsError: The sources contradict themselves or cannot be used; every problem is in it.
    """
    if panels is None:
        panels = {name: all_panels.load(name) for name in all_panels.names()}
    return _Loader(settings, panels).load()


def load_configuration(path: Path | None, *, read_only: bool = False) -> tuple[Settings, Inventory]:
    """Return the settings of a file (None: the usual one) and the hosts of their sources.

    Args:
        path: As for `Settings.load`.
        read_only: Nothing may be changed, whatever the file says.

    Raises:
        SettingsError: Something is wrong. Jump hosts that lead in a circle are told beside the file's other
            mistakes, not only once those are mended.
    """
    settings, problems = Settings.read(path)
    if problems:
        raise SettingsError([*problems, *_Loader(settings, {}).circles()])
    if read_only:
        settings = dataclasses.replace(settings, read_only=True)
    return settings, load_inventory(settings)


class _Loader:
    """Loads one inventory; problems and warnings gather on the way."""

    def __init__(self, settings: Settings, panels: Mapping[str, Panel]) -> None:
        self.settings = settings
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self.ssh_config = SshConfig.read(settings.ssh_configs)
        self.ansible = self._read_ansible()
        self.layers = PanelLayers(panels, self.problems)

    def load(self) -> Inventory:
        """Return the inventory.

        Raises:
            SettingsError: There are problems.
        """
        self._check_localhost()
        names = self._names()
        members, resolver, values, hosts = self._resolve(names)
        hosts, hops = self._expand_jumps(hosts, values, resolver)
        entries = {
            name: self._entry(host, values[name], names[name], resolver) for name, host in hosts.items()
        }
        if self.problems:
            raise SettingsError(self.problems)
        self._gather_warnings(members, resolver, values)
        groups = {
            group: tuple(name for name in hosts if name in entries)
            for group, hosts in members.groups().items()
        }
        return Inventory(entries, groups, hops, tuple(self.warnings))

    def circles(self) -> list[Problem]:
        """Return the jumps that do not end, and nothing else: with wrong settings no more is certain."""
        _, resolver, values, hosts = self._resolve(self._names())
        self.problems.clear()
        self._expand_jumps(hosts, values, resolver)
        return self.problems

    def _resolve(
        self, names: Mapping[str, Origin]
    ) -> tuple[Members, Resolver, dict[str, Values], dict[str, Host]]:
        """Return who is in which group, and the hosts that are sound, with their jumps as written."""
        ansible_groups = {name: host.groups for name, host in self.ansible.hosts.items()}
        members = Members(self.settings, list(names), ansible_groups)
        self.problems += members.problems
        resolver = Resolver(self.settings, self.ssh_config, self.ansible, members.of_host)
        values = {name: resolver.values(name) for name in names}
        values = {name: found for name, found in values.items() if self._is_sound(name, found, names[name])}
        hosts = {name: make_host(name, found, members.of_host[name]) for name, found in values.items()}
        return members, resolver, values, hosts

    def _read_ansible(self) -> AnsibleHosts:
        if not self.settings.ansible_inventories:
            return AnsibleHosts()
        from opsconsole.console.sources.ansible.read import read_ansible

        found = read_ansible(self.settings.ansible_inventories)
        self.problems += found.problems
        return found

    def _names(self) -> dict[str, Origin]:
        """Return every host's name and where it is first named, in the order of the inventory."""
        names = {LOCALHOST: DEFAULT}
        for name, section in self.settings.host_sections.items():
            names[name] = section.values.origin
        ignored = self.settings.ignore
        found = [*self.ssh_config.names().items()]
        found += [(name, host.origin) for name, host in self.ansible.hosts.items()]
        for name, origin in found:
            if name in names or matches_any(name, ignored):
                continue
            if is_name(name):
                names[name] = origin
            else:
                self.warnings.append(f"{origin}: {name!r} is left out: it cannot be used as a host name")
        return names

    def _check_localhost(self) -> None:
        """Note what cannot be said of this machine."""
        section = self.settings.host_sections.get(LOCALHOST)
        for key, located in (section.values.values if section else {}).items():
            name = f"hosts.{LOCALHOST}.{key}"
            if key == "address" and located.value not in LOCAL_ADDRESSES:
                text = "localhost is always this machine; give the other host a name of its own"
                self.problems.append(
                    Problem.at(located.origin, name, f'"{located.value}"', "no address", text)
                )
            elif key not in LOCAL_KEYS:
                self.warnings.append(f"{located.origin}: {name} has no effect: localhost needs no SSH")

    def _is_sound(self, name: str, values: Values, origin: Origin) -> bool:
        """Whether a host's address and jumps can be used; if not, why is noted."""
        address = values.get("address")
        if address is not None and not is_name(str(address.value)):
            found = f'"{address.value}"'
            if address.origin.file == self.settings.path:
                expected = "a host name or address"
                self.problems.append(Problem.at(address.origin, f"{name}: address", found, expected))
            else:  # a file that is not ours may hold what is not for us
                self.warnings.append(f"{address.origin}: {name} is left out: {found} is no address")
            return False
        jump = values.get("jump")
        for text in jump.value if jump else ():
            try:
                parse_hop(text)
                trouble = "localhost is this machine itself: it is no jump host" if text == LOCALHOST else ""
            except HopError as error:
                trouble = str(error)
            if trouble:
                self.problems.append(Problem.at(jump.origin if jump else origin, "", f"{name}: {trouble}"))
                return False
        return True

    def _expand_jumps(
        self, hosts: dict[str, Host], values: Mapping[str, Values], resolver: Resolver
    ) -> tuple[dict[str, Host], dict[str, Host]]:
        """Return the hosts with their whole jump chains, and the hops that are no hosts."""
        chains = JumpChains(hosts, lambda hop, text: resolver.hop(hop, text, hosts))
        expanded: dict[str, Host] = {}
        told: set[str] = set()
        origins = {name: found["jump"].origin for name, found in values.items() if "jump" in found}
        for name, host in hosts.items():
            try:
                chain = chains.chain(host)
            except JumpError as error:
                if error.key not in told:
                    told.add(error.key)
                    self.problems.append(jump_problem(error, origins, origins[name]))
                chain = ()
            expanded[name] = host if chain == host.jump else dataclasses.replace(host, jump=chain)
        names = list(hosts)
        for text in chains.hops:
            user = next((name for name in hosts if text in hosts[name].jump), None)
            if user is not None:
                warning = unknown_hop_warning(parse_hop(text), values[user]["jump"], names)
                self.warnings += [warning] if warning else []
        return expanded, chains.expanded_hops()

    def _entry(self, host: Host, values: Values, named: Origin, resolver: Resolver) -> HostEntry:
        sections = resolver.sections(host.name)
        limits, limit_origins = self.layers.limits(
            [*(section.limits for section in sections), self.settings.limits]
        )
        settings, setting_origins = self.layers.settings([section.panels for section in sections])
        origins = dict.fromkeys(HOST_FIELDS, DEFAULT)
        origins["name"] = named
        origins |= {field: located.origin for field, located in values.items()}
        return HostEntry(host, {**origins, **limit_origins, **setting_origins}, limits, settings)

    def _gather_warnings(self, members: Members, resolver: Resolver, values: Mapping[str, Values]) -> None:
        files = [
            (path, found[field].origin)
            for found in values.values()
            for field in ("identity_files", "certificate_files")
            if field in found
            for path in found[field].value
        ]
        self.warnings += [
            *(warning for file in self.settings.ssh_configs for warning in _permissions(file)),
            *self.ssh_config.warnings,
            *self.ansible.warnings,
            *members.warnings,
            *unknown_targets(self.settings, values, members.groups()),
            *resolver.warnings,
            *key_file_warnings(files),
        ]
        # They quote what stands in the files, and are shown on terminals.
        self.warnings = [clean_line(warning, limit_chars=1000) for warning in self.warnings]
        if len(self.warnings) > WARNINGS_SHOWN:
            more = len(self.warnings) - WARNINGS_SHOWN
            self.warnings[WARNINGS_SHOWN:] = [f"… and {more} more warnings of the same files"]


def _permissions(file: Path) -> list[str]:
    return [] if is_absent(file) else writable_by_others(file)
