"""What is there, what is not, and what nobody lets us see."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.data.paths import is_absent


def test_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    assert [is_absent(tmp_path / name) for name in ("file", ".", "link", "circle")] == [False] * 4
    absent = ("nothing", "nothing/below", "file/below", "no\0name")
    assert [is_absent(tmp_path / name) for name in absent] == [True] * 4


def test_what_may_not_be_looked_at_may_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "lstat", closed)
    assert not is_absent(tmp_path / "nothing")
