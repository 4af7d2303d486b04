"""The Fleet's column for certificates: what ends first, how bad it is, what is not known; cheap for all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from certificate_hosts import DAY, certificate, endpoint, file, of, reading, served, with_days
from console_pilot import cells, console, order, screen_lines, table, until, until_shown
from fake_source import FakeSource, down
from fleet_pilot import line_of

from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.console.state import HostState
from opsconsole.console.tui.fleet_certificates import Ends
from opsconsole.panels.certificates.reading import CertificatesReading, Note
from opsconsole.panels.panel import Finding, Level
from tests.work import lines_run

WIDE = (160, 30)


def empty(name: str, **more: Any) -> HostState:
    """Return a host on which no certificate was found."""
    now = datetime.now(UTC)
    return of(name, reading(taken_at=now, files_taken_at=now, files=(), endpoints=(), **more))


def fleet() -> FakeSource:
    return FakeSource(
        [
            with_days("later", [80, 41]),
            with_days("soon", [60, 20, 70]),
            with_days("over", [-3.05, 80]),
            with_days("today", [1.5]),
            empty("bare"),
            of("unread", None),
            down("gone", ConnectionState.TIMED_OUT),
        ]
    )


def told(lines: list[str]) -> dict[str, str]:
    """Return what the column says of each host."""
    found = re.search(r"certs( [↑↓])?", lines[3])
    assert found is not None
    end = found.end()
    hosts = ("later", "soon", "over", "today", "bare", "unread", "gone")
    return {host: line_of(lines, host)[end - 7 : end].strip() for host in hosts}


async def test_the_one_that_ends_first_and_the_worst_of_what_was_found() -> None:
    async with console(fleet(), size=WIDE) as (app, _):
        assert told(screen_lines(app)) == {
            "later": "41d",
            "soon": "▲   20d",
            "over": "●   -3d",
            "today": "●   36h",
            "bare": "none",
            "unread": "–",
            "gone": "–",
        }


async def test_it_sorts_by_what_ends_first_and_turns_round_and_unknown_stays_last() -> None:
    async with console(fleet(), size=WIDE) as (app, pilot):
        await pilot.press("T")
        await until_shown(pilot, "certs ↑")
        assert order(app) == ["over", "today", "soon", "later", "bare", "unread", "gone"]
        assert told(screen_lines(app))["over"] == "●   -3d"
        await pilot.press("T")
        await until_shown(pilot, "certs ↓")
        assert order(app) == ["later", "soon", "today", "over", "bare", "unread", "gone"]
        header = screen_lines(app)[3]
        await pilot.click(offset=(header.index("certs"), 3))
        await until_shown(pilot, "certs ↑")


@pytest.mark.parametrize(
    ("width", "shown"), [(80, False), (100, False), (120, True), (160, True), (200, True)]
)
async def test_it_is_hidden_where_the_reason_needs_the_room(width: int, shown: bool) -> None:
    source = FakeSource([with_days("shop-web-1", [41], environment="production", groups=("web",))])
    async with console(source, size=(width, 30)) as (app, _):
        assert ("certs" in screen_lines(app)[3]) is shown
        assert (" 41d " in line_of(screen_lines(app), "shop-web-1")) is shown
        assert all(len(line) == width for line in screen_lines(app))


def style_of(app: Any, host: str, text: str) -> Any:
    line = next(line for line in cells(app) if f" {host} " in "".join(piece for piece, _ in line))
    return next(style for piece, style in line if text in piece)


async def test_an_old_reading_and_a_lost_host_look_stale_and_keep_their_date() -> None:
    old, lost, young = (with_days(name, [41]) for name in ("old", "lost", "young"))
    old.panels["certificates"].taken_at = datetime.now(UTC) - timedelta(seconds=3 * 900 + 60)
    lost.status = ConnectionStatus(ConnectionState.LOST)
    async with console(FakeSource([old, lost, young]), size=WIDE) as (app, _):
        looks = {name: style_of(app, name, "41d") for name in ("old", "lost", "young")}
        assert looks["old"].italic
        assert looks["lost"].italic
        assert not looks["young"].italic
        assert looks["old"].color != looks["young"].color


async def test_a_new_reading_is_drawn() -> None:
    state = with_days("a", [41])
    source = FakeSource([state])
    async with console(source, size=WIDE) as (_, pilot):
        newer = with_days("a", [89]).panels["certificates"]
        panel = state.panels["certificates"]
        panel.reading, panel.findings = newer.reading, newer.findings
        source.board.changed("a")
        await until_shown(pilot, " 89d ")
        panel.findings = [Finding(Level.CRITICAL, "key-exposed", "k", "the key can be read")]
        source.board.changed("a")
        await until_shown(pilot, "●   89d")


async def test_what_is_served_counts_and_what_nobody_shows_does_not() -> None:
    now = datetime.now(UTC)
    idle = file(certificate("idle", 1 * DAY, now=now), used_by=(), found_by=("certbot",))
    seen = endpoint(served(certificate(left=30.01 * DAY, now=now)), expects=())
    known = reading(taken_at=now, files_taken_at=now, files=(idle,), endpoints=(seen,))
    assert Ends().words(now) == "–"
    ends = refreshed(of("a", known), now)
    assert ends.words(now) == "30d"


def refreshed(state: HostState, now: datetime) -> Ends:
    ends = Ends()
    ends.refresh(state, now)
    return ends


def test_what_could_not_be_read_is_not_taken_for_none() -> None:
    now = datetime.now(UTC)
    assert refreshed(empty("a"), now).words(now) == "none"
    dark = empty("a", unread=(Note("certificates of the host", "the host sent nothing"),))
    ends = refreshed(dark, now)
    assert (ends.level, ends.words(now)) == (Level.UNKNOWN, "–")
    assert refreshed(of("a", CertificatesReading(now)), now).words(now) == "–"


def test_far_ends_fit() -> None:
    now = datetime.now(UTC)
    for end in (datetime(9999, 12, 31, tzinfo=UTC), datetime(1950, 1, 1, tzinfo=UTC)):
        leaf = replace(certificate(now=now), not_after=end)
        ends = refreshed(
            of("a", reading(taken_at=now, files_taken_at=now, files=(file(leaf),), endpoints=())), now
        )
        assert len(ends.words(now)) <= 6
        assert ends.words(now).endswith("y")


def test_a_thousand_hosts_are_not_computed_anew_at_each_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    states = [with_days(f"h{at}", [50.0] * 20) for at in range(50)]
    counted: list[object] = []
    real: Callable[[CertificatesReading], datetime | None] = CertificatesReading.soonest_end.fget  # type: ignore[attr-defined]  # a property
    monkeypatch.setattr(
        CertificatesReading, "soonest_end", property(lambda one: counted.append(one) or real(one))
    )
    every = [(Ends(), state) for state in states]
    for ends, state in every:
        ends.refresh(state, now)
    assert len(counted) == len(states)
    for ends, state in every:  # neither certificates nor findings are gone through
        assert lines_run(lambda ends=ends, state=state: ends.refresh(state, now)) < 30
    assert len(counted) == len(states)


async def test_ages_go_on_without_a_new_reading() -> None:
    """What is left is drawn from the end, not kept from when it was read."""
    state = with_days("a", [41])
    async with console(FakeSource([state]), size=WIDE) as (app, pilot):
        await until_shown(pilot, " 41d ")
        shown = table(app)
        shown.now += timedelta(days=2)
        shown.refresh()
        await until(pilot, lambda: " 39d " in "".join(screen_lines(app)))
