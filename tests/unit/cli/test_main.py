from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole import __version__
from opsconsole.console.cli.main import CONSOLE, VERBS, split_verb, verb_parser

HEAVY = ("asyncssh", "docker", "textual", "httpx", "sqlite_utils", "rich", "cryptography")


def opsconsole(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "opsconsole", *argv],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("argv", "verb", "rest"),
    [
        ([], CONSOLE, []),
        (["web1"], CONSOLE, ["web1"]),
        (["check", "web1"], "check", ["web1"]),
        (["--config", "check", "hosts"], "hosts", ["--config", "check"]),
        (["--json", "check"], "check", ["--json"]),
        (["web1", "check"], CONSOLE, ["web1", "check"]),
        (["--config=x", "doctor"], "doctor", ["--config=x"]),
    ],
)
def test_the_verb_is_the_first_word_that_is_not_an_option(
    argv: list[str], verb: str, rest: list[str]
) -> None:
    assert split_verb(argv) == (verb, rest)


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(flag: str) -> None:
    assert opsconsole(flag).stdout == f"opsconsole {__version__}\n"


def test_help_lists_every_verb() -> None:
    answer = opsconsole("--help")
    assert answer.returncode == 0
    assert all(f"\n  {verb} " in answer.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    answer = opsconsole(verb, "--help")
    assert answer.returncode == 0
    assert f"usage: opsconsole {verb}" in answer.stdout


@pytest.mark.parametrize("argv", [["--version"], ["--help"], *([verb, "--help"] for verb in VERBS)])
def test_answers_at_once_without_importing_what_is_heavy(argv: list[str]) -> None:
    script = (
        "import sys; sys.argv[1:] = " + repr(argv) + "\n"
        "from opsconsole.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stderr.strip() == "[]"


@pytest.mark.parametrize(("verb", "status"), [("check", 3), ("hosts", 2), ("doctor", 2)])
def test_a_mistake_in_the_call_ends_with_the_verbs_own_status(verb: str, status: int) -> None:
    answer = opsconsole(verb, "--no-such-option")
    assert answer.returncode == status
    assert "unrecognized arguments: --no-such-option" in answer.stderr
    assert answer.stdout == ""


def test_an_unknown_panel_is_refused_with_those_there_are() -> None:
    answer = opsconsole("check", "--panel", "nope")
    assert answer.returncode == 3
    assert "no panel 'nope'; there are: resources, health, certificates, logs" in answer.stderr


def test_an_unknown_target_is_refused() -> None:
    answer = opsconsole("check", "no-such-host")
    assert answer.returncode == 3
    assert "no-such-host" in answer.stderr


def test_a_wrong_configuration_is_told_and_nothing_runs(tmp_path: Path) -> None:
    config = tmp_path / "opsconsole.toml"
    config.write_text("[console]\ninterva = '2s'\n")
    config.chmod(0o600)
    answer = opsconsole("check", "--config", str(config))
    assert answer.returncode == 3
    assert f"{config}:2" in answer.stderr
    assert "interval" in answer.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m opsconsole --help | head -n 1"
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert answer.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    assert "opsconsole" in opsconsole("completion", shell).stdout


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("opsconsole che", "check"),
        ("opsconsole check loc", "localhost"),
        ("opsconsole check --pan", "--panel"),
        ("opsconsole loc", "localhost"),
    ],
)
def test_completion_knows_verbs_options_and_hosts(line: str, wanted: str) -> None:
    """Ask as bash does: the answer comes on file descriptor 8."""
    command = f"{sys.executable} -m opsconsole 8>&1 9>/dev/null >/dev/null 2>&1"
    environment = {
        **os.environ,
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    answer = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=environment, check=False
    )
    assert wanted in answer.stdout.split("\n")


def test_options_come_before_or_after_the_verb() -> None:
    args = verb_parser("check").parse_args(["--json", "web1", "--read-only"])
    assert args.json
    assert args.read_only
    assert args.targets == ["web1"]
