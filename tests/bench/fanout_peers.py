"""The tools people use to run one command on many hosts, each with the same hosts, key and concurrency."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.farm import Farm
from tests.bench.measure import PEERS

SAYS = "opsconsole-bench-ok"
COMMAND = f"echo {SAYS}"
AT_ONCE = 64  # clush's own default; given to every peer


@dataclass(frozen=True)
class Peer:
    """A tool.

    Attributes:
        name: What the table calls it.
        program: Path of its program, or None where it is not installed.
        package: Where it comes from.
        argv: From (farm, file of host names, number of hosts) to its command line.
        start: A command line that only starts the tool and ends.
        env: Environment it needs besides ours.
        slow: Runs in the first round only.
        note: What to know when comparing.
    """

    name: str
    program: str | None
    package: str
    argv: Callable[[Farm, Path, int], list[str]]
    start: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    slow: bool = False
    note: str = ""


def peers() -> list[Peer]:
    """Return all peers, also those that are not installed."""
    python = _of_venv("python", needs="pssh")
    pyinfra, ansible = _of_venv("pyinfra"), _of_venv("ansible")
    return [
        Peer("clush", shutil.which("clush"), "apt: clustershell", _clush, ("clush", "--version")),
        Peer("pssh", shutil.which("parallel-ssh"), "apt: pssh", _pssh, ("parallel-ssh", "--version")),
        Peer(
            "parallel-ssh (library)",
            python,
            "PyPI: parallel-ssh",
            _parallel_ssh,
            (str(python), "-c", "import pssh.clients"),
            note="checks no host keys",
        ),
        Peer("pyinfra", pyinfra, "PyPI: pyinfra", _pyinfra, (str(pyinfra), "--version"), slow=True),
        Peer(
            "ansible raw",
            ansible,
            "PyPI: ansible-core",
            _ansible,
            (str(ansible), "--version"),
            env={"ANSIBLE_HOST_KEY_CHECKING": "True", "ANSIBLE_DEPRECATION_WARNINGS": "False"},
            slow=True,
        ),
    ]


def _of_venv(program: str, needs: str = "") -> str | None:
    path = PEERS / program
    if needs and not list(PEERS.parent.glob(f"lib/python*/site-packages/{needs}")):
        return None
    return str(path) if path.exists() else None


def _clush(farm: Farm, hosts: Path, count: int) -> list[str]:
    return [
        "clush",
        "-S",
        "-f",
        str(AT_ONCE),
        "-o",
        f"-F {farm.ssh_config}",
        "--hostfile",
        str(hosts),
        COMMAND,
    ]


def _pssh(farm: Farm, hosts: Path, count: int) -> list[str]:
    options = ["-i", "-t", "0", "-p", str(AT_ONCE), "-x", f"-F {farm.ssh_config}"]
    return ["parallel-ssh", *options, "-h", str(hosts), COMMAND]


def _parallel_ssh(farm: Farm, hosts: Path, count: int) -> list[str]:
    program = Path(__file__).with_name("peer_parallel_ssh.py")
    return [str(PEERS / "python"), str(program), str(farm.file), str(count), str(AT_ONCE), COMMAND]


def _pyinfra(farm: Farm, hosts: Path, count: int) -> list[str]:
    inventory = Path(farm.folder) / f"pyinfra_{count}.py"
    data = {
        "ssh_user": farm.user,
        "ssh_port": farm.port,
        "ssh_key": farm.key,
        "ssh_known_hosts_file": farm.known_hosts,
        "ssh_strict_host_key_checking": "yes",
        "ssh_config_file": "/dev/null",
        "ssh_look_for_keys": False,
        "ssh_allow_agent": False,
    }
    inventory.write_text(f"hosts = ({list(farm.hosts[:count])!r}, {data!r})\n")
    return [str(PEERS / "pyinfra"), "-y", "--parallel", str(AT_ONCE), str(inventory), "exec", "--", COMMAND]


def _ansible(farm: Farm, hosts: Path, count: int) -> list[str]:
    # Without its own ControlMaster processes, which would outlive the run by a minute.
    return [
        str(PEERS / "ansible"), "all", "-i", str(hosts), "-m", "raw", "-a", COMMAND, "-f", str(AT_ONCE),
        f"--ssh-common-args=-F {farm.ssh_config}", "--ssh-extra-args=-o ControlMaster=no -o ControlPath=none",
    ]  # fmt: skip
