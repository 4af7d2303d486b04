"""Settings of the checks: what is refused, what is hidden, what paths mean."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.panels.health.settings import HealthSettings, HttpCheck, TcpCheck, json_steps


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "ftp://a/"}, "url is not http://"),
        ({"url": "http://"}, "url is not http://"),
        ({"url": "http://a:99999/"}, "url is not http://"),
        ({"url": "http://[::1/"}, "url is not http://"),
        ({"method": "get it"}, "'get it' is not an HTTP method"),
        ({"expect_status": "2x"}, "expect_status '2x' is not like 200 or 2xx"),
        ({"expect_status": "200,"}, "expect_status '' is not like"),
        ({"expect_body_regex": "("}, "is not a regular expression"),
        ({"expect_json": {"a[": 1}}, "is not a JSON path"),
        ({"timeout_seconds": 0.0}, "timeout 0.0 s"),
        ({"timeout_seconds": 31.0}, "at most 30 s"),
    ],
)
def test_an_http_check_that_cannot_work_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        HttpCheck(**{"name": "shop", "url": "http://a/", **fields})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"port": 0}, "port 0 is not between"),
        ({"port": 65536}, "port 65536"),
        ({"address": ""}, "not a name"),
        ({"timeout_seconds": -1.0}, "timeout -1.0 s"),
    ],
)
def test_a_tcp_check_that_cannot_work_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        TcpCheck(**{"name": "db", "port": 5432, **fields})


def test_two_checks_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="'a' is used twice"):
        HealthSettings(http=(HttpCheck("a", "http://x/"),), tcp=(TcpCheck("a", 1),))
    with pytest.raises(ValueError, match="not the name of a systemd unit"):
        HealthSettings(units=("--system",))


def test_the_target_holds_no_secret() -> None:
    check = HttpCheck(
        "a", "https://u:pass-word@[2001:db8::1]:8443/p?token=abcdef#f", headers={"X": "hea-der"}
    )
    assert check.target == "https://[2001:db8::1]:8443/p?…"
    assert set(check.secrets) == {"pass-word", "abcdef", "hea-der"}
    assert not any(secret in repr(HealthSettings(http=(check,))) for secret in check.secrets)


@pytest.mark.parametrize(
    ("expected", "good", "bad"),
    [("2xx", 204, 302), ("200", 200, 204), ("200, 3xx", 301, 404), ("404", 404, 200)],
)
def test_which_status_is_expected(expected: str, good: int, bad: int) -> None:
    check = HttpCheck("a", "http://x/", expect_status=expected)
    assert check.status_expected(good)
    assert not check.status_expected(bad)


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("status", ("status",)),
        ("a.b", ("a", "b")),
        ("nodes[0].state", ("nodes", 0, "state")),
        ("[2][1]", (2, 1)),
        ('meta["a.b"].c', ("meta", "a.b", "c")),
        ("meta['x']", ("meta", "x")),
    ],
)
def test_json_paths(path: str, steps: tuple[str | int, ...]) -> None:
    assert json_steps(path) == steps


@pytest.mark.parametrize("path", ["", ".a", "a..b", "a[", "a[x]", "a]", "a[0]b", "a."])
def test_what_is_no_json_path(path: str) -> None:
    with pytest.raises(ValueError, match="JSON path"):
        json_steps(path)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_path_or_a_value_error(path: str) -> None:
    try:
        steps = json_steps(path)
    except ValueError:
        return
    assert steps
