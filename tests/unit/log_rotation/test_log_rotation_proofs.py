"""The scripts' proofs see what is wrong: a proof that never refuses proves nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.log_rotation.log_rotation_scripts import Place, Said, identity, shells

UNIT = "unit app.service"


@pytest.fixture
def place(tmp_path: Path, sh: list[str]) -> Place:
    """A host whose service is active, whose logrotate has no error, and whose free space is what we say."""
    one = Place(tmp_path, sh)
    one.tool("logrotate", "exit 0")
    one.tool("docker", "echo data")
    services(one, "active")
    free(one, 1000)
    return one


@pytest.fixture
def log(place: Place) -> Iterator[Path]:
    """A log with ten bytes that this process has open for writing."""
    path = place.logs / "app.log"
    with path.open("wb") as file:
        file.write(b"123456789\n")
        file.flush()
        yield path


def services(place: Place, state: str) -> None:
    place.tool("systemctl", f"echo {state}")


def free(place: Place, mebibytes: int) -> None:
    told = f'[ "$1" != -f ] || {{ echo 1048576 {mebibytes} 100; exit; }}'
    place.tool("stat", f'{told}\nexec {shutil.which("stat")} "$@"')


def me() -> str:
    """Return this process and its start, as the proofs know a writer."""
    return f"{os.getpid()} {Path('/proc/self/stat').read_text().rpartition(')')[2].split()[19]}"


def begin(place: Place, *lines: str) -> None:
    said = place.run("begin", "token", place.logs, lines=lines)
    assert said.status == 0, said.text


def prove(place: Place, *lines: str, predicted: int = 0) -> Said:
    return place.run("prove", "token", predicted, 0, 0, lines=lines)


@shells
def test_all_is_well(place: Place, log: Path) -> None:
    begin(place, f"log {log}", UNIT)
    said = prove(place, f"log {log} {me()}", "volume data")
    assert said.status == 0, said.text
    assert "1 of 1 logs are written to at their place" in said.text
    assert "1 of 1 volumes are there" in said.text
    assert "1 services of writers are active\n" in said.text


@shells
def test_a_log_that_is_not_there_any_more_is_written_by_nobody(place: Place, log: Path) -> None:
    begin(place, f"log {log}")
    log.unlink()
    said = prove(place, f"log {log} {me()}")
    assert said.status == 1
    assert "0 of 1 logs are written to at their place" in said.text
    assert f"process {os.getpid()} does not write to {log} any more" in said.text


@shells
def test_a_log_that_another_has_the_name_of_is_not_written_by_its_writer(place: Place, log: Path) -> None:
    begin(place, f"log {log}")
    log.rename(f"{log}.1")
    log.write_text("of nobody\n")
    assert prove(place, f"log {log} {me()}").status == 1


@shells
def test_a_writer_that_ended_is_told_and_not_taken_for_one_that_writes(place: Place, log: Path) -> None:
    begin(place, f"log {log}")
    log.unlink()
    said = prove(place, f"log {log} {me()}0")
    assert f"process {os.getpid()}, which wrote to {log}, has ended" in said.text
    assert "are written to at their place" not in said.text


@shells
@pytest.mark.parametrize("state", ["failed", "inactive", ""])
def test_a_service_that_is_not_active_any_more(place: Place, log: Path, state: str) -> None:
    begin(place, f"log {log}", UNIT)
    services(place, state)
    said = prove(place, f"log {log} {me()}")
    assert said.status == 1
    assert f"0 services of writers are active, not any more: app.service ({state})" in said.text


@shells
def test_a_service_that_was_not_active_before_need_not_be_so_now(place: Place, log: Path) -> None:
    services(place, "failed")
    begin(place, f"log {log}", UNIT)
    assert prove(place, f"log {log} {me()}").status == 0


@shells
def test_less_came_back_than_predicted(place: Place, log: Path) -> None:
    begin(place, f"log {log}")
    free(place, 1001)
    assert prove(place, predicted=1 << 20).status == 0
    said = prove(place, predicted=2 << 20)
    assert said.status == 1
    assert "predicted to come back 2.0M, came back 1.0M" in said.text
    assert said.text.count("less came back than predicted") == 1


@shells
@pytest.mark.parametrize("rotated", [True, False])
def test_what_live_logs_grew_by_is_not_missing_even_when_they_were_rotated(
    place: Place, log: Path, rotated: bool
) -> None:
    begin(place, f"log {log}")
    if rotated:
        log.rename(f"{log}.1")
    with log.open("ab") as file:
        file.truncate((2 << 20) + (0 if rotated else 10))
    assert prove(place, predicted=2 << 20).status == 0
    assert prove(place, predicted=(2 << 20) + 1).status == 1


@shells
def test_a_log_that_was_emptied_in_place_grew_by_what_is_in_it(place: Place, log: Path) -> None:
    begin(place, f"log {log}")
    os.truncate(log, 4)
    assert prove(place, predicted=4).status == 0
    assert prove(place, predicted=5).status == 1


@shells
def test_a_volume_that_is_gone_and_a_new_error_of_logrotate(place: Place, log: Path) -> None:
    begin(place, f"log {log}")
    assert prove(place, "volume data", "volume pg").status == 1
    place.tool("logrotate", "echo 'error: x:1 unknown option'; exit 1")
    said = prove(place)
    assert said.status == 1
    assert "logrotate -d tells 1 errors (0 before)\nerror: x:1 unknown option\n" in said.text


def rotated(place: Place, line: str, was: int, grown: int) -> Said:
    (place.state / "rotate.sizes").write_text(f"{was}\n")
    (place.state / "rotate.grown").write_text(f"{grown}\n")
    return place.run("rotated", "token", 0, lines=[line])


@shells
def test_a_log_that_grew_before_must_grow_again(place: Place, log: Path) -> None:
    line = f"create yes 1 2 {log}"  # it was another file
    assert "it grows, its writer has it open" in rotated(place, line, 100, 200).text
    os.truncate(log, 0)
    said = rotated(place, line, 100, 200)
    assert said.status == 1
    assert "it grew by 100 bytes/s before and does not now" in said.text
    assert rotated(place, line, 200, 200).status == 0


@shells
def test_a_rotation_that_was_none(place: Place, log: Path) -> None:
    same = f"yes {identity(log)} {log}"
    assert "still the old file" in rotated(place, f"create {same}", 10, 10).text
    assert "not emptied" in rotated(place, f"copytruncate {same}", 10, 10).text
    assert rotated(place, f"copytruncate {same}", 20, 20).status == 0


@shells
def test_a_writer_that_let_go_and_opened_nothing_does_not_write(place: Place, log: Path) -> None:
    line = f"nocreate yes 1 2 {log}"
    assert rotated(place, line, 10, 10).status == 0
    log.unlink()
    said = rotated(place, line, 10, 10)
    assert said.status == 1
    assert "no file bytes: its writer does not write to it" in said.text


@shells
def test_a_writer_that_still_writes_to_the_old_file(place: Place, log: Path) -> None:
    old = identity(log)
    log.rename(f"{log}.1")
    with log.open("wb") as file:
        file.write(b"x\n")
        file.flush()
        said = rotated(place, f"create yes {old} {log}", 10, 10)
    assert said.status == 1
    assert "a process still writes to the old file" in said.text


@shells
def test_a_service_that_the_rotation_ended(place: Place, log: Path) -> None:
    begin(place, UNIT)
    services(place, "failed")
    said = rotated(place, f"create yes 1 2 {log}", 10, 10)
    assert said.status == 1
    assert "not any more: app.service (failed)" in said.text


@shells
def test_what_a_run_keeps_goes_a_day_later_and_not_before(place: Place, log: Path) -> None:
    kept = place.state.parent
    for name, seconds in (("of-yesterday", 50 * 3600), ("of-now", 60)):
        (kept / name).mkdir()
        (kept / name / "begin.logs").touch()
        at = (kept / name).stat().st_mtime - seconds
        os.utime(kept / name, (at, at))
    os.utime(place.state, (0, 0))
    begin(place, f"log {log}")
    assert sorted(one.name for one in kept.iterdir()) == ["of-now", "token"]
    assert prove(place).status == 0
    for file in place.state.iterdir():
        file.unlink()
    said = prove(place)
    assert said.status == 2
    assert "more than a day ago" in said.text
