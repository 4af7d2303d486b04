from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.cli.texts import read_set
from opsconsole.console.given import prepared, read_file, typed
from opsconsole.recipes.parameters import FILE_LIMIT_BYTES, of_file, read, secrets, to_file
from opsconsole.recipes.recipe import HIDDEN, Given, Kind, Parameter, ParameterError

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN EC PRIVATE KEY-----\ncanary\n-----END EC PRIVATE KEY-----\n"
CERTIFICATE = Parameter("certificate", Kind.FILE, "", "the certificate")
PRIVATE = Parameter("key", Kind.SECRET_FILE, "", "its key")
PASSWORD = Parameter("key_password", Kind.SECRET, "", "its password")
DIGEST = Parameter("key_public", Kind.TEXT, "", "digest", derived=True)
PARAMETERS = (CERTIFICATE, PRIVATE, PASSWORD, DIGEST)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.pem").write_text(PEM)
    (tmp_path / "new.key").write_text(KEY)
    (tmp_path / "new.key").chmod(0o600)
    return tmp_path


@given(st.binary(max_size=200))
def test_any_file_is_a_text_and_back(content: bytes) -> None:
    text = of_file(content)
    assert to_file(text) == content
    assert "\0" not in text
    text.encode()


def test_a_text_that_looks_like_the_wrapping_is_wrapped_itself() -> None:
    assert to_file(of_file(b"data:application/octet-stream;base64,AAAA")).startswith(b"data:")


@pytest.mark.usefixtures("here")
def test_the_command_line_gives_contents_and_keeps_the_key_apart() -> None:
    for word in ("certificate=new.pem", "certificate=@./new.pem"):
        found = read_set([word, "key=@new.key"], PARAMETERS)
        assert found.texts == {"certificate": PEM, "key": HIDDEN}
        assert found.secrets == {"key": KEY}
        assert found.warnings == ()
        assert "canary" not in repr(found)
    assert read(CERTIFICATE, PEM) == PEM
    assert read(PRIVATE, KEY) == HIDDEN
    assert secrets(PARAMETERS, {"key": KEY, "certificate": PEM}) == {"key": KEY}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o777])
def test_a_key_that_others_can_get_at_is_warned_of(here: Path, mode: int) -> None:
    (here / "new.key").chmod(mode)
    found = read_set(["key=@new.key"], PARAMETERS)
    assert found.secrets == {"key": KEY}
    assert found.warnings == (f"key: others can get at new.key (mode {mode:o}); chmod 600 it",)
    assert read_set(["certificate=new.pem"], PARAMETERS).warnings == ()


@pytest.mark.usefixtures("here")
def test_a_key_is_taken_from_a_pipe() -> None:
    reader, writer = os.pipe()
    os.write(writer, KEY.encode())
    os.close(writer)
    try:
        found = read_set([f"key=@/dev/fd/{reader}"], PARAMETERS)
    finally:
        os.close(reader)
    assert found.secrets == {"key": KEY}
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("certificate=nothing.pem", "certificate: cannot read nothing.pem: No such file or directory"),
        ("certificate=.", "certificate: . is no file"),
        ("certificate=/dev/zero", "certificate: /dev/zero is no file"),
        ("certificate=a\0b", "certificate: cannot read a"),
        ("certificate=empty", "certificate: found nothing in empty, expected a file of at most 64 KiB"),
        (
            "certificate=huge",
            "certificate: found more than 64 KiB in huge, expected a file of at most 64 KiB",
        ),
        (
            "certificate=new.key",
            "certificate: found a private key in new.key, expected what everybody may see",
        ),
        ("key=canary", "key: a secret is never given on the command line"),
        ("key=@nothing", "key: cannot read nothing: No such file"),
        ("key_public=abc", "key_public: the recipe sets it by itself"),
    ],
)
def test_what_cannot_be_used_names_file_found_and_expected(here: Path, word: str, said: str) -> None:
    (here / "empty").touch()
    (here / "huge").write_bytes(b"x" * (FILE_LIMIT_BYTES + 1))
    with pytest.raises(ParameterError) as told:
        read_set([word], PARAMETERS)
    assert said in str(told.value)
    assert "canary" not in str(told.value)


def test_a_private_key_is_no_public_file_however_it_came() -> None:
    with pytest.raises(ParameterError, match="it has a private key") as told:
        read(CERTIFICATE, PEM + KEY)
    assert "canary" not in str(told.value)
    with pytest.raises(ParameterError, match="found a private key in what was pasted"):
        typed(PARAMETERS, {"certificate": KEY})


@pytest.mark.usefixtures("here")
def test_a_form_gives_paths_or_pastes() -> None:
    texts = {"certificate": "new.pem", "key": KEY, "key_password": "hunter2", "unknown": "x"}
    found = typed(PARAMETERS, texts)
    assert found.texts == {"certificate": PEM, "key": HIDDEN, "key_password": HIDDEN}
    assert found.secrets == {"key": KEY, "key_password": "hunter2"}
    assert typed(PARAMETERS, {"certificate": "", "key": ""}).secrets == {}
    with pytest.raises(ParameterError) as told:
        typed(PARAMETERS, {"certificate": "no.pem", "key": "@no.key"})
    assert len(str(told.value).splitlines()) == 2


def test_a_form_does_not_wait_for_a_pipe(here: Path) -> None:
    os.mkfifo(here / "pipe")
    with pytest.raises(ParameterError, match="pipe is no file"):
        read_file(PRIVATE, str(here / "pipe"))


def test_a_recipe_that_prepares_nothing_gets_what_was_given() -> None:
    class Plain:
        parameters = PARAMETERS

    class Preparing(Plain):
        def prepare(self, given: Given) -> Given:
            return Given({**given.texts, "key_public": "digest"}, given.secrets)

    one = Given({"key": HIDDEN}, {"key": KEY})
    plain: Any = Plain()
    preparing: Any = Preparing()
    assert prepared(plain, one) is one
    assert prepared(preparing, one).texts["key_public"] == "digest"
