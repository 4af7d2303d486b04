"""The Certificates screen: what it lists, in which order, its timeline, its keys, and five thousand rows."""

from __future__ import annotations

import json
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from certificate_hosts import DAY, certificate, file, full_reading, of, reading, with_days
from console_pilot import cells, console, screen_lines, screen_text, until, until_shown
from fake_source import FakeSource, down
from textual.widgets import Input

from opsconsole.console.certificates_rows import CertificateRow
from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.state import HostState
from opsconsole.console.tui import certificates_gather
from opsconsole.console.tui.certificates import CertificatesScreen, renewal_values
from opsconsole.console.tui.certificates_gather import Gather
from opsconsole.console.tui.certificates_lines import CertificateLines
from opsconsole.console.tui.certificates_save import SaveCertificates
from opsconsole.console.tui.filter_bar import FilterBar
from opsconsole.console.tui.host_detail import DetailScreen
from opsconsole.console.tui.recipe_field import ParameterField
from opsconsole.console.tui.recipe_form import RecipeForm
from opsconsole.panels.panel import Level

HOSTILE = "[/]\x1b]52;c;ZXZpbA==\x07\x1b[2J\x00\u202egnp[@click=app.quit]x[/red]"
SIZES = [(80, 24), (120, 30), (200, 60)]


def three() -> FakeSource:
    return FakeSource(
        [
            with_days("web1", [60, 45.5], groups=("web",)),
            with_days("db1", [-3, 20], groups=("db",)),
            with_days("web2", [9], groups=("web",)),
            down("legacy7", ConnectionState.TIMED_OUT, "timed out"),
        ]
    )


async def opened(pilot: Any, rows: int | None = None) -> CertificatesScreen:
    await pilot.press("e")
    await until(pilot, lambda: isinstance(pilot.app.screen, CertificatesScreen))
    screen: CertificatesScreen = pilot.app.screen
    await until(pilot, lambda: len(screen.rows) == rows if rows is not None else screen.rows)
    await pilot.pause()
    return screen


def listed(screen: CertificatesScreen) -> list[str]:
    return [f"{row.host} {row.title.split('.')[0]}" for row in screen.rows]


WORST_FIRST = [
    "db1 c0000",
    "web2 c0000",
    "db1 c0001",
    "legacy7 certificates",
    "web1 c0001",
    "web1 c0000",
]


@pytest.mark.parametrize("size", SIZES)
async def test_worst_first_then_what_ends_first_in_every_width(size: tuple[int, int]) -> None:
    async with console(three(), size=size) as (app, pilot):
        screen = await opened(pilot, 6)
        assert listed(screen) == WORST_FIRST
        text = screen_text(app)
        for part in ("● c0000.db1", "ended 2 d ago", "▲ c0001.db1", "20 d", "○ certificates", "✓ c0000.web1"):
            assert part in text
        assert "certificates   6  ● 2 critical  ▲ 1 warning  ○ 1 unknown  ✓ 2 ok" in text
        assert max(len(line) for line in screen_lines(app)) <= size[0]
        assert "1 ended ▕" in text
        assert "30 d" in text
        if size[0] >= 120:
            assert "next 90 days" in text
            assert "timed out" in text
        if size[0] >= 200:
            assert "renewed" in text or "certbot.timer" in text


async def test_the_timeline_has_a_bar_where_certificates_end() -> None:
    source = FakeSource([with_days("web1", [30] * 8 + [60, 200])])
    async with console(source, size=(120, 30)) as (app, pilot):
        await opened(pilot, 10)
        bars = str(app.screen.query_one("#cert-timeline").content)
        axis = str(app.screen.query_one("#cert-axis").content)
        left, inner = bars.index("▕") + 1, bars[bars.index("▕") + 1 : bars.index("▏")]
        assert inner.count("█") == 1
        assert len(inner.split()) == 2, "one high bar and one low bar"
        assert abs(bars.index("█") - axis.index("30 d")) <= 1
        assert abs(left + inner.rindex("▂") - axis.index("60 d")) <= 1
        assert bars.endswith("▏ 1 later")


