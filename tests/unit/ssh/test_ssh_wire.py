"""Quoting and wrapping: what is sent is what arrives, in every shell there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.console.ssh.wire import (
    MARKER,
    command_line,
    quote,
    script_argv,
    with_environment,
    with_timeout,
)
from opsconsole.data.host import ShellError

SHELLS = [
    [path] for name in ("sh", "bash", "dash", "zsh", "fish") if (path := shutil.which(name)) is not None
] + ([["busybox", "sh"]] if shutil.which("busybox") else [])
CSH = [[path, "-f"] for name in ("tcsh", "bsd-csh") if (path := shutil.which(name)) is not None]

words = st.lists(
    st.binary(max_size=40).map(lambda raw: raw.replace(b"\0", b"").decode("utf-8", "surrogateescape")),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(words)
def test_any_argv_arrives_in_every_shell(argv: list[str]) -> None:
    line = command_line(["printf", "%s\\0", *argv])
    sent = b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in argv) or b"\0"
    for shell in SHELLS:
        done = subprocess.run([*shell, "-c", line], capture_output=True, check=False)
        assert done.stdout == sent, (shell, line)


@pytest.mark.parametrize(
    "word", ["a\\b", "\\", "\\\\", "'", "'\\", "\\'\\'", "it's a \\ test", "hi!", "!!", "'!\\"]
)
def test_quotes_and_backslashes_have_one_form_for_posix_fish_and_csh(word: str) -> None:
    done = subprocess.run(["sh", "-c", f"printf %s {quote(word)}"], capture_output=True, check=True)
    assert done.stdout.decode() == word
    # fish takes a backslash within single quotes as an escape, csh none within double ones, and `!` in both
    # for what was typed before: so neither may stand in quotes.
    pieces = re.findall(r"'[^']*'|\"'+\"|\\[\\!]", quote(word))
    assert "".join(pieces) == quote(word)
    assert not any(set(piece) & {"\\", "!"} for piece in pieces if piece[0] in "'\"")
    for shell in CSH:
        sent = subprocess.run([*shell, "-c", f"printf %s {quote(word)}"], capture_output=True, check=True)
        assert sent.stdout.decode() == word


@pytest.mark.parametrize("shell", [*SHELLS, *CSH], ids=" ".join)
def test_a_script_of_several_lines_runs_under_every_login_shell(shell: list[str]) -> None:
    script = 'printf \'<%s>\\n\' "$@" \'!\'\n\n# it\'s all there\nread -r line\necho "$line" "$0"; exit 3\n'
    argv = with_environment(script_argv(script, "a b", "", "*"), "n")
    done = subprocess.run([*shell, "-c", command_line(argv)], input=b"in\n", capture_output=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == (b"<a b>\n<>\n<*>\n<!>\nin sh\n", b"", 3)


@pytest.mark.parametrize("shell", [one for one in SHELLS if "fish" not in one[0]], ids=" ".join)
def test_whatever_a_host_has_for_sh_cuts_the_script_into_its_lines(shell: list[str]) -> None:
    if "zsh" in shell[0]:
        shell = [*shell, "--emulate", "sh"]
    _, *argv = script_argv("echo one\n\n# it's\nprintf '%s|' \"$@\"; echo\ncat <<E\n * $1\nE\n", "a b", "*")
    done = subprocess.run([*shell, *argv], capture_output=True, check=False)
    assert (done.stdout, done.stderr) == (b"one\na b|*|\n * a b\n", b"")


def test_the_form_of_a_script_has_nothing_that_csh_reads_in_its_own_way() -> None:
    line = command_line(script_argv("echo a\n\techo b\n"))
    assert b"\n" not in line
    assert not re.search(rb"[\\!]", line)


def test_a_nul_is_refused() -> None:
    with pytest.raises(ShellError, match="NUL"):
        command_line(["a\0b"])


def test_the_login_shell_is_replaced() -> None:
    line = command_line(with_environment(["sh", "-c", "echo $PPID"], "n"))
    done = subprocess.Popen(["sh", "-c", line], stdout=subprocess.PIPE)
    out, _ = done.communicate()
    assert int(out) == os.getpid()


def test_the_environment_is_forced_and_marked() -> None:
    line = command_line(with_environment(["env"], "abc"))
    out = subprocess.run(
        ["sh", "-c", line],
        capture_output=True,
        check=True,
        env={"LC_ALL": "de_DE.UTF-8", "PATH": "/usr/bin:/bin"},
    ).stdout
    assert b"LC_ALL=C\n" in out
    assert f"{MARKER}=abc\n".encode() in out


@pytest.mark.parametrize(
    ("style", "seconds", "expected"),
    [
        ("gnu", 30.0, ["timeout", "-k", "5", "30", "x"]),
        ("gnu", 0.25, ["timeout", "-k", "5", "0.25", "x"]),
        ("gnu", 100.0, ["timeout", "-k", "5", "100", "x"]),
        ("busybox", 1.2, ["timeout", "-k", "5", "2", "x"]),
        ("busybox-t", 3.0, ["timeout", "-t", "3", "x"]),
        ("none", 3.0, ["x"]),
    ],
)
def test_timeout_speaks_the_host_s_dialect(style: str, seconds: float, expected: list[str]) -> None:
    assert with_timeout(["x"], seconds, style) == expected
