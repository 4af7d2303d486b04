"""logrotate's configuration as the host has it, what its own dry run says of it, and the logs it forgets."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from opsconsole.data.logrotate import (
    Configuration,
    Effect,
    Problem,
    Rule,
    RuleIndex,
    parse,
    rotated_from,
)
from opsconsole.data.text import clean_line
from opsconsole.panels.frames import (
    TIMED_OUT_STATUSES,
    Part,
    moment,
    number,
    path_text,
    shown_path,
    size,
)
from opsconsole.panels.logs.reading import Rotation, RotationProblem, UncoveredLog

BY_LOGROTATE = "logrotate -d"
BY_US = "our own reading"
_MOST_PROBLEMS = 50
_MOST_HOMES = 20
_MOST_DUPLICATES_OF = 1000
_MESSAGE_CHARS = 300
_PLACED = re.compile(r"(?:error|warning): (\S{1,1024}?):(\d{1,9}),? (.{1,1000})")
_IGNORED = re.compile(r"(?:error|warning): Ignoring (\S{1,1024}) because (.{1,500})")
_OF_A_LOG = re.compile(r"error: (.{0,200}?)\"?(/[^\"\s:]{1,1024})\"?(?::| )(.{0,800})")
_CONSEQUENCES = re.compile(r"found error in |removing last |logrotate in debug mode")
_NOT_SAID_BY_IT = {"unclosed-brace", "missing-endscript"}  # logrotate takes the one and names no line of both
_NOT_LOGS = frozenset({"lastlog", "faillog", "tallylog"})  # tables by user number, as large as they ever get
_WRITABLE = 0o022


@dataclass(frozen=True, slots=True)
class Files:
    """The configuration files as they were sent.

    Attributes:
        contents: Path -> content.
        ignored: Path -> why logrotate ignores it.
        unreadable: Paths that we may not read.
    """

    contents: Mapping[str, bytes]
    ignored: Mapping[str, str]
    unreadable: tuple[str, ...]


def files(part: Part) -> Files:
    """Return the configuration files of a part."""
    contents: dict[str, list[bytes]] = {}
    ignored: dict[str, str] = {}
    unreadable: list[str] = []
    lines: list[bytes] = []
    for line in part.body.split(b"\n"):
        if line.startswith(b">"):
            mode, owner, path = (*line[1:].split(b" ", 2), b"", b"")[:3]
            lines = contents.setdefault(path_text(path), [])
            if why := _ignored(mode, owner):
                ignored[path_text(path)] = why
        elif line.startswith(b"!"):
            unreadable.append(path_text(line[1:]))
        elif line.startswith(b"|"):
            lines.append(line[1:] + b"\n")
    made = {path: b"".join(found) for path, found in contents.items() if path.startswith("/")}
    return Files(made, ignored, tuple(unreadable))


def _ignored(mode: bytes, owner: bytes) -> str:
    """Return why root's logrotate ignores a file of this mode (octal digits) and owner."""
    if re.fullmatch(rb"[0-7]{1,5}", mode) and int(mode, 8) & _WRITABLE:
        return "it is writable by group or others"
    return "its owner is not root" if owner not in (b"", b"0") else ""


def configuration(found: Files) -> Configuration:
    """Return what the files say that logrotate does not ignore."""
    return parse({path: text for path, text in found.contents.items() if path not in found.ignored})


def rotation(parts: Mapping[str, Part], found: Files, known: Configuration, logs: Iterable[str]) -> Rotation:
    """Return logrotate on this host, its problems by its own dry run where that ended."""
    version = clean_line(parts["version"].body, 64).removeprefix("logrotate ") if "version" in parts else ""
    ours = [*known.problems, *known.duplicates(list(logs)[:_MOST_DUPLICATES_OF])]
    said = _dry_run(parts.get("dry"), known, found)
    if said is None:
        problems = [_ignored_file(path, why) for path, why in found.ignored.items()] + [*map(_ours, ours)]
    else:
        lines = {(one.file, one.line): one for one in ours}
        problems = [_explained(one, lines) for one in said] + [
            _ours(one) for one in ours if one.kind in _NOT_SAID_BY_IT
        ]
    state = parts["state"].lines[:1] if "state" in parts and parts["state"].status == 0 else []
    seconds, _, path = state[0].partition(b" ") if state else (b"", b"", b"")
    who = parts["who"].body.split() if "who" in parts else []
    return Rotation(
        version=version,
        file_count=len(known.files),
        rule_count=len(known.rules),
        problems=tuple(dict.fromkeys(problems))[:_MOST_PROBLEMS],
        proved_by=BY_US if said is None else BY_LOGROTATE,
        last_run_at=moment(seconds),
        state_file=shown_path(path_text(path)) if path else "",
        host_started_at=moment(who[1]) if len(who) > 1 else None,
    )


