"""Looks at one service: what it serves when all versions are offered, and which versions it takes."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from opsconsole.data.host import ShellError
from opsconsole.data.tls import stapling, starttls
from opsconsole.data.tls.certificate import CertificateError
from opsconsole.data.tls.connect import Connect, told_apart
from opsconsole.data.tls.handshake import Shown, handshake, speaks
from opsconsole.data.tls.key_kinds import kind_of
from opsconsole.data.tls.served import VERSIONS, Served
from opsconsole.data.tls.stream import TlsError

if TYPE_CHECKING:
    from opsconsole.data.tls.certificate import Certificate
    from opsconsole.data.tls.trust import Roots

TIMEOUT_SECONDS = 8.0
MOST_CERTIFICATES = 20
"""Of a chain; real ones have two to four."""

_UNRECOGNIZED_NAME = 112  # an alert that tells nothing of the version
_NO_SUCH_KEY = (40, 71)  # handshake failure, insufficient security: nothing that both sides take
# OpenSSL's server ends so what its security level forbids (TLS 1.0 signs with SHA-1), but also what broke.
_INTERNAL_ERROR = 80
_TRIES = 2


async def look(
    connect: Connect,
    asked: Served,
    *,
    roots: Roots | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    versions: bool = True,
) -> Served:
    """Look once. Every failure is a result; nothing is raised but cancellation.

    Args:
        connect: Opens a new connection, see `connect.directly` and `connect.through`.
        asked: What is asked for: address, port, name, how TLS begins, and from where.
        roots: Those that are trusted; None: trust is not looked at.
        timeout_seconds: For each connection.
        versions: Try each protocol version by itself: a connection each. MySQL away from loopback is spared:
            it counts refused handshakes, and after many of them lets nobody in from where they came.
    """
    began = time.monotonic()
    try:
        shown = await _first(connect, asked, timeout_seconds)
    except TlsError as error:
        return replace(asked, error=str(error), error_kind=error.kind)
    took_ms = (time.monotonic() - began) * 1000
    seen = await asyncio.to_thread(_read, asked, shown, roots)  # thousands of names take a parser a while
    if asked.key_kind and seen.chain and kind_of(seen.chain[0]) != asked.key_kind:
        instead = seen.chain[0].key_kind
        words = f"it serves no {asked.key_kind} certificate; who takes any is shown one with {instead}"
        seen = replace(asked, error=words, error_kind="key")
    protocols: dict[str, bool | None] = {shown.version: True} if shown.version else {}
    remark = ""
    if versions:
        anyone = replace(asked, key_kind="")
        protocols, remark = await _protocols(connect, anyone, protocols, timeout_seconds)
    return replace(seen, protocols=protocols, protocols_remark=remark, took_ms=took_ms)


async def _first(connect: Connect, asked: Served, timeout_seconds: float) -> Shown:
    """Shake hands with all versions offered; where one kind of key is asked for, in all ways to ask for it.

    Raises:
        TlsError: No certificate was shown.
    """
    try:
        return await _once(connect, asked, None, timeout_seconds)
    except TlsError as error:
        if not asked.key_kind or error.alert not in _NO_SUCH_KEY:
            raise
    try:
        return await _once(connect, asked, "TLSv1.2", timeout_seconds)
    except TlsError as error:
        if error.alert is None:
            raise
    # It answers who asks for none, or there is another reason: that would be no word on its certificates.
    return await _once(connect, replace(asked, key_kind=""), None, timeout_seconds)


async def _protocols(
    connect: Connect, asked: Served, known: dict[str, bool | None], timeout_seconds: float
) -> tuple[dict[str, bool | None], str]:
    """Return which versions are taken, and why that is not known of some."""
    taken = dict.fromkeys(VERSIONS) | known
    if asked.starttls == "mysql" and not _is_loopback(asked.address):
        return taken, "MySQL away from loopback is not asked for each version: it would lock us out"
    remarks: dict[str, list[str]] = {}
    for version in VERSIONS:
        if taken[version] is None:
            taken[version], why = await _takes(connect, asked, version, timeout_seconds)
            if why:
                remarks.setdefault(why, []).append(version)
    return taken, "; ".join(f"{', '.join(of)}: {why}" for why, of in remarks.items())


async def _once(
    connect: Connect,
    asked: Served,
    version: str | None,
    timeout_seconds: float,
) -> Shown:
    """Connect and shake hands.

    Raises:
        TlsError: No certificate was shown.
    """
    where = "no connection"
    try:
        async with asyncio.timeout(timeout_seconds), connect() as stream:
            where = "nothing came" if not asked.starttls else "TLS did not begin"
            leave = await starttls.begin(asked.starttls, stream)
            where = "the handshake was not finished"
            return await handshake(
                stream,
                server_name=asked.server_name,
                version=version,
                leave=leave,
                key_kind=asked.key_kind,
            )
    except TimeoutError as error:
        if error.errno is not None:  # the system's own, not our deadline
            raise told_apart(error) from None
        raise TlsError("timeout", f"{where} within {timeout_seconds:g} s") from None
    except (OSError, ShellError, TlsError, UnicodeError) as error:
        raise told_apart(error) from None


async def _takes(
    connect: Connect,
    asked: Served,
    version: str,
    timeout_seconds: float,
) -> tuple[bool | None, str]:
    """Return whether a service that answered just now takes this version; None: not known, and why."""
    if not await asyncio.to_thread(speaks, version):
        return None, "this console's OpenSSL does not speak it"
    for _ in range(_TRIES):
        try:
            return (await _once(connect, asked, version, timeout_seconds)).version == version, ""
        except TlsError as error:
            if error.kind == "closed" or error.alert == _INTERNAL_ERROR:
                continue
            if error.alert is not None:
                return (None, str(error)) if error.alert == _UNRECOGNIZED_NAME else (False, "")
            # Whether it answered in another version than the one that was offered.
            other = error.kind == "tls" and "unsupported protocol" in str(error)
            return (False, "") if other else (None, str(error))
    return False, ""  # to hang up twice, by one that speaks the others, is an answer


def _read(asked: Served, shown: Shown, roots: Roots | None) -> Served:
    from opsconsole.data.tls.read import read_der

    chain: list[Certificate] = []
    remarks = [shown.remark] if shown.remark else []
    for place, der in enumerate(shown.chain[:MOST_CERTIFICATES]):
        try:
            chain.append(read_der(der))
        except CertificateError as error:
            if place == 0:
                words = f"the certificate it serves cannot be read: {error}"
                return replace(asked, error=words, error_kind="certificate")
            remarks.append(f"certificate {place + 1} of its chain cannot be read: {error}")
    if len(shown.chain) > MOST_CERTIFICATES:
        remarks.append(f"of the {len(shown.chain)} certificates it serves {MOST_CERTIFICATES} were read")
    stapled = stapling.read(shown.stapled, chain) if shown.stapled else stapling.Stapled("")
    return replace(
        asked,
        chain=tuple(chain),
        negotiated=shown.version,
        cipher=shown.cipher,
        ocsp_stapled=None if shown.stapled is None else bool(shown.stapled),
        ocsp_status=stapled.status,
        ocsp_next_update=stapled.next_update,
        verify_error=_verify_error(chain, roots),
        remark="; ".join(remarks),
    )


def _verify_error(chain: list[Certificate], roots: Roots | None) -> str | None:
    if roots is None:
        return None
    from opsconsole.data.tls.chain import inspect

    found = inspect(chain, roots)
    return None if found.trusted is None else found.trust_error


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
