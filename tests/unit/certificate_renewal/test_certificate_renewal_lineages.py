"""What is read of certbot on a host: which of its timers renews, and renewal files that cannot be read."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.data.host import Command
from opsconsole.recipes.certificate_renewal import find, host_files, lineages
from opsconsole.recipes.certificate_renewal.lineages import Timer
from opsconsole.recipes.certificate_renewal.scripts import script
from opsconsole.recipes.certificate_renewal.served import Program
from tests.unit.certificate_renewal.certificate_renewal_samples import NOW

SHELLS = [["dash"], ["busybox", "ash"], ["bash", "--posix"]]
SHELLS = [words for words in SHELLS if shutil.which(words[0])] or [["sh"]]
DEBIAN, SNAP, FEDORA = "certbot.timer", "snap.certbot.renew.timer", "certbot-renew.timer"
WORKS = "loaded enabled active Mon 2026"
OFF, HALF, MASKED = "loaded disabled inactive ", "loaded enabled inactive ", "masked masked inactive "


class Here:
    """This machine as a host, by one sh; or a host that gives one answer."""

    def __init__(self, sh: list[str] | None = None, raw: bytes = b"") -> None:
        self.host = SimpleNamespace(name="web1")
        self._sh, self._raw = sh, raw

    async def run(self, command: Command) -> Any:
        raw = self._raw
        if self._sh:
            words = [*self._sh, *command.argv[1:]]
            raw = subprocess.run(words, input=command.stdin, stdout=subprocess.PIPE, check=True).stdout
        return SimpleNamespace(timed_out=False, exit_status=0, stdout=raw, stderr=b"")


async def chosen(*timers: tuple[str, str]) -> Timer | None:
    raw = "".join(f"timer {unit} {state}\0" for unit, state in timers)
    shell = Here(raw=f"version 2.1.0\0{raw}now {NOW}\0end \0".encode())
    return (await lineages.certbot_of(shell)).timer  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("timers", "unit"),
    [
        ([(DEBIAN, MASKED), (SNAP, WORKS)], SNAP),  # moved to snap
        ([(DEBIAN, OFF), (SNAP, WORKS)], SNAP),
        ([(DEBIAN, HALF), (SNAP, OFF), (FEDORA, WORKS)], FEDORA),
        ([(DEBIAN, WORKS), (SNAP, WORKS)], DEBIAN),
        ([(DEBIAN, WORKS), (SNAP, OFF)], DEBIAN),
        ([(DEBIAN, MASKED), (SNAP, OFF)], SNAP),  # none works: one that can be enabled
        ([(DEBIAN, OFF), (SNAP, HALF)], DEBIAN),
        ([(DEBIAN, MASKED), (SNAP, MASKED)], DEBIAN),
    ],
)
async def test_the_timer_that_works_is_the_one_that_renews(timers: list[tuple[str, str]], unit: str) -> None:
    timer = await chosen(*timers)
    assert timer is not None
    assert timer.unit == unit
    assert timer.works is ((unit, WORKS) in timers)


async def test_a_host_may_have_no_timer() -> None:
    assert await chosen() is None


CRONS = {
    "own": "# 0 1 * * * root certbot renew\n0 3 * * * root ls /opt/certbot\n@daily\troot\tcertbot -q renew\n",
    "backup": "0 3 * * * root tar -czf /srv/certbot.tar.gz /opt/certbot\n",
    "boot": "@reboot root certbot renew\n",
    "certbot": "0 0 * * * root test -x /usr/bin/certbot -a \\! -d /run/systemd/system && certbot -q renew\n",
    "none": "PATH=/opt/certbot/bin\nMAILTO=certbot\n0 3 * * * root true\n",
}


@pytest.mark.parametrize("sh", SHELLS, ids=lambda words: words[0])
@pytest.mark.parametrize("systemd", [True, False])
async def test_a_job_of_cron_renews_only_where_it_is_sure_to(
    tmp_path: Path, sh: list[str], systemd: bool
) -> None:
    folder = tmp_path / "cron.d"
    folder.mkdir()
    for name, lines in CRONS.items():
        (folder / name).write_text(lines)
    text = script("certbot_host").replace("for file in /etc/cron.d/* /etc/crontab", f"for file in {folder}/*")
    running = "/" if systemd else "/nowhere"
    text = text.replace("-d /run/systemd/system ]", f"-d {running} ]")
    raw = subprocess.run([*sh, "-c", text], stdout=subprocess.PIPE, check=True).stdout
    found = await lineages.certbot_of(Here(raw=b"version 2.1.0\0" + raw))  # type: ignore[arg-type]
    assert [Path(path).name for path in found.crons] == (["own"] if systemd else ["certbot", "own"])
    assert [Path(path).name for path in found.crons_unsure] == ["backup", "boot"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a file of each kind."""
    tmp_path.joinpath("good.conf").write_bytes(b"user www;\n\xff\n")
    tmp_path.joinpath("empty.conf").write_bytes(b"")
    tmp_path.joinpath("binary.conf").write_bytes(b"user\0www;\n")
    tmp_path.joinpath("brim.conf").write_bytes(b"#" * 1048576)
    tmp_path.joinpath("large.conf").write_bytes(b"#" * 1048577)
    tmp_path.joinpath("folder.conf").mkdir()
    return tmp_path


