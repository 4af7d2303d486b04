"""The logs panel on the Host screen and in full: what it says, what it leaves out, and nothing acts."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from console_pilot import console, screen_lines, screen_text, until_shown
from fake_source import FakeSource, host_state
from host_pilot import panel_card, panel_detail
from readings import HOSTILE, full_logs, full_resources

from opsconsole.console.state import HostState, PanelState
from opsconsole.panels.logs import PANEL
from opsconsole.panels.logs.reading import ERRORS, LogsReading, Note


def bare() -> LogsReading:
    """Return a reading that has nothing but its notes."""
    no_journal = Note(ERRORS, "there is no systemd journal on this host")
    return LogsReading(datetime.now(UTC), notes=(*full_logs().notes, no_journal))


def state(reading: LogsReading | None) -> HostState:
    made = host_state("db1", reading=full_resources())
    findings = PANEL.judge(reading, PANEL.limits_type()) if reading else []
    now = datetime.now(UTC)
    made.panels["logs"] = PanelState(900.0, reading, findings, now if reading else None)
    return made


async def card(pilot: Any) -> str:
    return await panel_card(pilot, "logs")


async def detail(pilot: Any) -> str:
    return await panel_detail(pilot, "logs")


@pytest.mark.parametrize("size", [(80, 24), (120, 30), (200, 60)])
async def test_the_card_answers_each_question_in_its_width(size: tuple[int, int]) -> None:
    async with console(FakeSource([state(full_logs())]), size=size) as (app, pilot):
        said = await card(pilot)
        for part in (
            "largest 31.0G /var/lib/orders",
            "▲ 1 problem in logrotate's files",
            "/etc/logrotate.d/orders:3",
            "▲ 1 log rotated by nothing, 3.0G",
            "3.0G /var/log/orders/app.log",
            "▲ 1 deleted file held open, 1.0G",
            "▲ 1 container log without limit",
            "▲ 120 errors in 1 h",
            "journal 400M",
        ):
            assert part in said
        shown = app.screen.query_one("#card-logs")
        assert all(len(line) <= shown.content_size.width for line in said.splitlines())
        assert max(len(line) for line in screen_lines(app)) <= size[0]


async def test_what_does_not_apply_is_one_quiet_line() -> None:
    async with console(
        FakeSource([state(replace(bare(), uncovered=(), deleted=(), disks=()))]), size=(200, 60)
    ) as (_, pilot):
        said = await card(pilot)
        assert "· n/a: logrotate, containers, errors, journal" in said
        assert "▲" not in said
        assert "✓ no log files that grow" in said
        assert "✓ no deleted file is held open" in said


async def test_what_is_not_read_is_never_ok() -> None:
    async with console(FakeSource([state(bare())]), size=(200, 60)) as (_, pilot):
        said = await card(pilot)
        assert "○ largest: not read yet" in said
        assert "○ logs without a rule: not read yet" in said
        assert "✓" not in said
    async with console(FakeSource([state(None)])) as (_, pilot):
        assert await card(pilot) == "not read yet"
        await until_shown(pilot, "○ logs")


@pytest.mark.parametrize("size", [(80, 24), (120, 30), (200, 60)])
async def test_in_full_it_tells_everything(size: tuple[int, int]) -> None:
    async with console(FakeSource([state(full_logs())]), size=size) as (_, pilot):
        said = await detail(pilot)
        for part in (
            "what fills /var",
            "94%",
            "81,200 files",
            "not all of it could be read",
            "22.0G  /var/lib/orders/dump.sql",
            "what fills /",
            "very many files",
            "logrotate 3.21.0, last ran 3h ago; 11 rules in 9 files, read by logrotate -d",
            "unknown option 'dailly'",
            "nginx",
            "812 (+1)",
            "new containers get no limit either",
            "10m",
            "same hour yesterday",
            "log files: too slow",
            "journal: none",
        ):
            assert part in said
        wide = size[0] >= 120
        beside = [line for line in said.splitlines() if "directory" in line and "file" in line]
        assert bool(beside) == wide


async def test_time_to_full_is_what_the_resources_panel_reckons() -> None:
    source = FakeSource([state(full_logs())])
    async with console(source) as (_, pilot):
        known = {one.mount: one for one in source.hosts["db1"].panels["resources"].reading.filesystems}
        assert known["/var"].full_in_seconds is not None
        assert "full in about" in await detail(pilot)
    source = FakeSource([state(full_logs())])
    source.hosts["db1"].panels["resources"].reading = None
    async with console(source) as (_, pilot):
        assert "time to full not known" in await detail(pilot)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_hostile_names_are_only_text(size: tuple[int, int]) -> None:
    async with console(FakeSource([state(full_logs(HOSTILE))]), size=size) as (app, pilot):
        said = await detail(pilot)
        assert "could not draw" not in said + screen_text(app)
        assert "[@click=app.quit]y[/]" in said
        for shown in (said.replace("\n", ""), *screen_lines(app)):
            assert not [sign for sign in shown if unicodedata.category(sign) in {"Cc", "Cf", "Cs"}]
        await pilot.press("escape")
        assert "could not draw" not in screen_text(app)
