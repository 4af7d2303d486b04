"""All addresses of a name, as the console or as a host sees them."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING

from opsconsole.data.host import Command, ShellError
from opsconsole.data.text import clean_line
from opsconsole.data.tls.stream import TlsError
from opsconsole.panels.certificates.settings import is_address

if TYPE_CHECKING:
    from opsconsole.data.host import Shell

MOST_ADDRESSES = 8
"""Of one name; services with more are behind load balancers that share a certificate."""

_SECONDS = 6.0
_NOT_FOUND = 2  # of getent(1): no such key
_NO_SUCH_PROGRAM = (126, 127)


async def from_console(name: str, port: int) -> tuple[str, ...]:
    """Return the IPv4 and IPv6 addresses of a name, or the address itself.

    An IPv6 address that the console has no route to is left out, unless it is the only one.

    Raises:
        TlsError: There is none, or it was not found in time.
    """
    if is_address(name):
        return (name,)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_SECONDS):
            found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise TlsError("timeout", f"the name was not looked up within {_SECONDS:g} s") from None
    except (OSError, UnicodeError) as error:
        words = "name not found from the console"
        if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
            words = "name not looked up: no answer from the console's name servers"
        raise TlsError("name", words) from None
    every = dict.fromkeys(str(entry[4][0]) for entry in found)
    near = [one for one in every if _has_route(one, port)]
    return tuple(near or every)[:MOST_ADDRESSES]


async def from_host(shell: Shell, name: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a name as the host looks it up, also by its own /etc/hosts.

    Where it has no getent (BusyBox, macOS) the name itself: its sshd looks it up then, and takes one address.

    Raises:
        TlsError: There is none, or the host could not be asked.
    """
    if is_address(name):
        return (name,)
    if shell.host.is_local:
        return await from_console(name, port)
    command = Command(("getent", "ahosts", name), deadline_seconds=_SECONDS, output_limit_bytes=64 * 1024)
    try:
        output = await shell.run(command)
    except ShellError as error:
        raise TlsError("console", clean_line(str(error), 200)) from None
    if output.timed_out:
        raise TlsError("timeout", f"the host did not look the name up within {_SECONDS:g} s")
    if output.exit_status == _NOT_FOUND:
        raise TlsError("name", "name not found on the host")
    found = [_address(line) for line in output.stdout[: 32 * 1024].splitlines()]
    every = tuple(dict.fromkeys(one for one in found if one))[:MOST_ADDRESSES]
    if not every and output.exit_status not in _NO_SUCH_PROGRAM:
        said = clean_line(output.stderr, 120) or f"exit status {output.exit_status}"
        raise TlsError("name", f"getent on the host: {said}")
    return every or (name,)


def _address(line: bytes) -> str:
    """Return the address at the beginning of a line of `getent ahosts`, or empty."""
    try:
        return str(ipaddress.ip_address(line.split(None, 1)[0].decode("ascii")))
    except (IndexError, ValueError):
        return ""


def _has_route(address: str, port: int) -> bool:
    """Whether the kernel knows a way to an IPv6 address; nothing is sent. True for IPv4."""
    if ":" not in address:
        return True
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.connect((address, port))
    except OSError:
        return False
    return True
