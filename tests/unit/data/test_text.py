from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.text import clean, clean_line


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"plain", "plain"),
        (b"\x1b[31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07after", "after"),
        (b"\x1b]52;c;aGk=\x1b\\after", "after"),
        (b"\x1b]52;never ended", ""),
        (b"\x1bP+q544e\x1b\\x", "x"),
        (b"\x1bcreset", "reset"),
        ("\x9b31mC1\x9d0;t\x9cafter", "C1after"),
        (b"nul\x00 bell\x07 back\x08", "nul bell back"),
        (b"bad \xff\xfe utf8", "bad \ufffd\ufffd utf8"),
        ("gnp.\u202eexe", "gnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\u2066isolate\u2069", "isolate"),
        (b"[/bold] [red]kept[/]", "[/bold] [red]kept[/]"),
        (b"tab\tand\nline\r\nend", "tab\tand\nline\nend"),
        (b"over\rwritten", "overwritten"),
    ],
)
def test_clean_takes_out_what_could_act_and_leaves_what_reads(raw: bytes | str, expected: str) -> None:
    assert clean(raw) == expected


@given(st.one_of(st.binary(max_size=2000), st.text(max_size=1000)))
def test_nothing_that_acts_is_left_of_any_input(raw: bytes | str) -> None:
    for char in clean(raw):
        assert char in "\t\n" or unicodedata.category(char) not in {"Cc", "Cs"}
        assert unicodedata.bidirectional(char) not in {
            "RLO",
            "LRO",
            "RLE",
            "LRE",
            "PDF",
            "RLI",
            "LRI",
            "FSI",
            "PDI",
        }


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing_more_where_nothing_was_cut(raw: str) -> None:
    once = clean(raw)
    assert clean(once) == once


def test_a_megabyte_is_cut_and_says_so() -> None:
    assert clean(b"x" * 1_000_000, 100) == "x" * 100 + "…"


def test_clean_line_is_one_line() -> None:
    assert clean_line(b"  a\n\tb\r\n  c ") == "a b c"
