"""`opsconsole certificates`: its table, JSON, CSV and calendar, its files and its exit status."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import icalendar
import jsonschema
import pytest

from opsconsole.console import once
from opsconsole.console.cli.main import run
from opsconsole.console.inventory import HostEntry
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.console.state import HostState, PanelState
from opsconsole.data.host import Host
from opsconsole.panels.panel import Finding, Level

sys.path.insert(0, str(Path(__file__).parents[1] / "certificates_judge"))
from made_certificates import certificate, file, full_reading, reading

DAY = timedelta(days=1)
NOW = datetime.min.replace(tzinfo=UTC)  # see `this_moment`


@pytest.fixture(autouse=True)
def this_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test its own `NOW`: a whole run of tests takes longer than a reading stays fresh."""
    monkeypatch.setitem(globals(), "NOW", datetime.now(UTC))


def state(name: str, known: Any, findings: Iterable[Finding] = ()) -> HostState:
    made = HostState(HostEntry(Host(name=name, address=name, groups=("web",))))
    made.status = ConnectionStatus(ConnectionState.UP)
    made.panels["certificates"] = PanelState(900.0, known, list(findings), NOW if known else None)
    return made


def fine(name: str = "web1") -> HostState:
    leaf = certificate(f"{name}.example.org", 60 * DAY, now=NOW)
    return state(name, replace(reading(taken_at=NOW, files=(file(leaf),), endpoints=()), files_taken_at=NOW))


def ending(name: str = "db1", days: float = 9) -> HostState:
    leaf = certificate(f"{name}.example.org", days * DAY, now=NOW)
    known = reading(taken_at=NOW, files=(file(leaf),), endpoints=())
    words = f"certificate {name}.example.org: {days} d left"
    level = Level.CRITICAL if days < 15 else Level.WARNING
    return state(name, known, [Finding(level, "certificate-expiring", known.files[0].path, words)])


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[HostState]:
    """Return the hosts that are read, for the test to fill in."""
    config = tmp_path / "opsconsole.toml"
    config.write_text("")
    config.chmod(0o600)
    monkeypatch.setenv("OPSCONSOLE_CONFIG", str(config))
    monkeypatch.setenv("HOME", str(tmp_path))
    states: list[HostState] = []

    async def read_once(*_: Any, panel_names: Any, **__: Any) -> list[HostState]:
        assert list(panel_names) == ["certificates"]
        return states

    monkeypatch.setattr(once, "read_once", read_once)
    return states


