"""Reading ssh_config files and what they include into a flat list of blocks, in the order of their lines."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from opsconsole.console.sources.origin import Origin
from opsconsole.console.sources.ssh_config.lines import LineError, arguments, match_words, split_line
from opsconsole.console.sources.ssh_config.patterns import (
    Always,
    Condition,
    Criterion,
    HostBlock,
    MatchBlock,
    has_wildcard,
)
from opsconsole.console.sources.ssh_config.settings import Setting, read_setting

INCLUDE_DEPTH = 16  # as in OpenSSH's readconf.c
FILES_LIMIT = 1000
SIZE_LIMIT_BYTES = 16 * 1024 * 1024
WARNINGS_LIMIT = 200
KNOWN_CRITERIA = frozenset({"all", "host", "originalhost", "user", "localuser", "final", "canonical", "exec"})
BARE_CRITERIA = frozenset({"all", "final", "canonical"})


@dataclass(frozen=True, slots=True)
class Block:
    """A `Host` or `Match` line and the block around it, when it stands in an included file.

    Attributes:
        condition: When it holds.
        parent: The block that included its file; it must hold too.
        origin: Where the line stands.
    """

    condition: Condition
    parent: Block | None
    origin: Origin


@dataclass(slots=True)
class Part:
    """Lines that stand together under one block; a block has a second part after an Include."""

    block: Block
    settings: list[Setting] = field(default_factory=list)


class Program:
    """All parts, in the order in which ssh would come to them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.parts: list[Part] = []
        self.warnings: dict[str, None] = {}
        self._files = 0

    def read(self, files: Sequence[Path]) -> None:
        """Read files, the most important first; one that does not exist is none."""
        for file in files:
            system = file.parts[:3] == ("/", "etc", "ssh")
            root = Block(Always(), None, Origin(file))
            self._read_file(file, root, 0, file.parent if system else self.home / ".ssh")

    def _read_file(self, file: Path, around: Block, depth: int, base: Path) -> None:
        self._files += 1
        if self._files > FILES_LIMIT:
            if self._files == FILES_LIMIT + 1:
                self._warn(Origin(file), f"more than {FILES_LIMIT} files are included: the rest is not read")
            return
        try:
            with file.open("rb") as stream:
                raw = stream.read(SIZE_LIMIT_BYTES + 1)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            self._warn(Origin(file), f"cannot be read: {getattr(error, 'strerror', None) or error}")
            return
        if len(raw) > SIZE_LIMIT_BYTES:
            self._warn(Origin(file), f"more than {SIZE_LIMIT_BYTES // 1024**2} MiB: not read")
            return
        current = Part(around)
        self.parts.append(current)
        for number, line in enumerate(raw.decode("utf-8", "replace").split("\n"), 1):
            origin = Origin(file, number)
            try:
                current = self._line(line, origin, current, (around, depth, base))
            except LineError as error:
                self._warn(origin, f"{error}: the line is not used")

    def _line(self, line: str, origin: Origin, current: Part, place: tuple[Block, int, Path]) -> Part:
        """Read one line and return the part that the next line belongs to."""
        split = split_line(line)
        if split is None:
            return current
        keyword, rest = split
        around, depth, base = place
        if keyword == "include":
            for pattern in arguments(rest):
                self._include(pattern, origin, current.block, depth, base)
            current = Part(current.block)
        elif keyword == "host":
            current = Part(Block(HostBlock(tuple(arguments(rest))), around, origin))
        elif keyword == "match":
            current = Part(Block(self._match(rest, origin), around, origin))
        else:
            setting = read_setting(keyword, rest, origin)
            if setting is not None:
                current.settings.append(setting)
            return current
        self.parts.append(current)
        return current

    def _include(self, pattern: str, origin: Origin, block: Block, depth: int, base: Path) -> None:
        if depth >= INCLUDE_DEPTH:
            self._warn(origin, f"more than {INCLUDE_DEPTH} includes within each other: not read")
            return
        path = str(self.home) + pattern[1:] if pattern == "~" or pattern.startswith("~/") else pattern
        try:
            found = sorted(glob.glob(str(base / path)))
        except (OSError, ValueError, RecursionError):
            found = []
        for name in found:
            self._read_file(Path(name), block, depth + 1, base)

    def _match(self, rest: str, origin: Origin) -> MatchBlock:
        criteria = []
        words = match_words(rest)
        for word in words:
            negated = word.startswith("!")
            attribute = word.removeprefix("!").lower()
            argument = "" if attribute in BARE_CRITERIA else next(words, None)
            if argument is None:
                self._warn(origin, f"Match {attribute} has no argument: the block is not used")
                return MatchBlock((Criterion("", negated=False, argument=""),))
            criteria.append(Criterion(attribute, negated, argument))
            if attribute == "exec":
                self._warn(origin, "Match exec is not run: the block is taken as not matching")
            elif attribute not in KNOWN_CRITERIA:
                self._warn(origin, f"Match {attribute} is not known: the block is taken as not matching")
        return MatchBlock(tuple(criteria))

    def _warn(self, origin: Origin, text: str) -> None:
        if len(self.warnings) < WARNINGS_LIMIT:
            self.warnings.setdefault(f"{origin}: {text}")  # a file read twice is told of once


def literal_names(block: Block) -> tuple[str, ...]:
    """Return the names that a `Host` line gives as they are: these are hosts, patterns are not."""
    if not isinstance(block.condition, HostBlock):
        return ()
    return tuple(name for name in block.condition.positive if name and not has_wildcard(name))
