"""One host's values from all sources, by the precedence that the package's docstring tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from opsconsole.console.inventory.inventory import ALL
from opsconsole.console.settings.load import Section, Settings
from opsconsole.console.settings.tables import COMMON_FIELDS
from opsconsole.console.sources.ansible import AnsibleHosts
from opsconsole.console.sources.origin import Located, Origin
from opsconsole.console.sources.ssh_config import Hop, HopError, SshConfig, parse_hop
from opsconsole.data.host import LOCALHOST, Host

OWN_FIELDS = ("address", "host_key_alias")
LOCAL_FIELDS = frozenset({"environment", "sudo", "read_only"})
SSH_QUESTION_FIELDS = ("address", "user", "port")
DEFAULT = Origin(None, note="default")

Values = dict[str, Located]


class Resolver:
    """Resolves hosts one at a time.

    Attributes:
        warnings: What a person should know; the same text only once.
    """

    def __init__(
        self,
        settings: Settings,
        ssh_config: SshConfig,
        ansible: AnsibleHosts,
        groups: Mapping[str, Sequence[str]],
    ) -> None:
        self._settings = settings
        self._ssh_config = ssh_config
        self._ansible = ansible
        self._groups = groups
        self.warnings: dict[str, None] = {}

    def sections(self, name: str) -> list[Section]:
        """Return the host's own section and those of its groups, the narrowest first."""
        groups = self._settings.groups
        found = [self._settings.host_sections.get(name)]
        found += [groups.get(group) for group in (*self._groups.get(name, ()), ALL)]
        return [section for section in found if section is not None]

    def values(self, name: str) -> Values:
        """Return the fields of `Host` that some source says, each with its origin."""
        own = self._settings.host_sections.get(name)
        values = dict(_host_fields(own)) if own is not None else {}
        for group in (*self._groups.get(name, ()), ALL):
            section = self._settings.groups.get(group)
            if section is not None:
                for field, located in _host_fields(section, group):
                    self._offer(values, field, located, name)
        self._warn_of_environments(name)
        if name == LOCALHOST:
            values = {field: located for field, located in values.items() if field in LOCAL_FIELDS}
        else:
            self._offer_outer(values, name)
        self._make_read_only(values, name)
        return values

    def hop(self, hop: Hop, text: str, known: Mapping[str, Host]) -> Host:
        """Return the host of a hop: a known host with the hop's user and port, or what ssh_config says."""
        given: Values = {}
        for field, value in (("user", hop.user), ("port", hop.port)):
            if value is not None:
                given[field] = Located(value, Origin(None, note=f"jump {text}"))
        host = known.get(hop.host)
        if host is None or host.is_local:
            values = given.copy()
            self._offer_all(values, self._ask_ssh(hop.host, hop.host, given), hop.host)
            host = make_host(hop.host, values, ())
        return replace(host, name=text, user=hop.user or host.user, port=hop.port or host.port)

    def _offer_outer(self, values: Values, name: str) -> None:
        """Fill in what ssh_config and Ansible say."""
        ansible = self._ansible.hosts.get(name)
        if ansible is None:
            self._offer_all(values, self._ask_ssh(name, _address(values), values), name)
            return
        # Which of the two wins depends on where in ssh_config the value stands. So ask once to learn that,
        # and again with what Ansible wins, as tokens and `Match` may refer to it.
        winning = values.copy()
        asked_as = _address(values) or _address(ansible.fields)
        first = self._ask_ssh(name, asked_as, values)
        self._offer_all(winning, {key: value for key, value in first.items() if not value.general}, name)
        self._offer_all(winning, ansible.fields, name)
        again = self._ask_ssh(name, asked_as, winning)
        self._offer_all(values, {key: value for key, value in again.items() if not value.general}, name)
        self._offer_all(values, ansible.fields, name)
        self._offer_all(values, again, name)

    def _ask_ssh(self, name: str, address: str, given: Mapping[str, Located]) -> Values:
        asked_as = name if not address or self._ssh_config.mentions(name) else address
        decided = {field: given[field] for field in SSH_QUESTION_FIELDS if field in given}
        resolved = self._ssh_config.resolve(asked_as, decided)
        for warning in resolved.warnings:
            self.warnings.setdefault(warning)
        return resolved.fields

    def _offer_all(self, values: Values, offered: Mapping[str, Located], name: str) -> None:
        for field, located in offered.items():
            self._offer(values, field, located, name)

    @staticmethod
    def _offer(values: Values, field: str, located: Located, name: str) -> None:
        """Take a value unless a narrower source has said one; no wide rule leads a host through itself."""
        if field not in values and not (field == "jump" and _leads_through(located.value, name)):
            values[field] = located

    def _make_read_only(self, values: Values, name: str) -> None:
        """Apply that read-only, once said at any level, stays."""
        said: list[Origin] = [self._settings.read_only_origin] if self._settings.read_only else []
        environment = str(values["environment"].value).lower() if "environment" in values else ""
        for known, fields in self._settings.environments.items():
            if known.lower() == environment and (located := fields.values.get("read_only")) and located.value:
                said.append(located.origin)
        for section in self.sections(name):
            located = section.values.values.get("read_only")
            if located and located.value:
                said.append(located.origin)
        if said:
            values["read_only"] = Located(value=True, origin=said[0])

    def _warn_of_environments(self, name: str) -> None:
        """Warn when two groups disagree and the host itself does not say."""
        sections = self.sections(name)
        said = [located for section in sections if (located := section.values.values.get("environment"))]
        own = self._settings.host_sections.get(name)
        if own is not None and "environment" in own.values.values:
            return
        other = next((located for located in said if located.value != said[0].value), None)
        if other is not None and not self._is_of_all(other):
            text = f"{name} is in groups of two environments: {said[0].value} ({said[0].origin}) is taken"
            self.warnings.setdefault(f"{text}, not {other.value} ({other.origin})")

    def _is_of_all(self, located: Located) -> bool:
        everybody = self._settings.groups.get(ALL)
        return everybody is not None and everybody.values.values.get("environment") is located


def make_host(name: str, values: Mapping[str, Located], groups: Sequence[str]) -> Host:
    """Return the host of these values."""
    plain: dict[str, Any] = {field: located.value for field, located in values.items()}
    address = str(plain.pop("address", name))
    return Host(name=name, address=address.lower(), groups=tuple(groups), **plain)


def _host_fields(section: Section, group: str = "") -> Iterator[tuple[str, Located]]:
    """Yield what a section says as fields of `Host`: paths as text, empty texts as not said."""
    for field, located in section.values.values.items():
        if field not in COMMON_FIELDS and (group or field not in OWN_FIELDS):
            continue
        value = located.value
        if value == "" or field == "read_only":
            continue
        if field == "jump":
            value = _hops(value)
        elif isinstance(value, tuple):
            value = tuple(str(item) for item in value)
        elif isinstance(value, Path):
            value = str(value)
        origin = replace(located.origin, note=f"group {group}") if group else located.origin
        yield field, Located(value, origin)


def _hops(jump: Sequence[str]) -> tuple[str, ...]:
    """Return a chain whose hops may also be separated by commas; `none` is no hop."""
    hops = tuple(hop.strip() for text in jump for hop in text.split(","))
    return () if hops == ("none",) else hops


def _address(values: Mapping[str, Located]) -> str:
    return str(values["address"].value) if "address" in values else ""


def _leads_through(jump: Sequence[str], name: str) -> bool:
    for text in jump:
        try:
            if parse_hop(text).host == name:
                return True
        except HopError:
            continue
    return False
