"""The docker engine: found, installed or started; and every call to the docker command."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

STATE = Path(__file__).resolve().parent / ".state"
LOG = STATE / "dockerd.log"
PID = STATE / "dockerd.pid"
START_SECONDS = 60.0


class LabError(RuntimeError):
    """The lab cannot do what was asked; the text says why and what would help."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What there is to know about the docker engine.

    Attributes:
        version: Version of the engine.
        cgroup_version: "1" or "2".
        ours: Whether the lab started it.
        nat: Whether published ports are plain NAT, so that a refused or a dropped packet is seen
            as such by the client; else docker-proxy answers first. True of hosts that are up.
    """

    version: str
    cgroup_version: str
    ours: bool
    nat: bool


def say(text: str) -> None:
    """Tell the person on stderr what is going on.

    Args:
        text: One line.
    """
    sys.stderr.write(f"lab: {text}\n")
    sys.stderr.flush()


def run(
    argv: Sequence[str | Path],
    *,
    check: bool = True,
    timeout: float | None = 60,
    stdin: str | None = None,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command of this machine to its end.

    Args:
        argv: The command.
        check: Raise when it fails.
        timeout: Seconds after which it is killed.
        stdin: Text for its standard input; empty when None.
        env: Variables on top of this process's own.

    Returns:
        The finished command with its output as text.

    Raises:
        LabError: When it is missing, takes too long, or fails while `check` is set.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            input=stdin or "",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
            env={**os.environ, **(env or {})},
        )
    except FileNotFoundError as error:
        raise LabError(f"{words[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"`{' '.join(words)}` took more than {timeout} s") from error
    if check and done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise LabError(f"`{' '.join(words)}` ended with {done.returncode}:\n{tail}")
    return done


def docker(
    *words: str | Path, check: bool = True, timeout: float | None = 60, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one docker command.

    Args:
        *words: What follows `docker`.
        check: Raise when it fails.
        timeout: Seconds after which it is killed.
        stdin: Text for its standard input.

    Returns:
        The finished command.
    """
    return run(["docker", *words], check=check, timeout=timeout, stdin=stdin)


def is_root() -> bool:
    """Whether packages can be installed and dockerd started."""
    return os.geteuid() == 0


def install(*packages: str) -> None:
    """Install Debian packages, without starting what is in them.

    Args:
        *packages: Their names.

    Raises:
        LabError: When this is not root, or not a machine with apt.
    """
    if not is_root() or shutil.which("apt-get") is None:
        raise LabError(f"missing here: {', '.join(packages)}; install that, or be root where there is apt")
    env = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    command = [
        "apt-get",
        "-o",
        "DPkg::Lock::Timeout=300",
        "install",
        "-y",
        "-qq",
        "--no-install-recommends",
        *packages,
    ]
    run(["apt-get", "update", "-qq"], check=False, timeout=300, env=env)
    run(command, timeout=600, env=env)


def answers() -> bool:
    """Whether a docker engine answers this user."""
    if shutil.which("docker") is None:
        return False
    return docker("version", "--format", "{{.Server.Version}}", check=False, timeout=20).returncode == 0


def running_pid() -> int | None:
    """Process id of the dockerd that the lab started, None when it does not run."""
    try:
        pid = int(PID.read_text())
    except (OSError, ValueError):
        return None
    return pid if _is(pid, "dockerd") else None


def _is(pid: int, name: str) -> bool:
    """Whether a process lives and has that name; a dead one may wait long for a parent to notice."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    command, state = stat[stat.index("(") + 1 : stat.rindex(")")], stat[stat.rindex(")") + 2]
    return command == name and state not in "ZX"


def _forget_dead_daemons() -> None:
    """Remove pid files that an earlier life of the machine left; their numbers may be in use again."""
    for file, name in (("docker.pid", "dockerd"), ("docker/containerd/containerd.pid", "containerd")):
        path = Path("/var/run") / file
        with contextlib.suppress(OSError, ValueError):
            if not _is(int(path.read_text()), name):
                path.unlink()


def _start() -> None:
    if shutil.which("dockerd") is None:
        say("installing docker.io")
        install("docker.io")
    if answers():
        return
    say("starting dockerd")
    STATE.mkdir(exist_ok=True)
    _forget_dead_daemons()
    with LOG.open("ab") as log:
        daemon = subprocess.Popen(
            ["dockerd", "--userland-proxy=false"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
        )
    PID.write_text(f"{daemon.pid}\n")
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if daemon.poll() is not None or time.monotonic() > deadline:
            PID.unlink()
            tail = "\n".join(LOG.read_text(errors="replace").splitlines()[-15:])
            raise LabError(f"dockerd did not start; {LOG} ends with:\n{tail}")
        time.sleep(0.1)


def ensure() -> Engine:
    """Make sure that a docker engine answers.

    Returns:
        What it is.

    Raises:
        LabError: When there is none and none can be started.
    """
    if not answers():
        if not is_root():
            raise LabError("no docker engine answers this user, and only root can install and start one")
        _start()
    return describe()


def describe() -> Engine:
    """Ask the engine that answers what it is.

    Returns:
        What it says.
    """
    info = json.loads(docker("info", "--format", "{{json .}}").stdout)
    return Engine(
        version=info["ServerVersion"],
        cgroup_version=info.get("CgroupVersion", "1"),
        ours=running_pid() is not None,
        nat=sys.platform == "linux" and not _process_runs("docker-proxy"),
    )


def _process_runs(name: str) -> bool:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return any(_is(pid, name) for pid in pids)


def stop() -> bool:
    """Stop dockerd if the lab started it and nothing else uses it.

    Returns:
        Whether it was stopped.
    """
    pid = running_pid()
    if pid is None:
        return False
    others = docker("ps", "--quiet", check=False).stdout.split()
    if others:
        say(f"dockerd stays: {len(others)} containers that are not the lab's run on it")
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while _is(pid, "dockerd") and time.monotonic() < deadline:
        time.sleep(0.1)
    PID.unlink(missing_ok=True)
    return True
