"""How a measured client tells where it stands, without being asked: a small file, written now and then."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

EVERY_SECONDS = 0.5


@dataclass
class Standing:
    """Where a client stands.

    Attributes:
        pid: Its process.
        up: Hosts that have answered.
        samples: Answers to ticks so far.
        slow: Slow readings so far.
        settled: The first reading of everything is done.
        said: What went wrong last.
        filled: The sparklines were given their ten minutes (see `live_client`).
    """

    pid: int
    up: int = 0
    samples: int = 0
    slow: int = 0
    settled: bool = False
    said: str = ""
    filled: bool = False


def write(path: Path, standing: Standing) -> None:
    """Write it whole or not at all."""
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(standing)))
    os.replace(temporary, path)


def read(path: Path) -> Standing | None:
    """Return it, or None before the first was written."""
    return Standing(**json.loads(path.read_text())) if path.exists() else None
