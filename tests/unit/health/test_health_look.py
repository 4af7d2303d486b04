"""What is seen from outside: TCP checks, clock skew, units that must run; and their history."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from opsconsole.data.host import LOCALHOST, Command, Host, NotConnectedError, Output
from opsconsole.panels import clock
from opsconsole.panels.clock import skew_of
from opsconsole.panels.health import PANEL, look_clock, tcp_check
from opsconsole.panels.health.check_history import percentile
from opsconsole.panels.health.look import look
from opsconsole.panels.health.observed import Observed
from opsconsole.panels.health.reader import HealthReader
from opsconsole.panels.health.reading import CheckResult, Skew, UnitState
from opsconsole.panels.health.settings import HealthSettings, TcpCheck
from opsconsole.panels.health.view_topics import clock_words
from opsconsole.panels.panel import Level
from tests.unit.health.health_samples import HOST, NOW, judged, read
from tests.unit.health.health_servers import ForwardingShell, answer, server, unused_port


class Answering(ForwardingShell):
    """A shell whose commands have fixed answers."""

    def __init__(self, answers: dict[str, Output | Exception]) -> None:
        super().__init__(0)
        self.answers = answers
        self.commands: list[Command] = []

    async def run(self, command: Command) -> Output:
        self.commands.append(command)
        found = self.answers[command.argv[0]]
        if isinstance(found, Exception):
            raise found
        return found


def said(stdout: str, status: int = 0) -> Output:
    return Output(status, stdout.encode(), b"", 0.01)


async def test_tcp_from_the_console() -> None:
    shell = ForwardingShell(0)
    async with server(answer()) as port:
        good = await tcp_check.run(TcpCheck("a", port, via="console"), shell)
    bad = await tcp_check.run(TcpCheck("a", unused_port(), via="console"), shell)
    assert good.ok
    assert good.latency_seconds is not None
    assert (bad.ok, bad.error, bad.latency_seconds) == (False, "refused", None)


@pytest.mark.parametrize(
    ("reached", "error"),
    [
        (None, ""),
        (ConnectionRefusedError(), "refused"),
        (TimeoutError(), "timeout"),
        (socket.gaierror(socket.EAI_NONAME, "x"), "name"),
        (OSError(113, "No route to host"), "route"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1)"), "refused"),
        (NotConnectedError("web1: lost"), "console"),
    ],
)
async def test_tcp_from_the_host(reached: Exception | None, error: str) -> None:
    shell = ForwardingShell(0, reached)
    result = await tcp_check.run(TcpCheck("db", 5432, "db.internal"), shell)
    assert (result.ok, result.error) == (not error, error)
    assert shell.asked == [("db.internal", 5432)]


async def test_a_port_that_never_answers_is_given_up() -> None:
    class Silent(ForwardingShell):
        async def reach(self, host: str, port: int) -> None:
            await asyncio.Event().wait()

    result = await tcp_check.run(TcpCheck("db", 5432, timeout_seconds=0.05), Silent(0))
    assert result.error == "timeout"


@pytest.mark.parametrize(
    ("stdout", "offset", "uncertainty"),
    [
        (b"1000000100.250000000\n", 0.0, 0.25),
        (b"1000000103.250000000\n", 3.0, 0.25),
        (b"1000000100.%N\n", 0.25, 0.75),  # BusyBox
        (b"1000000100.\n", 0.25, 0.75),
        (b"1000000090\n", -9.75, 0.75),
        (b"welcome to db1\n7 updates\n1000000100.250000000\n", 0.0, 0.25),  # a .bashrc that prints
        (b"3600.5\n", -999996499.75, 0.25),  # a clock that was never set
    ],
)
def test_skew_is_held_against_the_middle_of_the_round_trip(
    stdout: bytes, offset: float, uncertainty: float
) -> None:
    skew, _ = skew_of(stdout, 1000000100.0, 0.5)
    assert skew is not None
    assert skew.offset_seconds == pytest.approx(offset)
    assert skew.uncertainty_seconds == pytest.approx(uncertainty)


@pytest.mark.parametrize(
    ("offset", "uncertainty", "level"),
    [
        (0.9, 0.0, None),
        (1.5, 0.0, Level.WARNING),
        (-1.5, 0.6, None),
        (-7.0, 0.5, Level.CRITICAL),
        (30.0, 29.5, None),
    ],
)
def test_only_a_skew_beyond_the_uncertainty_counts(
    offset: float, uncertainty: float, level: Level | None
) -> None:
    findings = judged(read(observed=Observed(Skew(offset, uncertainty, NOW))))
    assert [one.level for one in findings] == ([] if level is None else [level])


async def test_this_very_machine_has_no_skew() -> None:
    seen = await look(Answering({}), Host(LOCALHOST, "127.0.0.1"), HealthSettings())
    assert seen == Observed()


async def test_a_date_that_cannot_be_read_is_unknown() -> None:
    for date in (said("date: bad option\n", 1), NotConnectedError("web1: lost")):
        seen = await look(Answering({"date": date}), HOST, HealthSettings())
        (finding,) = judged(read(observed=seen))
        assert (finding.level, finding.subject) == (Level.UNKNOWN, "clock skew")


async def test_a_good_clock_is_asked_again_after_five_minutes_a_doubtful_one_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_800_000_000.0
    for module in (clock, look_clock):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: now, monotonic=lambda: 1000.0))
    good, doubtful = Answering({"date": said(f"{now:.9f}")}), Answering({"date": said(f"{now + 0.8:.9f}")})
    for _ in range(3):
        (seen, _), (other, _) = [await look_clock.known_skew(shell, HOST) for shell in (good, doubtful)]
        assert seen is not None
        assert other is not None
    assert (len(good.commands), len(doubtful.commands)) == (1, 3)
    monkeypatch.setattr(look_clock, "GOOD_FOR_SECONDS", 0.0)
    await look_clock.known_skew(good, HOST)
    assert len(good.commands) == 2


def test_a_skew_that_was_measured_earlier_says_when() -> None:
    reading = replace(read(), clock=None, skew=Skew(0.01, 0.02, NOW))
    assert clock_words(reading) == "clock +0.01 s ± 0.02 to here"
    later = replace(reading, taken_at=NOW + timedelta(minutes=3))
    assert clock_words(later) == "clock +0.01 s ± 0.02 to here, 3m ago"


async def test_units_that_must_run() -> None:
    show = (
        "Id=nginx.service\nNames=nginx.service\nLoadState=loaded\nActiveState=active\nSubState=running\n\n"
        "Id=postgresql@15-main.service\nNames=db.service postgresql@15-main.service\nLoadState=loaded\n"
        "ActiveState=failed\nSubState=failed\n\n"
        "Id=gone.service\nNames=gone.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n"
    )
    shell = Answering({"date": said(f"{NOW.timestamp()}"), "systemctl": said(show)})
    seen = await look(shell, HOST, HealthSettings(units=("nginx", "db.service", "gone")))
    assert shell.commands[-1].argv[-4:] == ("--", "nginx.service", "db.service", "gone.service")
    assert seen.units[0] == UnitState("nginx.service", "active", "running", "loaded")
    findings = judged(read(observed=Observed(units=seen.units)))
    assert [(one.level, one.summary) for one in findings] == [
        (Level.CRITICAL, "postgresql@15-main.service is failed, and must be active"),
        (Level.CRITICAL, "gone.service is inactive (no such unit), and must be active"),
    ]


async def test_units_that_cannot_be_asked_are_unknown() -> None:
    shell = Answering({"date": said(f"{NOW.timestamp()}"), "systemctl": said("", 127)})
    seen = await look(shell, HOST, HealthSettings(units=("nginx",)))
    assert [one.what for one in seen.problems] == ["expected units nginx.service"]
    assert seen.problems[0].why == "systemctl is not installed"


async def test_not_all_checks_run_at_once() -> None:
    class Counting(ForwardingShell):
        now = most = 0

        async def reach(self, host: str, port: int) -> None:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0)
            self.now -= 1

    shell = Counting(0)
    checks = tuple(TcpCheck(f"c{number}", 1) for number in range(40))
    seen = await look(shell, Host(LOCALHOST, "127.0.0.1"), HealthSettings(tcp=checks))
    assert len(seen.tcp) == 40
    assert [one.name for one in seen.tcp] == [check.name for check in checks]
    assert shell.most == 8


def tried(*, ok: bool = True, seconds: float | None = 0.1, error: str = "refused") -> CheckResult:
    words = "" if ok else "connection refused"
    return CheckResult(
        "shop", "http://x/", "host", ok, "" if ok else error, words, 200 if ok else None, seconds
    )


def watched(*tries: CheckResult) -> list[str]:
    """Return the findings after these tries, one each 30 s."""
    reader = HealthReader()
    read(reader=reader)
    for number, one in enumerate(tries):
        at = NOW + timedelta(seconds=30 * number)
        reading = read(reader=reader, at=at, observed=Observed(http=(one,)))
    return [f"{one.level.word}: {one.summary}" for one in judged(reading)]


BAD = tried(ok=False, seconds=None)


@pytest.mark.parametrize(
    ("tries", "findings"),
    [
        ([tried()], []),
        ([BAD], ["critical: shop: connection refused"]),
        ([tried()] * 29 + [BAD], ["warning: shop: connection refused (1 of 30 tries failed in 15 min)"]),
        ([tried()] * 28 + [BAD] * 2, ["critical: shop: connection refused (2 of 30 tries failed in 15 min)"]),
        ([BAD] + [tried()] * 29, ["warning: shop answers again; 1 of 30 tries failed in 15 min"]),
        ([BAD] + [tried()] * 31, []),  # older than 15 min
        ([tried(seconds=3.0)], ["warning: shop is slow: P95 3.0 s over 1 try"]),
        ([tried()] * 29 + [tried(seconds=3.0)], []),
        ([tried()] * 10 + [tried(seconds=3.0)] * 2, ["warning: shop is slow: P95 3.0 s over 12 tries"]),
        (
            [tried()] * 5 + [tried(ok=False, seconds=None, error="console")],
            ["unknown: shop could not be tried: connection refused"],
        ),
    ],
)
def test_checks_over_fifteen_minutes(tries: list[CheckResult], findings: list[str]) -> None:
    assert watched(*tries) == findings


def test_a_check_that_is_no_longer_configured_is_forgotten() -> None:
    reader = HealthReader()
    read(reader=reader, observed=Observed(http=(BAD,)))
    assert judged(read(reader=reader, observed=Observed())) == []


def test_percentiles_are_nearest_rank() -> None:
    values = [float(number) for number in range(1, 21)]
    assert percentile(values, 50) == 10.0
    assert percentile(values, 95) == 19.0
    assert percentile([7.0], 95) == 7.0
    assert percentile([], 95) is None


def test_the_document_and_the_series_hold_the_checks() -> None:
    reader = HealthReader()
    reading = read(reader=reader, observed=Observed(Skew(0.25, 0.1, NOW), http=(tried(),)))
    document = PANEL.to_json(reading)
    assert document["checks"][0]["last"]["latency_seconds"] == 0.1
    assert document["checks"][0]["error_percent"] == 0.0
    assert document["taken_at"] == "2026-11-20T09:50:00+00:00"
    assert reader.series(reading) == {
        "failed_units": 0,
        "journal_errors": 0,
        "skew_seconds": 0.25,
        "check.shop.seconds": 0.1,
    }
