"""What the recipe benchmark cleans up: a folder of rotated logs on a lab host, made anew for each round."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measure import BenchError
from tests.lab import faults

HOST = "web1"
FOLDER = "/var/log/opsconsole-bench"
OLD, RECENT = 60, 12
STATE = Path(__file__).parents[1] / "lab" / ".state"
TEXTS = {"paths": FOLDER, "keep": "0", "older_than": "30d", "compress_older_than": "1d"}
CONFIRM_WORDS = ("log-rotation", HOST, *(f"--set={name}={text}" for name, text in TEXTS.items()))

_SET = f"""
set -e
rm -rf {FOLDER}; mkdir {FOLDER}; cd {FOLDER}
for n in $(seq {OLD}); do
  head -c 3000 /dev/urandom | base64 >app.log.$n.gz; touch -d "$((n + 40)) days ago" app.log.$n.gz
done
for n in $(seq {RECENT}); do
  seq 20000 >other.log.$n; touch -d "$((n + 2)) days ago" other.log.$n
done
"""


@contextmanager
def scene() -> Iterator[None]:
    """Take the folder away at the end."""
    try:
        yield
    finally:
        faults.execute(HOST, ["rm", "-rf", FOLDER])


def set_scene() -> None:
    """Put the old and the recent files there."""
    faults.execute(HOST, ["sh", "-c", _SET])


def proved() -> None:
    """See that the work was really done.

    Raises:
        BenchError: It was not.
    """
    names = faults.execute(HOST, ["ls", FOLDER]).stdout.split()
    if sorted(names) != sorted(f"other.log.{n}.gz" for n in range(1, RECENT + 1)):
        raise BenchError(f"not done: {len(names)} files are left")


def configuration(folder: Path) -> Path:
    """Write the configuration of the host as a user would have it, and return its path."""
    path = folder / "opsconsole.toml"
    path.write_text(
        f"""[console]
ssh_config = "{STATE / "ssh_config"}"
history = false
[audit]
ledger = "{folder / "ledger.sqlite"}"
signing_key = "{STATE / "id_ed25519"}"
"""
    )
    path.chmod(0o600)
    return path
