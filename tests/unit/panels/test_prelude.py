"""What all panels' scripts begin with, run by dash and BusyBox: frames, bounds, and whose errors are told."""

from __future__ import annotations

import subprocess

import pytest

from opsconsole.panels.frames import parts
from opsconsole.panels.prelude import LOWEST_PRIORITY, PART, PART_WITH_ERRORS, TOOLS

SHELLS = [("dash",), ("busybox", "sh")]


def run(shell: tuple[str, ...], script: str) -> bytes:
    found = subprocess.run([*shell, "-c", script], capture_output=True, timeout=60, check=False)
    assert found.stderr == b""
    return found.stdout


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_part_is_framed_with_its_status_and_bounded(shell: tuple[str, ...]) -> None:
    script = "fails() { echo a; return 7; }; part one 99 fails; part two 40 yes; part three 99 echo '@@x'"
    found = parts(run(shell, TOOLS + PART + script))
    assert (found["one"].lines, found["one"].status) == ([b"a"], 7)
    assert found["two"].status is None
    assert 30 < len(found["two"].body) <= 40
    assert "three" in found


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_complaints_are_told_where_they_are_wanted(shell: tuple[str, ...]) -> None:
    script = "bad() { echo complaint >&2; }; part one 99 bad 2>/dev/null"
    assert parts(run(shell, TOOLS + PART_WITH_ERRORS + script))["one"].lines == [b"complaint"]
    assert parts(run(shell, TOOLS + PART + script))["one"].lines == []


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_tool_that_hangs_is_ended(shell: tuple[str, ...]) -> None:
    found = parts(run(shell, TOOLS + PART + "part slow 99 limit 1 sleep 600; part after 99 echo here"))
    assert found["slow"].status not in {0, None}
    assert found["after"].lines == [b"here"]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_the_shell_itself_goes_to_the_lowest_priority(shell: tuple[str, ...]) -> None:
    said = run(
        shell, TOOLS + LOWEST_PRIORITY + 'read -r line </proc/self/stat; set -- $line; shift 18; echo "$1"'
    )
    assert said == b"19\n"