async def test_without_colour_every_level_has_its_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(three(), size=(120, 30)) as (app, pilot):
        await opened(pilot, 6)
        lines = [line for line in screen_lines(app) if ".example.org" in line or "certificates  " in line]
        assert {line.strip()[0] for line in lines} >= set("●▲○✓")


async def test_the_light_theme() -> None:
    async with console(three(), size=(120, 30)) as (app, pilot):
        app.theme = "opsconsole-light"
        await opened(pilot, 6)
        ground = {style.bgcolor.name for line in cells(app) for _, style in line if style.bgcolor is not None}
        assert "#fbfbfa" in ground
        assert "#14171c" not in ground


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("host:web2", ["web2 c0000"]),
        ("@web", ["web2 c0000", "web1 c0001", "web1 c0000"]),
        ("!@web", ["db1 c0000", "db1 c0001", "legacy7 certificates"]),
        ("level:critical", ["db1 c0000", "web2 c0000"]),
        ("within:30d", ["db1 c0000", "web2 c0000", "db1 c0001"]),
        (r"c0001\.", ["db1 c0001", "web1 c0001"]),
        ("!example", ["legacy7 certificates"]),
        ("timed out", ["legacy7 certificates"]),
        ("level:warning !host:db1", ["web2 c0000"]),
        ("no such thing", []),
    ],
)
async def test_the_filter(typed: str, left: list[str]) -> None:
    async with console(three()) as (app, pilot):
        screen = await opened(pilot, 6)
        await pilot.press("slash", *typed, "enter")
        await until(pilot, lambda: listed(screen) == left, typed)
        await pilot.pause()
        shown = "No certificate matches the filter" in screen_text(app)
        assert shown is (left == [])
        await pilot.press("escape")
        await until(pilot, lambda: listed(screen) == WORST_FIRST)


@pytest.mark.parametrize(
    ("typed", "words"),
    [("([", "not a regular expression"), ("level:bad", "one of ok"), ("within:soon", "a time such as 30d")],
)
async def test_a_filter_that_is_none_says_why_and_leaves_the_rows(typed: str, words: str) -> None:
    async with console(three()) as (app, pilot):
        screen = await opened(pilot, 6)
        app.screen.query_one(FilterBar).put(typed)
        await until_shown(pilot, words)
        assert len(screen.rows) == 6


async def test_a_pattern_that_backtracks_for_ever_is_stopped() -> None:
    now = datetime.now(UTC)
    leaf = certificate("a" * 90, now=now)
    source = FakeSource(
        [of("db1", reading(taken_at=now, files_taken_at=now, files=(file(leaf),), endpoints=()))]
    )
    async with console(source) as (app, pilot):
        await opened(pilot, 1)
        app.screen.query_one(FilterBar).put("(a+)+$!")
        await until_shown(pilot, "all are shown")


async def test_sorting() -> None:
    async with console(three()) as (_, pilot):
        screen = await opened(pilot, 6)
        ends = ["db1 c0000", "web2 c0000", "db1 c0001", "web1 c0001", "web1 c0000", "legacy7 certificates"]
        await pilot.press("E")
        await until(pilot, lambda: listed(screen) == ends)
        await pilot.press("E")
        await until(pilot, lambda: listed(screen) == ends[::-1])
        await pilot.press("H")
        await until(
            pilot,
            lambda: [row.host for row in screen.rows] == ["db1"] * 2 + ["legacy7"] + ["web1"] * 2 + ["web2"],
        )
        await pilot.press("R")
        await until(pilot, lambda: listed(screen) == WORST_FIRST)


async def test_enter_opens_the_hosts_certificates_and_esc_comes_back() -> None:
    async with console(three()) as (app, pilot):
        await opened(pilot, 6)
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await until_shown(pilot, "c0000.web2.example.org")
        assert app.screen.host_name == "web2"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CertificatesScreen))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, CertificatesScreen))


