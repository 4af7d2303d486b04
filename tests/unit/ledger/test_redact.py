"""Secrets do not get through, whatever stands around them; and hostile text does not hold anybody up."""

from __future__ import annotations

import base64
import json
import shlex
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.data.redact import MARK, find_secret, is_clean, looks_secret, redact, redact_text
from opsconsole.data.redact_patterns import FIRST_HINTS, HINTS
from opsconsole.recipes.recipe import HIDDEN, secret_mark
from tests.work import grows_as_its_size

CANARY = "cAnary7Zq9x"
_KEY = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\nAAAA\n-----END OPENSSH PRIVATE KEY-----"


@pytest.mark.parametrize(
    "text",
    [
        f"password={CANARY}",
        f"DB_PASSWORD: '{CANARY} with blanks'",
        f'{{"password": "{CANARY}\\"more{CANARY}", "a": 1}}',
        f'x = {{\\"token\\": \\"{CANARY} {CANARY}\\"}}',
        f"export MYSQL_PWD={CANARY}",
        f"passwd = {CANARY}",
        f"api_key={CANARY}&x=1",
        f"apiKey: {CANARY}",
        f"aws_secret_access_key = {CANARY}",
        f"client-secret => {CANARY}",
        f"mysqldump --password {CANARY} db",
        f"tool --db-password={CANARY}",
        f'password="{CANARY} cut off',
        f"https://ops:{CANARY}@host/path",
        f"redis://:{CANARY}@host:6379",
        f"postgres://u:{CANARY}@x@db/name",
        f"Authorization: Basic {CANARY}",
        f"curl -H 'Authorization: Bearer {CANARY}' https://x",
        f"PROXY-AUTHORIZATION: {CANARY}",
        f"Cookie: session={CANARY}; other={CANARY}",
        f'Cookie: session="{CANARY}"; other={CANARY}',
        f"curl -H 'Cookie: a=\"x\"; b={CANARY}' https://x",
        f'Authorization: Digest username="ada", realm="x y", response="{CANARY}"',
        f'{{"cookie": ["a={CANARY}", "b={CANARY}"], "user": "ada"}}',
        f"map[Authorization:[Basic {CANARY}] Cookie:[a={CANARY}; b={CANARY}]]",
        f"x-api-key: {CANARY}",
        f"bearer {CANARY}{CANARY}",
        _KEY,
        f"before {_KEY} after",
        f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\nand the rest was cut",
        f"cut/{CANARY}/AAA=\n-----END EC PRIVATE KEY-----",
        f"root:$6$saltsalt${CANARY}{CANARY}:19000:",
        f"ghp_{CANARY * 3}",
        f"glpat-{CANARY}{CANARY}",
        f"xoxb-{CANARY}",
        f"eyJ{CANARY}.eyJ{CANARY}.{CANARY}",
        f"hvs.{CANARY}{CANARY}",
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str) -> None:
    for around in ("", "some words ", '{"log": "', "\n"):
        assert CANARY not in redact_text(around + text), text
    assert looks_secret(text)
    assert not is_clean(text)


@pytest.mark.parametrize(
    "text",
    [
        f"PASS={CANARY}",
        f'{{"user": "ada", "pass": "{CANARY}"}}',
        f"user: ada\n  pass: {CANARY}",
        f"openssl rsa -passin pass:{CANARY} -in x",
        f"Server=db1;Pwd={CANARY};",
        f"COMMAND=/usr/bin/mysqldump -u root -p{CANARY} db",
        f"mysql -p'{CANARY} {CANARY}' db",
        f"sshpass -p {CANARY} ssh x",
        f"redis-cli -h db1 -a {CANARY} ping",
        f"curl -s -u ops:{CANARY} https://x",
    ],
)
def test_so_is_what_is_a_secret_in_a_host_s_words_only(text: str) -> None:
    for around in ("", "some words ", '{"log": "', "\n"):
        assert CANARY not in redact_text(around + text), text
    assert not is_clean(text)


def test_no_hint_is_passed_over_by_the_first_look() -> None:
    assert [hint for hint in HINTS if not any(first in hint for first in FIRST_HINTS)] == []


def test_an_aws_key_id_is_taken_out() -> None:
    assert redact_text("id AKIAIOSFODNN7EXAMPLE.") == f"id {MARK}."


@pytest.mark.parametrize(
    "text",
    [
        "PWD=/home/ops OLDPWD=/var/log",
        "[sudo] password for ops: ",
        "Failed password for root from 192.0.2.1 port 22 ssh2",
        "bypass=1 compass: 3 monkey=4 key=5",
        "first pass: 3 s, second pass: 4 s",
        "mysql -p -P 3306 db; cp -pr a b",
        "curl -su ops https://x",
        "http://host:8080/a@b https://host/x?y=1",
        "ops@host:/var/log",
        f"password: {HIDDEN}",
        f'"api_key": "{HIDDEN}"',
        f"password={MARK}",
        "access token",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "SHA256:LCKtO6tzXBdpmJDlbS1iNGa6YjnWfjc5g4Nz5wVhGyI",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        'password=$1 token=${TOKEN} secret="$(cat x)"',
        "(password=); token=; secret=| cat",
        "mysql --password $password",
    ],
)
def test_sh_in_a_plan_is_no_secret_though_it_would_be_one_of_a_host_s_words(text: str) -> None:
    assert not looks_secret(text)
    argv = {"argv": ["sh", "-c", text]}
    stdin = base64.b64encode(text.encode()).decode()
    assert find_secret({"commands": [{**argv, "stdin_base64": stdin}], "title": text}) is None
    assert redact({"commands": [argv]}) == {"commands": [argv]}  # as the ledger keeps it with an intent
    assert redact({"output": text})["output"] == redact_text(text) != text


def test_what_stands_for_a_secret_in_a_plan_stays() -> None:
    mark = secret_mark("db_password")
    plan = {"stdin_base64": base64.b64encode(b"load " + mark).decode(), "parameters": {"db_password": HIDDEN}}
    assert find_secret(plan) is None


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"steps": [{"title": "fine"}, {"title": f"token={CANARY}"}]}, "steps[1].title"),
        ({"argv": ["mysql", "--password", CANARY]}, "argv[2]"),
        ({"stdin_base64": base64.b64encode(f"password={CANARY}".encode()).decode()}, "stdin_base64"),
        ({"parameters": {"password": CANARY}}, "parameters.password"),
        ({"facts": {f"token={CANARY}": 1}}, "facts: a key"),
        ({"a": 1, "b": ["fine", None, 2.5, True]}, None),
    ],
)
def test_the_place_of_a_secret_is_found(document: dict[str, Any], place: str | None) -> None:
    assert find_secret(document) == place


