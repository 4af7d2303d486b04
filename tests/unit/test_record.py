"""A record is a frozen dataclass in all but the call that sets each field."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
from mypy import api as mypy_api

from opsconsole.data.record import record


@record()
class Place:
    """With a default."""

    host: str
    path: str = "/"


@record(eq=False, kw_only=True)
class Named:
    """By name only, and equal to itself only."""

    host: str


def test_equal_ones_are_one_in_a_set() -> None:
    assert {Place("a"), Place("a", "/"), replace(Place("b"), host="a")} == {Place("a")}


def test_it_has_no_fields_but_its_own() -> None:
    assert [one.name for one in fields(Place)] == ["host", "path"]
    with pytest.raises(AttributeError):
        Place("a").other = 1  # type: ignore[attr-defined]


def test_as_it_was_asked_for() -> None:
    assert Named(host="a") != Named(host="a")
    with pytest.raises(TypeError):
        Named("a")  # type: ignore[call-arg]


_CHECKED = """
from opsconsole.data.record import record

@record()
class Place:
    host: str

Place("a").host = "b"
"""


def test_the_type_checker_takes_it_for_frozen_and_it_is_not(tmp_path: Path) -> None:
    place = Place("a")
    place.host = "b"  # type: ignore[misc]
    assert place.host == "b"
    (tmp_path / "checked.py").write_text(_CHECKED)
    found, _, status = mypy_api.run(["--cache-dir", str(tmp_path / "cache"), str(tmp_path / "checked.py")])
    assert status == 1
    assert 'checked.py:8: error: Property "host" defined in "Place" is read-only' in found
