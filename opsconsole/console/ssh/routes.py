"""The way to a host: which hops, in which order, with whose settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from opsconsole.data.host import Host

_HOP = re.compile(
    r"(?:(?P<user>[^@\s]+)@)?(?:\[(?P<six>[^\]]+)\]|(?P<name>[^:@\s\[\]]+))(?::(?P<port>\d{1,5}))?"
)


class RouteError(Exception):
    """The way to a host cannot be made out; the message is for a person."""


def route(name: str, hosts: Mapping[str, Host]) -> tuple[Host, ...]:
    """Return the hops to a host, in order, ending with the host itself.

    As with OpenSSH's ProxyJump, the first hop is reached by its own jumps if it has any, each later one
    through the hop before it. A hop that names a host of the inventory has that host's settings; any other is
    `[user@]host[:port]` and takes keys and known_hosts files from the host it leads to.

    Raises:
        RouteError: The jumps go round in a circle, or a hop cannot be read.
        KeyError: There is no such host.
    """
    return _route(hosts[name], hosts, (name,))


def _route(host: Host, hosts: Mapping[str, Host], seen: tuple[str, ...]) -> tuple[Host, ...]:
    if not host.jump:
        return (host,)
    hops = [hosts[jump] if jump in hosts else ad_hoc(jump, host) for jump in host.jump]
    for hop in hops:
        if hop.name in seen:
            raise RouteError(f"the jump hosts go round in a circle: {' → '.join((*seen, hop.name))}")
    first = _route(hops[0], hosts, (*seen, hops[0].name)) if hops[0].name in hosts else (hops[0],)
    return (*first, *hops[1:], host)


def ad_hoc(jump: str, towards: Host) -> Host:
    """Return the host that `[user@]host[:port]` means on the way to `towards`.

    Raises:
        RouteError: It is not of that form.
    """
    match = _HOP.fullmatch(jump)
    if match is None or int(match["port"] or 22) > 65535:
        raise RouteError(f"the jump host {jump!r} is not of the form [user@]host[:port]")
    return replace(
        towards,
        name=jump,
        address=match["six"] or match["name"],
        port=int(match["port"] or 22),
        user=match["user"],
        groups=(),
        jump=(),
        host_key_alias=None,
    )