def test_keys_lists_and_numbers() -> None:
    body = {"password": "x", "secret": True, "Api-Key": 5, "argv": ["a", "--token", "x", "-v"], "n": 4242}
    assert redact(body, ["4242"]) == {
        "password": MARK,
        "secret": True,
        "Api-Key": MARK,
        "argv": ["a", "--token", MARK, "-v"],
        "n": MARK,
    }
    assert redact({"tokens": ["x", 5, ["y"]], "token": {"at": "now"}}) == {
        "tokens": [MARK, MARK, [MARK]],
        "token": {"at": "now"},
    }


texts = st.text(max_size=200)
secrets = st.text(min_size=4, max_size=30).filter(lambda text: text not in MARK and text.strip())
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)


@given(texts, secrets, texts)
def test_a_known_value_never_gets_through(before: str, secret: str, after: str) -> None:
    text = f"{before}{secret}{after}"
    left = redact({"x": [text], text: {"y": secret}}, [secret])
    (key,) = left.keys() - {"x"}
    for each in (left["x"][0], key, left[key]["y"]):
        assert all(secret not in part for part in each.split(MARK))


@given(secrets)
def test_nor_as_it_stands_in_a_url_in_json_or_in_base64(secret: str) -> None:
    encoded = base64.b64encode(secret.encode("utf-8", "replace")).decode()
    spelt = [quote(secret, safe="", errors="replace"), json.dumps(secret)[1:-1]]
    for text in spelt if len(secret) < 6 else [*spelt, encoded.rstrip("=")]:
        if text not in MARK:
            assert text not in redact_text(f"<{text}>", [secret]).replace(MARK, "")


@given(values)
def test_any_json_value_keeps_its_shape_and_twice_is_as_once(value: Any) -> None:
    once = redact(value)
    json.dumps(once)
    assert redact(once) == once
    assert type(once) is type(value)


@settings(max_examples=300)
@given(st.text(alphabet="passwordtkenscr:=\"'\\ \n-/@.{}[]$•A1_", max_size=300))
def test_twice_is_as_once_for_text_made_to_trip_it(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once
    assert redact_text(text) == text or not is_clean(text)


# Any sign but a blank, and none that would be the sign between name and value.
passwords = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=6, max_size=24).filter(
    lambda text: text[0] not in "=>" and text.strip("*")
)


