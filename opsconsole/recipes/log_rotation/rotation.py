"""Which logs are rotated now, how their rule does it, and whether that can be taken back."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from opsconsole.data.logrotate import Rule
from opsconsole.data.logrotate_index import RuleIndex, TooMuchError
from opsconsole.data.units import format_bytes
from opsconsole.recipes.log_rotation.dropin import writers_of
from opsconsole.recipes.log_rotation.host_tools import LiveLog
from opsconsole.recipes.log_rotation.opened import Opened
from opsconsole.recipes.paths import escape
from opsconsole.recipes.recipe import PlanError

MOST_OLDER = 1000
"""So many rotated logs of one log at most are looked at."""
_NUMBERED = re.compile(r"\.(\d{1,9})(\.gz)?")
_DATED = re.compile(r"-\d{8}(\d\d)?(\.gz)?")
# `sh -c POSTROTATE` is all that an undo does: it does not know which log logrotate would have given.
_ASKS_WHICH = re.compile(r"\$\{?[1@*]")


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
        compress: Whether the rule compresses (with delaycompress, where it can be taken back).
        dated: Whether rotated logs are named by their date.
    """

    log: LiveLog
    how: str
    written: bool
    post: str
    why_not: str
    no_room: str
    compress: bool
    dated: bool

    @property
    def line(self) -> str:
        """As `rotate.sh` reads it."""
        return f"{self.log.file.device} {self.log.file.inode} {escape(self.log.file.path)}"


def rotated(rules: Sequence[Rule], logs: Sequence[LiveLog], opened: Opened) -> list[Rotated]:
    """Return how each log is rotated.

    Args:
        rules: The rules of the file that is given to logrotate.
        logs: The logs that they mean.
        opened: Who has what open.

    Raises:
        PlanError: The rules are too many to be compared.
    """
    index = RuleIndex(rules)
    found = []
    for log in logs:
        path = os.fsdecode(log.file.path)
        try:
            meant = index.rules_for(path)
        except TooMuchError:
            raise PlanError("rotate: the rules and logs are too many to be compared") from None
        if meant:
            found.append(_rotated(meant[0], log, opened))
    return found


def moved(older: Sequence[str], *, compress: bool, dated: bool) -> dict[str, str]:
    """Return the ending of each rotated log -> the one that it has when logrotate has rotated once more.

    Args:
        older: Endings such as `.1` and `.2.gz`.
        compress: As in `Rotated`; with delaycompress.
        dated: As in `Rotated`.

    >>> moved([".1", ".2.gz"], compress=True, dated=False)
    {'.1': '.2.gz', '.2.gz': '.3.gz'}
    """
    found = {}
    for one in sorted(older, key=_number):
        numbered = None if dated else _NUMBERED.fullmatch(one)
        if numbered and bool(numbered[2]) == compress:
            found[one] = f".{_number(one) + 1}{numbered[2] or ''}"
        elif numbered and compress and one == ".1":
            found[one] = ".2.gz"
        elif dated and compress and _DATED.fullmatch(one) and not one.endswith(".gz"):
            found[one] = f"{one}.gz"
        else:  # logrotate does not touch it
            found[one] = one
    return found


def _number(ending: str) -> int:
    numbered = _NUMBERED.fullmatch(ending)
    return int(numbered[1]) if numbered else 0


def _rotated(rule: Rule, log: LiveLog, opened: Opened) -> Rotated:
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
    return Rotated(
        log=log,
        how=how,
        written=bool(writers_of(log, opened)),
        post=script.text if script else "",
        why_not=_why_not(rule, how, log),
        no_room=no_room,
        compress=rule.flag("compress"),
        dated=rule.flag("dateext"),
    )


def _why_not(rule: Rule, how: str, log: LiveLog) -> str:
    """Return why the old state cannot be had back once logrotate has run, or an empty text."""
    compress, dated = rule.flag("compress"), rule.flag("dateext")
    script = rule.scripts.get("postrotate")
    reasons = {
        "copytruncate empties the log; lines written while it copies are lost": how == "copytruncate",
        "the rule compresses the log at once: its file is another then": compress
        and not rule.flag("delaycompress"),
        "the rule copies the log": rule.flag("copy") or rule.flag("renamecopy"),
        "the rule moves the log to another folder": rule.olddir is not None,
        "the rule deletes by age while it rotates": rule.max_age_days is not None,
        "the rule shreds or mails logs": rule.flag("shred") or rule.argument("mail", "nomail") is not None,
        "the rule compresses in a way of its own": compress and _says(rule, "compressext", "compresscmd"),
        "the rule names rotated logs in a way of its own": _says(rule, "extension", "addextension", "start")
        or (dated and _says(rule, "dateformat")),
        "what a firstaction or lastaction does cannot be taken back": "firstaction" in rule.scripts
        or "lastaction" in rule.scripts,
        "its postrotate script asks which log was rotated": script is not None
        and _ASKS_WHICH.search(script.text) is not None,
        "it has too many rotated logs to be looked at": len(log.older) > MOST_OLDER,
        "the rule deletes the oldest rotated log": _oldest_goes(rule, log),
        "two of its rotated logs would get the same name": _collide(log, compress=compress, dated=dated),
    }
    return next((why for why, true in reasons.items() if true), "")


def _says(rule: Rule, *names: str) -> bool:
    return any(rule.argument(name) is not None for name in names)


def _oldest_goes(rule: Rule, log: LiveLog) -> bool:
    count = rule.rotate_count
    if count < 0:
        return False
    if rule.flag("dateext"):
        return sum(1 for one in log.older if one.startswith("-")) >= count
    # The one that gets a number above the count goes; one that has it already is overwritten.
    return count == 0 or any(
        _NUMBERED.fullmatch(one) and _number(one) in (count, count + 1) for one in log.older
    )


def _collide(log: LiveLog, *, compress: bool, dated: bool) -> bool:
    """Whether a rotated log would be written over, as `.0` by the log itself."""
    names = moved(log.older, compress=compress, dated=dated)
    return len(set(names.values())) < len(names) or (not dated and any(_is_zero(one) for one in log.older))


def _is_zero(ending: str) -> bool:
    return _NUMBERED.fullmatch(ending) is not None and _number(ending) == 0
