"""The images: base from a registry or from Debian's packages, the rest by docker build."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
import time
from pathlib import Path

from . import engine
from .engine import LabError, docker, say
from .hosts import IMAGES, PREFIX, RELEASES, Image

CONTEXT = Path(__file__).resolve().parent / "images"
BASE_RECIPE = "1"
"""To be raised when the way in which a base is made changes."""

_BOOTSTRAP = (
    "--variant=apt",
    "--format=tar",
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Languages "none"',
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    "--dpkgopt=force-unsafe-io",
)
_installing = threading.Lock()


def tag(name: str) -> str:
    """Return the full name of an image, which tells its content.

    Args:
        name: Image of the lab, or a Debian release for its base.

    Returns:
        Name and tag; the tag is a hash of all that goes into the image.
    """
    if name in RELEASES:
        return f"{PREFIX}base-{name}:{BASE_RECIPE}"
    image = IMAGES[name]
    digest = hashlib.sha256(tag(image.parent).encode())
    for file in (f"{image.dockerfile}.Dockerfile", *image.files):
        content = (CONTEXT / file).read_bytes()
        digest.update(f"\0{file}\0{len(content)}\0".encode() + content)
    return f"{PREFIX}{name}:{digest.hexdigest()[:12]}"


def present() -> set[str]:
    """All images of the lab that the engine has, by full name."""
    listed = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    return {name for name in listed if name.startswith(PREFIX)}


def _pull(release: str) -> bool:
    """Take the base from a registry, where one can be reached."""
    name = f"debian:{release}-slim"
    known = docker("image", "inspect", name, check=False).returncode == 0
    if not known:
        try:
            if docker("manifest", "inspect", name, check=False, timeout=8).returncode != 0:
                return False
            say(f"pulling {name}")
            docker("pull", "--quiet", name, timeout=300)
        except LabError:
            return False
    docker("tag", name, tag(release))
    return True


def _bootstrap(release: str) -> None:
    with _installing:
        if shutil.which("mmdebstrap") is None:
            say("installing mmdebstrap")
            engine.install("mmdebstrap", "debian-archive-keyring")
    say(f"making the base of Debian {release}")
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        archive = Path(folder) / "base.tar"
        engine.run(["mmdebstrap", *_BOOTSTRAP, release, archive], timeout=900)
        docker("import", archive, tag(release), timeout=300)


def make_base(release: str) -> None:
    """Make the base image of a Debian release.

    Args:
        release: Its code name.
    """
    if not _pull(release):
        _bootstrap(release)


def build(image: Image) -> None:
    """Build an image whose parent is there.

    Args:
        image: The image.
    """
    began = time.monotonic()
    buildx = docker("buildx", "version", check=False).returncode == 0
    words = ["docker", "build", "--quiet", "--network", "host", "--tag", tag(image.name)]
    words += ["--file", str(CONTEXT / f"{image.dockerfile}.Dockerfile")]
    words += ["--build-arg", f"BASE={tag(image.parent)}", str(CONTEXT)]
    engine.run(
        words,
        timeout=1200,
        env={} if buildx else {"DOCKER_BUILDKIT": "0"},
    )
    say(f"built {image.name} in {time.monotonic() - began:.0f} s")


def remove_stale() -> None:
    """Remove images of the lab that no present Dockerfile describes and no container uses."""
    wanted = {tag(name) for name in (*RELEASES, *IMAGES)}
    stale = sorted(present() - wanted)
    if stale:
        docker("image", "rm", *stale, check=False)


def remove_all() -> None:
    """Remove every image of the lab."""
    for _ in range(2):
        if names := sorted(present()):
            docker("image", "rm", "--force", *names, check=False, timeout=300)
