"""What the variables of a host mean to us: address, port, user, key file and jump hosts.

Precedence as in Ansible: a group's variables, those of the groups within it over it, the host's own over
all; at each level those of group_vars and host_vars over those of the inventory file.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from opsconsole.console.sources.ansible.tree import Variables
from opsconsole.console.sources.ansible.yaml_inventory import Encrypted
from opsconsole.console.sources.origin import Located
from opsconsole.console.sources.problem import Problem, show
from opsconsole.console.sources.ssh_config.hops import HopError, hops_of_command, split_hops

# The newer name of each first: it wins.
NAMES: Mapping[str, tuple[str, ...]] = {
    "address": ("ansible_host", "ansible_ssh_host"),
    "port": ("ansible_port", "ansible_ssh_port"),
    "user": ("ansible_user", "ansible_ssh_user"),
    "identity_files": ("ansible_ssh_private_key_file", "ansible_private_key_file"),
}
ARGUMENT_NAMES = ("ansible_ssh_common_args", "ansible_ssh_extra_args")
CONNECTION = "ansible_connection"
# Options of ssh that change nothing about where and as whom we connect; host keys are strict in any case.
HARMLESS = (
    *("controlmaster", "controlpersist", "controlpath", "serveralive", "compression", "loglevel"),
    *("stricthostkeychecking", "preferredauthentications", "forwardagent"),
)
SSH_CONNECTIONS = frozenset({"ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh"})
USED = frozenset({name for names in NAMES.values() for name in names} | {*ARGUMENT_NAMES, CONNECTION})


class NotOverSshError(Exception):
    """The host is reached by something else than SSH; the message names it."""


class Meaning:
    """Turns variables into fields of `Host`; what is wrong gathers here.

    Attributes:
        problems: Values that cannot be used.
        warnings: What a person should know.
    """

    def __init__(self) -> None:
        self.problems: dict[str, Problem] = {}
        self.warnings: dict[str, None] = {}

    def fields(self, said: Variables) -> dict[str, Located]:
        """Return the fields.

        Raises:
            NotOverSshError: The host is not one for us.
        """
        usable = {
            name: located for name, located in said.items() if name in USED and self._usable(name, located)
        }
        connection = usable.get(CONNECTION)
        if connection is not None and connection.value not in SSH_CONNECTIONS:
            raise NotOverSshError(str(connection.value))
        fields: dict[str, Located] = {}
        for field, names in NAMES.items():
            located = next((usable[name] for name in names if name in usable), None)
            if located is not None and located.value:
                self._field(field, located, fields)
        for name in ARGUMENT_NAMES:
            if name in usable:
                self._arguments(name, usable[name], fields)
        return fields

    def _usable(self, name: str, located: Located) -> bool:
        """Whether a value is a text that says what it means."""
        value = located.value
        if isinstance(value, Encrypted):
            hint = f"write {name} in clear, or set it in opsconsole.toml"
            found = "a value encrypted by ansible-vault, which is not opened"
            problem = Problem.at(located.origin, name, found, "", hint)
            self.problems.setdefault(str(problem), problem)
            return False
        if "{{" in str(value) or "{%" in str(value):
            self._warn(located, f"{name}: templates are not evaluated: {show(value)} is not used")
            return False
        return True

    def _field(self, field: str, located: Located, fields: dict[str, Located]) -> None:
        text = str(located.value)
        value: object = text
        if field == "port":
            if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
                problem = Problem.at(located.origin, "ansible_port", show(text), "a port from 1 to 65535")
                self.problems.setdefault(str(problem), problem)
                return
            value = int(text)
        elif field == "identity_files":
            value = (_path(text, located),)
        fields[field] = Located(value, located.origin)

    def _arguments(self, name: str, located: Located, fields: dict[str, Located]) -> None:
        """Look for a jump host in ssh's arguments; any other one is a warning."""
        try:
            words = shlex.split(str(located.value))
        except ValueError:
            words = [str(located.value)]
        at = 0
        while at < len(words):
            word, following = words[at], words[at + 1] if at + 1 < len(words) else ""
            option, glued = (word, "") if len(word) == 2 else (word[:2], word[2:])
            if option in {"-J", "-o"} and (glued or following):
                at += 1 if glued else 2
                hops = _hops(option, glued or following)
            else:
                at += 1
                hops = None
            if hops is not None:
                fields.setdefault("jump", Located(hops, located.origin))
            elif not _is_harmless(option, glued or following):
                self._warn(located, f"{name}: only ProxyJump is understood, not {show(word)}")

    def _warn(self, located: Located, text: str) -> None:
        self.warnings.setdefault(f"{located.origin}: {text}")


def _hops(option: str, text: str) -> tuple[str, ...] | None:
    """Return the jump hosts of `-J HOPS`, `-o ProxyJump=HOPS` or the old `-o ProxyCommand=ssh -W …`."""
    keyword, value = "proxyjump", text
    if option == "-o":
        keyword, equals, value = text.partition("=")
        if not equals:
            keyword, _, value = text.partition(" ")
    try:
        if keyword.strip().lower() == "proxyjump":
            return split_hops(value)
    except HopError:
        return None
    return hops_of_command(value) if keyword.strip().lower() == "proxycommand" else None


def _is_harmless(option: str, text: str) -> bool:
    """Whether an option changes nothing about where and as whom we connect."""
    return option in {"-C", "-q", "-4", "-6", "-v", "-A", "-T"} or (
        option == "-o" and text.lower().startswith(HARMLESS)
    )


def _path(text: str, located: Located) -> str:
    path = Path(text)
    try:
        path = path.expanduser()
    except RuntimeError:
        return text
    folder = located.origin.file.parent if located.origin.file else Path()
    return str(folder / path)
