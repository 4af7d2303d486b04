"""What the ledger holds, in words of its own: entries, events, runs, heads and their signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from opsconsole.data.record import record

PLAN = "plan"
START = "start"
REFUSED = "refused"
INTENT = "intent"
OUTCOME = "outcome"
CHECK = "check"
UNDO_INTENT = "undo-intent"
UNDO_OUTCOME = "undo-outcome"
UNDO_CHECK = "undo-check"
RESUMED = "resumed"
UNDO_ASKED = "undo-asked"
UNDO_REFUSED = "undo-refused"
VERDICT = "verdict"
ECHO = "echo"

ACTING_KINDS = (START, RESUMED, UNDO_ASKED)
"""After one of these a run is open, until its next verdict."""
OPEN = "open"
"""What `RunQuery.verdict` says to get the runs without a verdict."""


class LedgerError(Exception):
    """The ledger cannot be opened, written or read. The message is for a person and names the file."""


class SecretError(LedgerError):
    """What should be kept word for word has something in it that looks like a secret; it was not kept."""


@record()
class Operator:
    """Who did it.

    Attributes:
        local_user: Login name on this machine.
        ssh_user: Login name on the host; empty for none.
        key_fingerprint: `SHA256:…` of the key they logged in with; empty when unknown.
    """

    local_user: str
    ssh_user: str = ""
    key_fingerprint: str = ""

    @classmethod
    def local(cls) -> Operator:
        """Return who runs this process."""
        import getpass

        try:
            return cls(getpass.getuser())
        except (KeyError, OSError):  # no such user id in the password database
            import os

            return cls(f"uid {os.getuid()}")

    def __str__(self) -> str:
        return (
            self.local_user
            if self.ssh_user in ("", self.local_user)
            else self.local_user + (f" as {self.ssh_user}")
        )


@record(kw_only=True)
class Entry:
    """What is appended.

    Attributes:
        kind: Which event it is, such as `intent`.
        host: Name of the host.
        address: What was connected to.
        host_key: `SHA256:…` of its host key; empty for this machine, or unknown.
        run_id: The run it belongs to.
        plan_id: The plan it belongs to.
        step: Name of the step.
        recipe: Name of the recipe.
        verdict: Of a `verdict` event: `done`, `undone`, `refused` or `needs-person`.
        reason: Why, as the operator typed it.
        incident: Id of the incident or maintenance it belongs to.
        body: JSON values: argv, exit status, evidence, excerpts, digests.
        operator: Who.
    """

    kind: str
    host: str = ""
    address: str = ""
    host_key: str = ""
    run_id: str = ""
    plan_id: str = ""
    step: str = ""
    recipe: str = ""
    verdict: str = ""
    reason: str = ""
    incident: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    operator: Operator = field(default_factory=Operator.local)


@record(kw_only=True)
class Event(Entry):
    """One event as the ledger holds it: redacted, with its place in the chain.

    Attributes:
        seq: 1, 2, 3 … without a gap.
        at: When (UTC).
        hash: SHA-256 over all of it, in hexadecimal.
        previous: The hash of the event before it.
    """

    seq: int
    at: datetime
    hash: str
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which runs; an empty or None value does not filter.

    Attributes:
        host: Name of the host.
        recipe: Name of the recipe.
        operator: A local user, an SSH user, or a key's fingerprint.
        since: Started at this time or later.
        until: Started before this time.
        verdict: `done`, `undone`, `refused`, `needs-person`, or `open` for none yet.
        incident: Its id.
        run_id: The run's id, or how it begins.
        before_seq: Only runs whose first event is before this one: the next page.
    """

    host: str = ""
    recipe: str = ""
    operator: str = ""
    since: datetime | None = None
    until: datetime | None = None
    verdict: str = ""
    incident: str = ""
    run_id: str = ""
    before_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run in a list.

    Attributes:
        run_id: Its id.
        first_seq: Number of its first event.
        plan_id: Its plan.
        host: Name of the host.
        recipe: Name of the recipe.
        operator: Who started it.
        reason: Why, as typed.
        incident: Id of the incident or maintenance.
        started_at: When (UTC).
        ended_at: When the last verdict was given; None: none yet, or it was taken up again since.
        verdict: The last verdict; empty: interrupted, or still going on somewhere.
    """

    run_id: str
    first_seq: int
    plan_id: str
    host: str
    recipe: str
    operator: Operator
    reason: str
    incident: str
    started_at: datetime
    ended_at: datetime | None
    verdict: str

    @property
    def is_open(self) -> bool:
        """Whether it has no verdict (any more)."""
        return not self.verdict


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature over a head.

    Attributes:
        fingerprint: `SHA256:…` of the key that made it.
        armored: SSHSIG in its armour, as `ssh-keygen -Y sign` writes it.
    """

    fingerprint: str
    armored: str


class SigningError(Exception):
    """No signature could be had now; the message says why, for a person."""


class Signer(Protocol):
    """Makes SSHSIG signatures, in the namespace `opsconsole-ledger`. May block; not for an event loop."""

    @property
    def fingerprint(self) -> str:
        """`SHA256:…` of its key."""
        ...

    def sign(self, message: bytes) -> Signature:
        """Return a signature over the message.

        Raises:
            SigningError: There is none to be had.
        """
        ...


@record()
class Head:
    """What vouches for all events up to one of them.

    Attributes:
        ledger_id: Which ledger.
        seq: Number of the last event.
        hash: Its hash.
        at: When this was written (UTC).
        signature: The operator's; None: unsigned.
    """

    ledger_id: str
    seq: int
    hash: str
    at: datetime
    signature: Signature | None = None
