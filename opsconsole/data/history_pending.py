"""Samples on their way into the history file: packed, grouped by host, bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime

from opsconsole.data.history_codec import LONGEST_MS, pack_sample, sample_struct
from opsconsole.data.history_store import Chunk

LARGEST_BYTES = 16 * 1024 * 1024
_OPEN_A_TURN = 100


class Pending:
    """Chunks not yet written.

    A chunk is open until its minute ends or its turn comes. With up to a hundred hosts all are written each
    time; with more, a hundred a time, the oldest first: so that each write touches few pages of the file,
    which would else cost a disk gigabytes an hour.
    """

    def __init__(self) -> None:
        self._hosts: set[str] = set()
        self._open: dict[tuple[str, tuple[str, ...]], Chunk] = {}
        self._ready: deque[Chunk] = deque()
        self._ready_bytes = 0

    @property
    def hosts(self) -> int:
        """How many hosts were ever seen."""
        return len(self._hosts)

    def add(self, host: str, taken_at: datetime, values: Mapping[str, float]) -> None:
        """Add one sample."""
        if not values:
            return
        at_ms = int(taken_at.timestamp() * 1000)
        key = (host, tuple(values))
        chunk = self._open.get(key)
        if chunk is None or at_ms // LONGEST_MS != chunk.at_ms // LONGEST_MS or at_ms < chunk.at_ms:
            if chunk is not None:
                self._close(self._open.pop(key))
            chunk = self._open[key] = Chunk(host, key[1], at_ms, bytearray())
            self._hosts.add(host)
        chunk.samples.extend(pack_sample(at_ms - chunk.at_ms, tuple(values.values())))

    def _close(self, chunk: Chunk) -> None:
        self._ready.append(chunk)
        self._ready_bytes += len(chunk.samples)

    def take(self, *, everything: bool) -> list[Chunk]:
        """Return the chunks to write now; `put_back` those that could not be written."""
        turn = len(self._open) if everything else max(_OPEN_A_TURN, len(self._open) // 10)
        taken = list(self._ready)
        self._ready.clear()
        self._ready_bytes = 0
        taken.extend(self._open.pop(key) for key in list(self._open)[:turn])
        return taken

    def put_back(self, chunks: Iterable[Chunk]) -> None:
        """Keep chunks for the next time, oldest first."""
        kept = list(chunks)
        self._ready.extendleft(reversed(kept))
        self._ready_bytes += sum(len(chunk.samples) for chunk in kept)

    def drop_excess(self) -> int:
        """Drop the oldest chunks beyond what may wait, and return how many samples that were."""
        dropped = 0
        while self._ready and self._ready_bytes > LARGEST_BYTES:
            chunk = self._ready.popleft()
            self._ready_bytes -= len(chunk.samples)
            dropped += len(chunk.samples) // sample_struct(len(chunk.names)).size
        return dropped
