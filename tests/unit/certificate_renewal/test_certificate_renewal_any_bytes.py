"""Whatever a host answers, a plan by certbot or an ACME server has its facts, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.host import Command
from opsconsole.recipes.certificate_renewal import facts, files_look, find, host_files, lineages, options
from opsconsole.recipes.certificate_renewal.lineages import Certbot
from opsconsole.recipes.recipe import PlanError
from tests.unit.certificate_renewal.certificate_renewal_samples import NOW, kept, pem, target, values

LIVE = "/etc/letsencrypt/live/a.test"
CONF = f"""archive_dir = /etc/letsencrypt/archive/a.test
cert = {LIVE}/cert.pem
privkey = {LIVE}/privkey.pem
chain = {LIVE}/chain.pem
fullchain = {LIVE}/fullchain.pem
[renewalparams]
authenticator = webroot
"""
WORDS = [
    "version", "timer", "cron", "issued", "over", "now", "key", "file", "large", "binary", "closed",
    "certificate", "real", "stat", "pem", "program", "arg", "address", "openssl", "conf-path",
    "error-log-path", "apache-root", "kind", "label", "sha256", "public", "lineage", "lineage-copy", "locked",
    "context", "missing", "",
]  # fmt: skip
ARCHIVE = "/etc/letsencrypt/archive/a.test"
RESTS = [
    "2.1.0", "²", "٣", "5", f"{NOW}", "9" * 40, "-1", "a.test", "a.test - - -", f"a.test {'a' * 64} x.pem -",
    "certbot.timer loaded enabled active Mon", "² ²", f"² {'a' * 64}", f"5 {'a' * 64}", "5 644 0 0",
    "644 0 0 root root ²", "² 644 0 0", "nginx nginx.service", "apache -", "haproxy -", "iis -", "-c",
    "/etc/nginx/nginx.conf", "/etc/letsencrypt/renewal/a.test.conf", f"{LIVE}/fullchain.pem", "127.0.0.1",
    "/etc/cron.d/own\n@daily root certbot renew", "/etc/crontab\n0 3 * * * \x1b'",
    f"{ARCHIVE}/cert1.pem", f"{ARCHIVE}/cert².pem", "a" * 64, "fe80::1", "\x1b[31m", "\u202e",
]  # fmt: skip
REST = st.one_of(
    st.sampled_from(RESTS).map(str.encode),
    st.just(pem("a.test")),
    st.just(CONF.encode()),
    st.binary(max_size=40).map(lambda raw: raw.replace(b"\0", b"")),
)
RECORD = st.one_of(
    st.builds(lambda word, rest: word.encode() + b" " + rest, st.sampled_from(WORDS), REST), REST
)
ENDED = st.lists(RECORD, max_size=12).map(lambda parts: b"".join(part + b"\0" for part in parts) + b"end \0")
WHOLE = (
    b"version 2.1.0\0now %d\0end \0" % NOW,
    b"file /etc/letsencrypt/renewal/a.test.conf\0" + CONF.encode() + b"\0end \0",
    b"".join(
        b"certificate %s\0real %s\0stat 5 644 0 0\0pem %s\0" % (path, path, pem("a.test"))
        for path in (f"{LIVE}/fullchain.pem".encode(), f"{ARCHIVE}/cert1.pem".encode())
    )
    + b"end \0",
    b"key a.test %s cert1.pem -\0end \0" % (b"a" * 64),
    b"program nginx nginx.service\0openssl yes\0address 127.0.0.1\0end \0",
)
"""Answers as a host gives them, in the order in which the certbot driver asks."""
ANSWER = st.one_of(ENDED, st.binary(max_size=80), st.sampled_from(WHOLE))


class Answers:
    """A host that gives these answers, one after another, and the last again and again."""

    def __init__(self, *raws: bytes) -> None:
        self.host = SimpleNamespace(name="web1")
        self._raws = list(raws)

    async def run(self, _command: Command) -> Any:
        raw = self._raws.pop(0) if len(self._raws) > 1 else self._raws[0]
        return SimpleNamespace(timed_out=False, exit_status=0, stdout=raw, stderr=b"")


def read(asked: Coroutine[Any, Any, Any]) -> Any:
    """Return what is read, or why nothing is; nothing here waits for anything."""
    try:
        asked.send(None)
    except StopIteration as end:
        return end.value
    except PlanError as error:
        assert str(error)
        return error
    raise AssertionError("it waits")


ASKED: dict[str, Callable[[Any], Coroutine[Any, Any, Any]]] = {
    "certbot": lineages.certbot_of,
    "lineages": lineages.read,
    "files": lambda shell: host_files.read_files(shell, ["/a"]),
    "certificates": lambda shell: host_files.certificates(shell, ["/a"]),
    "servers": find.look,
    "shown": lambda shell: find.shown(shell, [target(kept())]),
    "replaced": lambda shell: files_look.look(shell, ["/a"]),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
@given(answers=st.lists(ANSWER, min_size=1, max_size=4))
def test_each_reader(asked: Callable[[Any], Coroutine[Any, Any, Any]], answers: list[bytes]) -> None:
    read(asked(Answers(*answers)))


ACME = {"driver": "acme", "domains": "b.test", "server": "https://ca.test/dir", "webroot": "/var/www"}


@pytest.mark.parametrize(
    "texts", [{}, ACME, {**ACME, "replace": f"{LIVE}/fullchain.pem"}], ids=["certbot", "acme", "replace"]
)
@given(good=st.integers(0, 5), answers=st.lists(ANSWER, min_size=1, max_size=6))
def test_the_facts_of_a_driver(texts: dict[str, str], good: int, answers: list[bytes]) -> None:
    """The first answers are as they should be, so that the later readers have their turn."""
    read(facts.read(Answers(*WHOLE[:good], *answers), options.read(values(**texts))))  # type: ignore[arg-type]


@given(st.text(max_size=10))
def test_any_version_of_certbot_has_a_rule(version: str) -> None:
    assert kept().renewed_before_seconds(version) > 0
    kept().due(Certbot(version, None, (), (), NOW))


@pytest.mark.parametrize("digit", ["²", "٣"])
def test_digits_of_other_scripts_are_no_numbers(digit: str) -> None:
    raw = f"version 2.1.0\0issued {digit} {'a' * 64}\0issued 5 {'b' * 64}\0now {NOW}\0end \0"
    assert read(lineages.certbot_of(Answers(raw.encode()))).issued == ((5, "b" * 64),)  # type: ignore[arg-type]
    said = read(lineages.certbot_of(Answers(f"version 2.1.0\0now {digit}\0end \0".encode())))  # type: ignore[arg-type]
    assert str(said) == "the host does not say what time it is"
    assert kept().renewed_before_seconds(f"{digit}.1") == replace(kept()).renewed_before_seconds("2.1.0")


@pytest.mark.parametrize("raw", [b"file /a\0user www;\0x\0end \0", b"file /a\0one\0two\0three\0end \0"])
def test_an_odd_answer_about_files_is_no_answer(raw: bytes) -> None:
    said = read(host_files.read_files(Answers(raw), ["/a"]))  # type: ignore[arg-type]
    assert str(said) == "the host's answer about configuration files cannot be read"
