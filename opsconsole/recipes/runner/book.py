"""What one run writes to the ledger, and what of a host's words may be shown or remembered."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from opsconsole.data.host import Command
from opsconsole.data.ledger import Entry, Head, Ledger
from opsconsole.data.redact import MARK, redact_text
from opsconsole.data.text import clean
from opsconsole.recipes.runner.jobs import TAIL_BYTES, JobReport

EXCERPT_CHARS = 4096
EVIDENCE_CHARS = 2000
TAIL_CHARS = 2000
_ARGV_CHARS = 16 * 1024
_INTERRUPTED = "interrupted"
# Lines of nothing but base64, and the last of them, which is shorter: what a key is without BEGIN and END.
_KEY_LINES = re.compile(
    r"(?:^[ \t]*+[A-Za-z0-9+/]{32,}+={0,2}[ \t]*+(?:\n|\Z))++(?:[ \t]*+[A-Za-z0-9+/=]*+[ \t]*+(?:\n|\Z))?",
    re.MULTILINE,
)


class Book:
    """Appends the events of one run; each is durable when `note` returns.

    Args:
        ledger: The ledger.
        base: What all entries have in common.
        secrets: Values that must never be shown or remembered.
    """

    def __init__(self, ledger: Ledger, base: Entry, secrets: Collection[str]) -> None:
        self._ledger = ledger
        self._base = base
        self._secrets = frozenset(secret for secret in secrets if secret)

    async def note(self, kind: str, *, step: str = "", verdict: str = "", **body: Any) -> Head:
        """Append an event, and return the head that the ledger has with it.

        Raises:
            LedgerError: It was not written.
        """
        entry = self._entry(kind, step, verdict, body)
        return await asyncio.to_thread(self._ledger.append, entry, secrets=self._secrets)

    def interrupted(self, why: str) -> None:
        """Append that nobody drives the run any more; at once, for who is about to be gone.

        Raises:
            LedgerError: It was not written.
        """
        self._ledger.append(self._entry(_INTERRUPTED, "", "", {"why": why}), secrets=self._secrets)

    def _entry(self, kind: str, step: str, verdict: str, body: dict[str, Any]) -> Entry:
        return replace(self._base, kind=kind, step=step, verdict=verdict, body=body)

    def text(self, raw: bytes | str, limit_chars: int = EVIDENCE_CHARS) -> str:
        """Return a host's words as they may be shown and remembered; the middle is left out when too long."""
        text = redact_text(clean(raw, max(1, len(raw))).strip(), self._secrets)
        if len(text) <= limit_chars:
            return text
        half = limit_chars // 2
        return f"{text[:half]}\n…\n{text[-half:]}"

    def tail(self, report: JobReport) -> str:
        """Return the last words of a job that still runs, without a key that it is printing."""
        raw = report.output[-TAIL_BYTES:]
        text = clean(raw, TAIL_BYTES)
        if report.output_bytes > len(raw):  # its beginning may be half a secret
            _, _, text = text.partition("\n")
            text = _KEY_LINES.sub(f"{MARK}\n", text)  # BEGIN is gone, and END is still to come
        return self.text(text)[-TAIL_CHARS:]

    def outcome(self, report: JobReport) -> dict[str, Any]:
        """Return what the ledger keeps of a job's end."""
        said = self.text(report.output, limit_chars=len(report.output) + 1)
        return {
            "state": report.state.value,
            "exit_status": report.exit_status,
            "late": report.late,
            "command": report.command,
            "output": self.text(report.output, EXCERPT_CHARS),
            "output_bytes": report.output_bytes,
            "output_sha256": hashlib.sha256(said.encode("utf-8", "replace")).hexdigest(),
        }


def shown_commands(commands: Sequence[Command]) -> list[dict[str, Any]]:
    """Return commands as the ledger keeps them with an intent; very long ones are whole in the plan only."""
    return [
        {
            "argv": _bounded(command.argv),
            "sudo": command.sudo,
            "stdin_bytes": None if command.stdin is None else len(command.stdin),
        }
        for command in commands
    ]


def _bounded(argv: Sequence[str]) -> list[str]:
    words: list[str] = []
    room = _ARGV_CHARS
    for word in argv:
        if len(word) > room:
            return [*words, f"… and {len(argv) - len(words)} more (see the plan)"]
        room -= len(word)
        words.append(word)
    return words
