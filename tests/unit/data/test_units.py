from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.units import counted, format_bytes, format_duration, parse_bytes, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2s", 2),
        ("500ms", 0.5),
        ("15m", 900),
        ("15min", 900),
        ("1h 30m", 5400),
        ("1h30m", 5400),
        ("7d", 604800),
        ("1.5h", 5400),
    ],
)
def test_durations_are_read_with_their_units(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "m", "15 parsecs", "-5m", "5m and more", "1e3s"])
def test_what_is_no_duration_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration such as"):
        parse_duration(text)


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_the_declared_error(text: str) -> None:
    try:
        assert parse_duration(text) >= 0
    except ValueError as error:
        assert "is not a duration" in str(error)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (3600, "1h 00m"),
        (11_100, "3h 05m"),
        (86_400 * 41, "41d"),
        (-5, "-5s"),
    ],
)
def test_durations_are_written_short(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0B"),
        (512, "512B"),
        (1023, "1023B"),
        (1024, "1.0K"),
        (1_258_291, "1.2M"),
        (102_400, "100K"),
        (12_670_000_000, "11.8G"),
        (2**60, "1024P"),
    ],
)
def test_sizes_are_written_in_binary_units(count: float, text: str) -> None:
    assert format_bytes(count) == text


@given(st.integers(min_value=0, max_value=2**59))
def test_sizes_never_need_more_than_six_columns(count: int) -> None:
    assert len(format_bytes(count)) <= 6


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("4096", 4096),
        ("512B", 512),
        ("4K", 4096),
        ("4KiB", 4096),
        ("4kB", 4000),
        (" 1.5 g ", 1610612736),
        ("2TB", 2 * 10**12),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_sizes_are_read_with_their_units(text: str, count: int) -> None:
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["", "K", "-1K", "1E", "1 K B", "1ib", "1e3", "٣K", "1.K", "9" * 40])
def test_what_is_no_size_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size such as"):
        parse_bytes(text)


@given(st.text(max_size=20))
def test_any_text_is_a_size_or_the_declared_error(text: str) -> None:
    try:
        assert parse_bytes(text) >= 0
    except ValueError as error:
        assert "is not a size" in str(error)


def test_a_count_has_its_word() -> None:
    assert [counted(count, "host") for count in (0, 1, 2, 2000)] == [
        "0 hosts",
        "1 host",
        "2 hosts",
        "2,000 hosts",
    ]
    assert counted(1, "process", "processes") == "1 process"
    assert counted(2, "process", "processes") == "2 processes"