@settings(max_examples=400)
@given(passwords, st.sampled_from(("password=", "DB_PASSWORD: ", "export MYSQL_PWD=", "token   :   ")))
def test_a_password_of_any_signs_goes_whole(password: str, name: str) -> None:
    left = redact_text(f"before {name}{password} after")
    assert left in {f"before {name}{MARK} after", f"before {name}{MARK}"}  # open quotes go to the line's end
    assert redact_text(left) == left


@settings(max_examples=400)
@given(passwords.filter(lambda text: text[0] != "-"))
def test_so_does_one_behind_an_option(password: str) -> None:
    for option in ("--password ", "--db-password=", "--token "):
        left = redact_text(f"mysql {option}{password} db")
        assert left in {f"mysql {option}{MARK} db", f"mysql {option}{MARK}"}


@settings(max_examples=400)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=24))
def test_quoted_as_programs_do_it_goes_whole_and_the_rest_stays(signs: str) -> None:
    password = f"{signs}{CANARY}"
    for indent in (None, 1):
        text = json.dumps({"a": 1, "password": password, "user": "ada"}, indent=indent)
        assert redact_text(text) == text.replace(json.dumps(password), MARK)
    once = json.dumps({"token": password, "b": 2})
    for text in (
        json.dumps({"log": once, "user": "ada"}),
        json.dumps({"log": json.dumps({"log": once})}),
        f"{{'password': {password!r}, 'user': 'ada'}}",
        f"password={shlex.quote(password)} user=ada",
        f'{{password: "{json.dumps(password)[1:-1]}", user: ada}}',
    ):
        assert CANARY not in redact_text(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"password":"x","user":"ada"}', '{"password":%s,"user":"ada"}'),
        ('{"password":12,"user":"ada"}', '{"password":%s,"user":"ada"}'),
        ('{"tokens":["x", "y z"],"user":"ada"}', '{"tokens":%s,"user":"ada"}'),
        ("{'password': 'x', 'user': 'ada'}", "{'password': %s, 'user': 'ada'}"),
        ('{"password":"x"tail,"user":"ada"}', '{"password":%s'),
        ('{"tokens":["x", "y z', '{"tokens":%s'),
        ('"secrets":{"a": "x", "b": "y z\nuser=ada', '"secrets":%s\nuser=ada'),
        ('password="x y"tail user=ada', "password=%s user=ada"),
        ("GET /?token=x&y HTTP/1.1", "GET /?token=%s HTTP/1.1"),
        ("secret => x", "secret => %s"),
        ('{"Authorization": "Basic eHg==", "user": "ada"}', '{"Authorization": %s, "user": "ada"}'),
        ("curl -H 'Authorization: Basic eHg=' 'https://x'", "curl -H 'Authorization: %s' 'https://x'"),
        ('Cookie: a="x"; b=y\nuser=ada', "Cookie: %s\nuser=ada"),
        ("mysql -px db", "mysql -p%s db"),
        ('"secrets": {\n "a": 1', '"secrets": {\n "a": 1'),
    ],
)
def test_where_a_value_ends(text: str, left: str) -> None:
    assert redact_text(text) == left.replace("%s", MARK)


UNITS = (
    *("password=", 'password="', "password='", 'token="a\\', "a://", "aa://b:c", "eyJ", "sk-", "ghp_", "$6$"),
    *("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "A", "--", "--a-", "bearer ", "secret_"),
    *('"token":[', "'token':{", '"token":"\\', 'password=\\"', "password" + " " * 50, "--password "),
    *(
        'cookie="',
        'cookie="x" ',
        'cookie=a="',
        "cookie:[",
        'authorization:\\"',
        "mysql ",
        "mysql -",
        "curl -u ",
        "curl -u a",
    ),
    *("pass=", "pass:", "pass :", "pass", '"pass":"', "- ", "redis-cli -a", "sshpass -p "),
    *("\\", "password ", "access_key_", "pwd", "authorization:", "cookie=", "-pass ", "x-api-key"),
    # Each is a value of its own, which the blank ends, and none is ever closed.
    *(
        '"token":[ ',
        '"token":{ ',
        "'token' = { ",
        '"token":{"a":{ ',
        '"token":[[ ',
        '"token":["a ',
        '"token":[{ ',
    ),
    *(
        '\\"token\\":[ ',
        '\\"token\\":{ ',
        '"token":[\\ ',
        '"token":\\"x ',
        '"token":"\\ ',
        '"token":["\\" ',
        '"token":- ',
    ),
)


@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_the_length_only(unit: str) -> None:
    grows_as_its_size(20_000, lambda size: redact_text((unit * (size // len(unit) + 1))[:size]))