def _ours(one: Problem) -> RotationProblem:
    return RotationProblem(
        shown_path(one.file), one.line, one.message, one.effect.value, rotates=one.effect is Effect.NONE
    )


def _ignored_file(path: str, why: str) -> RotationProblem:
    return RotationProblem(shown_path(path), None, why, "the whole file is ignored")


def _explained(one: RotationProblem, ours: Mapping[tuple[str, int], Problem]) -> RotationProblem:
    """Add what logrotate does about a problem that we found on the same line."""
    same = ours.get((one.file, one.line or 0))
    if same is None or one.effect:
        return one
    return RotationProblem(one.file, one.line, one.message, same.effect.value, one.rotates)


def _dry_run(part: Part | None, known: Configuration, found: Files) -> list[RotationProblem] | None:
    """Return what `logrotate -d` complains of; None when it did not run to its end."""
    if part is None or part.status is None:
        return None
    status, said = None, []
    # It names the files of a folder by their last part only.
    names = {posixpath.basename(path): path for path in found.contents}
    for raw in part.lines:
        text = raw.removeprefix(b"|").decode("utf-8", "replace")
        if text.startswith("status "):
            status = number(text[7:].encode())
        elif not _CONSEQUENCES.search(text) and (one := _complaint(text, names, known)):
            said.append(one)
    return None if status is None or status in TIMED_OUT_STATUSES else said


def _complaint(text: str, names: Mapping[str, str], known: Configuration) -> RotationProblem | None:
    if placed := _PLACED.fullmatch(text):
        path = placed[1] if placed[1].startswith("/") else names.get(placed[1], placed[1])
        words = placed[3].removesuffix(" -- ignoring line")
        effect = "" if words == placed[3] else Effect.LINE_IGNORED.value
        return RotationProblem(shown_path(path), int(placed[2]), clean_line(words, _MESSAGE_CHARS), effect)
    if ignored := _IGNORED.fullmatch(text):
        return _ignored_file(names.get(ignored[1], ignored[1]), clean_line(ignored[2], _MESSAGE_CHARS))
    if not text.startswith("error: ") or "without endscript" in text:
        return None
    words = clean_line(text.removeprefix("error: "), _MESSAGE_CHARS)
    about = _OF_A_LOG.fullmatch(text)
    rule = known.rule_for(about[2]) if about else None
    missing = words.startswith("stat of ") and words.endswith("No such file or directory")
    if rule is None:
        return RotationProblem("", None, words, rotates=missing)
    return RotationProblem(shown_path(rule.file), rule.line, words, rotates=missing)


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log file by its exact path."""

    path: str
    size_bytes: int
    modified_at: datetime | None


def log_files(part: Part) -> list[LogFile]:
    """Return the log files of a part, largest first."""
    found = []
    for line in part.lines:
        blocks, _, rest = line.partition(b" ")
        _, _, rest = rest.partition(b" ")
        when, _, path = rest.partition(b" ")
        taken = size(blocks, 512)
        if taken is not None and path.startswith(b"/"):
            found.append(LogFile(path_text(path), taken, moment(when)))
    return found


def uncovered(logs: Iterable[LogFile], known: Configuration) -> list[UncoveredLog]:
    """Return the logs that no rule means, largest first; a rotated one is counted to its log.

    Raises:
        TooMuchError: There are too many logs and rules.
    """
    index = RuleIndex(known.rules)
    kept_in = _olddirs(known.rules)
    groups: dict[str, list[LogFile]] = {}
    for log in logs:
        base = rotated_from(log.path) or log.path
        folder, name = posixpath.split(base)
        homes = kept_in.get(folder, ())
        if not (
            name in _NOT_LOGS
            or index.rules_for(base)
            or (base != log.path and index.rules_for(log.path))
            or any(index.rules_for(posixpath.join(home, name)) for home in homes)
        ):
            groups.setdefault(base, []).append(log)
    made = [
        UncoveredLog(
            # Where only rotated ones are there, the largest of them stands for all.
            shown_path(base if any(log.path == base for log in members) else members[0].path),
            sum(log.size_bytes for log in members),
            sum(log.path != base for log in members),
            max((log.modified_at for log in members if log.modified_at), default=None),
        )
        for base, members in groups.items()
    ]
    return sorted(made, key=lambda one: (-one.size_bytes, one.path))


def _olddirs(rules: Iterable[Rule]) -> Mapping[str, list[str]]:
    """Return `olddir` folder -> the folders whose rotated logs go there."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        if (olddir := rule.olddir) is not None:
            for home in dict.fromkeys(posixpath.dirname(pattern) for pattern in rule.patterns):
                homes = found.setdefault(posixpath.normpath(posixpath.join(home, olddir)), [])
                if len(homes) < _MOST_HOMES and home not in homes:
                    homes.append(home)
    return found
