"""The panels' own screens in full, and hostile readings in all of them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from console_pilot import console, screen_lines, until, until_shown
from fake_source import FakeSource
from host_pilot import full, opened
from readings import HOSTILE

from opsconsole.console.tui.host import HostScreen
from opsconsole.console.tui.host_detail import DetailScreen
from opsconsole.panels.panel import Finding, Level
from opsconsole.panels.view import Detail


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (300, 80)])
async def test_resources_in_full(size: tuple[int, int]) -> None:
    source = FakeSource([full()])
    now = datetime.now(UTC)
    source.past_values["cpu_percent"] = [
        (now - timedelta(hours=hour), 97.0 - hour) for hour in range(23, 0, -1)
    ]
    async with console(source, size=size) as (app, pilot):
        await opened(pilot)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await until_shown(pilot, "96%")  # the worst of the last day, from the history
        assert ("past", ("db1", "cpu_percent")) in source.asked
        assert ("focus", "db1") in source.asked
        text = " ".join(app.screen.query_one(Detail).content.plain.split())
        for part in (
            "/mnt/nfs: df was killed after 5 s", "user 30%", "load 3.50 3.20 2.10", "cpu7", "waiting for",
            "6.0G available", "/var", "2.1G/h", "3h 00m", "nvme0n1", "1.4 ms", "docker0", "open files",
            "2,112", "TCP sockets 212", "212 in all", "those of other users are hidden", "php-fpm9",
            "/srv/backup/postgres",
        ):  # fmt: skip
            assert part in text, part
        assert "could not draw" not in text
        await pilot.press("G")
        await until_shown(pilot, "php-fpm9")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HostScreen))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (300, 80)])
async def test_health_in_full(size: tuple[int, int]) -> None:
    async with console(FakeSource([full()]), size=size) as (app, pilot):
        await opened(pilot)
        await pilot.press("tab", "tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await until_shown(pilot, "orders.service")
        text = " ".join(app.screen.query_one(Detail).content.plain.split())
        for part in (
            "restart counters: systemctl timed out", "panic: no such table", "its log could not be read",
            "and 1 more", "nginx.service", "worker.service", "between two tries", "postgresql", "Killed 812",
            "+3.0 ms off its source", "kernel 6.1.0-28 is installed", "read-only", "may be absent",
            "orders API", "310 ms", "40%", "status: 500, expected 2xx",
        ):  # fmt: skip
            assert part in text, part
        assert "could not draw" not in text


async def test_hostile_readings_do_no_harm() -> None:
    state = full(HOSTILE)
    state.panels["resources"].findings = [
        Finding(Level.CRITICAL, HOSTILE, HOSTILE, HOSTILE, HOSTILE, None, HOSTILE)
    ]
    state.panels["health"].problem = HOSTILE
    for size in ((80, 24), (300, 80)):
        async with console(FakeSource([state]), size=size) as (app, pilot):
            await opened(pilot)
            for keys in (["enter"], ["escape", "tab", "enter"], ["G"], ["escape", "tab", "enter"], ["G"]):
                await pilot.press(*keys)
                await pilot.pause()
                lines = screen_lines(app)
                assert len(lines) == size[1]
                assert all(unicodedata.category(char)[0] != "C" for line in lines for char in line)
                assert "could not draw" not in "".join(lines)
