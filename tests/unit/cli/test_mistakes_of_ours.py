"""A mistake of ours is one line on stderr, and a status that is no verdict of the verb."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import pytest

from opsconsole.console.cli import main
from opsconsole.console.cli.main import VERBS

Capture = pytest.CaptureFixture[str]
STATUSES = dict.fromkeys(VERBS, 2) | {
    **dict.fromkeys(("run", "resume", "undo", "unlock"), 4),
    **dict.fromkeys(("check", "certificates"), 3),
}
NEEDED = {
    "plan": ("demo", "web1"),
    "run": ("demo", "web1"),
    "resume": ("r1",),
    "undo": ("r1",),
    "unlock": ("web1",),
    "completion": ("bash",),
}


def ends_with(monkeypatch: pytest.MonkeyPatch, verb: str, error: BaseException) -> int:
    def run(_args: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr(main.verb_module(verb), "run", run)
    return main.run([verb, *NEEDED.get(verb, ())])


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_status_for_it(monkeypatch: pytest.MonkeyPatch, capsys: Capture, verb: str) -> None:
    assert ends_with(monkeypatch, verb, KeyError("canary-4711")) == STATUSES[verb]
    out, err = capsys.readouterr()
    assert (out, err) == (
        "",
        "opsconsole: a mistake of opsconsole: KeyError at console/cli/main.py:" + line(err),
    )
    assert "canary" not in err


def line(err: str) -> str:
    return err.rpartition(":")[2]


def test_what_the_system_says_of_a_file_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert ends_with(monkeypatch, "check", PermissionError(13, "Permission denied", "/etc/\x1b[2Jkey")) == 3
    err = capsys.readouterr().err
    assert err.startswith("opsconsole: a mistake of opsconsole: Permission denied: /etc/key at console/cli/")
    assert err.count("\n") == 1


def test_the_place_is_the_innermost_of_ours(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def run(_args: argparse.Namespace) -> int:
        from opsconsole.data.units import parse_duration

        return int(parse_duration(None))  # type: ignore[arg-type]

    monkeypatch.setattr(main.verb_module("hosts"), "run", run)
    assert main.run(["hosts"]) == 2
    assert " at data/units.py:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error", [BrokenPipeError(32, "Broken pipe"), asyncio.QueueFull(), ExceptionGroup("", [OSError()])]
)
def test_a_pipe_of_something_else_is_not_taken_for_ours(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    assert ends_with(monkeypatch, "run", error) == 4


def test_ctrl_c_is_none(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert ends_with(monkeypatch, "check", KeyboardInterrupt()) == 130
    assert capsys.readouterr() == ("", "")


def test_what_is_logged_is_a_line_and_quotes_no_exception(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    async def broken(*_args: object, **_named: object) -> None:
        raise ValueError("canary-4711\n\x1b[2J")

    monkeypatch.setattr("opsconsole.console.once.read_slow", broken)
    config = tmp_path / "ops.toml"
    config.write_text("[console]\nhistory = false\nssh_config = false\n")
    main.run(["--config", str(config), "check", "localhost", "--json"])
    err = capsys.readouterr().err
    assert "opsconsole: reading localhost failed: a mistake of opsconsole: ValueError at " in err
    assert not any(word in err for word in ("canary", "Traceback", "\x1b"))
