"""Docker is trimmed of what was listed, on a lab host with an engine of its own; every volume stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from opsconsole.recipes.log_rotation.scripts import command
from opsconsole.recipes.recipe import PlanError
from tests.lab import claims, docker_lab
from tests.lab.docker_lab import CACHED_BYTES, DATA_ROOT, HOST, docker
from tests.lab.log_rotation_lab import ExecShell, apply_all, holds, job, planned, sh, values

pytestmark = pytest.mark.lab

FOLDER = "/run/lab-d-docker"
GIVEN = {"paths": FOLDER, "docker": "containers,images,cache"}
NOW = {**GIVEN, "docker_older_than": "0s"}


@pytest.fixture(autouse=True)
def engine(lab) -> Iterator[None]:
    """An engine with nothing in it, and the host for ourselves."""
    claims.claim(HOST, "docker")
    docker_lab.clear()
    sh(HOST, f"mkdir -p {FOLDER}")
    yield
    docker_lab.clear()
    sh(HOST, f"rm -rf {FOLDER}")
    claims.release(HOST, "docker")


async def test_what_was_listed_goes_and_every_volume_stays() -> None:
    dangling = docker_lab.build("lab-d:shop", "first")
    docker_lab.build("lab-d:shop", "second")
    docker("volume create precious")
    sh(HOST, f"echo orders >{DATA_ROOT}/volumes/precious/_data/orders")
    docker("run --name gone --network none -v precious:/data lab-d:shop")
    docker("run --name anonymous --network none -v /data lab-d:shop")
    docker("create --name waiting --network none lab-d:shop")
    volumes = docker_lab.volumes()
    assert len(docker("volume ls -q").split()) == 2

    shell = ExecShell(HOST)
    # They ended a moment ago: too young for what is asked by default. A cache has no age.
    plan = await planned(shell, values(**{**GIVEN, "docker": "containers,images"}))
    assert "trim-docker" not in [step.name for step in plan.steps]
    docker_lab.await_age()
    plan = await planned(shell, values(**NOW))
    step = plan.steps[0]
    assert step.name == "trim-docker"
    assert sorted(line.split()[-1] for line in step.details if "container" in line) == ["anonymous", "gone"]
    assert dangling in {identity for _, identity in plan.facts["docker"]["things"]}
    assert plan.facts["docker"]["volumes"] == sorted(docker("volume ls -q").split())
    # One that ends between plan and run was not listed: it stays.
    docker("run --name late --network none lab-d:shop")
    evidence = await apply_all(shell, plan)
    assert "3 of 3 are gone, 2 of 2 volumes are there" in evidence["trim-docker"]
    assert "2 of 2 volumes are there" in evidence["prove"]
    assert docker("ps -a --format {{.Names}}").split() == ["late", "waiting"]
    assert docker_lab.volumes() == volumes
    assert docker("images -q lab-d:shop")


async def test_a_real_build_cache_is_planned_with_its_bytes_and_trimmed() -> None:
    """BuildKit's own cache: what no image shares goes, and the space comes back."""
    docker_lab.build("lab-d:shop", "first")
    docker("volume create precious")
    sh(HOST, f"echo orders >{DATA_ROOT}/volumes/precious/_data/orders")
    volumes, before = docker_lab.volumes(), docker_lab.records()
    assert before
    image = docker("images -q --no-trunc lab-d:shop")
    used = int(sh(HOST, f"du -sk {DATA_ROOT}").split()[0]) * 1024

    shell = ExecShell(HOST)
    plan = await planned(shell, values(**{**NOW, "docker": "cache"}))
    assert [step.name for step in plan.steps] == ["trim-docker", "prove"]
    predicted = plan.shown["docker_cache_bytes"]
    # Both the context that was sent and the stage that was copied from hold the large file.
    assert predicted >= 2 * CACHED_BYTES
    assert f"build cache, what is not in use: {len(plan.shown['docker_records'])} records" in "\n".join(
        plan.steps[0].details
    )
    proved, said = await holds(shell, plan.steps[0].check)
    assert not proved, said  # nothing was done yet, and that is seen
    evidence = await apply_all(shell, plan)
    count = len(plan.shown["docker_records"])
    assert f"{count} of {count} records of the build cache are gone" in evidence["trim-docker"]
    assert not set(plan.shown["docker_records"]) & set(docker_lab.records())
    came_back = used - int(sh(HOST, f"du -sk {DATA_ROOT}").split()[0]) * 1024
    assert came_back == pytest.approx(predicted, rel=0.1)
    assert docker("images -q --no-trunc lab-d:shop") == image
    assert docker("run --rm --network none lab-d:shop").startswith("ldconfig")
    assert docker_lab.volumes() == volumes


