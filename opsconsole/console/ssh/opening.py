"""Opening channels so that none is left behind when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Opened = TypeVar("Opened")


async def opened(opening: Coroutine[Any, Any, Opened], drop: Callable[[Opened], object]) -> Opened:
    """Return what `opening` opens.

    Cancelled, it goes on opening in the background and then calls `drop`: asyncssh forgets a channel whose
    opening is cancelled, and the host, which is never told, keeps it open for good.
    """
    task = asyncio.create_task(opening)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        task.add_done_callback(lambda task: _drop(task, drop))
        raise
    return task.result()


def _drop(task: asyncio.Task[Opened], drop: Callable[[Opened], object]) -> None:
    if not task.cancelled() and task.exception() is None:
        drop(task.result())
