"""The states of a connection that an engineer can tell apart, each with its reason and next try."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum


class ConnectionState(StrEnum):
    """Where a connection stands. The value is the word that is shown."""

    IDLE = "not connected"
    CONNECTING = "connecting"
    UP = "up"
    REFUSED = "unreachable: connection refused"
    TIMED_OUT = "unreachable: timed out"
    NO_ROUTE = "unreachable: no route to host"
    NAME_NOT_FOUND = "unreachable: name not found"
    NAME_UNANSWERED = "unreachable: no answer from the name servers"
    AUTHENTICATION_FAILED = "authentication failed"
    HOST_KEY_CHANGED = "host key changed"
    HOST_KEY_UNKNOWN = "host key unknown"
    JUMP_HOST_DOWN = "jump host down"
    LOST = "lost"
    FAILED = "failed"

    @property
    def needs_person(self) -> bool:
        """Whether trying again by itself is useless or harmful (lock-outs): a person must act first."""
        return self in {
            ConnectionState.AUTHENTICATION_FAILED,
            ConnectionState.HOST_KEY_CHANGED,
            ConnectionState.HOST_KEY_UNKNOWN,
        }


@dataclass(frozen=True, slots=True)
class HostKeyOffer:
    """A host key that is not trusted yet, or no longer.

    Attributes:
        hop: Name of the host (perhaps a jump host) that offered it.
        address: Name under which known_hosts is searched, as OpenSSH writes it (`[name]:port`).
        algorithm: Such as `ssh-ed25519`.
        fingerprint: `SHA256:…` of the offered key.
        known_fingerprints: Those of the keys on record for it; empty when it is unknown.
        known_hosts_file: The file where the answer belongs.
        line: The known_hosts line that would be added.
        command: What to type in a shell to accept it by hand.
    """

    hop: str
    address: str
    algorithm: str
    fingerprint: str
    known_fingerprints: tuple[str, ...]
    known_hosts_file: str
    line: str
    command: str


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """A state with its story.

    Attributes:
        state: The state.
        reason: One line for a person, cleaned; empty when up.
        since: When it began.
        next_try_at: When the next attempt is due; None: none is planned.
        attempts: Failed attempts in a row; a connection that was lost soon after its login is one.
        offer: The host key to decide on, in the two host-key states.
        via: Names of the jump hosts, first hop first.
        peer: Software version of the server, cleaned, when up.
    """

    state: ConnectionState
    reason: str = ""
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    next_try_at: datetime | None = None
    attempts: int = 0
    offer: HostKeyOffer | None = None
    via: tuple[str, ...] = ()
    peer: str = ""