async def test_r_opens_the_recipe_for_that_certificate() -> None:
    async with console(three(), size=(120, 40)) as (app, pilot):
        await opened(pilot, 6)
        await pilot.press("j", "r")
        await until(pilot, lambda: isinstance(app.screen, RecipeForm))
        await pilot.pause()
        form = app.screen
        assert isinstance(form, RecipeForm)
        assert "Certificate renewal on web2" in screen_text(app)
        typed = {one.parameter.name: one.text for one in form.query(ParameterField)}
        assert typed["driver"] == "certbot"
        assert typed["name"] == "c0000.web2.example.org"


async def test_what_the_recipe_is_set_to_for_a_file_of_nobodys() -> None:
    now = datetime.now(UTC)
    mine = file(certificate("x.org", 9 * DAY, now=now), "/etc/ssl/x.pem", lineage=None, renewer=None)
    source = FakeSource([of("db1", reading(taken_at=now, files_taken_at=now, files=(mine,), endpoints=()))])
    async with console(source) as (_, pilot):
        screen = await opened(pilot, 1)
        assert renewal_values(screen.rows[0]) == {"driver": "files", "target": "/etc/ssl/x.pem"}


async def test_by_name_in_the_palette_and_from_a_host() -> None:
    async with console(three()) as (app, pilot):
        await pilot.press("colon", *"certificates web1", "enter")
        await until(pilot, lambda: isinstance(app.screen, CertificatesScreen) and len(app.screen.rows) == 2)
        assert "/host:web1" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen.rows) == 6)  # type: ignore[attr-defined]  # the same screen
        await pilot.press("escape")
        app.open_host("db1")
        await until_shown(pilot, "findings")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, CertificatesScreen) and len(app.screen.rows) == 2)
        assert {row.host for row in app.screen.rows} == {"db1"}  # type: ignore[attr-defined]  # as above


async def test_the_keys_are_in_the_help() -> None:
    async with console(three(), size=(120, 50)) as (_, pilot):
        await pilot.press("question_mark")
        await until_shown(pilot, "List certificates, worst first.")
        await pilot.press("escape")
        await opened(pilot, 6)
        await pilot.press("question_mark")
        for words in ("Write what is shown to a file.", "Renew", "Sort by end", "Sort by risk"):
            await until_shown(pilot, words)


async def test_x_writes_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with console(three()) as (app, pilot):
        screen = await opened(pilot, 6)
        await pilot.press("slash", *"@web", "enter")
        await until(pilot, lambda: len(screen.rows) == 3)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, SaveCertificates))
        field = app.screen.query_one(Input)
        assert field.value.endswith(".csv")
        for name, words in (("out.txt", "must end with"), ("no/out.csv", "not written")):
            field.value = name
            await pilot.press("enter")
            await until_shown(pilot, words)
        field.value = "out.json"
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        document = json.loads((tmp_path / "out.json").read_text())
        assert len(document["certificates"]) == 3
        assert (tmp_path / "out.json").stat().st_mode & 0o777 == 0o600
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, SaveCertificates))
        app.screen.query_one(Input).value = "out.json"
        await pilot.press("enter")
        await until_shown(pilot, "is there already")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


async def test_it_follows_the_hosts_and_the_cursor_stays() -> None:
    source = three()
    async with console(source) as (_, pilot):
        screen = await opened(pilot, 6)
        await pilot.press("j")
        assert screen.current is not None
        assert screen.current.host == "web2"
        worse = with_days("web1", [-9, -8])
        source.hosts["web1"].panels["certificates"] = worse.panels["certificates"]
        source.board.changed("web1")
        await until(pilot, lambda: listed(screen)[:2] == ["web1 c0000", "web1 c0001"])
        assert screen.current is not None
        assert screen.current.host == "web2", "the cursor stays with its certificate"


