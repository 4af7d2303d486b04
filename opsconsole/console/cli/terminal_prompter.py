"""Asks an engineer's answers at the terminal, for the command line."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from select import select

from opsconsole.console.ssh.status import HostKeyOffer
from opsconsole.data.text import clean, clean_line

ANSWER_LIMIT_BYTES = 4096
PASTED_LIMIT_BYTES = 128 * 1024
QUESTION_LIMIT_CHARS = 1000
_LOOK_EVERY_SECONDS = 0.1


class TerminalPrompter:
    """A `Prompter` at the controlling terminal: one question at a time; without a terminal it declines.

    It speaks to `/dev/tty`, so that results on stdout stay clean and a piped stdin is left alone.

    Args:
        terminal: Path of the terminal.
    """

    def __init__(self, terminal: str = "/dev/tty") -> None:
        self._path = terminal
        self._turn = asyncio.Lock()

    async def secret(
        self, host: str, question: str, *, echo: bool = False, pasted: bool = False
    ) -> str | None:
        """Ask for a password, passphrase or one-time code; end of file (ctrl+d) declines.

        Args:
            host: Who asks.
            question: What.
            echo: Show what is typed.
            pasted: Take a PEM of several lines as well; the first `-----END …-----` that is not of parameters
                ends it.
        """
        asked = clean(question, QUESTION_LIMIT_CHARS).strip() or "password:"
        return await self._ask(f"{clean_line(host)}: {asked} ", echo=echo, pasted=pasted)

    async def accept_host_key(self, offer: HostKeyOffer) -> bool:
        """Ask as OpenSSH does: only the whole word `yes` accepts. A changed key is declined unasked."""
        if offer.known_fingerprints:
            return False
        text = (
            f"The authenticity of host {clean_line(offer.hop)} ({clean_line(offer.address)})"
            " can't be established.\n"
            f"{clean_line(offer.algorithm)} key fingerprint is {clean_line(offer.fingerprint)}\n"
            f"It would be added to {clean_line(offer.known_hosts_file)}.\n"
            "Trust this key (yes/no)? "
        )
        for _ in range(3):
            answer = await self._ask(text, echo=True)
            if answer is None or answer.strip().lower() in {"no", "n"}:
                return False
            if answer.strip().lower() == "yes":
                return True
            text = "Please type yes or no: "
        return False

    async def _ask(self, text: str, *, echo: bool, pasted: bool = False) -> str | None:
        async with self._turn:
            if not (_is_terminal(sys.stdin) or _is_terminal(sys.stderr)):
                return None
            stop = threading.Event()
            asking = asyncio.ensure_future(asyncio.to_thread(self._read, text, echo, stop, pasted))
            try:
                return await asyncio.shield(asking)
            except asyncio.CancelledError:
                stop.set()  # the thread gives the terminal back with its echo on before anybody asks again
                await asking
                raise

    def _read(self, text: str, echo: bool, stop: threading.Event, pasted: bool = False) -> str | None:
        limit = PASTED_LIMIT_BYTES if pasted else ANSWER_LIMIT_BYTES
        try:
            terminal = os.open(self._path, os.O_RDWR | os.O_NOCTTY)
        except OSError:
            return None
        try:
            with _echo(terminal, echo):
                os.write(terminal, text.encode())
                raw = b""
                while not _is_whole(raw, pasted):
                    if stop.is_set():
                        return None
                    if not select([terminal], [], [], _LOOK_EVERY_SECONDS)[0]:
                        continue
                    piece = os.read(terminal, ANSWER_LIMIT_BYTES)
                    raw += piece
                    if not piece or len(raw) > limit:
                        return None
                return raw.decode("utf-8", "replace").rstrip("\r\n")
        except OSError:
            return None  # the terminal went away
        finally:
            os.close(terminal)


def _is_whole(raw: bytes, pasted: bool) -> bool:
    if not raw.endswith(b"\n"):
        return False
    if not (pasted and raw.lstrip().startswith(b"-----BEGIN ")):
        return True
    last = raw.rstrip().rpartition(b"\n")[2].strip()
    return last.startswith(b"-----END ") and not last.endswith(b"PARAMETERS-----")


@contextmanager
def _echo(terminal: int, echo: bool) -> Iterator[None]:
    """Switch the terminal's echo off for a secret, and back on whatever happens."""
    before = termios.tcgetattr(terminal)
    quiet = termios.tcgetattr(terminal)
    if not echo:
        quiet[3] &= ~(termios.ECHO | termios.ECHONL)
    quiet[3] |= termios.ICANON | termios.ISIG
    # TCSAFLUSH throws away what was typed before the question: it was not meant as its answer.
    termios.tcsetattr(terminal, termios.TCSAFLUSH, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        if not echo:
            with suppress(OSError):
                os.write(terminal, b"\n")


def _is_terminal(stream: object) -> bool:
    try:
        return stream is not None and os.isatty(stream.fileno())  # type: ignore[attr-defined]  # any stream, or none
    except (OSError, ValueError, AttributeError):
        return False
