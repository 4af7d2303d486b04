"""One thread for what keeps the processor busy: ticks, keys and the screen have their turns meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

ResultT = TypeVar("ResultT")

# One, not the loop's own many: they would take turns with each other, and names are looked up by those.
_THREAD = ThreadPoolExecutor(1, "aside")


async def aside(work: Callable[[], ResultT]) -> ResultT:
    """Return what `work` returns; it is done after what came before it, while the loop goes on."""
    return await asyncio.get_running_loop().run_in_executor(_THREAD, work)
