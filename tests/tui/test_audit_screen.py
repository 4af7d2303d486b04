"""The Audit screen: runs listed, filtered, followed, read; and the header that says whether they are true."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_pilot import console, screen_lines, screen_text, until, until_shown
from fake_source import FakeSource, host_state

from opsconsole.console.ssh.signing import FileSigner
from opsconsole.console.tui.app import OpsconsoleApp
from opsconsole.console.tui.audit import AuditScreen
from opsconsole.console.tui.audit_story import StoryScreen
from opsconsole.console.tui.filter_bar import FilterBar
from opsconsole.console.tui.fleet import FleetScreen
from opsconsole.data.ledger import Ledger

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "ledger"))
from ledger_room import entry, tell


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    import asyncssh

    ledger = Ledger.open(tmp_path / "state" / "ledger.db")
    tell(ledger)
    ledger.sign_head(FileSigner(asyncssh.generate_private_key("ssh-ed25519")))
    yield ledger
    ledger.close()


def source(path: Path | None) -> FakeSource:
    return FakeSource([host_state("web1", environment="production"), host_state("db1")], ledger_path=path)


def listed(app: OpsconsoleApp) -> list[str]:
    assert isinstance(app.screen, AuditScreen)
    return [row.run_id for row in app.screen.rows]


async def test_a_lists_the_runs_and_says_that_the_chain_is_intact(ledger: Ledger) -> None:
    async with console(source(ledger.path), size=(120, 30)) as (app, pilot):
        await pilot.press("a")
        await until_shown(pilot, "chain intact, 11 events, head signed")
        assert listed(app) == ["r2", "r1"]
        text = screen_text(app)
        assert "2 runs" in text
        assert "by SHA256:" in text
        done = next(line for line in screen_lines(app) if "web1" in line)
        assert "ada" in done
        assert "log-rotation" in done
        assert "✓ done" in done
        assert "INC-7 disk alarm" in done
        await pilot.press("escape")
        assert isinstance(app.screen, FleetScreen)


async def test_it_fits_80_columns(ledger: Ledger) -> None:
    async with console(source(ledger.path), size=(80, 24)) as (app, pilot):
        await pilot.press("a")
        await until_shown(pilot, "chain intact, 11 events, head signed")
        lines = screen_lines(app)
        for words in (
            ("when", "who", "host", "recipe", "verdict"),
            ("ada", "web1", "log-rotation", "✓ done"),
            ("bob", "db1", "scaling", "↶ undone"),
        ):
            (line,) = [line for line in lines if all(word in line for word in words)]
            assert "…" not in line


async def test_a_run_opens_as_a_story(ledger: Ledger) -> None:
    async with console(source(ledger.path)) as (app, pilot):
        await pilot.press("a")
        await until(pilot, lambda: listed(app))
        await pilot.press("j", "enter")
        await until_shown(pilot, "what happened")
        text = screen_text(app)
        assert "log-rotation on web1" in text
        assert "PROD" in text
        assert "$ logrotate -v /etc/logrotate.d/x" in text
        assert "│ rotated 3" in text
        assert "✓ proved: rotate: inode 52311" in text
        assert "✓ verdict: done and verified" in text
        assert isinstance(app.screen, StoryScreen)
        assert app.screen.host_name == "web1"
        await pilot.press("escape")
        assert isinstance(app.screen, AuditScreen)


async def test_filters(ledger: Ledger) -> None:
    async with console(source(ledger.path)) as (app, pilot):
        await pilot.press("a")
        await until(pilot, lambda: listed(app) == ["r2", "r1"])
        bar = app.screen.query_one(FilterBar)
        for text, left in (
            ("host:web1", ["r1"]),
            ("verdict:undone", ["r2"]),
            ("operator:bob", ["r2"]),
            ("!scaling", ["r1"]),
            ("INC-7", ["r1"]),
            ("since:2000-01-01 disk", ["r2", "r1"]),
            ("until:2000-01-01", []),
        ):
            bar.put(text)
            await until(pilot, lambda left=left: listed(app) == left, text)  # type: ignore[misc]  # bound now
        await until_shown(pilot, "No run matches the filter")
        await pilot.press("escape")
        await until(pilot, lambda: listed(app) == ["r2", "r1"])
        await pilot.press("slash", *"web1", "enter", "j")
        await until(pilot, lambda: listed(app) == ["r1"])
        bar.put("verdict:maybe")
        await until_shown(pilot, "one of done")
        bar.put("([")
        await until_shown(pilot, "not a regular expression")
        for text, words in (
            ("!host:web1", "! inverts words, not host:"),
            ("host:web1 host:db1", "host: stands there twice"),
        ):
            bar.put(text)
            await until_shown(pilot, words)


async def test_from_a_host_it_lists_that_hosts_runs_and_by_name_too(ledger: Ledger) -> None:
    async with console(source(ledger.path)) as (app, pilot):
        app.open_host("db1")
        await until_shown(pilot, "findings")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, AuditScreen) and listed(app) == ["r2"])
        assert "/host:db1" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: listed(app) == ["r2", "r1"])
        await pilot.press("escape")
        await pilot.press("colon", *"audit web1", "enter")
        await until(pilot, lambda: isinstance(app.screen, AuditScreen) and listed(app) == ["r1"])


async def test_it_follows_what_is_appended(ledger: Ledger) -> None:
    async with console(source(ledger.path)) as (app, pilot):
        await pilot.press("a")
        await until_shown(pilot, "chain intact, 11 events")
        await pilot.press("j")
        ledger.append(entry("start", run_id="r3", host="db1"))
        await until(pilot, lambda: listed(app) == ["r3", "r2", "r1"])
        screen = app.screen
        assert isinstance(screen, AuditScreen)
        assert screen.current is not None
        assert screen.current.run_id == "r1", "the cursor stays with its run"
        assert "! open" in screen_text(app)
        ledger.append(entry("verdict", run_id="r3", host="db1", verdict="needs-person"))
        await until_shown(pilot, "● needs-person")
        await until_shown(pilot, "chain intact, 13 events")


async def test_a_run_that_matches_no_more_leaves_the_list(ledger: Ledger) -> None:
    for run_id in ("r3", "r4"):
        ledger.append(entry("start", run_id=run_id, host="db1"))
    async with console(source(ledger.path)) as (app, pilot):
        await pilot.press("a")
        await until(pilot, lambda: len(listed(app)) == 4)
        app.screen.query_one(FilterBar).put("verdict:open")
        await until(pilot, lambda: listed(app) == ["r4", "r3"])
        ledger.append(entry("verdict", run_id="r3", host="db1", verdict="done"))
        await until(pilot, lambda: listed(app) == ["r4"])
        ledger.append(entry("verdict", run_id="r4", host="db1", verdict="done"))
        await until_shown(pilot, "No run matches the filter")
        ledger.append(entry("undo-asked", run_id="r3", host="db1"))
        await until(pilot, lambda: listed(app) == ["r3"])


async def test_the_title_of_a_story_is_as_new_as_the_story(ledger: Ledger) -> None:
    async with console(source(ledger.path)) as (app, pilot):
        await pilot.press("a")
        await until(pilot, lambda: listed(app) == ["r2", "r1"])
        await pilot.press("j", "enter")
        await until_shown(pilot, "✓ done and verified")
        ledger.append(entry("undo-asked"))
        await pilot.press("ctrl+r")
        await until_shown(pilot, "! no verdict yet: interrupted, or still going on")
        ledger.append(entry("verdict", verdict="undone"))
        await pilot.press("ctrl+r")
        await until_shown(pilot, "↶ undone: the host is as before")


async def test_a_broken_chain_is_shown_with_the_first_bad_event(ledger: Ledger) -> None:
    connection = sqlite3.connect(ledger.path, isolation_level=None)
    connection.execute("DROP TRIGGER events_no_update")
    connection.execute("UPDATE events SET host = 'db9' WHERE seq = 5")
    connection.close()
    async with console(source(ledger.path), size=(110, 30)) as (_app, pilot):
        await pilot.press("a")
        await until_shown(pilot, "● BROKEN: event 5 was changed")


async def test_no_ledger_yet_and_none_at_all(tmp_path: Path) -> None:
    path = tmp_path / "state" / "ledger.db"
    async with console(source(path)) as (app, pilot):
        await pilot.press("a")
        await until_shown(pilot, "there is no ledger yet")
        ledger = Ledger.open(path)
        tell(ledger)
        await until(pilot, lambda: listed(app) == ["r2", "r1"])
        await until_shown(pilot, "head unsigned")
        ledger.close()
    async with console(source(None)) as (_app, pilot):
        await pilot.press("a")
        await until_shown(pilot, "the configuration says so")


async def test_a_ledger_that_is_gone_is_not_taken_for_none(ledger: Ledger) -> None:
    ledger.close()
    for file in ledger.path.parent.glob("ledger.db*"):
        if "anchors" not in file.name:
            file.unlink()
    async with console(source(ledger.path), size=(160, 30)) as (_app, pilot):
        await pilot.press("a")
        await until_shown(pilot, "is gone")


async def test_words_of_hosts_are_no_markup(ledger: Ledger) -> None:
    hostile = "[red]x[/red]\x1b[31m\x1b]0;t\x07\u202e"
    ledger.append(entry("start", run_id="r3", host=hostile, recipe=hostile, reason=hostile))
    ledger.append(
        entry("outcome", run_id="r3", body={"output": hostile, "failure": hostile, "exit_status": 1})
    )
    ledger.append(entry(hostile, run_id="r3", body={hostile: [hostile]}))
    async with console(source(ledger.path), size=(160, 40)) as (app, pilot):
        await pilot.press("a")
        await until(pilot, lambda: listed(app)[:1] == ["r3"])
        assert "[red]x[/red]" in screen_text(app)
        await pilot.press("enter")
        await until_shown(pilot, "what happened")
        text = screen_text(app)
        assert "│ [red]x[/red]" in text
        assert not set(text) & set("\x1b\x07\u202e")
