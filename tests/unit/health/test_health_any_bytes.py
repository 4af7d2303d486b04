"""Whatever a host sends, there is a reading, and it can be judged and written as JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.panels.clock import skew_of
from opsconsole.panels.frames import parts
from opsconsole.panels.health import PANEL
from opsconsole.panels.health.expect import unmet
from opsconsole.panels.health.limits import HealthLimits
from opsconsole.panels.health.settings import HttpCheck
from opsconsole.panels.panel import SectionOutput
from tests.unit.health.health_samples import CAPTURES, CLOCK, NOW, SERVICES, VM, framed, read

SECTIONS = ("system", "services", "clock", "packages")
PIECES = [part.encode() for sample in (VM, SERVICES, CLOCK) for part in sample.values() if part]
NAMES = [*VM, *SERVICES, *CLOCK, "details", "log a.service", "timesyncd", "timesync", "ntpq", "timedatectl"]
NAMES += ["none", "daemon", "dmesg", "absent", "needs_restarting"]


def usable(section: str, text: bytes, *, truncated: bool = False) -> None:
    reading = PANEL.reader(None).read({section: SectionOutput(text, 0, truncated)}, NOW)
    PANEL.judge(reading, HealthLimits())
    json.dumps(PANEL.to_json(reading), allow_nan=False)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SECTIONS), st.binary(max_size=2000))
def test_any_bytes_give_a_reading(section: str, text: bytes) -> None:
    usable(section, text)


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    made = b""
    for _ in range(draw(st.integers(1, 8))):
        body = draw(st.one_of(st.binary(max_size=200), st.sampled_from(PIECES)))
        status = draw(st.sampled_from([b"0", b"1", b"124", b"", b"-1", b"999999999999999999999"]))
        made += b"\n@@" + draw(st.sampled_from(NAMES)).encode() + b"\n" + body + b"\n\n@@=" + status + b"\n"
    return made


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SECTIONS), frames())
def test_any_parts_in_good_frames_give_a_reading(section: str, text: bytes) -> None:
    usable(section, text)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(CAPTURES.glob("*.txt"))), st.data())
def test_damaged_captures_give_a_reading(path, data: st.DataObject) -> None:
    text = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    usable(
        next(name for name in SECTIONS if name in path.name),
        bytes(text[: data.draw(st.integers(0, len(text)))]),
    )


@pytest.mark.parametrize("hostile", [b"9" * 5000, b"-" * 30, b"1e999", b"nan", "²".encode(), b"\xff\xfe"])
def test_numbers_that_are_none_are_unknown(hostile: bytes) -> None:
    every = {name: hostile.decode("utf-8", "surrogateescape") for name in VM}
    text = b"".join(
        b"\n@@" + name.encode() + b"\n" + hostile + b"\n\n@@=0\n" for name in every if name != "container"
    )
    reading = read(system=b"\n@@container\n\n\n@@=0\n" + text)
    assert reading.uptime_seconds is None
    json.dumps(PANEL.to_json(reading), allow_nan=False)


@pytest.mark.parametrize(
    ("section", "what"), [("system", "system"), ("services", "units and journal"), ("clock", "clock")]
)
def test_an_empty_section_is_unknown_and_says_why(section: str, what: str) -> None:
    good = {
        "system": SectionOutput(framed(VM)),
        "services": SectionOutput(framed(SERVICES)),
        "clock": SectionOutput(framed(CLOCK)),
    }
    for status, why in ((124, "it did not end in time"), (1, "the host sent nothing")):
        reading = PANEL.reader(None).read({**good, section: SectionOutput(b"", status)}, NOW)
        found = [one.summary for one in PANEL.judge(reading, HealthLimits())]
        assert any(summary == f"{what} unknown: {why}" for summary in found), found


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_frames_are_taken_apart(text: bytes) -> None:
    parts(text)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.floats(0, 1e10), st.floats(0, 1e4))
def test_any_date_gives_a_skew_or_a_problem(stdout: bytes, sent_at: float, round_trip: float) -> None:
    skew, problem = skew_of(stdout, sent_at, round_trip)
    assert (skew is None) != (problem is None)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_body_is_held_against_expectations(body: bytes) -> None:
    check = HttpCheck(
        "c", "http://a/", expect_body="ok", expect_body_regex="o+k", expect_json={"a[0].b": "ok"}
    )
    kind, words = unmet(check, body, whole=True)
    assert bool(kind) == bool(words)
