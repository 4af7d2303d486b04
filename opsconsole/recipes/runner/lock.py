"""The lock of a host: one change at a time, whoever makes it from wherever.

A folder at the same place for every user of the host, made by `mkdir`. In it, who holds it, and a file that
is touched with every command of the run: how long the holder has been silent. It is taken over only by the
run that holds it (`resume`), and broken only on purpose. A run whose lock was broken or taken over meanwhile
finds that out before its next change: the host itself compares the token (`job.sh`).

Any user of the host can put something at that place. What is neither root's folder nor our login's keeps
others out, as a lock does, but nothing in it is read, written, or taken over (`Holder.stranger`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from opsconsole.data.host import Command, Output
from opsconsole.data.text import clean_line
from opsconsole.data.units import format_duration
from opsconsole.recipes.runner.host_scripts import number, read_answer, script

SILENCE_SECONDS = 60.0
"""A holder that was silent for so long may be taken for dead, where nothing better is known."""
_ANSWER_SECONDS = 25.0


class LockError(Exception):
    """The lock was not had, or not broken. The message is for a person and names the holder."""


class LockState(StrEnum):
    """What became of a wish."""

    TAKEN = "taken"
    HELD = "held"
    """It was ours already."""
    TAKEN_OVER = "taken-over"
    """This run's, of a console that is gone."""
    ALIVE = "alive"
    """This run's, of a console that was heard of a moment ago."""
    BUSY = "busy"
    """Another run's."""
    FREE = "free"
    BROKEN = "broken"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as it says itself; cleaned.

    Attributes:
        run_id: The run; empty: it does not say. Of a stranger `user-` and the number of that user.
        who: The operator.
        origin: The machine of the console.
        recipe: The recipe.
        since: When, in UTC, as text.
        silent_seconds: How long ago it was last heard of; None: not known.
        stranger: What stands at the lock's place when that is another login's, such as `a link of anna`.
    """

    run_id: str
    who: str = ""
    origin: str = ""
    recipe: str = ""
    since: str = ""
    silent_seconds: float | None = None
    stranger: str = ""

    def __str__(self) -> str:
        silent = ""
        if self.silent_seconds is not None:
            silent = f", last heard of {format_duration(self.silent_seconds)} ago"
        if self.stranger:
            return (
                f"{self.stranger} at the lock's place ({self.run_id}{silent}): no lock of root's or of this"
                " login's, so nothing that it says is believed"
            )
        who = f"{self.who or 'somebody'}{f' on {self.origin}' if self.origin else ''}"
        what = f"{self.recipe + ', ' if self.recipe else ''}run {self.run_id or 'unknown'}"
        since = f", since {self.since}" if self.since else ""
        return f"{who} ({what}{since}{silent})"


@dataclass(frozen=True, slots=True)
class LockAnswer:
    """What a host says.

    Attributes:
        state: What became of it.
        boot_id: The host's boot.
        holder: Who holds it now; None: nobody.
        echoed: Whether the ledger's head is in the host's log; None: it was not to be.
    """

    state: LockState
    boot_id: str
    holder: Holder | None
    echoed: bool | None = None


def take(holder: Holder, token: str, *, silence_seconds: float, sudo: bool) -> Command:
    """Return the command that takes the lock, or takes it over from this very run's earlier console."""
    about: dict[str, Any] = {
        "who": holder.who,
        "origin": holder.origin,
        "recipe": holder.recipe,
        "since": holder.since,
    }
    return _call("take", holder.run_id, token, f"{silence_seconds:.0f}", json.dumps(about), sudo=sudo)


def show() -> Command:
    """Return the command that says who holds the lock; changes nothing."""
    return _call("show", "", "", sudo=False)


def break_it(run_id: str, *, sudo: bool) -> Command:
    """Return the command that removes the lock, if that run holds it."""
    return _call("break", run_id, "", sudo=sudo)


def finish(run_id: str, token: str, echo: str, *, sudo: bool) -> Command:
    """Return the command that writes a line to the host's log, removes the run's jobs, and unlocks it."""
    return _call("finish", run_id, token, echo, sudo=sudo)


def _call(*words: str, sudo: bool) -> Command:
    return Command(
        argv=("sh", "-c", script("lock"), "opsconsole", *words),
        sudo=sudo,
        deadline_seconds=_ANSWER_SECONDS,
        output_limit_bytes=16 * 1024,
    )


def read_lock(output: Output) -> LockAnswer:
    """Return what a host's answer says.

    Raises:
        AnswerError: It is none.
    """
    words, body = read_answer(output, "lock")
    state = words.get("state", "")
    if state not in set(LockState):
        state = LockState.BUSY
    age = number(words.get("age"))
    run_id = clean_line(words.get("run", ""), 100)
    about = _about(body.partition(b"\n")[2])
    texts = {key: clean_line(str(about.get(key, "")), 100) for key in ("who", "origin", "recipe", "since")}
    gone = state in {LockState.FREE, LockState.RELEASED, LockState.BROKEN}
    what, by = (clean_line(words.get(key, ""), 100) for key in ("what", "by"))
    stranger = f"a {what} of {by or 'somebody'}" if what else ""
    holder = None if gone else Holder(run_id, silent_seconds=age, stranger=stranger, **texts)
    echoed = {"yes": True, "no": False}.get(words.get("echoed", ""))
    return LockAnswer(LockState(state), clean_line(words.get("boot", ""), 64), holder, echoed)


def _about(raw: bytes) -> dict[str, Any]:
    """Return what a holder says of itself; whatever else is there is nothing."""
    try:
        about = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}
