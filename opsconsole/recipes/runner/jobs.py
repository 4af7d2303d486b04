"""Jobs: the commands of one step, run on the host once, whatever happens to the connection meanwhile.

A job is a folder in the host's memory (`/run/opsconsole/RUN/JOB`). Its files are uploaded with their sizes,
so that half an upload never runs. It is started as a transient systemd unit where we are root and systemd is
there, else by `setsid` in a session of its own. Its first act is to claim itself atomically: started twice,
it still runs once. What it says and how it ended stay in the folder until the run is over.

What a job leaves running when it ends well (a daemon) is left alone; a job that fails or is late is ended
with everything that it started.

Everything here is pure: commands to send, and the reading of their answers.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from opsconsole.data.host import Command, Output
from opsconsole.recipes.recipe import UNTOUCHED_STATUS, secret_mark
from opsconsole.recipes.runner.host_scripts import number, read_answer, script

KEEP_BYTES = 256 * 1024
"""What a job says is kept up to twice this: from its beginning, and from its end."""
EXCERPT_BYTES = 32 * 1024
TAIL_BYTES = 4 * 1024
CHECK_BYTES = 64 * 1024
"""A larger check, with what it is given, is asked for alone, behind the job."""
_ANSWER_SECONDS = 25.0
_CHECK_MARK = b"@opsconsole-check\n"
_MARK = re.compile(rb"\x00opsconsole-secret:([^\x00]{1,100})\x00")


class JobState(StrEnum):
    """Where a job stands on the host."""

    ABSENT = "absent"
    """The host knows nothing of it."""
    WAITING = "waiting"
    """Its files are there; it did not start yet."""
    RUNNING = "running"
    DONE = "done"
    """It ended, and said how."""
    LOST = "lost"
    """It was started and is gone without a word: killed from outside."""
    WITHDRAWN = "withdrawn"
    """It was never started, and never will be."""
    REBOOTED = "rebooted"
    """The host was restarted since; whether it ran is not known."""
    SHORT = "short"
    """Not all of its files arrived or found room; it did not start."""


class Fence(StrEnum):
    """Whose lock the host found when it was asked for a change; it changes nothing unless it is ours."""

    OURS = "ours"
    OTHER = "other"
    NONE = "none"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class Job:
    """One job.

    Attributes:
        run_id: The run.
        name: Its name within the run, such as `rotate` or `rotate.undo-1`.
        commands: Its commands; their `sudo` is alike.
        deadline_seconds: It is ended after so long.
        token: Whose lock must be on the host.
        boot_id: The boot of the host that it belongs to; empty: not known.
    """

    run_id: str
    name: str
    commands: tuple[Command, ...]
    deadline_seconds: float
    token: str
    boot_id: str = ""

    @property
    def sudo(self) -> bool:
        """Whether it runs as root."""
        return any(command.sudo for command in self.commands)


@dataclass(frozen=True, slots=True)
class JobReport:
    """What the host says of a job.

    Attributes:
        state: Where it stands.
        fence: Whose lock was there.
        exit_status: Of the command that ended it.
        late: Whether the deadline ended it.
        command: Number of the command that was begun last, from 1; 0: none, or not known.
        output: stdout and stderr as they came; the last of it while it runs, else its beginning and end.
        output_bytes: How much is kept of it.
        armed: `systemd` or `plain` when a timer will start it; empty: none.
        launch: How this call started it: `systemd` or `plain`; empty: it did not.
        by_timer: The host's timer started it, not we.
        took_seconds: How long the host needed from our asking to its end; None: it does not say.
        checked: What the job's check left behind, when it was asked for with the job and the job ended well.
    """

    state: JobState
    fence: Fence
    exit_status: int | None = None
    late: bool = False
    command: int = 0
    output: bytes = b""
    output_bytes: int = 0
    armed: str = ""
    launch: str = ""
    by_timer: bool = False
    took_seconds: float | None = None
    checked: Output | None = None

    @property
    def ok(self) -> bool:
        """Whether every command ended with status 0."""
        return self.state is JobState.DONE and self.exit_status == 0 and not self.late

    @property
    def refused(self) -> bool:
        """Whether its step says that it refused and touched nothing (`Step.commands`)."""
        return self.state is JobState.DONE and self.exit_status == UNTOUCHED_STATUS and not self.late


def submit(
    job: Job,
    secrets: Mapping[str, str],
    *,
    wait_seconds: float,
    plainly: bool = False,
    check: Command | None = None,
) -> Command:
    """Return the command that sees to it that the job was started, waits a little, and reports.

    Args:
        job: The job.
        secrets: Name -> value of the secret parameters.
        wait_seconds: How long to wait for its end.
        plainly: Start it without systemd.
        check: Runs when the job has ended well within that time; its stdin is filled, see `goes_along`.
    """
    method = "plain" if plainly else ""
    return _call("submit", job, wait_seconds, secrets=secrets, files=True, method=method, check=check)


def goes_along(job: Job, check: Command) -> bool:
    """Return whether a check can be asked for together with its job: as the same user, and small."""
    size = len(check.stdin or b"") + sum(map(len, check.argv))
    return check.sudo == job.sudo and size <= CHECK_BYTES


def arm(job: Job, secrets: Mapping[str, str], *, after_seconds: float) -> Command:
    """Return the command that has the host start the job by itself after so long, unless it is withdrawn."""
    return _call("arm", job, math.ceil(after_seconds), secrets=secrets, files=True)


def poll(job: Job, *, wait_seconds: float) -> Command:
    """Return the command that waits for the job's end at most so long, and reports."""
    return _call("poll", job, wait_seconds)


