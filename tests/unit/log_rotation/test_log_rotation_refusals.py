"""A script that finds the host not as planned says that it touched nothing, and only then."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.recipes.recipe import UNTOUCHED_STATUS
from tests.unit.log_rotation.log_rotation_scripts import Place, Said, identity, shells, token

RULE = "app.log {\n  daily\n}\n"
ACCESS = ("644", f"{os.getuid()}:{os.getgid()}")


@pytest.fixture
def place(tmp_path: Path, sh: list[str]) -> Place:
    one = Place(tmp_path, sh)
    one.tool("logrotate", f'echo "$*" >>{tmp_path}/asked')
    one.tool("sleep", "exit 0")
    (one.logs / "app.log").write_text("live\n")
    (one.logs / "app.log.1").write_text("old\n")
    return one


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "300"]) as process:
        yield process
        process.kill()


def rotations(place: Place) -> list[str]:
    """Return what logrotate was asked that was no dry run."""
    asked = place.logs.parent / "asked"
    lines = asked.read_text().splitlines() if asked.exists() else []
    return [line for line in lines if " -f " in line]


def rotate(place: Place, line: str) -> Said:
    config = place.logs.parent / "rule"
    config.write_text(RULE)
    return place.run("rotate", "token", config, place.logs, lines=[line])


def install(place: Place, before: str = "none") -> Said:
    (place.logs.parent / "rules").mkdir(exist_ok=True)
    rules = place.logs.parent / "rules"
    return place.run(
        "install", "token", rules / "app", before, *ACCESS,
        lines=RULE.splitlines(), places=[("/etc/logrotate.d", rules)],
    )  # fmt: skip


def on_files(place: Place, name: str, line: str, places: list[tuple[str, object]] | None = None) -> Said:
    """Have a script delete, compress or move the listed file."""
    away = (place.logs.parent / "away", "set", 1) if name == "quarantine" else ()
    device = f"{place.logs.stat().st_dev}:"
    return place.run(name, "token", device, *away, place.logs, lines=[line], places=places or [])


def untouched(said: Said, why: str) -> None:
    assert said.status == UNTOUCHED_STATUS, said.text
    assert why in said.text


@shells
def test_a_log_that_is_another_file_is_not_rotated(place: Place) -> None:
    untouched(
        rotate(place, f"1 2 {place.logs}/app.log"), "another file than was planned: nothing was rotated"
    )
    line = f"{identity(place.logs / 'app.log')} {place.logs}/app.log"
    place.tool("sleep", f"mv {place.logs}/app.log {place.logs}/app.log.2; echo >{place.logs}/app.log")
    untouched(rotate(place, line), "another file than was planned: nothing was rotated")
    assert rotations(place) == []


@shells
def test_nothing_is_rotated_by_rules_that_logrotate_refuses(place: Place) -> None:
    line = f"{identity(place.logs / 'app.log')} {place.logs}/app.log"
    place.tool("logrotate", "echo 'error: rule:1 unknown option'; exit 1")
    untouched(rotate(place, line), "rule: error: rule:1 unknown option")


@shells
def test_a_rotation_that_fails_is_none_that_was_refused(place: Place) -> None:
    line = f"{identity(place.logs / 'app.log')} {place.logs}/app.log"
    place.tool("logrotate", 'case $* in *"-v -f"*) exit 3;; esac')
    assert rotate(place, line).status == 3


@shells
def test_a_rule_is_not_installed_where_another_is_than_was_planned(place: Place) -> None:
    untouched(install(place, before="0" * 64), "is not what it was when this was planned")
    rules = place.logs.parent / "rules"
    (rules / "app").symlink_to("/nowhere")
    untouched(install(place), "is a link")
    assert os.listdir(rules) == ["app"]


@shells
@pytest.mark.parametrize(
    ("refuses", "why"),
    [("*", "refuses it: error: no"), ("*./other*", "refuses it with the other rules: error: no")],
)
def test_a_rule_that_logrotate_refuses_is_not_installed(place: Place, refuses: str, why: str) -> None:
    (place.logs.parent / "rules").mkdir()
    (place.logs.parent / "rules" / "other").write_text(RULE)
    mine = place.state / "app"
    place.tool("logrotate", f"case $* in {refuses}{mine}) echo 'error: no'; exit 1;; esac")
    untouched(install(place), why)
    assert os.listdir(place.logs.parent / "rules") == ["other"]


@shells
@pytest.mark.parametrize("name", ["delete", "compress"])
def test_files_that_are_not_as_planned_are_left_alone(place: Place, name: str) -> None:
    log = place.logs / "app.log.1"
    line = token(log)
    log.write_text("another length\n")
    untouched(on_files(place, name, line), "not every file is as planned: nothing was ")
    with log.open():
        untouched(on_files(place, name, token(log)), "open in a process: ")
    assert sorted(os.listdir(place.logs)) == ["app.log", "app.log.1"]


@shells
@pytest.mark.parametrize("name", ["delete", "compress"])
def test_nor_are_they_touched_where_nobody_can_tell_what_is_open(place: Place, name: str) -> None:
    no_proc: list[tuple[str, object]] = [("[ -d /proc/self/fd ]", "[ -d /nowhere ]")]
    untouched(on_files(place, name, token(place.logs / "app.log.1"), no_proc), "no /proc: nobody can tell")
    assert (place.logs / "app.log.1").read_text() == "old\n"


@shells
@pytest.mark.parametrize("name", ["delete", "compress", "quarantine"])
def test_nor_without_a_folder_of_its_own_in_memory(place: Place, name: str) -> None:
    place.state.chmod(0o755)  # it belongs to somebody else
    place.tool("mkdir", "exit 1")
    untouched(on_files(place, name, token(place.logs / "app.log.1")), "no folder in memory can be written")
    assert (place.logs / "app.log.1").read_text() == "old\n"


@shells
def test_files_are_not_moved_to_where_nothing_would_come_back(place: Place) -> None:
    mine = (('[ "$(stat -c %u .)" = 0 ]', f'[ "$(stat -c %u .)" = {os.getuid()} ]'),)
    said = on_files(place, "quarantine", token(place.logs / "app.log.1"), [*mine])
    untouched(said, "is on the same file system: nothing would come back")
    assert (place.logs / "app.log.1").read_text() == "old\n"


@shells
def test_only_before_the_first_signal_nothing_was_touched(
    place: Place, sleeper: subprocess.Popen[bytes]
) -> None:
    stat = Path(f"/proc/{sleeper.pid}/stat").read_text().rpartition(") ")[2].split()
    there = f"CONT {sleeper.pid} {stat[19]} {Path(f'/proc/{sleeper.pid}/exe').readlink()}"
    other = f"CONT {sleeper.pid} 1 /bin/false"
    untouched(place.run("release", "token", lines=[other, there]), "is another than was planned")
    said = place.run("release", "token", lines=[there, other])
    assert said.status == 1, said.text
    assert f"sent CONT to process {sleeper.pid}" in said.text
    assert "is another than was planned" in said.text
