"""Checks of the set-up on the engineer's own machine, each with what to do about it."""

from __future__ import annotations

import asyncio
import locale
import os
import platform
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from opsconsole import __version__
from opsconsole.console.diagnosis import Diagnosis
from opsconsole.console.doctor_trail import trail
from opsconsole.console.inventory import HostEntry, Inventory
from opsconsole.console.settings import Settings
from opsconsole.console.writable import full, may, obstacle
from opsconsole.data.paths import is_absent
from opsconsole.data.units import counted
from opsconsole.panels.panel import Level

AGENT_DEADLINE_SECONDS = 5.0
MINIMUM_SIZE = (80, 24)


def versions() -> Diagnosis:
    """Return which versions are at work."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("textual", "asyncssh", "httpx"))
    found = (
        f"opsconsole {__version__}, Python {platform.python_version()} on {platform.system()}, {libraries}"
    )
    return Diagnosis(Level.OK, "versions", found)


def configuration(settings: Settings, inventory: Inventory) -> Iterator[Diagnosis]:
    """Yield what the configuration says and warns of."""
    found = str(settings.path) if settings.path else "none: showing this machine only"
    advice = "" if settings.path else "`opsconsole init` writes a commented one from ~/.ssh/config"
    yield Diagnosis(Level.OK, "configuration", found, advice)
    for warning in [*settings.warnings, *inventory.warnings]:
        yield Diagnosis(Level.WARNING, "configuration", warning)
    hosts, groups = counted(len(inventory.entries), "host"), counted(len(inventory.groups), "group")
    yield Diagnosis(Level.OK, "inventory", f"{hosts}, {groups}")


async def agent() -> Diagnosis:
    """Return whether an SSH agent answers, and how many keys it holds."""
    socket = os.environ.get("SSH_AUTH_SOCK")
    program = shutil.which("ssh-add")
    if not socket:
        return Diagnosis(
            Level.OK, "ssh agent", "none (SSH_AUTH_SOCK is not set)", "key files are used instead"
        )
    if program is None:
        return Diagnosis(Level.UNKNOWN, "ssh agent", "ssh-add is not installed", "install openssh-client")
    process = await asyncio.create_subprocess_exec(
        program, "-l", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(AGENT_DEADLINE_SECONDS):
            stdout, _ = await process.communicate()
    except TimeoutError:
        return Diagnosis(Level.CRITICAL, "ssh agent", f"{socket} does not answer", "restart the agent")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    # ssh-add(1): 0 keys listed, 1 the agent holds none, 2 the agent cannot be reached.
    if process.returncode == 0:
        return Diagnosis(Level.OK, "ssh agent", f"{len(stdout.splitlines())} keys at {socket}")
    if process.returncode == 1:
        return Diagnosis(Level.WARNING, "ssh agent", f"no keys at {socket}", "ssh-add ~/.ssh/id_ed25519")
    return Diagnosis(
        Level.CRITICAL, "ssh agent", f"cannot be reached at {socket}", "start it, or unset SSH_AUTH_SOCK"
    )


def key_files(entries: Iterable[HostEntry]) -> Iterator[Diagnosis]:
    """Yield what is wrong with the private keys that hosts name: missing, unreadable, readable by others."""
    named = sorted({path for entry in entries for path in entry.host.identity_files})
    if not named:
        return
    bad = [diagnosis for path in named if (diagnosis := _key_file(Path(path))) is not None]
    yield from bad or [
        Diagnosis(Level.OK, "key files", f"{len(named)} named, all readable, none open to others")
    ]


def _key_file(path: Path) -> Diagnosis | None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return Diagnosis(Level.WARNING, "key files", f"{path}: {error.strerror}", "create it or name another")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        found = f"{path} has mode {stat.S_IMODE(mode):04o}"
        return Diagnosis(Level.WARNING, "key files", found, f"OpenSSH refuses such a key: chmod 600 {path}")
    if not may(path, os.R_OK):
        return Diagnosis(Level.CRITICAL, "key files", f"{path} cannot be read", f"chown $USER {path}")
    return None


def known_hosts() -> Diagnosis:
    """Return whether known_hosts can be read and added to."""
    path = Path("~/.ssh/known_hosts").expanduser()
    way = obstacle(path, reading=True)
    if way is not None:
        return Diagnosis(Level.CRITICAL, "known_hosts", way.found, way.advice)
    if is_absent(path):
        return Diagnosis(
            Level.OK, "known_hosts", f"{path} is not there yet", "each host's key will be asked about"
        )
    lines = sum(1 for line in path.read_bytes().splitlines() if line.strip() and not line.startswith(b"#"))
    return Diagnosis(Level.OK, "known_hosts", f"{lines} keys in {path}")


def ssh_client() -> Diagnosis:
    """Return whether the system's ssh is there, which `s` (an interactive session) needs."""
    path = shutil.which("ssh")
    if path:
        return Diagnosis(Level.OK, "ssh client", path)
    return Diagnosis(
        Level.WARNING, "ssh client", "not installed", "`s` (a session on a host) needs openssh-client"
    )


def terminal() -> Iterator[Diagnosis]:
    """Yield what the terminal can show."""
    encoding = locale.getpreferredencoding(do_setlocale=False)
    term = os.environ.get("TERM", "")
    if not sys.stdout.isatty():
        yield Diagnosis(Level.OK, "terminal", "output is not a terminal")
        return
    size = shutil.get_terminal_size()
    if (size.columns, size.lines) < MINIMUM_SIZE or size.lines < MINIMUM_SIZE[1]:
        yield Diagnosis(Level.WARNING, "terminal", f"{size.columns}×{size.lines}", "at least 80×24 is needed")
    if term in {"", "dumb", "linux"}:
        yield Diagnosis(
            Level.WARNING, "terminal", f"TERM={term or 'unset'}", "set TERM, such as xterm-256color"
        )
    if encoding.lower().replace("-", "") != "utf8":
        yield Diagnosis(
            Level.WARNING, "terminal", f"encoding is {encoding}", "use a UTF-8 locale, such as C.UTF-8"
        )
    colours = (
        "no colour (NO_COLOR)" if os.environ.get("NO_COLOR") else os.environ.get("COLORTERM", "256 colours")
    )
    yield Diagnosis(Level.OK, "terminal", f"{size.columns}×{size.lines}, {term}, {encoding}, {colours}")


def history(settings: Settings) -> Diagnosis:
    """Return whether the history can be written, and whether there is room."""
    path = settings.history_path
    if path is None:
        return Diagnosis(Level.OK, "history", "switched off")
    way = obstacle(path, beside=True)
    if way is not None:
        return Diagnosis(Level.CRITICAL, "history", way.found, way.advice)
    if short := full(path):
        return Diagnosis(Level.WARNING, "history", short, "make room, or set console.history")
    return Diagnosis(Level.OK, "history", str(path))


async def examine(settings: Settings, inventory: Inventory, entries: Sequence[HostEntry]) -> list[Diagnosis]:
    """Return every diagnosis of this machine; the hosts themselves are `cli/doctor`'s to ask."""
    return [
        versions(),
        *configuration(settings, inventory),
        await agent(),
        *key_files(entries),
        known_hosts(),
        ssh_client(),
        *terminal(),
        history(settings),
        *await asyncio.to_thread(trail, settings),
    ]
