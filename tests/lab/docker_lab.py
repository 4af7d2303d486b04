"""What a docker engine could do without, and volumes that must stay: made on a lab host without a network."""

from __future__ import annotations

from tests.lab.log_rotation_lab import sh

HOST = "docker1"
DATA_ROOT = "/var/lib/docker"
CACHED_BYTES = 3 * 1024 * 1024
"""What the first stage of the build keeps in BuildKit's cache, and no image shares."""

_CONTEXT = "/run/lab-d-build"
_DOCKERFILE = """
FROM scratch AS parts
COPY parts /parts/
FROM scratch
COPY --from=parts /parts/label /label
COPY program /program
CMD ["/program", "--version"]
"""
_CLEAR = """
docker ps -aq | xargs -r docker rm -f -v
docker images -aq | sort -u | xargs -r docker rmi -f
docker volume ls -q | xargs -r docker volume rm
docker builder prune -af
"""


def clear() -> None:
    """Leave the engine with nothing."""
    sh(HOST, f"{{ {_CLEAR} }} >/dev/null; rm -rf {_CONTEXT}")


def build(tag: str, label: str, *, buildkit: bool = True) -> str:
    """Build an image in two stages from local files; return its id.

    Args:
        tag: Its name.
        label: What its file `label` says: another one makes another image.
        buildkit: By BuildKit, which has a cache of its own; else by the classic builder.
    """
    return sh(HOST, f"""mkdir -p {_CONTEXT}/parts; cd {_CONTEXT}; cat >Dockerfile
    [ -e parts/large ] || head -c {CACHED_BYTES} /dev/urandom >parts/large
    echo {label} >parts/label; cp -u /sbin/ldconfig program
    DOCKER_BUILDKIT={int(buildkit)} docker build -q -t {tag} .""", stdin=_DOCKERFILE).strip()  # fmt: skip


def docker(*words: str) -> str:
    """Run the host's own docker as root; return what it says."""
    return sh(HOST, "docker " + " ".join(words)).strip()


def await_age() -> None:
    """Wait until what was made just now is older than 0 s, by a clock that tells whole seconds."""
    sh(HOST, "now=$(date +%s); until [ $(date +%s) -gt $now ]; do sleep 0.05; done")


def records() -> dict[str, str]:
    """Return each record of the build cache: its id and its size in docker's words."""
    rows = docker("system df -v --format '{{range .BuildCache}}{{println .ID .Size}}{{end}}'")
    return dict(row.split(" ", 1) for row in rows.splitlines() if row)


def volumes() -> str:
    """Return every volume with the checksums of all that is in it."""
    return sh(HOST, f"docker volume ls -q | sort; cd {DATA_ROOT}/volumes && find . -type f -path '*/_data/*' "
              "-exec sha256sum {} + | sort -k 2")  # fmt: skip
