"""Reads HAProxy's configuration: `bind … ssl` lines with certificates, folders of them and crt-lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from opsconsole.data.webserver.model import MOST_NAMES, Files, Listen, Pair, Server, Sites
from opsconsole.data.webserver.source import Source, absolute

ROOT = "/etc/haproxy/haproxy.cfg"
_MOST_WORDS = 4096
_MOST_ADDRESSES = 64
_MOST_OF_A_RANGE = 32
_SECTIONS = frozenset(
    {
        "global", "defaults", "frontend", "listen", "backend", "peers", "mailers", "userlist", "resolvers",
        "program", "ring", "cache", "log-forward", "http-errors", "fcgi-app", "crt-store", "traces",
        "log-profile", "acme",
    }
)  # fmt: skip
_BINDERS = frozenset({"frontend", "listen", "peers", "log-forward"})
# Of a bind line: what has a value that could be mistaken for another of its words.
_WITH_VALUE = frozenset(
    {
        "name", "id", "mode", "user", "uid", "group", "gid", "alpn", "npn", "ciphers", "ciphersuites",
        "curves", "ecdhe", "ca-file", "ca-sign-file", "ca-sign-pass", "ca-verify-file", "crl-file",
        "crt-ignore-err", "ca-ignore-err", "maxconn", "backlog", "level", "process", "proto", "interface",
        "mss", "namespace", "nice", "tcp-ut", "thread", "shards", "ssl-min-ver", "ssl-max-ver", "verify",
        "tls-ticket-keys", "sigalgs", "client-sigalgs", "severity-output", "expose-fd", "label",
        "guid-prefix", "quic-socket", "quic-cc-algo",
    }
)  # fmt: skip
_CERTIFICATES = frozenset({"crt", "default-crt"})
_WORD = re.compile(r"""\s+|\#.*|(?P<word>(?:[^\s\\"'#]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|\\$)+)""")
_PIECE = re.compile(
    r"""\\(?P<escaped>.)|"(?P<weak>(?:[^"\\]|\\.)*)"|'(?P<strong>[^']*)'|(?P<plain>[^\\"']+)"""
)
_VARIABLE = re.compile(r"\$(?:\{|[A-Za-z_])")
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_FAMILY = re.compile(r"(ipv4|ipv6|udp4|udp6|quic4|quic6|unix|abns|abnsz|fd|sockpair|mptcp|mptcp4|mptcp6)@")
_LISTED = re.compile(r"(?P<file>[^\s\[\]]+)\s*(?:\[[^\]]*\])?\s*(?P<names>.*)")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line's words, and where it stands."""

    words: tuple[str, ...]
    file: str
    number: int


@dataclass(slots=True)
class _Stored:
    """A `crt-store`: what it calls its certificates."""

    base: str = ""
    key_base: str = ""
    pairs: dict[str, tuple[str, str]] = field(default_factory=dict)


def parse(files: Files, roots: tuple[str, ...] = (ROOT,)) -> Sites:
    """Return the `bind` lines of a configuration.

    Args:
        files: Absolute path -> content, of the roots and of the crt-lists.
        roots: Paths of the configuration files, in the order in which HAProxy takes them.
    """
    reading = _Reading(Source(files))
    for root in roots:
        if root in files:
            reading.file(root)
        else:
            reading.source.want(root)
    return reading.source.sites("haproxy", reading.servers)


