"""Whatever a host sends, a reading comes out, and it can be judged and written as JSON."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.data.host import Host
from opsconsole.panels.panel import SectionOutput
from opsconsole.panels.resources import PANEL
from opsconsole.panels.resources.limits import ResourceLimits
from tests.work import light

CAPTURED = Path(__file__).parent / "captured"
SECTIONS = ("once", "fast", "medium", "focus", "slow")
REAL = {name: (CAPTURED / f"web1.{name}").read_bytes() for name in SECTIONS}
T0 = datetime(2026, 11, 20, tzinfo=UTC)
PIECES = [
    *(
        b"",
        b"\x00",
        b"\xff\xfe",
        b"-1",
        b"nan",
        b"inf",
        b"1e999",
        b"9" * 19,
        b"9" * 500,
        b"9" * 5000,
        b"\n",
        b" ",
        b"%",
        b"/",
    ),
    *(
        b"==> /proc/stat <==\n",
        b"\n==> df <==\n",
        b"cpu  ",
        b"(",
        b")",
        b"\x1b[2J",
        "\u202e".encode(),
        b"0",
        b"_",
    ),
]


def check(first: dict[str, bytes], second: dict[str, bytes]) -> None:
    reader = PANEL.reader(Host("a", "a"))
    for seconds, texts in ((0, first), (2, second), (4, REAL), (6, second)):
        sections = {name: SectionOutput(text) for name, text in texts.items()}
        reading = reader.read(sections, T0 + timedelta(seconds=seconds))
        json.dumps(PANEL.to_json(reading), allow_nan=False)
        assert all(math.isfinite(value) for value in reader.series(reading).values())
        for finding in PANEL.judge(reading, ResourceLimits()):
            assert "\x1b" not in finding.summary
            assert "\n" not in finding.summary
        for name in ("cpu_percent", "memory_used_percent", "swap_used_percent", "open_files_percent"):
            value = getattr(reading, name)
            assert value is None or 0 <= value <= 100.0001


@given(st.dictionaries(st.sampled_from(SECTIONS), st.binary(max_size=400), max_size=5))
@settings(max_examples=150, deadline=None)
def test_any_bytes(texts: dict[str, bytes]) -> None:
    check(texts, texts)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, bytes]:
    texts = dict(REAL)
    for name in draw(st.lists(st.sampled_from(SECTIONS), min_size=1, max_size=3)):
        text = texts[name]
        for _ in range(draw(st.integers(1, 6))):
            start = draw(st.integers(0, len(text)))
            end = min(len(text), start + draw(st.integers(0, 60)))
            text = text[:start] + draw(st.sampled_from(PIECES)) + text[end:]
        texts[name] = text
    return texts


@given(damaged(), damaged())
@settings(max_examples=200, deadline=None)
def test_damaged_output(first: dict[str, bytes], second: dict[str, bytes]) -> None:
    check(first, second)


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize(
    "piece", [b" ", b"a ", b"9 ", b"9", b"/", b"\n", b"(", b"1 (a) ", b"\n==> ", b"cpu9 9 "]
)
def test_half_a_megabyte_of_anything_is_read_quickly(section: str, piece: bytes) -> None:
    text = REAL[section][: len(REAL[section]) // 2] + piece * (500_000 // len(piece))
    headed = b"".join(
        b"==> %s <==\n%s\n" % (name, piece * (60_000 // len(piece)))
        for name in (
            b"/proc/stat",
            b"/proc/net/dev",
            b"/proc/diskstats",
            b"df",
            b"inodes",
            b"again",
            b"mounts",
        )
    )
    light(60, lambda: check({section: text}, {section: headed}))
