"""The sleep that can be cut short."""

from __future__ import annotations

import asyncio
import time

from opsconsole.console.alarm import Alarm


async def test_it_wakes_by_itself_and_says_so() -> None:
    began = time.monotonic()
    assert await Alarm().sleep_until(began + 0.02) is False
    assert time.monotonic() >= began + 0.015


async def test_a_moment_that_is_past_is_no_sleep_but_lets_others_run() -> None:
    ran = []
    asyncio.get_running_loop().call_soon(ran.append, 1)
    assert await Alarm().sleep_until(time.monotonic() - 5) is False
    assert ran


async def test_a_ring_wakes_it_once() -> None:
    alarm = Alarm()
    sleeper = asyncio.create_task(alarm.sleep_until(time.monotonic() + 60))
    await asyncio.sleep(0)
    alarm.ring()
    alarm.ring()
    assert await sleeper is True
    assert await alarm.sleep_until(time.monotonic()) is False


async def test_a_ring_before_the_sleep_counts_unless_it_is_silenced() -> None:
    alarm = Alarm()
    alarm.ring()
    assert await alarm.sleep_until(time.monotonic() + 60) is True
    alarm.ring()
    alarm.silence()
    assert await alarm.sleep_until(time.monotonic()) is False


async def test_a_cancelled_sleep_leaves_no_timer_and_can_be_slept_again() -> None:
    alarm = Alarm()
    sleeper = asyncio.create_task(alarm.sleep_until(time.monotonic() + 0.01))
    await asyncio.sleep(0)
    sleeper.cancel()
    await asyncio.wait([sleeper])
    alarm.ring()
    assert await alarm.sleep_until(time.monotonic() + 60) is True


async def test_a_sleep_without_an_end_waits_for_a_ring() -> None:
    alarm = Alarm()
    sleeper = asyncio.create_task(alarm.sleep_until(None))
    await asyncio.sleep(0)
    assert not sleeper.done()
    alarm.ring()
    assert await sleeper is True
