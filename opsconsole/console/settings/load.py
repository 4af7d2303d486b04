"""Reading `opsconsole.toml` into `Settings`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from opsconsole.console.settings.acme import read_acme
from opsconsole.console.settings.fields import Fields
from opsconsole.console.settings.permissions import writable_by_others
from opsconsole.console.settings.reading import TableReader
from opsconsole.console.settings.tables import (
    TOP_LEVEL,
    AcmeTable,
    AuditTable,
    ConsoleTable,
    EnvironmentTable,
    GroupTable,
    HostTable,
)
from opsconsole.console.sources.origin import Origin
from opsconsole.console.sources.problem import Problem, SettingsError
from opsconsole.console.sources.toml_file import read_toml
from opsconsole.console.sources.toml_lines import Key
from opsconsole.data.paths import is_absent
from opsconsole.panels.panel import Panel

FILE_NAME = "opsconsole.toml"
PATH_VARIABLE = "OPSCONSOLE_CONFIG"
COMMAND_LINE = Origin(None, note="--read-only")


@dataclass(frozen=True, slots=True)
class Section:
    """What `[hosts.NAME]`, `[groups.NAME]` or the top level says.

    Attributes:
        values: Its own keys.
        limits: Panel name -> what it says of the panel's limits.
        panels: Panel name -> what it says to the panel.
    """

    values: Fields
    limits: Mapping[str, Fields] = field(default_factory=dict)
    panels: Mapping[str, Fields] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration as read; hosts are resolved from it by `inventory.load_inventory`.

    Attributes:
        path: The configuration file; None: there is none, and this machine is the only host.
        interval_seconds: Time between two fast readings.
        slow_interval_seconds: Time between two slow readings.
        max_handshakes: SSH handshakes at once.
        keepalive_interval_seconds: Time between two questions whether a peer is still there.
        keepalive_count_max: Questions without an answer until the peer is lost.
        theme: Name of the theme.
        read_only: No host may be changed.
        ssh_configs: The ssh_config files to read, most important first.
        ansible_inventories: The Ansible inventories to read.
        history_path: The history's database; None: remember nothing.
        ledger_path: The ledger's database; None: there is none, and so nothing can be changed.
        signing_key: The SSH key that signs the ledger's heads; None: whichever is at hand; False: none.
        ignore: Patterns of names that other sources list and the inventory does not.
        limits: Panel name -> `[limits.PANEL]`.
        acme: Name -> `[acme.NAME]`.
        acme_origins: Name -> where its `default_for` stands.
        environments: Name -> `[environments.NAME]`.
        groups: Name -> `[groups.NAME]`.
        host_sections: Name -> `[hosts.NAME]`.
        read_only_origin: What says that the console is read-only.
        warnings: What a person should know of the configuration.
    """

    path: Path | None = None
    interval_seconds: float = 2.0
    slow_interval_seconds: float = 30.0
    max_handshakes: int = 50
    keepalive_interval_seconds: float = 5.0
    keepalive_count_max: int = 2
    theme: str = "opsconsole-dark"
    read_only: bool = False
    ssh_configs: tuple[Path, ...] = ()
    ansible_inventories: tuple[Path, ...] = ()
    history_path: Path | None = None
    ledger_path: Path | None = None
    signing_key: Path | Literal[False] | None = None
    ignore: tuple[str, ...] = ()
    limits: Mapping[str, Fields] = field(default_factory=dict)
    acme: Mapping[str, AcmeTable] = field(default_factory=dict)
    acme_origins: Mapping[str, Origin] = field(default_factory=dict)
    environments: Mapping[str, Fields] = field(default_factory=dict)
    groups: Mapping[str, Section] = field(default_factory=dict)
    host_sections: Mapping[str, Section] = field(default_factory=dict)
    read_only_origin: Origin = COMMAND_LINE
    warnings: tuple[str, ...] = ()

    @property
    def configured(self) -> bool:
        """Whether there is a configuration; without one this machine is the only host."""
        return self.path is not None

    @property
    def ssh_config(self) -> Path | None:
        """The first ssh_config that is read, if any."""
        return self.ssh_configs[0] if self.ssh_configs else None

    @classmethod
    def load(cls, path: Path | None = None, *, panels: Mapping[str, Panel] | None = None) -> Settings:
        """Return the settings of a file.

        Args:
            path: The file; None: the one that OPSCONSOLE_CONFIG names, else `opsconsole.toml` in the
                user's configuration folder, which need not exist.
            panels: The panels that a configuration may speak to; None: all that there are.

        Raises:
            SettingsError: The file cannot be read, or something in it is wrong. It has every problem.
        """
        settings, problems = cls.read(path, panels=panels)
        if problems:
            raise SettingsError(problems)
        return settings

    @classmethod
    def read(
        cls, path: Path | None = None, *, panels: Mapping[str, Panel] | None = None
    ) -> tuple[Settings, list[Problem]]:
        """Return what could be read of a file, and every problem in it by line; arguments as for `load`.

        Settings with problems are good for nothing but to look for more of them.
        """
        file = config_path(path)
        is_named = path is not None or bool(os.environ.get(PATH_VARIABLE))
        if not is_named and is_absent(file):
            return cls(history_path=default_history_path(), ledger_path=default_ledger_path()), []
        toml, problems = read_toml(file)
        if not toml.data and problems:
            return cls(), problems
        reader = _FileReader(TableReader(toml, problems), panels if panels is not None else _all_panels())
        settings = reader.settings(file, toml.data)
        return settings, sorted(problems, key=lambda problem: problem.line or 0)


