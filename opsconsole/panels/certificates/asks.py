"""Which endpoints the configuration of a host's web servers means: each address, each name. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from opsconsole.data.tls.served import Served
from opsconsole.data.webserver.model import Listen
from opsconsole.panels.certificates.asks_kinds import Blocks
from opsconsole.panels.certificates.reading import CertificateFile, Use
from opsconsole.panels.certificates.settings import is_address, is_name

MOST_NAMES = 3
"""Of a server block and its certificate: the other names are shown the same one."""

_PROBE_LABEL = "opsconsole-look"  # for `*`: nobody has a server block of that name


@dataclass(frozen=True, slots=True)
class Ask:
    """One handshake to be made.

    Attributes:
        server: `nginx`, `apache` or `haproxy`.
        target: What the endpoint is called: `name:port`, or the listening address.
        blank: Address, port and name.
        expects: Paths of the files, one of which should be served.
        optional: Whether nobody has to listen at this address: Apache's `*` may or may not be IPv6 as well.
        rank: Which of its server block's names it is: the first ones are asked first.
    """

    server: str
    target: str
    blank: Served
    expects: tuple[str, ...]
    optional: bool = False
    rank: int = 0


def asks(files: Iterable[CertificateFile]) -> list[Ask]:
    """Return what is to be asked, first names first, each combination of address, port and name once.

    A listening address of `*` or `0.0.0.0` is asked at 127.0.0.1, `::` at ::1, any other at itself. Where a
    server block has a certificate of each kind of key (RSA and EC), each is asked for. Where two files of one
    kind are shown by the same name and address, either is expected. Without a name the server chooses by
    itself, so any of the files of that address is expected.
    """
    found: dict[tuple[str, int, str], Ask] = {}
    shown: dict[tuple[str, int, str], Blocks] = {}
    anyone: dict[tuple[str, int], Blocks] = {}
    for file in files:
        for use in file.used_by:
            for listen in use.listens:
                for ask in _of(file, use, listen):
                    key = (ask.blank.address, ask.blank.port, ask.blank.server_name)
                    _add(found, ask)
                    shown.setdefault(key, Blocks()).add(use, file)
                    anyone.setdefault(key[:2], Blocks()).add(use, file)
    every: list[Ask] = []
    for (address, port, name), ask in found.items():
        blocks = shown[address, port, name] if name else anyone[address, port]
        every += _each_kind(ask if name else _expecting(ask, blocks.paths), blocks)
    return sorted(every, key=lambda ask: ask.rank)


def _each_kind(ask: Ask, blocks: Blocks) -> list[Ask]:
    """Return an ask for each kind of key, or the one that takes any."""
    return [
        replace(ask, blank=replace(ask.blank, key_kind=kind), expects=paths)
        for kind, paths in blocks.by_kind().items()
    ] or [ask]


def _add(found: dict[tuple[str, int, str], Ask], ask: Ask) -> None:
    key = (ask.blank.address, ask.blank.port, ask.blank.server_name)
    known = found.get(key)
    if known is None:
        found[key] = ask
    else:
        found[key] = _expecting(known, tuple(dict.fromkeys((*known.expects, *ask.expects))))


def _expecting(ask: Ask, expects: tuple[str, ...]) -> Ask:
    return replace(ask, expects=expects)


def _of(file: CertificateFile, use: Use, listen: Listen) -> Iterable[Ask]:
    if not listen.tls or listen.quic or listen.port is None:
        return
    for rank, name in enumerate(_names(file, use)):
        for address, optional in _addresses(use.server, listen):
            target = f"{name}:{listen.port}" if name else str(listen)
            blank = Served(address, listen.port, name, seen_from="host")
            yield Ask(use.server, target, blank, (file.path,), optional, rank)


def _names(file: CertificateFile, use: Use) -> list[str]:
    """Return the names to ask for; an empty one: none."""
    names = use.names
    if not names and use.server == "haproxy" and file.leaf is not None:
        names = file.leaf.names  # it chooses by the names in the certificates
    asked = list(dict.fromkeys(name for one in names if (name := asked_name(one))))[:MOST_NAMES]
    return asked or [""]


def asked_name(written: str) -> str:
    """Return a name that a server block of this name answers to; empty: none can be made of it.

    >>> [asked_name(name) for name in ("Shop.example", "*.example.org", ".example.org", "~^www[0-9]+$", "_")]
    ['shop.example', 'opsconsole-look.example.org', 'example.org', '', '']
    """
    name = written.lower().rstrip(".")
    if name.startswith("*."):
        name = f"{_PROBE_LABEL}{name[1:]}"
    name = name.removeprefix(".")
    return name if name != "_" and is_name(name) else ""


def _addresses(server: str, listen: Listen) -> list[tuple[str, bool]]:
    """Return the addresses to connect to for a listening one, and whether somebody must be there."""
    if listen.address == "::":
        return [("::1", False)]
    if listen.is_any:
        both = server == "apache" and listen.address in ("*", "")
        return [("127.0.0.1", False), ("::1", True)] if both else [("127.0.0.1", False)]
    address = listen.address.strip("[]")
    return [(address, False)] if is_address(address) or is_name(address) else []
