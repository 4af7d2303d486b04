"""Commands as they are shown: exact, and without anything that could move a cursor or mislead an eye."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opsconsole.console.commands_shown import exact, folded, is_long, quoted
from opsconsole.console.commands_shown import given as stdin_of
from opsconsole.data.host import Command
from opsconsole.data.text import clean
from opsconsole.recipes.recipe import secret_mark

ARGUMENTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=40)


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("plain", "plain"),
        ("a b", "'a b'"),
        ("$(reboot)", "'$(reboot)'"),
        ("it's", """'it'"'"'s'"""),
        ("", "''"),
        ("a\x1b[2Jb", r"$'a\e[2Jb'"),
        ("txt\u202egnp", r"$'txt\u202egnp'"),
        ("bad\udcff", r"$'bad\xff'"),
        ("bell\x07", r"$'bell\x07'"),
    ],
)
def test_arguments_are_quoted_so_that_a_shell_reads_the_same(argument: str, shown: str) -> None:
    assert quoted(argument) == shown


@given(ARGUMENTS)
@example("a\r\nb\t'\\")
@settings(max_examples=300, deadline=None)
def test_what_is_shown_has_nothing_that_does_not_show(argument: str) -> None:
    shown = quoted(argument)
    assert clean(shown, len(shown)) == shown


@given(st.lists(ARGUMENTS, min_size=20, max_size=20))
@settings(max_examples=15, deadline=None)
def test_bash_reads_back_what_is_shown(arguments: list[str]) -> None:
    read = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {' '.join(map(quoted, arguments))}"],
        capture_output=True,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
    )
    assert read.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1] == arguments


def test_a_script_folds_and_sudo_is_told() -> None:
    command = Command(("sh", "-c", "set -eu\nrm -- a\nrm -- b", "sh", "a b"), sudo=True)
    assert is_long(command)
    assert folded(command) == "sudo sh -c ‹script, 3 lines› sh 'a b'"
    assert exact(command) == "sudo sh -c 'set -eu\nrm -- a\nrm -- b' sh 'a b'"


def test_ten_thousand_arguments_fold_to_one_short_line() -> None:
    command = Command(("rm", "--", *(f"/var/log/app-{n}.gz" for n in range(10_000))))
    assert is_long(command)
    assert len(folded(command)) < 500
    assert "arguments more" in folded(command)
    assert exact(command).endswith("/var/log/app-9999.gz")


def test_a_short_command_does_not_fold() -> None:
    assert not is_long(Command(("logrotate", "-v", "/etc/logrotate.d/orders")))


def test_standard_input_shows_without_secrets_and_without_controls() -> None:
    command = Command(("tee",), stdin=b"user\n" + secret_mark("token") + b"\n\x1b[2J\xff")
    assert stdin_of(command) == "user\n•••\n\\e[2J\\xff"
    assert stdin_of(Command(("true",))) == ""
