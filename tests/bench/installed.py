"""The product as a user has it: built and installed, not the editable install with its import hooks."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measure import ROOT, BenchError


@contextmanager
def installed() -> Iterator[Path]:
    """Yield the `bin` of a throw-away venv with this tree's opsconsole; it borrows our venv's packages.

    Raises:
        BenchError: It cannot be built.
    """
    with tempfile.TemporaryDirectory(prefix="opsconsole-bench-") as name:
        folder = Path(name)
        source = folder / "source"
        source.mkdir()
        # A copy, since setuptools builds in the tree.
        shutil.copytree(
            ROOT / "opsconsole", source / "opsconsole", ignore=shutil.ignore_patterns("__pycache__")
        )
        for file in ("pyproject.toml", "README.md", "LICENSE"):
            if (ROOT / file).exists():
                shutil.copy(ROOT / file, source)
        venv = folder / "venv"
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        alone = ["--no-index", "--no-deps"]
        _do([*pip, "wheel", *alone, "--no-build-isolation", "--wheel-dir", str(folder), str(source)])
        _do([sys.executable, "-m", "venv", "--without-pip", str(venv)])
        ours = sysconfig.get_path("purelib", vars={"base": str(venv), "platbase": str(venv)})
        # A folder named in a .pth file is searched, but its own .pth files (the editable hooks) are not read.
        (Path(ours) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
        (wheel,) = folder.glob("*.whl")
        python = str(venv / "bin" / "python")
        _do([*pip, "--python", python, "install", *alone, str(wheel)])
        yield venv / "bin"


def _do(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"opsconsole cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
