"""The verbs of `tests/lab/lab`."""

from __future__ import annotations

import argparse
import dataclasses
import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from . import claims, containers, engine, faults, images, state
from .engine import LabError, say
from .hosts import HOSTS, IMAGES, RELEASES, Host, find


@contextmanager
def _locked() -> Iterator[None]:
    """Let one of several callers at a time change the lab."""
    engine.STATE.mkdir(exist_ok=True)
    with (engine.STATE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Rise:
    """One `up`: every image after its parent, every host after its image, all at once.

    Hosts that are there are cured of what a test left behind.
    """

    def __init__(self, pool: ThreadPoolExecutor, cgroup_version: str) -> None:
        self._pool = pool
        self._cgroup_version = cgroup_version
        self._have = images.present()
        self._there = containers.listed()
        self._made: dict[str, Future[None]] = {}

    def hosts(self) -> list[Future[None]]:
        wanted = [host for host in HOSTS.values() if not self._is_up(host)]
        missing = {host.image for host in wanted if images.tag(host.image) not in self._have}
        for image in reversed(IMAGES.values()):
            if (
                image.name in missing
                and image.parent in IMAGES
                and images.tag(image.parent) not in self._have
            ):
                missing.add(image.parent)
        for release in RELEASES:
            if images.tag(release) not in self._have and any(
                IMAGES[name].parent == release for name in missing
            ):
                self._made[release] = self._pool.submit(images.make_base, release)
        for image in IMAGES.values():
            if image.name in missing:
                self._made[image.name] = self._pool.submit(self._build, image.name)
        cured = [self._pool.submit(self._cure, host) for host in HOSTS.values() if host not in wanted]
        return [self._pool.submit(self._host, host) for host in wanted] + cured

    def _is_up(self, host: Host) -> bool:
        found = self._there.get(host.container)
        if found is None or found.spec != containers.spec(host, self._cgroup_version):
            return False
        return found.state == "running" or claims.taken(host.name)

    def _await(self, name: str) -> None:
        if name in self._made:
            self._made[name].result()

    def _build(self, name: str) -> None:
        self._await(IMAGES[name].parent)
        images.build(IMAGES[name])

    def _cure(self, host: Host) -> None:
        if found := faults.restore(host.name):
            say(f"{host.name} is cured of: {', '.join(found)}")

    def _host(self, host: Host) -> None:
        self._await(host.image)
        began = time.monotonic()
        containers.create(host, self._cgroup_version)
        containers.await_ready(host)
        say(f"{host.name} is up after {time.monotonic() - began:.1f} s")


def up() -> None:
    """Make all that is missing of the lab."""
    began = time.monotonic()
    with _locked():
        state.ensure()
        described = engine.ensure()
        containers.ensure_networks()
        with ThreadPoolExecutor(max_workers=len(HOSTS) + len(IMAGES) + len(RELEASES)) as pool:
            rising = _Rise(pool, described.cgroup_version).hosts()
        for future in rising:
            future.result()
        images.remove_stale()
        state.write_inventory(engine.describe())
    say(f"up after {time.monotonic() - began:.1f} s: {', '.join(HOSTS)}")


def down(*, with_images: bool) -> None:
    """Take the lab away, and dockerd with it if the lab started it.

    Args:
        with_images: Take the images away as well.
    """
    with _locked():
        if not engine.answers():
            say("no docker engine answers; nothing to do")
            return
        containers.remove_all()
        if with_images:
            images.remove_all()
        if engine.stop():
            say("dockerd stopped")


def reset(name: str) -> None:
    """Make one host's container anew from its image.

    Args:
        name: The host.
    """
    began = time.monotonic()
    host = find(name)
    with _locked():
        state.ensure()
        if images.tag(host.image) not in images.present():
            raise LabError(f"no image for {name} yet; run `up` first")
        containers.create(host, engine.describe().cgroup_version)
        containers.await_ready(host)
    say(f"{name} is new after {time.monotonic() - began:.1f} s")


def status() -> dict[str, object]:
    """Tell the state of engine and hosts.

    Returns:
        A document that can be written as JSON.
    """
    if not engine.answers():
        return {"version": 1, "engine": None, "up": False, "hosts": dict.fromkeys(HOSTS, "absent")}
    hosts = containers.status()
    return {
        "version": 1,
        "engine": dataclasses.asdict(engine.describe()),
        "up": all(word == "running" for word in hosts.values()),
        "hosts": hosts,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description="Real hosts in containers, for the tests.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="make all that is missing; quick when all is there")
    verb = verbs.add_parser("down", help="remove containers and networks, stop dockerd if the lab started it")
    verb.add_argument("--images", action="store_true", help="remove the images too")
    verbs.add_parser("status", help="state of engine and hosts as JSON; exit status 1 when not all up")
    verb = verbs.add_parser("reset", help="make one host anew from its image")
    verb.add_argument("host", choices=sorted(HOSTS))
    verb = verbs.add_parser("exec", help="run a command on a host as root")
    verb.add_argument("host", choices=sorted(HOSTS))
    verb.add_argument("command", nargs="+", metavar="CMD", help="after `--`")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb.

    Args:
        arguments: The command line without the program's name.

    Returns:
        Exit status.
    """
    chosen = _parser().parse_args(arguments)
    try:
        match chosen.verb:
            case "up":
                up()
            case "down":
                down(with_images=chosen.images)
            case "status":
                document = status()
                sys.stdout.write(json.dumps(document, indent=2) + "\n")
                return 0 if document["up"] else 1
            case "reset":
                reset(chosen.host)
            case "exec":
                terminal = ["--tty"] if sys.stdin.isatty() and sys.stdout.isatty() else []
                words = ["docker", "exec", "--interactive", *terminal, find(chosen.host).container]
                os.execvp("docker", [*words, *chosen.command])  # noqa: S606
    except LabError as error:
        sys.stderr.write(f"lab: {error}\n")
        return 1
    return 0
