"""Which logs are rotated now, how their rule does it, and whether that can be taken back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from opsconsole.data.logrotate import Rule
from opsconsole.data.logrotate_index import RuleIndex, TooMuchError
from opsconsole.data.units import format_bytes
from opsconsole.recipes.log_rotation.dropin import writers_of
from opsconsole.recipes.log_rotation.files import File
from opsconsole.recipes.log_rotation.host_tools import LiveLog
from opsconsole.recipes.log_rotation.opened import Opened
from opsconsole.recipes.paths import escape
from opsconsole.recipes.recipe import PlanError


@dataclass(frozen=True, slots=True)
class Rotated:
    """One log that is rotated.

    Attributes:
        log: It.
        how: `create`, `nocreate` or `copytruncate`.
        written: Whether a process has it open for writing.
        post: The rule's postrotate script.
        why_not: Why its rotation cannot be taken back; empty: it can.
        no_room: Why it cannot be rotated now; empty: it can.
        unpacked: Whether its newest rotated file is not compressed.
    """

    log: LiveLog
    how: str
    written: bool
    post: str
    why_not: str
    no_room: str
    unpacked: bool

    @property
    def line(self) -> str:
        """As `rotate.sh` reads it."""
        return f"{self.log.file.device} {self.log.file.inode} {escape(self.log.file.path)}"


def rotated(
    rules: Sequence[Rule], logs: Sequence[LiveLog], opened: Opened, older: Sequence[File]
) -> list[Rotated]:
    """Return how each log is rotated.

    Args:
        rules: The rules of the file that is given to logrotate.
        logs: The logs that they mean.
        opened: Who has what open.
        older: All rotated files that were seen.

    Raises:
        PlanError: The rules are too many to be compared.
    """
    index = RuleIndex(rules)
    there = {one.path for one in older}
    found = []
    for log in logs:
        path = os.fsdecode(log.file.path)
        try:
            meant = index.rules_for(path)
        except TooMuchError:
            raise PlanError("rotate: the rules and logs are too many to be compared") from None
        if meant:
            found.append(_rotated(meant[0], log, opened, there))
    return found


def _rotated(rule: Rule, log: LiveLog, opened: Opened, there: set[bytes]) -> Rotated:
    script = rule.scripts.get("postrotate")
    size = log.file.allocated_bytes
    no_room = ""
    if rule.copytruncate:
        how = "copytruncate"
        if log.free_bytes <= size:
            free = format_bytes(log.free_bytes)
            no_room = f"copytruncate needs {format_bytes(size)} for the copy and {free} are free"
    else:
        # The last of the two counts; logrotate's default is not to create.
        last = next((one.name for one in reversed(rule.directives) if one.name in ("create", "nocreate")), "")
        how = "create" if last == "create" else "nocreate"
    unpacked = log.file.path + b".1" in there
    post = script.text if script else ""
    return Rotated(
        log, how, bool(writers_of(log, opened)), post, _why_not(rule, how, log, there), no_room, unpacked
    )


def _why_not(rule: Rule, how: str, log: LiveLog, there: set[bytes]) -> str:
    """Return why the old state cannot be had back once logrotate has run, or an empty text."""
    reasons = {
        "copytruncate empties the log; lines written while it copies are lost": how == "copytruncate",
        "the rule compresses the log at once: its file is another then": rule.flag("compress")
        and not rule.flag("delaycompress"),
        "the rule moves the log to another folder": rule.olddir is not None,
        "the rule deletes by age while it rotates": rule.max_age_days is not None,
        "the rule shreds or mails logs": rule.flag("shred") or rule.argument("mail", "nomail") is not None,
        "the rule deletes the oldest rotated log": _oldest_goes(rule, log, there),
    }
    return next((why for why, true in reasons.items() if true), "")


def _oldest_goes(rule: Rule, log: LiveLog, there: set[bytes]) -> bool:
    count = rule.rotate_count
    if count < 0:
        return False
    if rule.flag("dateext"):
        return sum(1 for path in there if path.startswith(log.file.path + b"-")) >= count
    oldest = log.file.path + b".%d" % count
    return count == 0 or oldest in there or oldest + b".gz" in there
