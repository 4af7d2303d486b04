"""Docker is trimmed of exactly what was listed: on an engine of the test's own, beside the lab's."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opsconsole.recipes.recipe import PlanError
from tests.lab import engine
from tests.lab.log_rotation_lab import HereShell, apply_all, planned, values

pytestmark = pytest.mark.lab

Docker = Callable[..., str]


def image() -> bytes:
    """Return an image with one static program in it: no registry is asked."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        tar.add("/sbin/ldconfig", "program")
        entry = tarfile.TarInfo("data")
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(entry)
    return raw.getvalue()


@pytest.fixture(scope="module")
def room() -> Iterator[Path]:
    """A folder with a short path: that of a socket has 107 bytes at most."""
    folder = Path(tempfile.mkdtemp(prefix="lab-d-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def docker(room: Path) -> Iterator[Docker]:
    """An engine of our own; yields its command."""
    if shutil.which("dockerd") is None:
        engine.install("docker.io")
    address = f"unix://{room}/sock"
    words = ["dockerd", "-H", address, "--data-root", room / "data", "--exec-root", room / "exec"]
    words += ["-p", room / "pid", "--bridge", "none", "--iptables=false", "--storage-driver", "vfs"]
    log = (room / "log").open("wb")
    daemon = subprocess.Popen([str(word) for word in words], stdout=log, stderr=log)

    def run(*argv: str, stdin: bytes = b"") -> str:
        done = subprocess.run(
            ["docker", "-H", address, *argv], input=stdin, capture_output=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    try:
        deadline = time.monotonic() + 30
        while subprocess.run(["docker", "-H", address, "info"], capture_output=True, check=False).returncode:
            assert daemon.poll() is None, (room / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, (room / "log").read_text()[-2000:]
            time.sleep(0.1)
        yield run
    finally:
        daemon.terminate()
        daemon.wait(30)
        log.close()


async def test_what_was_listed_goes_and_every_volume_stays(docker: Docker, room: Path) -> None:
    docker("import", "-c", 'CMD ["/program","--version"]', "-", "lab-d:first", stdin=image())
    dangling = docker("import", "-c", "LABEL old=yes", "-", stdin=image())
    docker("volume", "create", "precious")
    docker("run", "--name", "gone", "--network", "none", "-v", "precious:/data", "lab-d:first")
    docker("run", "--name", "anonymous", "--network", "none", "-v", "/data", "lab-d:first")
    docker("create", "--name", "waiting", "--network", "none", "lab-d:first")
    volumes = docker("volume", "ls", "-q").split()
    assert len(volumes) == 2

    folder = room / "logs"
    folder.mkdir()
    shell = HereShell({"DOCKER_HOST": f"unix://{room}/sock"})
    given = {"paths": str(folder), "docker": "containers,images,cache"}
    # They ended a moment ago: too young for what is asked by default.
    assert "trim-docker" not in [step.name for step in (await planned(shell, values(**given))).steps]
    given["docker_older_than"] = "0s"
    while len((plan := await planned(shell, values(**given))).facts["docker"]["things"]) < 3:
        time.sleep(0.1)
    step = plan.steps[0]
    assert step.name == "trim-docker"
    assert sorted(line.split()[-1] for line in step.details if "container" in line) == ["anonymous", "gone"]
    assert dangling in {identity for _, identity in plan.facts["docker"]["things"]}
    assert plan.facts["docker"]["volumes"] == sorted(volumes)
    # One that ends between plan and run was not listed: it stays.
    docker("run", "--name", "late", "--network", "none", "lab-d:first")
    evidence = await apply_all(shell, plan)
    assert "3 of 3 are gone, 2 of 2 volumes are there" in evidence["trim-docker"]
    assert "2 of 2 volumes are there" in evidence["prove"]
    assert docker("ps", "-a", "--format", "{{.Names}}").split() == ["late", "waiting"]
    assert docker("volume", "ls", "-q").split() == volumes
    assert docker("images", "-q", "lab-d:first")


async def test_without_an_engine_nothing_of_it_is_planned(room: Path) -> None:
    (room / "none").mkdir(exist_ok=True)
    shell = HereShell({"DOCKER_HOST": f"unix://{room}/nobody", "PATH": os.environ["PATH"]})
    with pytest.raises(PlanError, match="no docker answers"):
        await planned(shell, values(paths=str(room / "none"), docker="images"))
