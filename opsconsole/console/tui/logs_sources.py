"""What can be followed on a host: its journal, one unit's journal, or a log file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from opsconsole.data.host import Asking, Command, Facts, Shell, SudoError, SudoPolicy
from opsconsole.data.text import clean_line

LISTED_LIMIT = 2_000
TAIL_LINES = 200

# systemd.unit(5): letters, digits and `:-_.\@`, 255 characters at most.
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@-]{1,247}\.service")
# Login records and journals are binary; rotated files no longer grow.
_NOT_FOLLOWED = re.compile(
    r"(?:^|/)(?:wtmp|btmp|lastlog|faillog|tallylog)$|\.(?:gz|xz|zst|bz2|journal|old|\d+)$"
)
_USUAL_FILES = ("/var/log/syslog", "/var/log/messages", "/var/log/daemon.log", "/var/log/kern.log")


class SourceKind(Enum):
    """Where lines come from."""

    JOURNAL = "journal"
    UNIT = "unit"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class LogSource:
    """One log that can be followed. `name` is a unit's name or a file's absolute path."""

    kind: SourceKind
    name: str = ""

    @property
    def title(self) -> str:
        """What it is called on the screen."""
        return "journal, all units" if self.kind is SourceKind.JOURNAL else self.name

    def command(self, *, sudo: bool) -> Command:
        """Return the command that follows it, beginning with its last lines."""
        if self.kind is SourceKind.FILE:
            return Command(("tail", "-n", str(TAIL_LINES), "-F", "--", self.name), sudo=sudo)
        argv = ("journalctl", "-f", "-n", str(TAIL_LINES), "-o", "short-iso", "--no-hostname", "--no-pager")
        unit = (f"--unit={self.name}",) if self.kind is SourceKind.UNIT else ()
        return Command(argv + unit, sudo=sudo)


JOURNAL = LogSource(SourceKind.JOURNAL)

LIST_UNITS = Command(
    ("systemctl", "list-units", "--type=service", "--no-legend", "--plain", "--full", "--no-pager"),
    deadline_seconds=10,
)
LIST_FILES = Command(("find", "/var/log", "-maxdepth", "2", "-type", "f"), deadline_seconds=10)


def parse_units(raw: bytes) -> list[LogSource]:
    """Return the units that `LIST_UNITS` printed, in its order; names that no unit can have are left out."""
    words = (line.split(maxsplit=1) for line in raw.decode("utf-8", "replace").splitlines()[:LISTED_LIMIT])
    names = (word[0] for word in words if word)
    return [LogSource(SourceKind.UNIT, name) for name in names if _UNIT.fullmatch(name)]


def parse_files(raw: bytes) -> list[LogSource]:
    """Return the log files that `LIST_FILES` printed, the usual ones first.

    A name that cannot be shown as it is (control characters, invalid UTF-8) is left out: what is shown
    must be what is followed.
    """
    paths = {
        path
        for path in raw.decode("utf-8", "replace").split("\n")[:LISTED_LIMIT]
        if path.startswith("/var/log/")
        and "\ufffd" not in path
        and clean_line(path) == path
        and not _NOT_FOLLOWED.search(path)
    }
    usual = [path for path in _USUAL_FILES if path in paths]
    return [LogSource(SourceKind.FILE, path) for path in [*usual, *sorted(paths.difference(usual))]]


def typed_file(text: str) -> LogSource | None:
    """Return the file that was typed as an absolute path, or None."""
    path = text.strip()
    return LogSource(SourceKind.FILE, path) if path.startswith("/") and path != "/" else None


async def reads_as_root(shell: Shell, facts: Facts, asking: Asking) -> bool:
    """Whether logs are read with sudo: where the policy allows it and the host gives it.

    A login user outside the groups `adm` and `systemd-journal` would otherwise see a part and take it for
    the whole. Under the policy `ask` the password is asked for as `asking` says; who declines reads as the
    login user.

    Raises:
        ShellError: The host could not be asked.
    """
    if shell.host.sudo is SudoPolicy.NEVER or facts.user_id == 0:
        return False
    if facts.sudo_ready or shell.host.sudo is SudoPolicy.PASSWORDLESS:
        return facts.sudo_ready
    try:
        await shell.run(Command(("true",), sudo=True, asking=asking))
    except SudoError:
        return False
    return True


def reader_words(shell: Shell, facts: Facts, *, as_root: bool) -> str:
    """Return as whom a log is read, in words: who is not root may see a part of it only."""
    if as_root or facts.user_id == 0:
        return "as root"
    words = f"as {clean_line(facts.user, 16) or 'login user'}: lines may be missing"
    return words + (" · R: sudo" if shell.host.sudo is SudoPolicy.ASK else "")


async def list_sources(shell: Shell) -> list[LogSource]:
    """Ask the host what can be followed.

    Raises:
        ShellError: The host could not be asked.
    """
    facts = await shell.facts()
    found: list[LogSource] = []
    if facts.has_systemd:
        found = [JOURNAL, *parse_units((await shell.run(LIST_UNITS)).stdout)]
    return found + parse_files((await shell.run(LIST_FILES)).stdout)


async def default_source(shell: Shell) -> LogSource | None:
    """Return what to follow when nobody chose: the journal, else the usual log file; None: there is none.

    Raises:
        ShellError: The host could not be asked.
    """
    facts = await shell.facts()
    if facts.has_systemd:
        return JOURNAL
    return next(iter(parse_files((await shell.run(LIST_FILES)).stdout)), None)
