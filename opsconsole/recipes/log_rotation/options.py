"""What can be set, and what was set."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opsconsole.recipes.log_rotation.names import show
from opsconsole.recipes.recipe import Kind, Parameter, PlanError

PATTERNS = (
    "*.log.[0-9]*,*.log-[0-9]*,*.[0-9],*.[0-9][0-9],*-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9],"
    "*.log.old,*.[0-9].gz,*.[0-9][0-9].gz,*.log*.gz,*.log*.xz,*.log*.bz2,*.log*.zst,*-20[0-9][0-9]*.gz"
)
DOCKER = ("cache", "images", "containers")
PARAMETERS = (
    Parameter("paths", Kind.TEXTS, "/var/log", "folders to clean up; their file systems are never left"),
    Parameter("patterns", Kind.TEXTS, PATTERNS, "names of rotated logs; a live log must not match"),
    Parameter("delete", Kind.FLAG, "yes", "delete what is older than older_than"),
    Parameter("older_than", Kind.DURATION, "30d", "age of the last change from which a file goes", minimum=0),
    Parameter("keep", Kind.WHOLE, "3", "of each log so many newest rotated files stay", minimum=0),
    Parameter(
        "target_free",
        Kind.PERCENT,
        "0",
        "delete the oldest only until so much is free; 0: all old enough",
        maximum=99,
    ),
    Parameter("quarantine", Kind.TEXT, "", "move there instead of deleting: a folder of another file system"),
    Parameter("quarantine_for", Kind.DURATION, "14d", "how long it is kept there", minimum=86400),
    Parameter("compress", Kind.FLAG, "yes", "compress rotated logs that stay"),
    Parameter("compress_older_than", Kind.DURATION, "1d", "age from which they are compressed", minimum=0),
    Parameter("release", Kind.FLAG, "yes", "have known writers let go of deleted logs that they hold open"),
    Parameter("reopen", Kind.TEXTS, "", "writers that open their log anew by a signal: orders.service=USR1"),
    Parameter("journal_size", Kind.BYTES, "0", "vacuum the journal to this size; 0: leave it", minimum=0),
    Parameter("docker", Kind.TEXTS, "", "trim: cache, images (dangling), containers (stopped); no volumes"),
    Parameter("docker_older_than", Kind.DURATION, "7d", "age from which those go", minimum=0),
    Parameter("logs", Kind.TEXTS, "", "live logs (patterns) of the drop-in"),
    Parameter("drop_in", Kind.TEXT, "", "name of a logrotate drop-in to install for logs"),
    Parameter("drop_in_keep", Kind.WHOLE, "14", "how many it keeps", minimum=1, maximum=3650),
    Parameter(
        "drop_in_every", Kind.CHOICE, "daily", "when", choices=("hourly", "daily", "weekly", "monthly")
    ),
    Parameter("drop_in_compress", Kind.FLAG, "yes", "whether it compresses"),
    Parameter(
        "drop_in_mode",
        Kind.CHOICE,
        "create",
        "create: rename and have the writer reopen; copytruncate: may lose lines",
        choices=("create", "copytruncate"),
    ),
    Parameter("rotate", Kind.TEXT, "no", "rotate now: no, drop-in, or a file such as /etc/logrotate.d/nginx"),
)
_NEVER = re.compile(
    rb"/|/(home|opt|root|run|srv|tmp|usr|var)|/(bin|boot|dev|etc|lib\w*|proc|sbin|sys)(/.*)?|/usr/(?!local/).*"
)
"""Folders that hold the system or far more than logs."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LOG = re.compile(r"/[^\s\"'{}#\\]+")
_SIGNAL = re.compile(r"([A-Za-z0-9@_.:-]+\.service|/[^\s=]+)=(HUP|USR1|USR2)")


