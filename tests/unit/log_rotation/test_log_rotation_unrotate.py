"""Taking a rotation back: every rotated log has its name again, and no other file is read or written."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from opsconsole.recipes.log_rotation.rotation import moved
from tests.unit.log_rotation.log_rotation_scripts import Place, Said, identity, shells


@pytest.fixture
def place(tmp_path: Path, sh: list[str]) -> Place:
    return Place(tmp_path, sh)


def rotate(log: Path, names: dict[str, str]) -> str:
    """Rotate by hand as logrotate does; return the log as the undo names it."""
    line = f"{identity(log)} {log}"
    for was, then in reversed(names.items()):
        if then.endswith(".gz") and not was.endswith(".gz"):
            content = Path(f"{log}{was}").read_bytes()
            Path(f"{log}{was}").unlink()
            Path(f"{log}{then}").write_bytes(gzip.compress(content))
        else:
            Path(f"{log}{was}").rename(f"{log}{then}")
    log.rename(f"{log}.1")
    log.write_text("new\n")
    return line


def take_back(place: Place, line: str, *posts: str, names: dict[str, str] | None = None) -> Said:
    pairs = [f"{was}<{then}" for was, then in (names or {}).items() if was != then]
    return place.run("unrotate", "token", *posts, lines=[" ".join((line, *pairs))])


def content(folder: Path) -> dict[str, str]:
    return {
        file.name: (
            gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        ).decode()
        for file in folder.iterdir()
    }


@shells
@pytest.mark.parametrize(
    ("older", "compress"),
    [
        ([], False),
        ([".1", ".2", ".3"], False),
        ([".2", ".7"], False),
        ([".1.gz", ".2", ".3.gz"], False),
        ([".1", ".2.gz", ".3.gz"], True),
        ([".1", ".2", ".3.gz"], True),
        ([".2.gz", ".5.gz", "-20260101"], True),
    ],
)
def test_every_rotated_log_has_its_name_again(place: Place, older: list[str], compress: bool) -> None:
    log = place.logs / "app.log"
    log.write_text("old\n")
    for ending in older:
        data = f"{ending}\n".encode()
        Path(f"{log}{ending}").write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
    before = content(place.logs)
    names = moved(older, compress=compress, dated=False)
    line = rotate(log, names)
    said = take_back(place, line, names=names)
    assert said.status == 0, said.text
    assert content(place.logs) == before | {"app.log": "old\nnew\n"}
    proof = place.run("unrotated", lines=[" ".join(("no", line, *older))])
    assert proof.status == 0, proof.text
    # Done once more, for nobody knows whether it was: nothing changes.
    assert take_back(place, line, names=names).status == 0
    assert content(place.logs) == before | {"app.log": "old\nnew\n"}


@shells
def test_one_rotated_log_less_or_more_is_no_way_back(place: Place) -> None:
    log = place.logs / "app.log"
    for name in ("app.log", "app.log.1", "app.log.2"):
        (place.logs / name).write_text("x\n")
    line = f"no {identity(log)} {log}"
    assert place.run("unrotated", lines=[f"{line} .1 .2"]).status == 0
    for others in ("", " .1", " .1 .2 .3", " .1 .2.gz"):
        said = place.run("unrotated", lines=[line + others])
        assert said.status == 1
        assert "its rotated logs were" in said.text
        assert said.text.rstrip().endswith("are .1 .2 now")


@shells
def test_each_postrotate_script_tells_its_writer(place: Place) -> None:
    log = place.logs / "app.log"
    log.write_text("old\n")
    said = take_back(place, rotate(log, {}), "echo one told", "echo 'two' told")
    assert (said.status, said.text) == (0, "one told\ntwo told\n")


@shells
@pytest.mark.parametrize("swapped", ["link", "hard-link", "file"])
def test_no_other_file_is_written_when_the_log_is_swapped(place: Place, tmp_path: Path, swapped: str) -> None:
    """Who owns the folder of the log may put anything in its place while the writer is told."""
    victim = tmp_path / "victim"
    victim.write_text("root's\n")
    log = place.logs / "app.log"
    log.write_text("old\n")
    put = {"link": f"ln -s {victim} {log}", "hard-link": f"ln {victim} {log}", "file": f"echo his >{log}"}
    said = take_back(place, rotate(log, {}), f"mv {log} {log}.his; {put[swapped]}")
    assert said.status == 1
    assert "the log is not what it was" in said.text
    assert victim.read_text() == "root's\n"
    assert (place.logs / ".opsconsole-token.new-app.log").read_text() == "new\n"


@shells
@pytest.mark.parametrize("way", ["ln -s", "ln", "cp"])
def test_no_other_file_is_read_when_the_new_one_is_swapped(place: Place, tmp_path: Path, way: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("root's\n")
    log = place.logs / "app.log"
    log.write_text("old\n")
    aside = place.logs / ".opsconsole-token.new-app.log"
    said = take_back(place, rotate(log, {}), f"mv {aside} {aside}.his; {way} {secret} {aside}")
    assert said.status == 1
    assert "the new file or the log is not what it was" in said.text
    assert log.read_text() == "old\n"


@shells
def test_a_folder_in_the_place_where_a_file_is_moved_to_takes_none(place: Place, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    log = place.logs / "app.log"
    log.write_text("old\n")
    line = rotate(log, {})
    (place.logs / ".opsconsole-token.new-app.log").symlink_to(elsewhere)
    assert take_back(place, line).status == 1
    assert list(elsewhere.iterdir()) == []


@shells
def test_what_an_earlier_undo_moved_aside_is_not_written_over(place: Place) -> None:
    log = place.logs / "app.log"
    log.write_text("old\n")
    line = rotate(log, {})
    aside = place.logs / ".opsconsole-token.new-app.log"
    aside.write_text("of an undo that was cut off\n")
    assert take_back(place, line).status == 1
    assert (aside.read_text(), log.read_text()) == ("of an undo that was cut off\n", "new\n")
