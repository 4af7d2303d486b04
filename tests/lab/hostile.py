"""SSH servers that play hosts which mean harm, one for each way of it; run as a process of its own.

`python -m tests.lab.hostile FOLDER` writes `known_hosts` and `ports.json` (way -> port on 127.0.0.1) into the
folder and serves until its stdin ends. Commands are really run, by this machine's /bin/sh, and their output
is spoilt on its way, so that frames are right where the content is to be wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh

OSC = b"\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://evil.invalid\x1b\\\x1b]0;owned\x07"
CSI = b"\x1b[2J\x1b[31;5m\x9b?1049l"
BIDI = "\u202eevil\u2066\u200f".encode()
MARKUP = b"[/][bold][@click=app.quit]quit[/]"
PIECES = (OSC, CSI, BIDI, MARKUP, b"\x00", b"\xff\xfe\xc3", b"\x1bc", b"\r", b"\x1bP1;1|q\x1b\\", b"${HOME}")
WORD = b"".join(PIECES)
"""One word of everything that a screen must not obey."""

LONG_BYTES = 1_000_000
FLOOD_BYTES = 1 << 30
BANNER_BYTES = 1_000_000
_CHUNK = 64 * 1024
_ERROR = json.dumps(
    {"PRIORITY": "2", "_SYSTEMD_UNIT": WORD.decode("latin-1"), "MESSAGE": WORD.decode("latin-1")}
).encode()
_UNIT = b"evil" + WORD.replace(b"\r", b"") + b".service loaded failed failed " + WORD

Spoil = Callable[[bytes, random.Random], bytes]
Process = asyncssh.SSHServerProcess[bytes]
Play = Callable[[Process, random.Random], Awaitable[None]]


# What is done to a line that /bin/sh wrote; `@@` begins the lines that frame a panel's output.


def hostile_words(line: bytes, dice: random.Random) -> bytes:
    """Put escapes, markup and broken UTF-8 where names stand."""
    if line.startswith(b"@@"):
        return line
    if line.startswith(b"os="):
        return b"os=Evil" + WORD.replace(b"\r", b"") + b"Linux\nsystemd=yes\n"
    line = re.sub(rb"\(([^()]+)\)", lambda found: b"(" + found[1] + WORD + b")", line)
    line = re.sub(rb"\b(eth0|vda|shm|overlay|docker0)\b", lambda found: found[1] + WORD, line)
    return line + (WORD + b"\n") * (dice.random() < 0.05)


def hostile_numbers(line: bytes, dice: random.Random) -> bytes:
    """Put numbers where numbers stand that no counter can have."""
    if line.startswith(b"@@"):
        return line
    senseless = (
        b"-1",
        b"9" * 400,
        b"18446744073709551616",
        b"1e999",
        b"nan",
        b"0x10",
        b"0",
        b"-0",
        "٣".encode(),
    )
    return re.sub(rb"\d+", lambda found: dice.choice(senseless) if dice.random() < 0.5 else found[0], line)


def wrong_frames(line: bytes, dice: random.Random) -> bytes:
    """Let the frames lie about what they hold."""
    if not line.startswith(b"@@"):
        return line
    if dice.random() < 0.3:
        return line + line
    return re.sub(rb" (\w+)", lambda found: dice.choice((b" " + found[1], b" -7", b" " + WORD, b"")), line)


# How whole commands are played.


async def _run(process: Process, write: Callable[[bytes], Awaitable[None]]) -> None:
    """Run the command with /bin/sh; its output goes line by line to `write`."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("/nonexistent")
    child = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        process.command or "exit 1",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"},
        start_new_session=True,
        limit=4 * LONG_BYTES,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    stdin, stdout = child.stdin, child.stdout

    async def feed() -> None:
        with contextlib.suppress(OSError, asyncssh.Error):
            while data := await process.stdin.read(_CHUNK):
                stdin.write(data)
                await stdin.drain()
        stdin.close()

    feeding = asyncio.create_task(feed())
    try:
        while line := await stdout.readline():
            await write(line)
        process.exit(await child.wait())
    finally:
        feeding.cancel()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()


def spoilt(spoil: Spoil) -> Play:
    """Return a play that runs the command and spoils each line; a log that is followed is endless."""

    async def play(process: Process, dice: random.Random) -> None:
        if re.search(r"journalctl -f|tail -n", process.command or ""):
            await _hostile_log(process, dice)
            return

        async def write(line: bytes) -> None:
            process.stdout.write(spoil(line, dice))
            await process.stdout.drain()

        await _run(process, write)

    return play


async def _hostile_log(process: Process, dice: random.Random) -> None:
    """Write log lines for ever, some of them very long; as fast as they are taken."""
    while True:
        many = b"".join(b"2026-11-20T10:00:00 evil[1]: %s %d\n" % (WORD, count) for count in range(200))
        process.stdout.write(many)
        if dice.random() < 0.1:
            process.stdout.write(b"A" * LONG_BYTES + b"\n")
        await process.stdout.drain()
        await asyncio.sleep(0.05)