@dataclass(frozen=True, slots=True)
class Options:
    """The parameters' values; see `PARAMETERS`. Paths as bytes, durations in seconds."""

    paths: tuple[bytes, ...]
    patterns: tuple[str, ...]
    delete: bool
    older_than: float
    keep: int
    target_free: float
    quarantine: bytes
    quarantine_for: float
    compress: bool
    compress_older_than: float
    release: bool
    reopen: Mapping[str, str]
    journal_size: int
    docker: frozenset[str]
    docker_older_than: float
    logs: tuple[str, ...]
    drop_in: str
    drop_in_keep: int
    drop_in_every: str
    drop_in_compress: bool
    drop_in_mode: str
    rotate: str

    @property
    def drop_in_path(self) -> str:
        """Where the drop-in is installed."""
        return f"/etc/logrotate.d/{self.drop_in}"

    @property
    def rotated_config(self) -> str:
        """The configuration file whose logs are rotated now, or empty."""
        return "" if self.rotate == "no" else self.drop_in_path if self.rotate == "drop-in" else self.rotate


def read(values: Mapping[str, Any]) -> Options:
    """Return the options of a recipe's values.

    Raises:
        PlanError: They contradict each other, or are dangerous.
    """
    return Options(
        paths=_folders(values["paths"]),
        patterns=_patterns(values["patterns"]),
        quarantine=_folder("quarantine", values["quarantine"]) if values["quarantine"] else b"",
        reopen=_signals(values["reopen"]),
        docker=_docker(values["docker"]),
        logs=_logs(values["logs"], values["drop_in"]),
        drop_in=_drop_in(values["drop_in"]),
        rotate=_rotate(values["rotate"], values["drop_in"]),
        **{
            name: values[name]
            for name in (
                "delete", "older_than", "keep", "target_free", "quarantine_for", "compress",
                "compress_older_than", "release", "journal_size", "docker_older_than", "drop_in_keep",
                "drop_in_every", "drop_in_compress", "drop_in_mode",
            )
        },
    )  # fmt: skip


def _folder(name: str, text: str) -> bytes:
    path = posixpath.normpath(text)
    if not path.startswith("/") or "\0" in path:
        raise PlanError(f"{name}: {text!r} is not an absolute path")
    return ("/" + path.lstrip("/")).encode("utf-8", "surrogateescape")


def _folders(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    folders = sorted({_folder("paths", text) for text in texts})
    for one in folders:
        if _NEVER.fullmatch(one):
            raise PlanError(f"paths: {show(one)} is no folder of logs: name the one that is")
    # What is below another is found by it already.
    return tuple(one for one in folders if not any(one.startswith(up + b"/") for up in folders if up != one))


def _patterns(texts: tuple[str, ...]) -> tuple[str, ...]:
    for one in texts:
        if "/" in one:
            raise PlanError(f"patterns: {one} has a slash: a pattern is for a name, folders go to paths")
        if not re.search(r"[^*?.\[\]!-]", one):
            raise PlanError(f"patterns: {one} matches live files too: name the rotated ones")
    return texts


def _signals(texts: tuple[str, ...]) -> dict[str, str]:
    signals = {}
    for text in texts:
        found = _SIGNAL.fullmatch(text)
        if found is None:
            raise PlanError(
                f"reopen: {text} is not UNIT.service=USR1 or /path/of/program=HUP (HUP, USR1, USR2)"
            )
        signals[found[1]] = found[2]
    return signals


def _docker(texts: tuple[str, ...]) -> frozenset[str]:
    for one in texts:
        if one not in DOCKER:
            raise PlanError(f"docker: {one} is not one of {', '.join(DOCKER)} (volumes are never touched)")
    return frozenset(texts)


def _logs(texts: tuple[str, ...], drop_in: str) -> tuple[str, ...]:
    for one in texts:
        if not _LOG.fullmatch(one):
            raise PlanError(f"logs: {one} is not an absolute path without blanks, quotes and braces")
    if bool(texts) != bool(drop_in):
        raise PlanError("drop_in and logs go together: the name of the rule, and the logs that it is for")
    return texts


def _drop_in(text: str) -> str:
    if text and not _NAME.fullmatch(text):
        raise PlanError(f"drop_in: {text} is not a plain name of letters, digits, - and _")
    return text


def _rotate(text: str, drop_in: str) -> str:
    if text == "drop-in" and not drop_in:
        raise PlanError("rotate=drop-in needs drop_in")
    known = text in {"no", "drop-in"}
    if not known and not (_LOG.fullmatch(text) and posixpath.dirname(text) == "/etc/logrotate.d"):
        raise PlanError(f"rotate: {text} is not no, drop-in, or a file in /etc/logrotate.d")
    return text