class _Reading:
    """One pass over all files."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.servers: list[Server] = []
        self.base = self.key_base = ""
        self.stores: dict[str, _Stored] = {}

    def file(self, path: str) -> None:
        """Read one configuration file."""
        text = self.source.text(path)
        section = title = ""
        for number, raw in enumerate(() if text is None else text.split("\n"), 1):
            words = _words(raw.removesuffix("\r"))
            if not words:
                continue
            if words[0] in _SECTIONS:
                section, title = words[0], words[1] if len(words) > 1 else ""
                if section == "crt-store":
                    self.stores.setdefault(title, _Stored())
                continue
            line = _Line(words, path, number)
            if section == "global":
                self._global(line)
            elif section == "crt-store":
                self._store(self.stores[title], line)
            elif section in _BINDERS and words[0] == "bind" and len(words) > 1:
                self._bind(line, title)
            elif section in _BINDERS and words[0] == "ssl-f-use":
                self._use(line, title)

    def _global(self, line: _Line) -> None:
        if len(line.words) > 1 and line.words[0] in ("crt-base", "key-base"):
            value = "" if self._variable(line.words[1], line, line.words[0]) else line.words[1]
            if line.words[0] == "crt-base":
                self.base = value
            else:
                self.key_base = value

    def _store(self, store: _Stored, line: _Line) -> None:
        values = dict(zip(line.words[1::2], line.words[2::2], strict=False))
        if line.words[0] == "crt-base" and len(line.words) > 1:
            store.base = line.words[1]
        elif line.words[0] == "key-base" and len(line.words) > 1:
            store.key_base = line.words[1]
        elif line.words[0] == "load" and "crt" in values and len(store.pairs) < MOST_NAMES:
            crt, key = values["crt"], values.get("key", "")
            path = absolute(store.base or self.base or "/", crt)
            key = absolute(store.key_base or self.key_base or "/", key) if key else path
            store.pairs[values.get("alias", crt)] = (path, key)

    def _variable(self, word: str, line: _Line, what: str) -> bool:
        if not _VARIABLE.search(word):
            return False
        self.source.note(line.file, line.number, f"{what} {word}: variables of the environment are not known")
        return True

    def _bind(self, line: _Line, title: str) -> None:
        pairs: list[Pair] = []
        words = iter(line.words[2:])
        tls = False
        for word in words:
            if word == "ssl":
                tls = True
            elif word in _CERTIFICATES:
                pairs += self._named(next(words, ""), line)
            elif word == "crt-list":
                pairs += self._list(next(words, ""), line)
            elif word in _WITH_VALUE:
                next(words, None)
        listens = []
        for said in line.words[1].split(",")[:_MOST_ADDRESSES]:
            if not self._variable(said, line, "the address"):
                listens += _listens(said, tls=tls)
        kept = tuple(pairs) if tls or any(one.quic for one in listens) else ()
        self.servers.append(Server("haproxy", line.file, line.number, (), tuple(listens), kept, title))

    def _use(self, line: _Line, title: str) -> None:
        """Add the certificate of an `ssl-f-use` line (3.2) to the frontend's TLS addresses so far."""
        values = dict(zip(line.words[1::2], line.words[2::2], strict=False))
        listens = tuple(
            listen
            for server in self.servers
            if server.title == title and server.file == line.file
            for listen in server.listens
            if listen.tls
        )
        pairs = tuple(self._named(values.get("crt", ""), line))
        if pairs:
            self.servers.append(Server("haproxy", line.file, line.number, (), listens, pairs, title))

    def _named(self, word: str, line: _Line, names: tuple[str, ...] = ()) -> list[Pair]:
        if not word or self._variable(word, line, "the certificate"):
            return []
        path = key = ""
        if word.startswith("@"):
            store, _, name = word[1:].partition("/")
            path, key = self.stores.get(store, _Stored()).pairs.get(name, ("", ""))
            if not path:
                self.source.note(line.file, line.number, f"{word} is in no crt-store that was read")
                return []
        elif not word.startswith("/") and not self.base:
            self.source.note(line.file, line.number, f"{word} is relative to where HAProxy was started")
            return []
        path = path or absolute(self.base, word)
        return [Pair(path, key or path, "", line.file, line.number, names)]

    def _list(self, word: str, line: _Line) -> list[Pair]:
        if not word or self._variable(word, line, "the crt-list"):
            return []
        path = absolute(self.base or "/", word)
        if path not in self.source.files:
            self.source.want(path)
            self.source.note(line.file, line.number, f"the crt-list {word} was not read")
            return []
        made: list[Pair] = []
        text = self.source.text(path) or ""
        for number, raw in enumerate(text.split("\n"), 1):
            found = _LISTED.fullmatch(raw.strip())
            if found and not raw.lstrip().startswith("#") and len(made) < MOST_NAMES:
                names = tuple(one.lower() for one in found["names"].split() if not one.startswith(("!", "#")))
                made += self._named(found["file"], _Line((), path, number), names[:MOST_NAMES])
        return made


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a line, without quotes; what follows a quote that is not closed is left out."""
    words: list[str] = []
    at = 0
    while at < len(text) and len(words) < _MOST_WORDS:
        found = _WORD.match(text, at)
        if found is None or found.end() == at:
            break
        at = found.end()
        if found["word"]:
            pieces = _PIECE.finditer(found["word"])
            words.append("".join(one[one.lastgroup or "plain"] for one in pieces))
    return tuple(words)


def _listens(said: str, *, tls: bool) -> list[Listen]:
    """Return what an address of a bind line means."""
    found = _FAMILY.match(said)
    family, rest = (found[1], said[found.end() :]) if found else ("", said)
    if family in ("unix", "abns", "abnsz") or rest.startswith("/"):
        return [Listen(f"unix:{rest}", None, tls)]
    if family in ("fd", "sockpair"):
        return []
    quic = family.startswith("quic")
    address, _, port = rest.rpartition(":")
    address = address.removeprefix("[").removesuffix("]")
    if address in ("", "*"):
        address = "::" if family.endswith("6") else "*"
    numbers = _PORTS.fullmatch(port)
    if numbers is None:
        return []
    first = int(numbers[1])
    last = min(int(numbers[2] or first), first + _MOST_OF_A_RANGE - 1)
    made = range(first, last + 1)
    return [Listen(address, number, tls or quic, quic) for number in made if 0 < number < 65536]
