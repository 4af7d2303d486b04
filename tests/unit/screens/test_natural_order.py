"""Names in the order that a person counts in, whatever stands in them."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.tui.natural_order import natural


def test_numbers_by_value_and_words_without_case() -> None:
    names = ["web10", "Web9", "web2", "db", "web2b1", "web2a20", "web2a3", "10", "9", "web02", "²web", ""]
    expected = ["", "9", "10", "db", "web02", "web2", "web2a3", "web2a20", "web2b1", "Web9", "web10", "²web"]
    assert sorted(names, key=natural) == expected


@given(st.lists(st.text(alphabet="aB1٣9 -\u00b2", max_size=24), max_size=8))
def test_any_names_have_one_order(names: list[str]) -> None:
    there = sorted(names, key=natural)
    assert all(natural(one) <= natural(other) for one, other in itertools.pairwise(there))