def withdraw(job: Job) -> Command:
    """Return the command after which a job that was not started never will be."""
    return _call("withdraw", job, 0)


def _call(
    verb: str,
    job: Job,
    wait_seconds: float,
    *,
    secrets: Mapping[str, str] | None = None,
    files: bool = False,
    method: str = "",
    check: Command | None = None,
) -> Command:
    deadline = max(1, math.ceil(job.deadline_seconds))
    stdins = [filled(command.stdin, secrets or {}) for command in job.commands if command.stdin is not None]
    parts = [main_script(job, deadline), *stdins] if files else []
    sizes = [str(len(part)) for part in parts]
    words = [job.run_id, job.token, job.name, job.boot_id, f"{wait_seconds:g}", str(EXCERPT_BYTES)]
    if verb == "poll":
        words[-1] = str(TAIL_BYTES)
    command = Command(
        argv=("sh", "-c", script("job"), "opsconsole", verb, *words, str(deadline), method, *sizes),
        stdin=b"".join(parts) if files else None,
        sudo=job.sudo,
        deadline_seconds=_ANSWER_SECONDS + (0 if verb == "arm" else wait_seconds),
        output_limit_bytes=2 * EXCERPT_BYTES,
        redact=tuple((secrets or {}).values()),
    )
    return command if check is None else _with(command, check)


def _with(command: Command, check: Command) -> Command:
    """Return the command with a check behind it: on stdin, for a command line may have no room for it."""
    ask = f"exec {_line(check)}\n".encode("utf-8", "surrogateescape")
    given = check.stdin or b""
    return replace(
        command,
        argv=(*command.argv, "--", str(len(ask)), str(len(given))),
        stdin=(command.stdin or b"") + ask + given,
        deadline_seconds=command.deadline_seconds + check.deadline_seconds,
        output_limit_bytes=command.output_limit_bytes + check.output_limit_bytes,
        redact=(*command.redact, *check.redact),
    )


def _line(command: Command) -> str:
    # Always sh reads this: POSIX quoting will do.
    return " ".join(shlex.quote(word) for word in command.argv)


def main_script(job: Job, deadline_seconds: int) -> bytes:
    """Return the script that stays on the host as the job: its commands under their supervisor."""
    lines = []
    stdins = 0
    for place, command in enumerate(job.commands, 1):
        words = _line(command)  # behind `exec`: the program is meant, never a builtin of sh
        lines.append(f'  echo {place} >"$folder/at"')
        if command.stdin is None:
            lines.append(f"  (exec {words}) || exit $?")
            continue
        stdins += 1
        file = f'"$folder/in.{stdins}"'
        lines.append(f"  exec 5<{file} || exit 126")
        lines.append(f"  rm -f {file}")
        lines.append(f"  (exec {words} <&5 5<&-) || exit $?")
        lines.append("  exec 5<&-")
    values = {
        "COMMANDS": "\n".join(lines),
        "KEEP": str(KEEP_BYTES),
        "DEADLINE": str(deadline_seconds),
        "MARK": f"{job.run_id}:{job.name}:",
    }
    text = re.sub(r"@([A-Z]+)@", lambda found: values[found[1]], script("job_main"))
    return text.encode("utf-8", "surrogateescape")


def filled(stdin: bytes, secrets: Mapping[str, str]) -> bytes:
    """Return stdin with the secrets in the place of their marks; `missing` names those that are not given."""
    for name, value in secrets.items():
        stdin = stdin.replace(secret_mark(name), value.encode())
    return stdin


def marks(stdin: bytes | None) -> frozenset[str]:
    """Return the names of the secret parameters whose marks are in it."""
    return frozenset(name.decode("utf-8", "replace") for name in _MARK.findall(stdin or b""))


def read_report(output: Output) -> JobReport:
    """Return what a host's answer says.

    Raises:
        AnswerError: It is none.
    """
    words, body = read_answer(output, "job")
    shown = number(words.get("shown"))
    shown = EXCERPT_BYTES + 16 if shown is None else min(shown, EXCERPT_BYTES + 16)
    took = number(words.get("took"))
    return JobReport(
        state=JobState(words.get("state", "")) if words.get("state") in set(JobState) else JobState.ABSENT,
        fence=Fence(words.get("fence", "")) if words.get("fence") in set(Fence) else Fence.OTHER,
        exit_status=number(words.get("exit")),
        late=words.get("late") == "1",
        command=number(words.get("at")) or 0,
        output=body[:shown],
        output_bytes=number(words.get("bytes")) or 0,
        armed={"systemd": "systemd", "plain": "plain"}.get(words.get("armed", ""), ""),
        launch={"systemd": "systemd", "plain": "plain"}.get(words.get("launch", ""), ""),
        by_timer=words.get("by") == "timer",
        took_seconds=None if took is None else took / 100,
        checked=_checked(output, body[shown:]),
    )


def _checked(output: Output, rest: bytes) -> Output | None:
    """Return what the check behind a job left, from what follows the job's own output."""
    if not rest.startswith(_CHECK_MARK):
        return None
    before, mark, after = output.stderr.partition(_CHECK_MARK)
    return replace(output, stdout=rest[len(_CHECK_MARK) :], stderr=after if mark else before)
