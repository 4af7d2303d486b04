"""Reads nginx's configuration: `server` blocks of http, stream and mail with what they inherit."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace

from opsconsole.data.logrotate_rule import is_glob
from opsconsole.data.webserver.model import MOST_NAMES, Files, Listen, Pair, Server, Sites
from opsconsole.data.webserver.nginx_words import Statement, statements
from opsconsole.data.webserver.source import MOST_NESTING, Source, absolute

ROOT = "/etc/nginx/nginx.conf"
_MOST_BLOCKS = 64  # nested in each other
_MOST_OF_A_RANGE = 32
_PORT = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_HOLDERS = ("http", "stream", "mail")
_NOT_FILES = ("data:", "engine:", "store:", "pkcs11:")


@dataclass(slots=True)
class _Place:
    """A path or other value, and where it is said."""

    value: str
    file: str
    line: int


@dataclass(slots=True)
class _Block:
    """One block with what counts for certificates."""

    name: str
    file: str
    line: int
    parent: _Block | None = None
    listens: list[tuple[str, ...]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    certificates: list[_Place] = field(default_factory=list)
    keys: list[_Place] = field(default_factory=list)
    ssl: str = ""

    def inherited(self, what: str) -> list[_Place]:
        """Return certificates or keys: its own, or else those of the nearest block around it."""
        block: _Block | None = self
        while block is not None:
            if found := getattr(block, what):
                return list(found)
            block = block.parent
        return []

    def said_ssl(self) -> bool:
        """Whether `ssl on` (gone since nginx 1.25.1) holds."""
        block: _Block | None = self
        while block is not None and not block.ssl:
            block = block.parent
        return block is not None and block.ssl == "on"


def parse(files: Files, root: str = ROOT) -> Sites:
    """Return the servers of the configuration that begins at `root`.

    Args:
        files: Absolute path -> content, of the root and of all that it includes.
        root: Path of the main file; relative paths in any file are below its folder.
    """
    reading = _Reading(Source(files), posixpath.dirname(root))
    if root in files:
        reading.file(root, _Block("", root, 0), 0)
    else:
        reading.source.want(root)
    return reading.sites()


class _Reading:
    """One pass over all files."""

    def __init__(self, source: Source, prefix: str) -> None:
        self.source = source
        self.prefix = prefix
        self.servers: list[_Block] = []

    def file(self, path: str, outer: _Block, nesting: int) -> None:
        """Read a file as if it stood inside the block `outer`."""
        text = self.source.text(path)
        stack = [outer]
        for one in () if text is None else statements(text):
            if one.sign == "!":
                self.source.note(path, one.line, f"{one.words[0]}: the rest of the file was not read")
            elif one.sign == "}":
                if len(stack) == 1:
                    self.source.note(path, one.line, "a } too many: the rest of the file was not read")
                    return
                stack.pop()
            elif one.sign == "{":
                if len(stack) >= _MOST_BLOCKS:
                    self.source.note(path, one.line, "too many blocks in each other: the rest was not read")
                    return
                stack.append(self._begin(path, one, stack[-1]))
            elif one.words:
                self._directive(path, one, stack[-1], nesting)

    def _begin(self, path: str, one: Statement, outer: _Block) -> _Block:
        block = _Block(one.words[0] if one.words else "", path, one.line, outer)
        if block.name == "server" and outer.name in _HOLDERS:
            self.servers.append(block)
        return block

    def _directive(self, path: str, one: Statement, block: _Block, nesting: int) -> None:
        name, *arguments = one.words
        first = arguments[0] if arguments else ""
        if name == "include" and first:
            self._include(first, _Place(first, path, one.line), block, nesting)
        elif name == "listen" and arguments:
            block.listens.append(tuple(arguments))
        elif name == "server_name":
            block.names.extend(arguments[: MOST_NAMES - len(block.names)])
        elif name == "ssl":
            block.ssl = first
        elif name in ("ssl_certificate", "ssl_certificate_key") and first:
            kept = block.certificates if name == "ssl_certificate" else block.keys
            if len(kept) < MOST_NAMES:
                kept.append(_Place(first, path, one.line))

    def _include(self, pattern: str, at: _Place, block: _Block, nesting: int) -> None:
        whole = absolute(self.prefix, pattern)
        found = self.source.find(whole)
        if nesting >= MOST_NESTING:
            self.source.note(at.file, at.line, f"includes nested too deep: {pattern}")
            return
        if not found:
            self.source.want(whole)
            if not is_glob(whole):  # a glob that means nothing is no error
                self.source.note(at.file, at.line, f"include {pattern}: that file was not read")
        for path in found:
            self.file(path, block, nesting + 1)

    def sites(self) -> Sites:
        """Return what was read, inherited and resolved."""
        servers = [self._server(block) for block in self.servers]
        # One listener belongs to all servers of its address: where one says ssl, all of them have it.
        spoken = {
            (one.address, one.port)
            for server in servers
            for one in server.listens
            if one.tls and not one.quic
        }
        return self.source.sites(
            "nginx",
            [
                replace(
                    server,
                    listens=tuple(
                        replace(one, tls=one.tls or (one.address, one.port) in spoken)
                        for one in server.listens
                    ),
                )
                for server in servers
            ],
        )

    def _server(self, block: _Block) -> Server:
        tls = block.said_ssl()
        listens = [one for words in block.listens for one in _listens(words, tls=tls)]
        if not block.listens:
            listens = [Listen("*", 80, tls)]
        return Server(
            "nginx",
            block.file,
            block.line,
            tuple(dict.fromkeys(name for word in block.names for name in _names(word))),
            tuple(dict.fromkeys(listens)),
            tuple(self._pairs(block)),
        )

    def _pairs(self, block: _Block) -> list[Pair]:
        certificates, keys = block.inherited("certificates"), block.inherited("keys")
        made = []
        for number, one in enumerate(certificates):
            path = self._followed(one, "certificate")
            key = self._followed(keys[number], "key") if number < len(keys) else ""
            if path:
                made.append(Pair(path, key, "", one.file, one.line))
        return made

    def _followed(self, one: _Place, what: str) -> str:
        """Return the absolute path that is meant, or empty (noted) where that is known at run time only."""
        if one.value.startswith(_NOT_FILES):
            why = f"{one.value.partition(':')[0]}:… is no file"
        elif "$" in one.value:
            why = f"{one.value} is chosen by a variable at run time"
        else:
            return absolute(self.prefix, one.value)
        self.source.note(one.file, one.line, f"the {what} {why}", hides=what == "certificate")
        return ""


def _names(word: str) -> list[str]:
    """Return the names that one argument of server_name means; none for a catch-all such as `_`."""
    if word.startswith("~"):
        return [word]
    word = word.lower()
    if word in ("", "_", "$hostname"):
        return []
    return [word[1:], "*" + word] if word.startswith(".") else [word]


def _listens(words: tuple[str, ...], *, tls: bool) -> list[Listen]:
    """Return what a `listen` directive means; empty where it is none."""
    said, flags = words[0], words[1:]
    quic = "quic" in flags
    tls = tls or quic or "ssl" in flags
    if said.startswith("unix:"):
        return [Listen(said, None, tls, quic)]
    address, port = said, "80"
    if said.startswith("["):
        address, _, rest = said[1:].partition("]")
        port = rest.removeprefix(":") or "80"
    elif _PORT.fullmatch(said):
        address, port = "*", said
    elif ":" in said:
        address, _, port = said.rpartition(":")
    numbers = _PORT.fullmatch(port)
    if numbers is None:
        return []
    first = int(numbers[1])
    last = min(int(numbers[2] or first), first + _MOST_OF_A_RANGE - 1)
    return [
        Listen(address or "*", number, tls, quic) for number in range(first, last + 1) if 0 < number < 65536
    ]