def certificates(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = run(["certificates", *words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_table_is_worst_first_with_the_reason(
    hosts: list[HostState], capsys: pytest.CaptureFixture[str]
) -> None:
    hosts += [fine(), ending()]
    status, out, _ = certificates(capsys)
    head, first, why, second = out.splitlines()
    assert head.split() == [
        "certificate",
        "host",
        "left",
        "share",
        "ends",
        "(UTC)",
        "served",
        "renewed",
        "by",
    ]
    assert first.startswith("● db1.example.org")
    assert "8 d" in first  # rounded down
    assert why.strip() == "9 d left"
    assert second.startswith("✓ web1.example.org")
    assert "certbot.timer" in second
    assert status == 2


@pytest.mark.parametrize(
    ("made", "status"),
    [
        ([fine], 0),
        ([fine, lambda: ending("db2", 20)], 1),
        ([fine, ending], 2),
        ([fine, lambda: state("web9", None)], 3),
        ([lambda: ending("db2", 20), lambda: state("web9", None)], 1),
    ],
)
def test_it_exits_as_check_does(
    hosts: list[HostState], capsys: pytest.CaptureFixture[str], made: list[Any], status: int
) -> None:
    hosts += [make() for make in made]
    assert certificates(capsys)[0] == status


def test_a_host_that_was_not_read_has_a_line(
    hosts: list[HostState], capsys: pytest.CaptureFixture[str]
) -> None:
    down = state("web9", None)
    down.status = ConnectionStatus(ConnectionState.TIMED_OUT, "timed out")
    hosts.append(down)
    _, out, _ = certificates(capsys)
    assert "○ certificates  web9" in out
    assert "timed out" in out


def test_json_is_as_its_schema_says(hosts: list[HostState], capsys: pytest.CaptureFixture[str]) -> None:
    hosts += [fine(), ending(), state("web9", None), state("all", full_reading(now=NOW))]
    text = resources.files("opsconsole.console.cli").joinpath("schemas/certificates.schema.json").read_text()
    for words in (["--json"], ["--format", "json"]):
        _, out, _ = certificates(capsys, *words)
        document = json.loads(out)
        jsonschema.validate(document, json.loads(text))
    by_host = {one["host"]: one for one in document["certificates"]}
    assert by_host["web9"]["not_after"] is None
    assert by_host["web9"]["level"] == "unknown"
    assert by_host["web1"]["days_left"] == pytest.approx(60, abs=0.1)
    assert by_host["web1"]["share_left_percent"] == pytest.approx(66.7, abs=0.1)
    assert by_host["db1"]["rules"] == ["certificate-expiring"]


def test_csv_has_no_cell_that_a_spreadsheet_would_compute(
    hosts: list[HostState], capsys: pytest.CaptureFixture[str]
) -> None:
    evil = ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(1)", "\t=1", " =1"]
    for at, name in enumerate(evil):
        leaf = certificate(name, -1 * DAY, now=NOW, issuer=name, subject=name, names=(name, 'a,"b"\r\nc'))
        hosts.append(state(f"h{at}", reading(taken_at=NOW, files=(file(leaf, name),), endpoints=())))
    status, out, _ = certificates(capsys, "--format", "csv")
    assert status == 2
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert len(rows) == len(evil)
    for row in rows:
        for name, cell in row.items():
            if name not in ("days_left", "share_left_percent"):
                assert not cell.lstrip().startswith(("=", "+", "-", "@")), (name, cell)
        assert float(row["days_left"]) < 0
    assert out.count("\r\n") == len(evil) + 1
    assert {row["certificate"] for row in rows} == {f"'{' '.join(name.split())}" for name in evil}


def test_the_calendar_has_an_event_at_each_end_and_alarms_when_it_is_due(
    hosts: list[HostState], capsys: pytest.CaptureFixture[str]
) -> None:
    hosts += [fine(), fine("web2"), state("web9", None)]
    _, out, _ = certificates(capsys, "--format", "ics")
    assert "\r\n" in out
    calendar = icalendar.Calendar.from_ical(out)
    events = list(calendar.walk("VEVENT"))
    assert len(events) == 2, "what has no date has no event"
    end = (NOW + 60 * DAY).replace(microsecond=0)
    for event in events:
        assert abs(event["DTSTART"].dt - end) < timedelta(seconds=2)
        triggers = sorted(alarm["TRIGGER"].dt for alarm in event.walk("VALARM"))
        # certbot's timer works: a day after a third of 90 days; and a sixth of them.
        assert triggers == [-29 * DAY, -15 * DAY]
        assert "renewed by: certbot.timer" in event["DESCRIPTION"]
    assert len({event["UID"] for event in events}) == 2
    again = icalendar.Calendar.from_ical(certificates(capsys, "--format", "ics")[1])
    assert {event["UID"] for event in again.walk("VEVENT")} == {event["UID"] for event in events}


def test_names_cannot_break_out_of_the_calendar(
    hosts: list[HostState], capsys: pytest.CaptureFixture[str]
) -> None:
    name = "x\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nACTION:PROCEDURE;,\\"
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    leaf = replace(certificate(name), not_after=end, issuer=name, names=(name,))
    hosts.append(state("h\nEND:VCALENDAR", reading(taken_at=NOW, files=(file(leaf),), endpoints=())))
    _, out, _ = certificates(capsys, "--format", "ics")
    (event,) = icalendar.Calendar.from_ical(out).walk("VEVENT")
    assert event["DTSTART"].dt.year == 9999
    assert out.count("END:VCALENDAR\r\n") == 1
    assert {alarm["ACTION"] for alarm in event.walk("VALARM")} == {"DISPLAY"}


@pytest.mark.parametrize("form", ["table", "json", "csv", "ics"])
def test_to_a_file_that_only_its_owner_reads_and_never_over_another(
    hosts: list[HostState], capsys: pytest.CaptureFixture[str], tmp_path: Path, form: str
) -> None:
    hosts.append(fine())
    path = tmp_path / "out"
    status, out, err = certificates(capsys, "--format", form, "--output", str(path))
    assert (status, out) == (0, "")
    assert "1 rows written" in err
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"web1.example.org" in path.read_bytes()
    status, _, err = certificates(capsys, "--format", form, "--output", str(path))
    assert (status, "is there already" in err or "File exists" in err) == (3, True)
    assert certificates(capsys, "--format", form, "--output", str(path), "--force")[0] == 0
    assert sorted(tmp_path.glob(".out.*")) == []


def test_mistakes_are_told(
    hosts: list[HostState], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    hosts.append(fine())
    for words in (["--json", "--format", "csv"], ["no-such-host"], ["--output", str(tmp_path / "no" / "x")]):
        status, out, err = certificates(capsys, *words)
        assert (status, out) == (3, "")
        assert err.startswith("opsconsole: ")


def test_words_of_hosts_are_no_markup_and_no_escapes(
    hosts: list[HostState], capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "[red]x[/red]\x1b[31m\x1b]0;t\x07\u202e"
    hosts.append(state("h1", full_reading(hostile, now=NOW)))
    for form in ("table", "csv", "ics", "json"):
        _, out, _ = certificates(capsys, "--format", form)
        assert "[red]x[/red]" in out.replace("\r\n ", "")
        assert not set(out) & set("\x1b\x07\u202e")
