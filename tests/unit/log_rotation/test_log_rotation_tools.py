"""A drop-in keeps its mode and owner; the journal's folders that are not this machine's are left alone."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from opsconsole.recipes.log_rotation import dropin, host_tools
from opsconsole.recipes.log_rotation.host_tools import Journal, Logrotate
from opsconsole.recipes.recipe import PlanError
from tests.unit.log_rotation.log_rotation_samples import (
    MIB,
    host,
    named,
    planned,
    wanted,
)
from tests.unit.log_rotation.log_rotation_scripts import Place, Said, shells

OWN, CLONE = "0" * 31 + "1", "0" * 31 + "2"
OLD, NEW = "a.log {\n  weekly\n}\n", "a.log {\n  daily\n}\n"


@pytest.fixture
def place(tmp_path: Path, sh: list[str]) -> Place:
    one = Place(tmp_path, sh)
    one.tool("logrotate", "exit 0")
    one.tool("journalctl", "echo 'vacuumed (mark token)'")
    return one


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def access(mode: str) -> tuple[str, str]:
    return mode, f"{os.getuid()}:{os.getgid()}"


@shells
@pytest.mark.parametrize("mode", ["600", "640", "644"])
def test_a_drop_in_keeps_its_mode_and_owner_there_and_back(place: Place, mode: str) -> None:
    target = place.logs / "app"
    target.write_text(OLD)
    target.chmod(int(mode, 8))

    def installed(text: str) -> Said:
        return place.run("installed", target, sha(text), 0, *access(mode))

    said = place.run(
        "install", "token", target, sha(OLD), *access(mode),
        lines=NEW.splitlines(), places=[("/etc/logrotate.d", place.logs)],
    )  # fmt: skip
    assert said.status == 0, said.text
    assert (target.read_text(), f"{target.stat().st_mode & 0o777:o}") == (NEW, mode)
    assert installed(NEW).status == 0
    target.chmod(0o604)
    said = installed(NEW)
    assert said.status == 1
    assert "mode and owner 604 " in said.text
    said = place.run("uninstall", target, "yes", *access(mode), lines=OLD.splitlines())
    assert said.status == 0, said.text
    assert (target.read_text(), f"{target.stat().st_mode & 0o777:o}") == (OLD, mode)
    assert installed(OLD).status == 0


@shells
def test_a_drop_in_that_was_not_there_is_not_there_again(place: Place) -> None:
    target = place.logs / "app"
    target.write_text(NEW)
    assert place.run("uninstall", target, "no", *access("644")).status == 0
    assert place.run("installed", target, "none", 0, *access("644")).status == 0
    target.write_text(NEW)
    assert place.run("installed", target, "none", 0, *access("644")).status == 1


def test_the_plan_knows_the_mode_and_owner_of_the_drop_in_that_it_replaces() -> None:
    file = b"access 640 0:4 /etc/logrotate.d/app\0conf /etc/logrotate.d/app\0x\0"
    raw = b"version 3.21\0errors 0\0output \0" + file + b"end\0"
    tool = host_tools.logrotate(raw)
    assert tool.access == {"/etc/logrotate.d/app": "640 0:4"}
    content = dropin.content(wanted(logs="/var/log/app.log", drop_in="app"), [], host().opened)
    given = {"logs": "/var/log/app.log", "drop_in": "app"}
    for seen, words in ((tool, ("640", "0:4")), (Logrotate("3.21"), ("644", "0:0"))):
        step = named(planned(host(logrotate=seen), (), content, **given), "install-drop-in")
        assert step.undo is not None
        commands = (*step.commands[-1:], step.check.command, *step.undo.commands, step.undo.check.command)
        assert {command.argv[-2:] for command in commands} == {words}


def journal(folder: Path, archived: int, active: int) -> None:
    folder.mkdir(parents=True)
    (folder / "system@1-2-3.journal").write_bytes(os.urandom(archived))
    (folder / "system.journal").write_bytes(os.urandom(active))


def journal_places(place: Place) -> list[tuple[str, object]]:
    root = place.logs.parent
    (root / "id").write_text(f"{OWN}\n")
    return [("/var/log/journal", root / "disk"), ("/run/log/journal", root / "mem")]


@shells
def test_the_journal_of_another_machine_is_told_apart(place: Place) -> None:
    root = place.logs.parent
    places = journal_places(place)
    journal(root / "disk" / OWN, 8192, 4096)
    journal(root / "mem" / OWN, 4096, 4096)
    journal(root / "disk" / CLONE, 16384, 0)
    journal(root / "disk" / f"{OWN}.web", 0, 8192)
    (root / "disk" / "remote").mkdir()
    (root / "mem" / "link").symlink_to(root / "disk" / CLONE)
    said = place.run("journal", places=[*places, ("/etc/machine-id", root / "id")])
    found = host_tools.journals(said.text.encode())
    assert found is not None
    assert [
        (
            one.folder.removeprefix(f"{root}/"),
            one.archived_bytes,
            one.active_bytes,
            one.active_files,
            one.foreign,
        )
        for one in found
    ] == [
        (f"disk/{OWN}", 8192, 4096, 1, False),
        (f"disk/{OWN}.web", 0, 8192, 1, True),
        (f"disk/{CLONE}", 16384, 0, 1, True),
        (f"mem/{OWN}", 4096, 4096, 1, False),
    ]
    (root / "id").unlink()
    said = place.run("journal", places=[*places, ("/etc/machine-id", root / "id")])
    assert {line.split()[0] for line in said.text.splitlines()} == {"foreign"}


@shells
@pytest.mark.parametrize(
    ("sizes", "holds"),
    [
        ({f"disk/{OWN}": 8192, f"mem/{OWN}": 8192}, True),  # the limit is for each
        ({f"disk/{OWN}": 12288, f"mem/{OWN}": 0}, False),
        ({f"disk/{OWN}": 0, f"mem/{OWN}": 12288}, False),
        ({f"disk/{OWN}": 4096, f"disk/{CLONE}": 1 << 20, f"disk/{OWN}.web": 1 << 20}, True),
    ],
)
def test_what_journalctl_vacuums_is_judged_folder_by_folder(
    place: Place, sizes: dict[str, int], holds: bool
) -> None:
    root = place.logs.parent
    places = [*journal_places(place), ("/etc/machine-id", root / "id")]
    for folder, archived in sizes.items():
        journal(root / folder, archived, 1 << 20)
    said = place.run("vacuumed", "token", 8192, 0, places=places)
    assert (said.status == 0) == holds, said.text
    assert CLONE not in said.text
    place.tool("journalctl", "echo nothing")
    assert place.run("vacuumed", "token", 1 << 30, 0, places=places).status == 1


def test_a_journal_of_others_makes_no_step_and_is_told() -> None:
    def one(archived: int, folder: str, foreign: bool = False) -> Journal:
        return Journal(51, f"/var/log/journal/{folder}", archived * MIB, 8 * MIB, 1, foreign)

    foreign = one(900, CLONE, foreign=True)
    plan = planned(host(journals=[one(50, OWN), foreign]), journal_size="100M")
    assert plan.steps == ()
    assert any(f"{CLONE} (908M) stays: it is another machine's" in warning for warning in plan.warnings)
    assert plan.facts["journal"] == [f"/var/log/journal/{OWN}"]
    # Two folders, each within its limit: nothing would go.
    assert planned(host(journals=[one(50, OWN), one(60, "x")]), journal_size="100M").steps == ()
    plan = planned(host(journals=[one(300, OWN), foreign]), journal_size="100M")
    assert named(plan, "vacuum-journal").effect == "308M → about 108M"


def test_the_rotated_logs_of_a_log() -> None:
    log = b"log 51 7 1 10 8 1795674465 640 /var/log/a.log\0"
    parent = b"parent 755 0 4 root adm 1000\0"
    raw = (
        log + b"older .2.gz\0older .1\0older .1;reboot\0" + parent + log.replace(b"a.log", b"b.log") + parent
    )
    one, other = host_tools.live_logs(raw + b"end\0")
    assert (one.older, other.older) == ((".1", ".2.gz"), ())
    for cut in (b"", raw, raw[:-20]):
        with pytest.raises(PlanError, match="too many"):
            host_tools.live_logs(cut)


@shells
def test_a_log_and_its_rotated_logs_as_the_host_lists_them(place: Place) -> None:
    for name in (
        "a [1].log",
        "a [1].log.1",
        "a [1].log.2.gz",
        "a [1].log-20260101",
        "a [1].log.old",
        "a 1.log.3",
    ):
        (place.logs / name).touch()
    (place.logs / "a [1].log.9 x").touch()
    (one,) = host_tools.live_logs(place.run("logs", 1 << 20, f"{place.logs}/*].log").text.encode())
    assert one.file.name == b"a [1].log"
    assert one.older == ("-20260101", ".1", ".2.gz")
