"""Copies of logs are on the disk before their original goes, and nothing else is ever written to."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.log_rotation.log_rotation_scripts import Place, Said, shells, token

CONTENT = b"a line of the log\n" * 100


@pytest.fixture
def place(tmp_path: Path, sh: list[str]) -> Place:
    one = Place(tmp_path, sh)
    (one.logs / "app.log.1").write_bytes(CONTENT)
    return one


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """A device that tells what was written to it: the side to read, and its path."""
    near, far = os.openpty()
    os.set_blocking(near, False)
    yield near, os.ttyname(far)
    os.close(near)
    os.close(far)


def compress(place: Place) -> Said:
    log = place.logs / "app.log.1"
    return place.run("compress", "token", f"{log.stat().st_dev}:", place.logs, lines=[token(log)])


def quarantined(place: Place) -> Path:
    """Have the log moved to a quarantine; return that."""
    log, away = place.logs / "app.log.1", place.logs.parent / "away"
    line, seen = token(log), log.stat()
    (away / "set").mkdir(parents=True)
    log.rename(away / "set" / "1")
    sums = f"{hashlib.sha256(CONTENT).hexdigest()} {seen.st_uid}:{seen.st_gid}"
    (away / "set" / "manifest").write_text(f"1 {sums} {line}\n")
    return away


def restore(place: Place, away: Path) -> Said:
    root = ('[ "$(stat -c %u .)" = 0 ]', f'[ "$(stat -c %u .)" = {os.getuid()} ]')
    return place.run("restore", "token", away, "set", places=[root])


def unpack(place: Place, line: str) -> Said:
    return place.run("unpack", "token", lines=[line])


def listing(place: Place, folder: Path, status: int = 0) -> Path:
    """Have `sync` note what is in a folder at that moment; return its notes."""
    notes = place.logs.parent / "notes"
    place.tool("sync", f"echo $(ls {folder}) >>{notes}; exit {status}")
    return notes


@shells
def test_a_log_goes_when_its_compressed_copy_is_on_the_disk(place: Place) -> None:
    line = token(place.logs / "app.log.1")
    notes = listing(place, place.logs)
    said = compress(place)
    assert said.status == 0, said.text
    assert notes.read_text() == "app.log.1 app.log.1.gz\n"
    assert os.listdir(place.logs) == ["app.log.1.gz"]
    notes.unlink()
    said = unpack(place, line)
    assert said.status == 0, said.text
    assert notes.read_text() == "app.log.1 app.log.1.gz\n"
    assert (place.logs / "app.log.1").read_bytes() == CONTENT
    assert os.listdir(place.logs) == ["app.log.1"]


@shells
def test_a_log_stays_when_its_copy_cannot_be_written_to_the_disk(place: Place) -> None:
    notes = listing(place, place.logs, status=1)
    said = compress(place)
    assert said.status == 1
    assert "the copy cannot be written to the disk" in said.text
    assert len(notes.read_text().splitlines()) == 2  # of the file, then of everything
    assert os.listdir(place.logs) == ["app.log.1"]


@shells
def test_the_quarantine_goes_when_all_is_back_on_the_disk(place: Place) -> None:
    away = quarantined(place)
    notes = listing(place, away / "set")
    said = restore(place, away)
    assert said.status == 0, said.text
    assert notes.read_text() == "1 manifest\n"
    assert (place.logs / "app.log.1").read_bytes() == CONTENT
    assert os.listdir(away) == []


@shells
@pytest.mark.parametrize("what", ["compress", "unpack", "restore"])
def test_nothing_is_written_to_a_device_in_the_place_of_the_copy(
    place: Place, terminal: tuple[int, str], what: str
) -> None:
    """The folder's owner puts a link to a device there after `rm`, which `set -C` opens."""
    log = place.logs / "app.log.1"
    line, away = token(log), None
    if what == "restore":
        away = quarantined(place)
    elif what == "unpack":
        (place.logs / "app.log.1.gz").write_bytes(gzip.compress(CONTENT))
        log.unlink()
    near, device = terminal
    ending = "back" if what == "restore" else "gz"
    draft = place.logs / f".opsconsole-token.{ending}"
    place.tool(
        "rm",
        f'{shutil.which("rm")} "$@"; case $* in *{draft.name}) ln -s {device} {draft} 2>/dev/null;; esac',
    )
    said = restore(place, away) if away else unpack(place, line) if what == "unpack" else compress(place)
    assert said.status == 1, said.text
    with pytest.raises(BlockingIOError):
        os.read(near, 1)
    if what == "compress":
        assert "another file took the place of the copy" in said.text
        assert log.read_bytes() == CONTENT
    elif away:
        assert (away / "set" / "1").read_bytes() == CONTENT
    else:
        assert gzip.decompress((place.logs / "app.log.1.gz").read_bytes()) == CONTENT
