from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.recipes.parameters import as_json, expected, read, read_all, secrets, shown_default
from opsconsole.recipes.recipe import HIDDEN, Kind, Parameter, ParameterError

CHOICES = ("keep", "delete", "compress")
AGE = Parameter("older_than", Kind.DURATION, "30d", "age of a log", minimum=3600)
PATHS = Parameter("paths", Kind.TEXTS, None, "folders")
SIZE = Parameter("journal_size", Kind.BYTES, "500M", "size", minimum=1024**2, maximum=1024**4)
FREE = Parameter("free", Kind.PERCENT, "20%", "target free share", maximum=90)
SECRET = Parameter("password", Kind.SECRET, "", "of the archive")
PARAMETERS = (AGE, PATHS, SIZE, FREE, SECRET)


def of(kind: Kind, **more: Any) -> Parameter:
    return Parameter("it", kind, None, "help", choices=CHOICES, **more)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.TEXT, "  /var/log ", "/var/log"),
        (Kind.CHOICE, "keep", "keep"),
        (Kind.WHOLE, "-14", -14),
        (Kind.PERCENT, "25", 25.0),
        (Kind.PERCENT, " 2.5 % ", 2.5),
        (Kind.BYTES, "500M", 500 * 1024**2),
        (Kind.BYTES, "2GiB", 2 * 1024**3),
        (Kind.BYTES, "1.5 kB", 1500),
        (Kind.BYTES, "4096", 4096),
        (Kind.BYTES, "0.1P", 112589990684262),
        (Kind.DURATION, "30d", 30 * 86400.0),
        (Kind.DURATION, "1h 30m", 5400.0),
        (Kind.FLAG, "Yes", True),
        (Kind.FLAG, "no", False),
        (Kind.TEXTS, "/var/log/app, /srv/*.log,,", ("/var/log/app", "/srv/*.log")),
        (Kind.TEXTS, r"/srv/a\,b/*.log,c", ("/srv/a,b/*.log", "c")),
    ],
)
def test_a_text_is_read_by_its_kind(kind: Kind, text: str, value: object) -> None:
    found = read(of(kind), text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (
            Kind.CHOICE,
            "delet",
            'it: found "delet", expected one of keep, delete, compress (did you mean delete?)',
        ),
        (Kind.WHOLE, "1.5", 'it: found "1.5", expected a whole number'),
        (Kind.WHOLE, "9" * 5000, "expected a whole number"),
        (Kind.PERCENT, "101%", 'it: found "101%", expected a share such as 25%'),
        (Kind.PERCENT, "nan", "expected a share"),
        (Kind.BYTES, "many", 'it: found "many", expected a size such as 500M or 2GiB'),
        (Kind.BYTES, "-5M", "expected a size"),
        (Kind.BYTES, "5ib", "expected a size"),
        (
            Kind.DURATION,
            "30",
            'found "30", expected a duration such as 15m, 12h or 30d (a number needs its unit)',
        ),
        (Kind.DURATION, "9" * 400 + "d", "expected a duration"),
        (Kind.DURATION, "9" * 50 + "w" + " " * 20, "expected a duration"),
        (Kind.FLAG, "maybe", 'it: found "maybe", expected yes or no'),
        (Kind.FLAG, "", "it: found an empty text, expected yes or no"),
        (Kind.TEXT, "a\nb", "control characters"),
        (Kind.TEXT, "log\udcff", "not UTF-8"),
        (Kind.TEXT, "a\u202eb", "control characters"),
        (Kind.TEXT, "x" * 5000, "at most 4096"),
        (Kind.TEXT, " ", "it must be set"),
        (Kind.TEXTS, ",,", "it must be set"),
        (Kind.TEXTS, "a,\x1b[2J", "control characters"),
    ],
)
def test_what_is_not_of_its_kind_is_refused_with_what_was_found_and_expected(
    kind: Kind, text: str, said: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        read(of(kind), text)
    assert said in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("parameter", "text", "said"),
    [
        (AGE, "5m", 'older_than: found "5m", expected a duration such as 15m, 12h or 30d, 1h 00m or more'),
        (SIZE, "4", "from 1.0M to 1.0T"),
        (SIZE, "2T", "from 1.0M to 1.0T"),
        (FREE, "95%", "a share such as 25%, 90% or less"),
        (Parameter("keep", Kind.WHOLE, "14", "logs", minimum=1, maximum=1000000), "0", "from 1 to 1000000"),
    ],
)
def test_a_number_out_of_its_range_is_refused_with_the_range(
    parameter: Parameter, text: str, said: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        read(parameter, text)
    assert said in str(caught.value)


def test_defaults_stand_for_what_is_not_set() -> None:
    values = read_all(PARAMETERS, {"paths": "/var/log"})
    assert values == {
        "older_than": 2592000.0,
        "paths": ("/var/log",),
        "journal_size": 524288000,
        "free": 20.0,
        "password": "",
    }
    assert json.loads(json.dumps(as_json(values)))["paths"] == ["/var/log"]


def test_every_mistake_is_told_at_once_with_the_nearest_known_name() -> None:
    with pytest.raises(ParameterError) as caught:
        read_all(PARAMETERS, {"older-then": "3d", "zzz": "1", "free": "much"})
    lines = str(caught.value).splitlines()
    assert lines[0] == "older-then: there is no such parameter; did you mean older_than?"
    assert lines[1] == (
        "zzz: there is no such parameter; there are: older_than, paths, journal_size, free, password"
    )
    assert lines[2] == "paths: it must be set: texts separated by commas (folders)"
    assert lines[3].startswith('free: found "much"')


def test_a_recipe_without_parameters_says_so() -> None:
    with pytest.raises(ParameterError, match="x: there is no such parameter; this recipe has none"):
        read_all((), {"x": "1"})


def test_a_secret_is_in_no_value_and_in_no_message() -> None:
    texts = {"paths": "/var", "password": "canary-4711"}
    assert read_all(PARAMETERS, texts)["password"] == HIDDEN
    assert secrets(PARAMETERS, texts) == {"password": "canary-4711"}
    assert secrets(PARAMETERS, {"paths": "/var", "password": ""}) == {}
    with pytest.raises(ParameterError) as caught:
        read(SECRET, "canary-4711\0")
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_catalogue_says_what_holds_when_nothing_is_set() -> None:
    assert [shown_default(one) for one in PARAMETERS] == ["30d", "must be set", "500M", "20%", "empty"]
    assert shown_default(Parameter("s", Kind.SECRET, "topsecret", "")) == HIDDEN


def test_every_kind_can_say_what_it_expects() -> None:
    assert all(expected(of(kind)) for kind in Kind)


@given(st.sampled_from(list(Kind)), st.text(max_size=80), st.sampled_from([None, 0, 5]))
def test_any_text_is_a_value_that_json_can_keep_or_the_declared_error(
    kind: Kind, text: str, minimum: float | None
) -> None:
    try:
        value = read(of(kind, minimum=minimum), text)
    except ParameterError as error:
        assert str(error).startswith("it: found ")
        assert "\n" not in str(error)
    else:
        json.dumps(as_json({"it": value}), allow_nan=False).encode()


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=5))
def test_any_texts_are_values_for_every_parameter_or_the_declared_error(texts: dict[str, str]) -> None:
    try:
        assert set(read_all(PARAMETERS, texts)) == {one.name for one in PARAMETERS}
    except ParameterError as error:
        assert str(error)


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8), min_size=1))
def test_texts_come_back_from_their_list(words: list[str]) -> None:
    assert read(PATHS, ",".join(words)) == tuple(words)