@pytest.mark.parametrize("sh", SHELLS, ids=lambda words: words[0])
async def test_a_file_that_is_no_text_or_too_large_is_left_out_and_told(sh: list[str], folder: Path) -> None:
    if os.getuid() != 0:  # nothing is closed to root
        folder.joinpath("closed.conf").write_bytes(b"x")
        folder.joinpath("closed.conf").chmod(0)
    texts = await host_files.read_files(Here(sh), [f"{folder}/*.conf", f"{folder}/none"])  # type: ignore[arg-type]
    assert texts.files == {
        f"{folder}/good.conf": b"user www;\n\xff\n",
        f"{folder}/empty.conf": b"",
        f"{folder}/brim.conf": b"#" * 1048576,
    }
    told = {
        f"{folder}/binary.conf": "holds NUL bytes, so it is no text; not read",
        f"{folder}/large.conf": "larger than 1 MiB, not read",
    }
    if os.getuid() != 0:
        told[f"{folder}/closed.conf"] = "cannot be read"
    assert texts.left_out == told


async def test_a_renewal_file_that_was_not_read_is_told_as_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    conf = "/etc/letsencrypt/renewal/a.test.conf"

    async def read_files(_shell: object, _paths: list[str]) -> host_files.Texts:
        return host_files.Texts({}, {conf: "larger than 1 MiB, not read"})

    monkeypatch.setattr(host_files, "read_files", read_files)
    found = await lineages.read(Here(raw=f"version 2.1.0\0now {NOW}\0end \0".encode()))  # type: ignore[arg-type]
    assert found.broken == {"a.test": f"{conf}: larger than 1 MiB, not read"}


async def test_a_servers_file_that_was_not_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read_files(_shell: object, paths: list[str]) -> host_files.Texts:
        if paths == ["/etc/nginx/nginx.conf"]:
            return host_files.Texts({paths[0]: b"http { include conf.d/*; }"}, {})
        return host_files.Texts({}, {"/etc/nginx/conf.d/.x.swp": "holds NUL bytes"})

    monkeypatch.setattr(find, "read_files", read_files)
    raw = b"program nginx nginx.service\0openssl yes\0end \0"
    servers = await find.look(Here(raw=raw))  # type: ignore[arg-type]
    assert [running.program for running, _ in servers.sites] == [
        Program("nginx", "nginx.service", (), ("/var/log/nginx/error.log",))
    ]
    assert servers.notes == ["/etc/nginx/conf.d/.x.swp: holds NUL bytes"]