async def noise(process: Process, dice: random.Random) -> None:
    """Answer everything with bytes that mean nothing."""
    for _ in range(50):
        process.stdout.write(dice.choice(PIECES) + dice.randbytes(dice.randrange(200)) + b"\n")
        await process.stdout.drain()
        await asyncio.sleep(0.02)
    process.exit(dice.randrange(256))


async def flood(process: Process, _dice: random.Random) -> None:
    """Send a gigabyte for every command."""
    block = (WORD * (_CHUNK // len(WORD) + 1))[:_CHUNK]
    for _ in range(FLOOD_BYTES // _CHUNK):
        process.stdout.write(block)
        await process.stdout.drain()
    process.exit(0)


async def trickle(process: Process, _dice: random.Random) -> None:
    """Answer truly, one byte a second."""

    async def write(line: bytes) -> None:
        for index in range(len(line)):
            process.stdout.write(line[index : index + 1])
            await process.stdout.drain()
            await asyncio.sleep(1)

    await _run(process, write)


async def broken(process: Process, dice: random.Random) -> None:
    """Close the connection somewhere within an answer."""
    left = dice.randrange(2000)

    async def write(line: bytes) -> None:
        nonlocal left
        process.stdout.write(line[:left])
        await process.stdout.drain()
        left -= len(line)
        if left <= 0:
            process.channel.get_connection().abort()

    await _run(process, write)


PLAYS: dict[str, Play] = {
    "words": spoilt(hostile_words),
    "numbers": spoilt(hostile_numbers),
    "frames": spoilt(wrong_frames),
    "noise": noise,
    "flood": flood,
    "trickle": trickle,
    "broken": broken,
}
MUTE, BANNER = "mute", "banner"
WAYS = (*PLAYS, MUTE, BANNER)
UNREADABLE = ("frames", "noise", "flood", "trickle", "broken", MUTE, BANNER)
"""The ways in which a host keeps a console from knowing anything of it, or most of it."""


class Server(asyncssh.SSHServer):
    """Lets everybody in, but for the ways that are about logging in."""

    def __init__(self, way: str) -> None:
        self._way = way
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection."""
        self._connection = conn

    async def begin_auth(self, username: str) -> bool:
        """Ask for a login, or do not; or never answer."""
        if self._way == MUTE:
            await asyncio.Event().wait()
        if self._way == BANNER and self._connection is not None:
            piece = (WORD.decode("latin-1") + "x" * 1000)[:1000]
            for _ in range(BANNER_BYTES // len(piece)):
                self._connection.send_auth_banner(piece)
        return self._way == BANNER

    def public_key_auth_supported(self) -> bool:
        """Take keys, and refuse each."""
        return True

    def password_auth_supported(self) -> bool:
        """Ask for no password."""
        return False

    def kbdint_auth_supported(self) -> bool:
        """Ask no questions."""
        return False


async def _serve(folder: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    public = key.export_public_key().decode().split()[:2]
    programs = folder / "bin"
    programs.mkdir()
    for name, words in (("journalctl", _ERROR), ("systemctl", _UNIT)):
        (folder / name).write_bytes(words + b"\n")
        (programs / name).write_text(f"#!/bin/sh\nexec cat '{folder / name}'\n")
        (programs / name).chmod(0o700)
    dice = random.Random(4711)  # noqa: S311 - chance, not a secret
    ports, servers = {}, []

    def handler(play: Play) -> Callable[[Process], Awaitable[None]]:
        async def handle(process: Process) -> None:
            with contextlib.suppress(OSError, asyncssh.Error):
                await play(process, dice)

        return handle

    for way in WAYS:
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda way=way: Server(way),
            server_host_keys=[key],
            process_factory=handler(PLAYS.get(way, noise)),
            encoding=None,
            login_timeout=0,
        )
        servers.append(server)
        ports[way] = server.get_port()
    lines = [f"[127.0.0.1]:{port} {' '.join(public)}\n" for port in ports.values()]
    (folder / "known_hosts").write_text("".join(lines))
    (folder / "ports.json").write_text(json.dumps(ports))
    sys.stdout.write("serving\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    # Not waiting for anything: what still runs for a client is to end with us.
    os.killpg(0, signal.SIGKILL)


@contextmanager
def serving(folder: Path) -> Iterator[dict[str, int]]:
    """Have the servers running; yields way -> port. `known_hosts` is in the folder."""
    argv = [sys.executable, "-m", "tests.lab.hostile", str(folder)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=root,
        start_new_session=True,
    ) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == b"serving\n"
            yield json.loads((folder / "ports.json").read_text())
        finally:
            os.killpg(server.pid, signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
