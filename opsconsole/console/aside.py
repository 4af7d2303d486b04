"""One thread for what keeps the processor busy: ticks, keys and the screen have their turns meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import TypeVar

ResultT = TypeVar("ResultT")

# One, not the loop's own many: they would take turns with each other, and names are looked up by those.
_THREAD = ThreadPoolExecutor(1, "aside")
_LIMIT: ContextVar[asyncio.Timeout | None] = ContextVar("limit", default=None)


async def aside(work: Callable[[], ResultT]) -> ResultT:
    """Return what `work` returns; it is done after what came before it, while the loop goes on."""
    return await asyncio.get_running_loop().run_in_executor(_THREAD, work)


@asynccontextmanager
async def answered_by(when: float) -> AsyncIterator[None]:
    """Give a host until then, by the loop's clock, to answer; `own_time` within does not count.

    Raises:
        TimeoutError: It has not.
    """
    async with asyncio.timeout_at(when) as limit:
        token = _LIMIT.set(limit)
        try:
            yield
        finally:
            _LIMIT.reset(token)


@contextmanager
def own_time() -> Iterator[None]:
    """Stop the clock of `answered_by`: it is this console that keeps everybody waiting, not the host."""
    limit = _LIMIT.get()
    when = None if limit is None else limit.when()
    if limit is None or when is None or limit.expired():
        yield
        return
    loop = asyncio.get_running_loop()
    left = when - loop.time()
    limit.reschedule(None)
    try:
        yield
    finally:
        limit.reschedule(loop.time() + left)
