"""Jump hosts as ProxyJump and `-J` write them: `[user@]host[:port]` or `ssh://…`, separated by commas."""

from __future__ import annotations

import re
from typing import NamedTuple

_HOP = re.compile(
    r"(?:(?P<user>.+)@)?(?:\[(?P<v6>[^\[\]@/]+)\]|(?P<host>[^\[\]@/:]+))(?::(?P<port>\d{1,5}))?"
)
_BARE_V6 = re.compile(r"(?:(?P<user>.+)@)?(?P<host>[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.%a-z0-9]*)")


class HopError(ValueError):
    """The text is not a jump host; the message says what it is."""


class Hop(NamedTuple):
    """One jump host.

    Attributes:
        host: A name of the inventory or of ssh_config, or an address.
        user: Login name, when the text has one.
        port: Port, when the text has one.
    """

    host: str
    user: str | None = None
    port: int | None = None


def parse_hop(text: str) -> Hop:
    """Return a hop.

    Raises:
        HopError: It is none.
    """
    rest = text.strip()
    if rest.lower().startswith("ssh://"):
        rest = rest[6:].rstrip("/")
    found = _HOP.fullmatch(rest) or _BARE_V6.fullmatch(rest)
    if found is None or any(character.isspace() or not character.isprintable() for character in rest):
        raise HopError(f"{text!r} is not a jump host such as bastion, ops@bastion or ops@bastion:2222")
    parts = found.groupdict()
    host = parts.get("v6") or parts["host"]
    port = int(parts["port"]) if parts.get("port") else None
    if host.startswith("-") or (parts["user"] or "").startswith("-") or port == 0 or (port or 0) > 65535:
        raise HopError(f"{text!r} is not a jump host such as bastion, ops@bastion or ops@bastion:2222")
    return Hop(host, parts["user"], port)


def split_hops(text: str) -> tuple[str, ...]:
    """Return the hops of a comma-separated chain, first hop first; empty for `none`.

    Raises:
        HopError: One of them is no hop.
    """
    if text.strip().lower() in {"none", ""}:
        return ()
    hops = tuple(re.sub(r"(?i)^ssh://(.*?)/?$", r"\1", part.strip()) for part in text.split(","))
    for hop in hops:
        parse_hop(hop)
    return hops


_STDIO_FORWARD = re.compile(r"(?:exec\s+)?(?:/usr/bin/)?ssh\s+(?P<rest>.+)")
_HARMLESS_FLAGS = re.compile(r"-[qaxT]+")


def hops_of_command(command: str) -> tuple[str, ...] | None:
    """Return the jump host of the old `ProxyCommand ssh -W %h:%p HOST`; None for any other command."""
    found = _STDIO_FORWARD.fullmatch(command.strip().strip("\"'"))
    if found is None:
        return None
    words = [word for word in found.group("rest").split() if not _HARMLESS_FLAGS.fullmatch(word)]
    try:
        at = next(index for index, word in enumerate(words) if word.startswith("-W"))
    except StopIteration:
        return None
    length = 1 if words[at] in {"-W%h:%p", "-W[%h]:%p"} else 2
    if length == 2 and words[at + 1 : at + 2] not in (["%h:%p"], ["[%h]:%p"]):
        return None
    others = words[:at] + words[at + length :]
    user = port = None
    while len(others) >= 3 and others[0] in {"-l", "-p"}:
        user, port = (others[1], port) if others[0] == "-l" else (user, others[1])
        others = others[2:]
    if len(others) != 1:
        return None
    hop = (f"{user}@" if user else "") + others[0] + (f":{port}" if port else "")
    try:
        parse_hop(hop)
    except HopError:
        return None
    return (hop,)