async def test_a_stale_reading_is_never_ok() -> None:
    source = FakeSource([with_days("web1", [60])])
    known = source.hosts["web1"].panels["certificates"]
    assert known.taken_at is not None
    known.taken_at -= 2 * DAY
    async with console(source) as (app, pilot):
        await opened(pilot, 1)
        assert "○ 1 unknown  ✓ 0 ok" in screen_text(app)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_words_of_hosts_are_no_markup(size: tuple[int, int]) -> None:
    source = FakeSource([of("db1", full_reading(HOSTILE, now=datetime.now(UTC)))])
    async with console(source, size=size) as (app, pilot):
        screen = await opened(pilot)
        for _ in screen.rows:
            assert not [sign for sign in screen_text(app) if unicodedata.category(sign) in {"Cf", "Cs"}]
            await pilot.press("j")
        assert "\x1b" not in screen_text(app)
        await pilot.press("c")
        assert "\x1b" not in screen.copied[0]


def test_a_host_with_a_thousand_is_looked_at_in_parts() -> None:
    state = with_days("big", [float(at % 400) - 10 for at in range(1000)])
    gather = Gather({"big": state})
    now = datetime.now(UTC)
    turns = 1
    while not gather.work(now, 0.002):
        assert gather.rows == [], "all of a host's rows come at once"
        turns += 1
    assert turns > 3
    assert len(gather.rows) == 1000
    assert all(row.why for row in gather.rows if row.level > Level.UNKNOWN), (
        "also beyond those that are listed"
    )
    assert not gather.is_behind
    gather.changed(["big", "gone"])
    assert not gather.work(now), "nothing changed"
    assert not gather.is_behind


async def test_five_thousand_certificates_without_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a key can have to wait for: one tick, its own work, and a paint. How long: see tests/bench."""
    days = [float(at % 400) - 10 for at in range(50)]
    source = FakeSource([with_days(f"host{at:03}", days, groups=("web",)) for at in range(100)])
    made: list[str] = []
    drawn: list[int] = []
    each_row, get = certificates_gather.each_row, CertificateLines.__getitem__

    def noting_rows(state: HostState, now: datetime) -> Iterator[CertificateRow]:
        for row in each_row(state, now):
            made.append(row.host)
            yield row

    def noting_line(lines, index):  # type: ignore[no-untyped-def]  # as CertificateLines.__getitem__
        drawn.append(index)
        return get(lines, index)

    async with console(source, size=(200, 60)) as (app, pilot):
        screen = await opened(pilot, 5000)
        assert screen._gather is not None
        screen._gather._dated_at = time.monotonic() + 3600  # no host is due by itself
        monkeypatch.setattr(certificates_gather, "each_row", noting_rows)
        monkeypatch.setattr(CertificateLines, "__getitem__", noting_line)
        app.screen._compositor.render_strips()
        changed: set[str] = set()
        for turn in range(12):
            names = list(source.hosts)[turn * 5 : turn * 5 + 5]
            changed.update(names)
            for name in names:
                source.hosts[name].panels["certificates"].taken_at = datetime.now(UTC)
                source.board.changed(name)
            drawn.clear()
            screen.tick()
            before = len(made)
            screen.view.action_move(1)
            app.screen._compositor.render_strips()
            assert len(made) == before, "a key makes no rows"
            assert len(drawn) <= 1, "lines that are on the screen are kept as they are drawn"
        assert set(made) <= changed
        assert max(Counter(made).values()) <= len(days), "once for a change"
        drawn.clear()
        screen.view.action_last()
        app.screen._compositor.render_strips()
        assert 0 < len(drawn) <= screen.view.size.height
        await pilot.press("slash", *"host09[0-4]", "enter")
        await until(pilot, lambda: len(screen.rows) == 250)
        await pilot.press("G")
        await pilot.pause()
        assert "host09" in screen_text(app)