async def test_an_image_that_a_container_still_needs_stays_and_is_told() -> None:
    """A running container's image is dangling as soon as its name has moved on: docker would refuse it."""
    old = docker_lab.build("lab-d:shop", "first")
    docker("create --name young --network none lab-d:shop")  # never ran: never old
    docker_lab.build("lab-d:shop", "second")
    docker_lab.await_age()
    shell = ExecShell(HOST)
    plan = await planned(shell, values(**{**NOW, "docker": "containers,images"}))
    assert plan.steps == ()
    assert any(f"the dangling image {old[7:19]}" in one and "stays" in one for one in plan.warnings)
    docker("rm young")
    plan = await planned(shell, values(**{**NOW, "docker": "containers,images"}))
    assert plan.facts["docker"]["things"] == [["image", old]]
    await apply_all(shell, plan)
    assert old not in docker("images -aq --no-trunc").split()


async def test_the_classic_builder_s_images_go_without_those_in_use() -> None:
    """The classic builder keeps its cache as images: an old build is dangling, the newest is not."""
    old = docker_lab.build("lab-d:shop", "first", buildkit=False)
    new = docker_lab.build("lab-d:shop", "second", buildkit=False)
    docker_lab.await_age()
    shell = ExecShell(HOST)
    plan = await planned(shell, values(**{**NOW, "docker": "images"}))
    things = [identity for _, identity in plan.facts["docker"]["things"]]
    assert old in things
    assert new not in things
    evidence = await apply_all(shell, plan)
    assert f"{len(things)} of {len(things)} are gone" in evidence["trim-docker"]
    assert docker("run --rm --network none lab-d:shop").startswith("ldconfig")


async def test_a_plan_changes_nothing_of_docker() -> None:
    docker_lab.build("lab-d:shop", "first")
    docker_lab.build("lab-d:shop", "second")
    docker("volume create precious")
    docker("run --name gone --network none -v precious:/data lab-d:shop")
    docker_lab.await_age()
    everything = (  # in words without ages, which grow by themselves
        "docker ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}'; docker images -aq --no-trunc; "
        "docker volume ls; docker system df -v --format '{{range .BuildCache}}{{println .ID .Size}}{{end}}'; "
        rf"find {DATA_ROOT} -printf '%P %y %i %s %T@ %m %U %G %n %l\0' | sort -z | tr '\0' '\n'"
    )
    before = sh(HOST, everything).splitlines()
    plan = await planned(ExecShell(HOST), values(**NOW))
    assert len(plan.facts["docker"]["things"]) == 2
    assert sh(HOST, everything).splitlines() == before


async def test_a_volume_that_is_gone_is_seen() -> None:
    docker_lab.build("lab-d:shop", "first")
    docker("volume create precious")
    shell = ExecShell(HOST)
    plan = await planned(shell, values(**{**NOW, "docker": "cache"}))
    assert (await job(shell, plan.steps[0].commands)).ok
    assert (await holds(shell, plan.steps[0].check))[0]
    docker("volume rm precious")
    proved, said = await holds(shell, plan.steps[0].check)
    assert not proved
    assert "0 of 1 volumes are there" in said


async def test_what_others_write_meanwhile_does_not_make_a_good_run_bad() -> None:
    """Nothing certain was predicted for the disk that was looked at, so nothing can be missing there."""
    docker_lab.build("lab-d:shop", "first")
    shell = ExecShell(HOST)
    plan = await planned(shell, values(**{**NOW, "docker": "cache"}))
    trim, prove = plan.steps
    assert (await job(shell, trim.commands)).ok
    sh(HOST, f"head -c 4000000 /dev/zero >{FOLDER}/of-somebody")
    proved, said = await holds(shell, prove.check)
    assert proved, said
    assert "predicted to come back 0B, came back -3." in said


async def test_without_an_engine_nothing_of_it_is_planned() -> None:
    sh(HOST, "systemctl stop docker.socket docker.service")
    try:
        with pytest.raises(PlanError, match="no docker answers"):
            await planned(ExecShell(HOST), values(**GIVEN))
        assert (await ExecShell(HOST).run(command("docker", 1000))).stdout.split() == [b"absent", b"end"]
    finally:
        sh(HOST, "systemctl start docker.socket docker.service")
