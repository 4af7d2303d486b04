"""What the failure matrices of certificate-renewal on tls1 share: the state before, put back for each cell.

A room is made once: its certificates are as wanted, and shown. `Room.packed` packs that; `Room.prepare` puts
it back, with certbot's folders on a small disk and certbot's timer off; `Room.state` is all that must be as
before when a run was undone: certbot's folders, the files in use, the web root, the timer, what is served.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE
from opsconsole.recipes.runner.state import RunState
from tests.lab import matrix
from tests.lab.altered import altered
from tests.lab.conftest import Lab
from tests.lab.tls_lab import HOST, sh

CERTBOT = "/etc/letsencrypt"
WEBROOT = "/var/www/acme"
KEPT = "/var/lib/opsconsole/certificate-renewal"
_PRINT = "openssl x509 -noout -fingerprint -sha256"
TIMER = "systemctl is-enabled certbot.timer; systemctl is-active certbot.timer"


@dataclass(frozen=True)
class Room:
    """A state before.

    Attributes:
        word: Names what is packed.
        folders: Absolute paths that the cells change, beside certbot's.
        servers: systemd services that are restarted when all is put back.
        files: In use outside of certbot's folders: content, mode, owner and kind count.
        shown: (DNS name, port, address) of each handshake -> the file that it shows before.
    """

    word: str
    folders: tuple[str, ...]
    servers: str
    files: tuple[str, ...]
    shown: Mapping[tuple[str, int, str], str]

    @property
    def tar(self) -> str:
        """Where it is packed."""
        return f"/var/tmp/opsconsole-lab-renewal-{self.word}.tar"

    @property
    def packed(self) -> str:
        """The script that packs what is there now."""
        return f"tar -C / -cpf {self.tar} {' '.join(one[1:] for one in (CERTBOT, *self.folders))}"

    @property
    def _handshakes(self) -> str:
        """Lines of a script that write what is served, by the host's own openssl."""
        return "\n".join(
            f"openssl s_client -connect {address}:{port} -servername {name} </dev/null 2>/dev/null | {_PRINT}"
            for name, port, address in self.shown
        )

    def prepare(self) -> None:
        """Put it back, and wait until it is served: a reload is over some time after it was asked for."""
        wanted = "\n".join(f"{_PRINT} <{file}" for file in self.shown.values())
        sh(f"""
        set -e
        mountpoint -q {CERTBOT} || mount -t tmpfs -o size=2m,mode=755 lab-letsencrypt {CERTBOT}
        find {CERTBOT} {WEBROOT} -mindepth 1 -delete
        rm -rf {" ".join(self.folders)} {KEPT}
        tar -C / -xpf {self.tar}
        systemctl -q disable --now certbot.timer
        systemctl reset-failed {self.servers}
        systemctl restart {self.servers}
        wanted=$({wanted})
        shown() {{ {self._handshakes}
        }}
        tries=0
        until [ "$(shown)" = "$wanted" ]; do
            tries=$((tries + 1)); [ $tries -lt 200 ]; sleep 0.05
        done""")

    def served(self) -> list[str]:
        """Return the fingerprints that are served; nothing where nothing answers."""
        return sh(f"{self._handshakes}\ntrue").splitlines()

    def state(self) -> str:
        """Return all that must be as before."""
        files = " ".join(self.files)
        made = "live archive renewal renewal-hooks csr keys"
        return sh(f"""
        cd {CERTBOT}
        find {made} {WEBROOT} -printf '%y %m %U %G %p %l\\n' 2>/dev/null | sort
        find {made} -type f -exec sha256sum {{}} + 2>/dev/null | sort -k 2
        sha256sum {files}; stat -c '%a %U %G %N' {files}
        {TIMER}
        {self._handshakes}
        true""")

    def subject(self, **texts: str) -> matrix.Subject:
        """Return the recipe with values as an engineer types them."""
        return matrix.Subject(
            recipe=RECIPE,
            values=parameters.read_all(RECIPE.parameters, texts),
            host=HOST,
            prepare=self.prepare,
            state=self.state,
            full=CERTBOT,
            load="opsconsole.recipes.certificate_renewal:RECIPE",
        )


async def check_full(lab: Lab, folder: Path, subject: matrix.Subject, disk: str, name: str) -> str:
    """Have not one byte free where a step writes: the step itself must notice, and all is as before.

    Args:
        lab: The lab.
        folder: An empty folder.
        subject: What is tried.
        disk: The folder that is full; a file system of its own.
        name: The step that must fail.

    Returns:
        The verdict.
    """
    subject.prepare()
    small = f"""
    mountpoint -q {disk} || {{
        (umask 077; mkdir -p {disk}); mode=$(stat -c %a {disk}); cp -a {disk} /run/lab-disk
        mount -t tmpfs -o size=256k,mode=$mode lab-disk {disk}; cp -a /run/lab-disk/. {disk}/
    }}
    dd if=/dev/zero of={disk}/.full bs=4k 2>/dev/null || true; [ -s {disk}/.full ]"""
    cure = f"rm -rf {disk}/.full /run/lab-disk; while umount -l lab-disk 2>/dev/null; do :; done"
    with altered(HOST, "tls-full", small, cure):
        before = subject.state()
        async with matrix.World(lab, subject, folder).open() as world:
            plan = await world.planned()
            result = await world.run(plan)
            assert result.state is RunState.UNDONE, result
            title = next(step.title for step in plan.steps if step.name == name)
            assert f"“{title}” failed" in result.verdict
            matrix.agree(world, result, before)
            return result.verdict


async def check_there_and_back(
    lab: Lab, folder: Path, room: Room, tried: matrix.Subject, names: Sequence[str]
) -> None:
    """Run every step and take all of it back; the timer, and what each handshake shows, both times."""
    room.prepare()
    before, old = room.state(), room.served()
    async with matrix.World(lab, tried, folder).open() as world:
        plan = await world.planned()
        assert [step.name for step in plan.steps] == list(names)
        result = await world.run(plan)
        matrix.agree(world, result, before)
        assert sh(TIMER) == "enabled\nactive\n"
        assert room.served() != old
        matrix.agree(world, await world.undo(result.run_id), before)
        assert room.served() == old
