"""The keywords that matter to us, each read into a value."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opsconsole.console.sources.origin import Origin
from opsconsole.console.sources.ssh_config.hops import HopError, hops_of_command, split_hops
from opsconsole.console.sources.ssh_config.lines import LineError, arguments

ACCUMULATING = frozenset({"identityfile", "certificatefile"})
_TIME = re.compile(r"(\d+)([smhdwSMHDW]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(frozen=True, slots=True)
class Setting:
    """A value of a keyword.

    Attributes:
        keyword: Lower case; `proxyjump` and `proxycommand` are both `proxy`, as the first of either wins.
        value: The value read; paths are not expanded yet.
        origin: Where it stands.
    """

    keyword: str
    value: Any
    origin: Origin


@dataclass(frozen=True, slots=True)
class Proxy:
    """How to get to the host: hops, or a command that we do not run."""

    hops: tuple[str, ...] = ()
    command: str = ""


def read_setting(keyword: str, rest: str, origin: Origin) -> Setting | None:
    """Return the setting of a line; None when the keyword does not matter to us.

    Raises:
        LineError: Its value is wrong.
    """
    if keyword == "proxycommand":
        hops = () if rest.strip().lower() == "none" else hops_of_command(rest)
        return Setting("proxy", Proxy(hops) if hops is not None else Proxy(command=rest), origin)
    keyword = "identityfile" if keyword == "identityfile2" else keyword
    read = _READERS.get(keyword)
    if read is None:
        return None
    words = arguments(rest)
    if not words or not words[0]:
        raise LineError(f"no argument after {keyword}")
    if len(words) > 1 and read is not _texts:
        raise LineError(f"more than one argument after {keyword}")
    value = read(words if read is _texts else words[0])
    if value is None:  # `ConnectTimeout none` leaves the say to a later line
        return None
    return Setting("proxy" if keyword == "proxyjump" else keyword, value, origin)


def _text(word: str) -> str:
    return word


def _texts(words: list[str]) -> tuple[str, ...]:
    return tuple(words)


def _port(word: str) -> int:
    try:
        port = int(word) if word.isascii() and word.isdigit() else socket.getservbyname(word, "tcp")
    except (OSError, ValueError):
        port = 0
    if not 0 < port < 65536:
        raise LineError(f"{word!r} is not a port")
    return port


def _yes_no(word: str) -> bool:
    if word.lower() not in {"yes", "true", "no", "false"}:
        raise LineError(f"{word!r} is neither yes nor no")
    return word.lower() in {"yes", "true"}


def _seconds(word: str) -> float | None:
    if word.lower() == "none":
        return None
    found = _TIME.findall(word)
    if not found or "".join(number + unit for number, unit in found) != word:
        raise LineError(f"{word!r} is not a time such as 10 or 1m")
    return float(sum(int(number) * _SECONDS[unit.lower()] for number, unit in found))


def _jump(word: str) -> Proxy:
    try:
        return Proxy(split_hops(word))
    except HopError as error:
        raise LineError(str(error)) from None


_READERS: dict[str, Callable[[Any], Any]] = {
    "hostname": _text,
    "user": _text,
    "port": _port,
    "proxyjump": _jump,
    "identityfile": _text,
    "certificatefile": _text,
    "identitiesonly": _yes_no,
    "identityagent": _text,
    "userknownhostsfile": _texts,
    "globalknownhostsfile": _texts,
    "hostkeyalias": _text,
    "connecttimeout": _seconds,
    "pkcs11provider": _text,
    "knownhostscommand": _text,
    "revokedhostkeys": _texts,
    "canonicalizehostname": _text,
}
