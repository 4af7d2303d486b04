"""Log lines: any bytes become bounded clean lines, and the buffer keeps its promises."""

from __future__ import annotations

import signal
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.console.tui.logs_lines import (
    CUT_MARK,
    LINE_LIMIT_BYTES,
    LINE_LIMIT_CHARS,
    LineFilter,
    LineSplitter,
    LogBuffer,
    LogLine,
    Tone,
    to_line,
    tone_of,
)
from opsconsole.console.tui.pattern_guard import PatternTooSlowError, pattern_guard

RAW = st.lists(
    st.sampled_from([b"a", b"\n", b"\x1b]0;x\x07", b"\xff\xfe", b"\x00", b"[/b]", "é\u202e".encode()])
)


def lines(*texts: str) -> list[LogLine]:
    return [LogLine(text) for text in texts]


@given(RAW, st.lists(st.integers(0, 60), max_size=8))
@settings(max_examples=200, deadline=None)
def test_lines_do_not_depend_on_how_the_bytes_were_chunked(pieces: list[bytes], cuts: list[int]) -> None:
    raw = b"".join(pieces)
    splitter = LineSplitter()
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    got = [line for start, end in pairwise(edges) for line in splitter.feed(raw[start:end])]
    got += splitter.close()
    expected = raw.split(b"\n")
    assert got == (expected if expected[-1] else expected[:-1])


@pytest.mark.parametrize("chunk_bytes", [1, 7, 4096, 1024 * 1024])
def test_a_line_of_a_megabyte_is_cut_once_and_what_follows_is_whole(chunk_bytes: int) -> None:
    raw = b"before\n" + b"x" * 1024 * 1024 + b"\nafter\n"
    splitter = LineSplitter()
    got = []
    held = 0
    for start in range(0, len(raw), chunk_bytes):
        got += splitter.feed(raw[start : start + chunk_bytes])
        held = max(held, len(splitter._rest))
    assert held <= LINE_LIMIT_BYTES
    shown = [to_line(line).text for line in got + splitter.close()]
    assert shown == ["before", "x" * LINE_LIMIT_CHARS + CUT_MARK, "after"]


def test_a_line_without_an_end_is_shown_before_it_ends() -> None:
    splitter = LineSplitter()
    got = [line for _ in range(1_000) for line in splitter.feed(b"y" * 1_000)]
    assert [len(line) for line in got] == [9_000]
    assert splitter.feed(b"rest\nnext\n") == [b"next"]


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_become_one_clean_line(raw: bytes) -> None:
    text = to_line(raw).text
    assert len(text) <= LINE_LIMIT_CHARS + len(CUT_MARK)
    assert not [letter for letter in text if unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"}]


def test_a_line_keeps_its_indentation_and_loses_what_could_move_the_cursor() -> None:
    assert to_line(b"\tat java.lang\x1b[2J\x1b]52;c;eA==\x07.Foo\r").text == "        at java.lang.Foo"


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("app[7]: ERROR x", Tone.ERROR),
        ("nginx: [emerg] bind() failed", Tone.ERROR),
        ("kernel: panic", Tone.ERROR),
        ("WARN pool 18 of 20", Tone.WARNING),
        ("connection refused", Tone.WARNING),
        ("DEBUG a", Tone.DEBUG),
        ("terror in the mirror, forewarned", Tone.NORMAL),
        ("GET / 200", Tone.NORMAL),
    ],
)
def test_the_look_follows_whole_words(text: str, tone: Tone) -> None:
    assert tone_of(text) is tone


def test_a_filter_keeps_or_leaves_out_and_ignores_case() -> None:
    keep, leave = LineFilter.parse("err(or)?"), LineFilter.parse("!err(or)?")
    assert keep is not None
    assert leave is not None
    assert [keep.passes(text) for text in ("ERROR", "ok")] == [True, False]
    assert [leave.passes(text) for text in ("ERROR", "ok")] == [False, True]


@pytest.mark.parametrize("empty", ["", "!"])
def test_an_empty_filter_is_none(empty: str) -> None:
    assert LineFilter.parse(empty) is None


@pytest.mark.parametrize("wrong", ["(", "!(", "[", "*", "a{99999999999}", "(?P<", "\\"])
def test_a_wrong_filter_says_so(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        LineFilter.parse(wrong)


@given(
    st.lists(st.lists(st.sampled_from(["a", "b"]), max_size=30), max_size=12),
    st.sampled_from(["", "a", "!a"]),
)
@settings(max_examples=200, deadline=None)
def test_the_buffer_keeps_the_newest_and_shows_what_passes(batches: list[list[str]], expression: str) -> None:
    buffer = LogBuffer(limit_lines=20)
    line_filter = LineFilter.parse(expression)
    buffer.set_filter(line_filter)
    everything: list[str] = []
    for batch in batches:
        before = list(buffer.shown)
        gone = buffer.extend(lines(*batch))
        assert buffer.shown == before[gone:]
        buffer.scan(budget_seconds=60)
        everything += batch
        kept = everything[-20:]
        assert buffer.count == len(kept)
        assert buffer.end == len(everything)
        assert [buffer[number].text for number in buffer.shown] == [
            text for text in kept if line_filter is None or line_filter.passes(text)
        ]


def test_notes_pass_every_filter() -> None:
    buffer = LogBuffer()
    buffer.set_filter(LineFilter.parse("nothing"))
    buffer.extend([LogLine("a"), LogLine("ended", is_note=True)])
    buffer.scan(budget_seconds=60)
    assert [buffer[number].text for number in buffer.shown] == ["ended"]


def test_filtering_goes_on_where_its_time_ended() -> None:
    buffer = LogBuffer()
    buffer.extend(lines(*["a"] * 5_000))
    buffer.set_filter(LineFilter.parse("a"))
    slices = 0
    while not buffer.is_scanned:
        buffer.scan(budget_seconds=0.0005)
        slices += 1
    assert slices > 1
    assert len(buffer.shown) == 5_000


def test_an_expression_that_would_take_for_ever_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: list[tuple[int, float]] = []
    real = signal.setitimer

    def noting(which: int, seconds: float) -> object:
        set_to.append((which, seconds))
        return real(which, seconds)

    monkeypatch.setattr(signal, "setitimer", noting)
    buffer = LogBuffer()
    buffer.extend(lines("a" * 40 + "b", "fine"))
    buffer.set_filter(LineFilter.parse("(a+)+$"))
    with pytest.raises(PatternTooSlowError):
        buffer.scan(budget_seconds=60)
    # Of processor time: a machine that is busy makes no expression a slow one.
    assert set_to == [(signal.ITIMER_VIRTUAL, 0.25), (signal.ITIMER_VIRTUAL, 0)]


def test_the_guard_leaves_no_alarm_behind() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with pattern_guard(limit_seconds=60):
        assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGVTALRM) == before
