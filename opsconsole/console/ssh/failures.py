"""From what went wrong to the state and the one-line reason that an engineer reads."""

from __future__ import annotations

import errno
import os
import re
import socket
from dataclasses import dataclass

import asyncssh

from opsconsole.console.ssh.attempt import Attempt, Phase
from opsconsole.console.ssh.client import Client
from opsconsole.console.ssh.hostkeys import HostKeys
from opsconsole.console.ssh.status import ConnectionState, HostKeyOffer
from opsconsole.data.text import clean_line

_ERRNO = re.compile(r"\[Errno (-?\d+)\]")
_REFUSED = {errno.ECONNREFUSED}
_NO_ROUTE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EADDRNOTAVAIL}
_TIMED_OUT = {errno.ETIMEDOUT}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed."""

    state: ConnectionState
    reason: str
    offer: HostKeyOffer | None = None


def classify(  # noqa: PLR0911 - one line for each kind of failure reads best
    error: BaseException, attempt: Attempt, client: Client | None, via: str | None
) -> Failure:
    """Return the failure that `error` means.

    Args:
        error: What was raised.
        attempt: What was learned before.
        client: The callbacks, once there were any.
        via: Name of the jump host the attempt went through.
    """
    through = f" (through {via})" if via else ""
    where = f"{attempt.host.address}:{attempt.host.port}{through}"
    match error:
        case asyncssh.HostKeyNotVerifiable():
            return _host_key(error, attempt, client)
        case asyncssh.PermissionDenied():
            return Failure(ConnectionState.AUTHENTICATION_FAILED, _denied(attempt))
        case asyncssh.ChannelOpenError():
            return _through_jump(error, where, via or "the jump host")
        case TimeoutError() if not isinstance(error, OSError) or error.errno is None:
            return _timed_out(attempt, where)
        case socket.gaierror() if error.errno == socket.EAI_AGAIN:
            words = f"the name {attempt.host.address!r} was not looked up: no answer from the name servers"
            return Failure(ConnectionState.NAME_UNANSWERED, words)
        case socket.gaierror():
            return Failure(ConnectionState.NAME_NOT_FOUND, f"the name {attempt.host.address!r} was not found")
        case OSError() if attempt.phase is Phase.DIALLING:
            return _os_error(error, where)
        case _:
            return _broken_off(error, attempt, where)


def _host_key(error: Exception, attempt: Attempt, client: Client | None) -> Failure:
    # What was on record then: meanwhile a person may have accepted the key for another host.
    host_keys = client.host_keys if client is not None else HostKeys.of(attempt.host)
    key = client.refused_key if client is not None else None
    if "revoked" in str(error):
        return Failure(
            ConnectionState.HOST_KEY_CHANGED, f"the host key is marked @revoked for {host_keys.name}"
        )
    if key is None or client is None or client.is_authority:
        words = clean_line(str(error), 200)
        return Failure(ConnectionState.HOST_KEY_CHANGED, f"the host certificate is refused: {words}")
    offer = host_keys.offer(attempt.host.name, key)
    shown = f"{offer.algorithm} {offer.fingerprint}"
    if offer.known_fingerprints:
        known = ", ".join(offer.known_fingerprints)
        return Failure(
            ConnectionState.HOST_KEY_CHANGED,
            f"HOST KEY CHANGED: offered {shown}, on record {known} ({host_keys.where_known()})",
            offer,
        )
    return Failure(
        ConnectionState.HOST_KEY_UNKNOWN,
        f"the host key of {offer.address} is not known: {shown}; to trust it: {offer.command}",
        offer,
    )


def _denied(attempt: Attempt) -> str:
    tried = ", ".join(
        f"{method} ×{times}" if times > 1 else method for method, times in attempt.tried.items()
    )
    parts = [
        f"tried {tried or 'nothing (no key or password at hand)'}",
        f"the server allows {', '.join(attempt.allowed) or 'none of our methods'}",
        *attempt.notes,
        *attempt.warnings[:4],
    ]
    if attempt.banner:
        parts.append(f"it says: {attempt.banner}")
    return clean_line("; ".join(parts), 600)


def _through_jump(error: asyncssh.ChannelOpenError, where: str, via: str) -> Failure:
    """Read the words in which a jump host says why it could not reach the next hop (sshd: strerror)."""
    words = clean_line(error.reason, 160)
    lower = words.lower()
    if error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
        return Failure(ConnectionState.FAILED, f"{via} does not allow forwarding to {where}: {words}")
    if "connection closed" in lower or "connection lost" in lower:
        return Failure(ConnectionState.JUMP_HOST_DOWN, f"jump host {via}: the connection to it was lost")
    states = (
        ("refused", ConnectionState.REFUSED),
        ("timed out", ConnectionState.TIMED_OUT),
        ("no route", ConnectionState.NO_ROUTE),
        ("unreachable", ConnectionState.NO_ROUTE),
        ("not known", ConnectionState.NAME_NOT_FOUND),
        ("temporary failure in name resolution", ConnectionState.NAME_UNANSWERED),
        ("name resolution", ConnectionState.NAME_NOT_FOUND),
        ("no address", ConnectionState.NAME_NOT_FOUND),
    )
    state = next((state for sign, state in states if sign in lower), ConnectionState.FAILED)
    return Failure(state, f"{where}: {words or f'{via} could not connect to it'}")


def _timed_out(attempt: Attempt, where: str) -> Failure:
    limit = f"{attempt.host.connect_timeout_seconds:g} s"
    said = {
        Phase.DIALLING: f"no answer from {where} within {limit}",
        Phase.HANDSHAKE: f"{where} accepts connections but did not finish the SSH handshake within {limit}",
        Phase.AUTHENTICATION: f"{where} did not finish the login within {limit}",
    }
    return Failure(ConnectionState.TIMED_OUT, said[attempt.phase])


def _broken_off(error: BaseException, attempt: Attempt, where: str) -> Failure:
    said = clean_line(getattr(error, "reason", "") or str(error), 160) or type(error).__name__
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return Failure(ConnectionState.FAILED, f"{where}: no common SSH algorithms: {said}")
    # sshd hangs up after MaxAuthTries refusals: trying again by itself could lock the account.
    if attempt.phase is Phase.AUTHENTICATION and attempt.tried:
        return Failure(
            ConnectionState.AUTHENTICATION_FAILED, f"the server hung up: {said}; {_denied(attempt)}"
        )
    step = "login" if attempt.phase is Phase.AUTHENTICATION else "SSH handshake"
    return Failure(ConnectionState.FAILED, f"{where} broke off the {step}: {said}")


def _os_error(error: OSError, where: str) -> Failure:
    # When all addresses of a name fail differently asyncio puts them into one text, without an errno.
    numbers = {int(number) for number in _ERRNO.findall(str(error))}
    if error.errno:
        numbers.add(error.errno)
    if numbers & _REFUSED:
        return Failure(ConnectionState.REFUSED, f"{where}: connection refused")
    if numbers & _TIMED_OUT:
        return Failure(ConnectionState.TIMED_OUT, f"{where}: timed out")
    if nowhere := numbers & _NO_ROUTE:
        # The system's words: asyncio's own ("Connect call failed") do not say what is wrong.
        return Failure(ConnectionState.NO_ROUTE, f"{where}: {os.strerror(min(nowhere)).lower()}")
    words = os.strerror(error.errno) if error.errno else clean_line(error.strerror or str(error), 160)
    return Failure(ConnectionState.FAILED, f"{where}: {words}")
