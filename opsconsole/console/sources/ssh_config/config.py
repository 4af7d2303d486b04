"""Asking ssh_config about one host: which values hold for it, and where each of them stands."""

from __future__ import annotations

import getpass
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsconsole.console.sources.origin import Located, Origin
from opsconsole.console.sources.ssh_config.expand import Tokens, host_name
from opsconsole.console.sources.ssh_config.fields import to_fields
from opsconsole.console.sources.ssh_config.patterns import HostBlock
from opsconsole.console.sources.ssh_config.program import Block, Part, Program, literal_names
from opsconsole.console.sources.ssh_config.settings import ACCUMULATING


@dataclass(slots=True)
class Resolved:
    """What ssh_config says of one host.

    Attributes:
        fields: Field name of `Host` -> its value; only what is said.
        warnings: What a person should know.
    """

    fields: dict[str, Located] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class SshConfig:
    """One or more ssh_config files, read once."""

    def __init__(self, program: Program) -> None:
        self.warnings = tuple(program.warnings)
        self._home = program.home
        self._parts = program.parts
        self._local_user = _local_user()
        # Which parts can hold for a name: with thousands of `Host` lines, trying each is too slow.
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._for_any: list[int] = []
        for number, part in enumerate(self._parts):
            literals = part.block.condition.literals
            if literals is None:
                self._for_any.append(number)
            for name in literals or ():
                self._by_name[name].append(number)

    @classmethod
    def read(cls, files: Sequence[Path], *, home: Path | None = None) -> SshConfig:
        """Read files, the most important first. Never raises: mistakes become warnings.

        Args:
            files: The files; those that do not exist are left out.
            home: What `~` means; None: the user's home folder.
        """
        program = Program(home or Path.home())
        program.read(files)
        return cls(program)

    def names(self) -> dict[str, Origin]:
        """Return the hosts: every name on a `Host` line that is no pattern, and where it first stands."""
        found: dict[str, Origin] = {}
        for part in self._parts:
            for name in literal_names(part.block):
                if name not in found and self._chain_holds(part.block, name):
                    found[name] = part.block.origin
        return found

    def mentions(self, name: str) -> bool:
        """Whether a `Host` line other than `Host *` speaks of this name."""
        if name in self._by_name:
            return True
        return any(
            isinstance(block.condition, HostBlock)
            and set(block.condition.positive) != {"*"}
            and block.condition.holds(_Query(name, {}, self._local_user))
            for block in (self._parts[number].block for number in self._for_any)
        )

    def resolve(self, name: str, given: Mapping[str, Located] | None = None) -> Resolved:
        """Return what holds for a host, as `ssh NAME` would find it.

        Args:
            name: The host as it would be typed after `ssh`.
            given: Fields of `Host` (address, user, port) that are decided already, as options on ssh's
                command line are: they take part in `Match` and in tokens, and win over the files.
        """
        query = _Query(name, given or {}, self._local_user)
        self._pass(query)
        if query.wants_final:
            query.is_final = True
            query.host = query.address.lower()
            self._pass(query)
        address = query.address.lower()
        tokens = Tokens(name, address, query.port, query.user, self._local_user, self._home)
        resolved = Resolved()
        to_fields(query.values, tokens, resolved.fields, resolved.warnings)
        return resolved

    def _pass(self, query: _Query) -> None:
        """Go over the parts once, from the first to the last; the first value of a keyword stays."""
        holds: dict[int, bool] = {}
        named: dict[int, bool] = {}
        for number in sorted({*self._by_name.get(query.host, ()), *self._for_any}):
            part = self._parts[number]
            if not self._holds(part.block, query, holds):
                continue
            block_id = id(part.block)
            if block_id not in named:
                named[block_id] = _names(part.block, query.original)
            self._take(part, query, general=not named[block_id])

    def _holds(self, block: Block, query: _Query, holds: dict[int, bool]) -> bool:
        """Whether a block and all around it hold; decided once, when its line is come to."""
        known = holds.get(id(block))
        if known is None:
            around = block.parent is None or self._holds(block.parent, query, holds)
            known = holds[id(block)] = around and block.condition.holds(query)
        return known

    def _take(self, part: Part, query: _Query, *, general: bool) -> None:
        for setting in part.settings:
            if query.is_final and setting.keyword == "hostname":
                continue  # the address is decided by then
            earlier = query.values.setdefault(setting.keyword, [])
            if earlier and setting.keyword not in ACCUMULATING:
                continue
            if all(located.value != setting.value for located in earlier):
                earlier.append(Located(setting.value, setting.origin, general))

    def _chain_holds(self, block: Block, name: str) -> bool:
        """Whether the blocks around an included `Host` line let it match at all, and it is not negated."""
        query = _Query(name, {}, self._local_user)
        return self._holds(block, query, {})


class _Query:
    """The state of one question."""

    def __init__(self, name: str, given: Mapping[str, Located], local_user: str) -> None:
        self.original = self.host = name
        self.local_user = local_user
        self.is_final = self.wants_final = False
        self.values: dict[str, list[Located]] = {
            keyword: [given[field]]
            for field, keyword in (("address", "hostname"), ("user", "user"), ("port", "port"))
            if field in given and given[field].value
        }

    @property
    def address(self) -> str:
        """The address as known so far."""
        return host_name(str(self._first("hostname") or ""), self.original)

    @property
    def user(self) -> str:
        """The remote user as known so far."""
        return str(self._first("user") or self.local_user)

    @property
    def port(self) -> int:
        """The port as known so far."""
        return int(self._first("port") or 22)

    def ask_final(self) -> None:
        """Note that a final pass is wanted."""
        self.wants_final = True

    def _first(self, keyword: str) -> Any:
        found = self.values.get(keyword)
        return found[0].value if found else None


def _names(block: Block, name: str) -> bool:
    """Whether this block, or one around it, names the host literally."""
    return block.condition.names(name) or (block.parent is not None and _names(block.parent, name))


def _local_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user id
        return ""