def config_path(named: Path | None) -> Path:
    """Return the configuration file: the named one, else that of OPSCONSOLE_CONFIG, else the default."""
    from_environment = os.environ.get(PATH_VARIABLE)
    if named is None and from_environment:
        named = Path(from_environment)
    return (named.expanduser() if named is not None else default_path()).absolute()


def default_path() -> Path:
    """Return where the configuration is looked for."""
    from platformdirs import user_config_path

    return user_config_path("opsconsole", appauthor=False) / FILE_NAME


def default_history_path() -> Path:
    """Return where the history is kept unless the configuration says otherwise."""
    from platformdirs import user_state_path

    return user_state_path("opsconsole", appauthor=False) / "history.sqlite"


def default_ledger_path() -> Path:
    """Return where the ledger is kept unless the configuration says otherwise."""
    from platformdirs import user_state_path

    return user_state_path("opsconsole", appauthor=False) / "ledger.sqlite"


def default_ssh_configs() -> tuple[Path, ...]:
    """Return the files that ssh reads: the user's, then the system's."""
    return (Path.home() / ".ssh" / "config", Path("/etc/ssh/ssh_config"))


def _all_panels() -> Mapping[str, Panel]:
    from opsconsole import panels

    return {name: panels.load(name) for name in panels.names()}


class _FileReader:
    """Reads the tables of one configuration file."""

    def __init__(self, reader: TableReader, panels: Mapping[str, Panel]) -> None:
        self.reader = reader
        self.panels = panels

    def settings(self, file: Path, data: Mapping[str, Any]) -> Settings:
        """Return the settings; problems gather in the reader."""
        for name in data:
            if name not in TOP_LEVEL:
                self.reader.unknown((name,), TOP_LEVEL)
        console_fields = self.reader.fields(ConsoleTable, ("console",), data.get("console", {}))
        console = console_fields.build(ConsoleTable)
        audit = self.reader.fields(AuditTable, ("audit",), data.get("audit", {})).build(AuditTable)
        ssh_configs = (console.ssh_config,) if console.ssh_config else default_ssh_configs()
        history = default_history_path() if console.history_path is None else console.history_path
        if console.ssh_config and is_absent(console.ssh_config):
            self.reader.problem(("console", "ssh_config"), f"{console.ssh_config}", "a file that exists")
        if audit.signing_key and is_absent(audit.signing_key):
            self.reader.problem(("audit", "signing_key"), f"{audit.signing_key}", "a file that exists")
        acme = read_acme(self.reader, data)
        return Settings(
            path=file,
            interval_seconds=console.interval_seconds,
            slow_interval_seconds=console.slow_interval_seconds,
            max_handshakes=console.max_handshakes,
            keepalive_interval_seconds=console.keepalive_interval_seconds,
            keepalive_count_max=console.keepalive_count_max,
            theme=console.theme,
            read_only=console.read_only,
            ssh_configs=() if console.ssh_config is False else ssh_configs,
            ansible_inventories=console.ansible_inventories,
            history_path=history or None,
            ledger_path=audit.ledger_path or default_ledger_path(),
            signing_key=audit.signing_key,
            ignore=console.ignore,
            limits=self._limits(("limits",), data),
            acme=acme,
            acme_origins={name: self.reader.file.origin(("acme", name, "default_for")) for name in acme},
            environments={
                name: self.reader.fields(EnvironmentTable, ("environments", name), table)
                for name, table in self.reader.subtables(("environments",), data).items()
            },
            groups=self._sections("groups", data, GroupTable),
            host_sections=self._sections("hosts", data, HostTable),
            read_only_origin=(
                console_fields.values["read_only"].origin if console.read_only else COMMAND_LINE
            ),
            warnings=tuple(writable_by_others(file)),
        )

    def _sections(self, kind: str, data: Mapping[str, Any], cls: type[Any]) -> dict[str, Section]:
        sections = {}
        for name, table in self.reader.subtables((kind,), data).items():
            key: Key = (kind, name)
            if not is_name(name):
                self.reader.problem(key, f"the name {name!r}", "a name of letters, digits and . _ : @ -")
                continue
            values = self.reader.fields(cls, key, table, others=("limits", *self.panels))
            if isinstance(table, dict):
                limits = self._limits((*key, "limits"), table)
                spoken = {panel: table[panel] for panel in self.panels if panel in table}
                told = self._panel_fields(key, spoken, "settings_type")
                sections[name] = Section(values, limits, told)
        return sections

    def _limits(self, key: Key, parent: Mapping[str, Any]) -> dict[str, Fields]:
        tables = self.reader.subtables(key, parent)
        for name in tables:
            if name not in self.panels:
                self.reader.unknown((*key, name), self.panels)
        return self._panel_fields(key, tables, "limits_type")

    def _panel_fields(self, key: Key, tables: Mapping[str, Any], type_name: str) -> dict[str, Fields]:
        return {
            name: self.reader.fields(getattr(self.panels[name], type_name), (*key, name), table)
            for name, table in tables.items()
            if name in self.panels
        }


def is_name(name: str) -> bool:
    """Whether a host or group may be called so: it is shown, typed as a TARGET and given to ssh."""
    return (
        bool(name)
        and name[0] not in "-@#!"
        and all(character.isalnum() or character in "._:@-+%" for character in name)
        and len(name) <= 255
    )
