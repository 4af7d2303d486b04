"""Processes of this machine that a test can tell from all others: each sleeps for a time of its own."""

from __future__ import annotations

from pathlib import Path


def sleepers(word: str) -> int:
    """Return how many processes sleep for `word` seconds, which is the fixture of that name."""
    count = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            count += path.read_bytes() == f"sleep\0{word}\0".encode()
        except OSError:
            continue
    return count
