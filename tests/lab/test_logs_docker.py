"""Containers' logs as a real docker engine keeps them, on a lab host."""

from __future__ import annotations

import pytest

from tests.lab import claims, docker_lab
from tests.lab.conftest import Lab
from tests.lab.docker_lab import DATA_ROOT, HOST, docker
from tests.lab.log_rotation_lab import sh
from tests.lab.shells import connected
from tests.lab.test_logs_panel import read

pytestmark = pytest.mark.lab


async def test_the_logs_of_real_containers_are_told_with_their_limits(lab: Lab) -> None:
    claims.claim(HOST, "logs")
    try:
        docker_lab.clear()
        docker_lab.build("lab-d:shop", "first")
        docker("run --name without --network none lab-d:shop")
        docker("run --name with --network none --log-opt max-size=1m --log-opt max-file=3 lab-d:shop")
        docker("run --name elsewhere --network none --log-driver none lab-d:shop")
        # The engine's own word for where a log is.
        log = docker("inspect --format {{.LogPath}} without")
        assert log.startswith(f"{DATA_ROOT}/containers/")
        sh(HOST, f"head -c 3000000 /dev/zero >>{log}; cp {log} {log}.1")
        async with connected(lab, HOST) as shell:
            reading, _ = await read(shell)
    finally:
        docker_lab.clear()
        claims.release(HOST, "logs")
    known = {one.name: one for one in reading.containers or ()}
    assert set(known) == {"without", "with"}
    assert (known["without"].limit, known["with"].limit) == ("", "1m")
    assert known["without"].size_bytes == pytest.approx(6_000_000, rel=0.02)  # with its rotated one
    assert known["with"].size_bytes < 100_000
    assert reading.new_containers_limit == ""  # docker's own default: none
