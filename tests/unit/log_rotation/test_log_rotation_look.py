"""What look.sh finds, and what is not the recipe's to find: run here, in each sh."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from opsconsole.recipes.log_rotation import look
from opsconsole.recipes.log_rotation.look import Look
from opsconsole.recipes.log_rotation.options import PATTERNS
from opsconsole.recipes.log_rotation.scripts import script

SHELLS = {"dash": ["dash"], "busybox": ["busybox", "ash"], "bash": ["bash", "--posix"]}
ID = "0123456789abcdef" * 4


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    return SHELLS[request.param]


def looked(shell: list[str], *folders: Path) -> Look:
    words = [*shell, "-c", script("look"), "look", "1000000", *map(str, folders), "--", *PATTERNS.split(",")]
    return look.parse(subprocess.run(words, capture_output=True, check=True).stdout)


def paths(seen: Look, folder: Path) -> set[str]:
    return {str(Path(one.path.decode()).relative_to(folder)) for one in seen.files}


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


def test_what_an_engine_or_the_journal_owns_is_left_out(shell: list[str], tmp_path: Path) -> None:
    ours = {"app/a.log.1", "feed-json.log.1", "volumes/web/_data/a.log.2", "cafe/b.log.1"}
    theirs = {
        f"docker/containers/{ID}/{ID}-json.log.1",
        f"docker/containers/{ID}/local-logs/container.log.1.gz",
        "docker/overlay2/q5czoo443zg9/diff/var/log/dpkg.log.1",
        f"storage/overlay/{ID}/diff/var/log/dpkg.log.1",
        "io.containerd.snapshotter.v1.overlayfs/snapshots/7/fs/var/log/a.log.1",
        f"{ID}-json.log.1",
        "journal/user.log.1",
    }
    make(tmp_path, *ours, *theirs)
    seen = looked(shell, tmp_path)
    assert paths(seen, tmp_path) == ours
    assert (seen.complete, seen.problems) == (True, [])
    for inside in (f"docker/containers/{ID}", f"storage/overlay/{ID}/diff/var/log", "docker/overlay2"):
        seen = looked(shell, tmp_path / inside)
        assert (seen.files, list(seen.file_systems)) == ([], [])
        assert "theirs to remove" in seen.problems[0][1]


def test_a_find_that_was_ended_has_not_seen_all(shell: list[str], tmp_path: Path) -> None:
    make(tmp_path / "log", "a.log.1")
    text = "find() { command find /proc/self -maxdepth 0 -printf '' 2>/dev/null; return 137; }\n"
    words = [*shell, "-c", text + script("look"), "look", "1000000", str(tmp_path / "log"), "--", "*.log.1"]
    seen = look.parse(subprocess.run(words, capture_output=True, check=True).stdout)
    assert not seen.complete
    assert "status 137" in seen.problems[0][1]
