"""What was read of the hosts, over time: raw for an hour, minute means for 30 days, in a SQLite file.

`History.record` only puts a sample into a queue; a thread of its own packs and writes them every few
seconds. Trouble with the file never reaches the caller: it is told by `problem` and `on_problem`, samples
wait in bounded memory, and what does not fit is dropped and counted.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from opsconsole.data.history_pending import Pending
from opsconsole.data.history_store import NewerVersionError, Point, Store
from opsconsole.data.history_trouble import Trouble, explain, set_aside

QUEUE_SAMPLES = 50_000
FLUSH_SECONDS = 3.0
RETRY_SECONDS = 15.0
_SHRINK_SECONDS = 3600.0
_CLOSE_SECONDS = 10.0

Series = list[tuple[datetime, float]]
_Result = TypeVar("_Result")
_Request = tuple[Callable[[Store], Any], Callable[[Any], None]]

log = logging.getLogger(__name__)


class History:
    """The history of all hosts. Made by `History.open`; `close` writes what is still waiting.

    Attributes:
        dropped: Samples that found no room, or waited too long for the file.
    """

    def __init__(
        self,
        path: Path,
        on_problem: Callable[[str], None] | None,
        flush_seconds: float,
        retry_seconds: float,
        open_after_seconds: float,
    ) -> None:
        self.path = path
        self.dropped = 0
        self._on_problem = on_problem
        self._flush_seconds = flush_seconds
        self._retry_seconds = retry_seconds
        self._open_at = time.monotonic() + open_after_seconds
        self._queue: deque[tuple[str, datetime, Mapping[str, float]]] = deque()
        self._pending = Pending()
        self._requests: SimpleQueue[_Request | None] = SimpleQueue()
        self._store: Store | None = None
        self._closed = False  # No more samples are taken.
        self._ended = False  # No more questions are answered.
        self._notice = ""  # Said once and true for good, such as a copy that was set aside.
        self._trouble = ""  # True now.
        self._next_try = 0.0
        self._next_shrink = time.monotonic() + _SHRINK_SECONDS
        self._thread = threading.Thread(target=self._work, name="history", daemon=True)

    @classmethod
    def open(
        cls,
        path: Path,
        on_problem: Callable[[str], None] | None = None,
        *,
        flush_seconds: float = FLUSH_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
        open_after_seconds: float = 0.0,
    ) -> History:
        """Return the history kept in `path`, at once: the file is opened, or made, by the writer thread.

        Args:
            path: The file; its folder is made with it. Mode 0600.
            on_problem: Called with each new problem, from the writer thread; must not block.
            flush_seconds: How often samples are written.
            retry_seconds: How long to wait after trouble before trying again.
            open_after_seconds: Leave the file alone for so long, unless asked something: making a new one
                takes a library that takes time to import, and the console wants to be painted first.
        """
        history = cls(Path(path), on_problem, flush_seconds, retry_seconds, open_after_seconds)
        history._thread.start()
        return history

    @property
    def problem(self) -> str:
        """What is wrong with the history, for a person; empty when nothing is."""
        return self._trouble or self._notice

    def record(self, host: str, taken_at: datetime, values: Mapping[str, float]) -> None:
        """Remember a host's values at a time. Never blocks; the mapping must not be changed afterwards."""
        if len(self._queue) < QUEUE_SAMPLES and not self._closed:
            self._queue.append((host, taken_at, values))
        else:
            self.dropped += 1

    async def series(
        self, host: str, name: str, since: datetime, until: datetime | None = None, limit: int = 2000
    ) -> Series:
        """Return a value's points, oldest first; those older than an hour are minute means.

        At most `limit` points: neighbours are averaged. Empty while the file cannot be read.
        """
        since_ms, until_ms = _milliseconds(since), _milliseconds(until) if until else 1 << 62
        nothing: Series = []
        return await self._ask(
            lambda store: _times(_thin(store.points(host, name, since_ms, until_ms), limit)), nothing
        )

    async def recall(self, host: str, since: datetime) -> dict[str, Series]:
        """Return all values of a host since then, by name, oldest first: what a restart need not forget."""
        since_ms = _milliseconds(since)
        nothing: dict[str, Series] = {}

        def question(store: Store) -> dict[str, Series]:
            return {name: _times(points) for name, points in store.recall(host, since_ms).items()}

        return await self._ask(question, nothing)

    def close(self) -> None:
        """Write what is waiting, and end the thread. Waits at most ten seconds; safe to call twice."""
        self._closed = True
        self._requests.put(None)
        self._thread.join(_CLOSE_SECONDS)

    async def _ask(self, question: Callable[[Store], _Result], otherwise: _Result) -> _Result:
        if self._closed:
            return otherwise
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_Result] = loop.create_future()

        def settle(result: _Result | None) -> None:
            if not answer.done():
                answer.set_result(otherwise if result is None else result)

        def reply(result: _Result | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, result)

        self._requests.put((question, reply))
        if self._ended:  # After the thread refused the rest: nobody will answer.
            return otherwise
        return await answer

    def _work(self) -> None:
        """The thread's own function: work until closed; whatever happens, leave nobody waiting."""
        try:
            self._work_until_closed()
        except Exception as error:
            log.exception("the history stopped")
            self._trouble = f"the history stopped, nothing is remembered: {error!r}"
            self._tell(self._trouble)
        finally:
            self._closed = self._ended = True
            if self._store is not None:
                self._store.close()
            self._refuse_the_rest()

    def _work_until_closed(self) -> None:
        """Write every few seconds, and answer questions between."""
        due = self._open_at
        while True:
            try:
                request = self._requests.get(timeout=max(0.0, due - time.monotonic()))
            except Empty:
                self._flush(everything=False)
                due = time.monotonic() + self._flush_seconds
                continue
            if request is None:
                break
            question, reply = request
            self._flush(everything=True)  # A question sees what was recorded before it.
            reply(self._answer(question))
        self._next_try = 0.0
        self._flush(everything=True)

    def _refuse_the_rest(self) -> None:
        while not self._requests.empty():
            request = self._requests.get()
            if request is not None:
                request[1](None)

    def _answer(self, question: Callable[[Store], _Result]) -> _Result | None:
        if self._store is None:
            return None
        try:
            return question(self._store)
        except (sqlite3.Error, OSError) as error:
            self._troubled(error)
            return None

    def _flush(self, *, everything: bool) -> None:
        """Pack what was recorded, and write it if the file lets us."""
        queue = self._queue
        for _ in range(len(queue)):
            self._pending.add(*queue.popleft())
        self.dropped += self._pending.drop_excess()
        if time.monotonic() < self._next_try:
            return
        chunks = self._pending.take(everything=everything)
        try:
            if self._store is None:
                self._store = Store(self.path)
            share = max(2, int(self._pending.hosts * self._flush_seconds / 60) + 1)
            self._store.write(chunks, int(time.time() * 1000), share)
            if time.monotonic() >= self._next_shrink:
                self._next_shrink = time.monotonic() + _SHRINK_SECONDS
                self._store.shrink()
        except (sqlite3.Error, OSError, NewerVersionError) as error:
            self._pending.put_back(chunks)
            self._troubled(error)
        else:
            self._trouble = ""

    def _troubled(self, error: Exception) -> None:
        """Say what is wrong, and when to try again; a damaged file is set aside and a new one begun."""
        kind, text = explain(error, self.path)
        self._next_try = time.monotonic() + (0.0 if kind is Trouble.DAMAGED else self._retry_seconds)
        if kind is Trouble.LOCKED:
            self._next_try = 0.0  # The next flush tries again: locks are short.
        if kind is not Trouble.LOCKED and self._store is not None:
            inode, store = self._store.inode, self._store
            self._store = None
            store.close()
        else:
            inode = None
        if kind is Trouble.DAMAGED:
            try:
                copy = set_aside(self.path, inode)
            except OSError as failure:
                self._next_try = time.monotonic() + self._retry_seconds
                text = f"{text}, and it could not be set aside: {failure.strerror}"
            else:
                if copy is None:
                    return
                self._notice = text = f"{text}: it is kept as {copy.name} and a new one was begun"
                self._trouble = ""
                self._tell(text)
                return
        if text != self._trouble:
            self._trouble = text
            self._tell(text)

    def _tell(self, text: str) -> None:
        log.warning("%s", text)
        if self._on_problem is not None:
            self._on_problem(text)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _times(points: Iterable[Point]) -> Series:
    return [(datetime.fromtimestamp(at_ms / 1000, UTC), value) for at_ms, value in points]


def _thin(points: list[Point], limit: int) -> list[Point]:
    """Return at most `limit` points, each the mean of neighbours."""
    if len(points) <= limit:
        return points
    size = -(-len(points) // limit)
    groups = (points[start : start + size] for start in range(0, len(points), size))
    return [(group[len(group) // 2][0], sum(value for _, value in group) / len(group)) for group in groups]
