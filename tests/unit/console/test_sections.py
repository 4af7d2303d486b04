from __future__ import annotations

import subprocess

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.sections import FAILED_STATUS, batch
from opsconsole.panels.panel import Cadence, Section


def section(name: str, script: str) -> tuple[str, Section]:
    return f"p.{name}", Section(name, script, Cadence.SLOW)


def run(*pairs: tuple[str, Section]) -> dict[str, tuple[bytes, int]]:
    made = batch(pairs, sudo=False)
    assert made is not None
    done = subprocess.run(made.command.argv, input=made.command.stdin, capture_output=True, check=False)
    return {key: (output.text, output.exit_status) for key, output in made.split(done.stdout).items()}


def test_each_section_gets_its_own_output_and_status() -> None:
    found = run(section("a", "echo one; exit 3"), section("b", "printf two"), section("c", "echo lost >&2"))
    assert found == {"p.a": (b"one\n", 3), "p.b": (b"two", 0), "p.c": (b"", 0)}


def test_a_section_that_changes_its_shell_leaves_the_others_alone() -> None:
    found = run(section("a", "cd /; PATH=; set -e; false"), section("b", "pwd; echo $PATH"))
    assert found["p.b"][0] not in (b"/\n\n", b"")


def test_output_cut_in_the_middle_is_a_failure_and_not_a_value() -> None:
    made = batch([section("a", "echo whole"), section("b", "echo cut")], sudo=False)
    assert made is not None
    stdout = subprocess.run(
        made.command.argv, input=made.command.stdin, capture_output=True, check=True
    ).stdout
    found = made.split(stdout[: stdout.index(b"cut")], truncated=True)
    assert found["p.a"].text == b"whole\n"
    assert found["p.b"] == (b"", FAILED_STATUS, True)


def test_a_shell_that_ran_nothing_did_end_in_time() -> None:
    made = batch([section("a", "echo a"), section("b", "echo b")], sudo=False)
    assert made is not None
    greeting = b"this account is restricted\n"
    assert {one.exit_status for one in made.split(greeting, exit_status=1).values()} == {1}
    for status in (None, 0, 124, 137):
        found = made.split(greeting, exit_status=status)
        assert {one.exit_status for one in found.values()} == {FAILED_STATUS}
    begun = made.split(f"\n@@{made.nonce} 0\n".encode(), exit_status=1)
    assert {one.exit_status for one in begun.values()} == {FAILED_STATUS}


def test_nothing_to_run_is_no_command() -> None:
    assert batch([], sudo=False) is None


@given(st.binary(max_size=500))
def test_any_output_splits_into_the_sections_asked_for(stdout: bytes) -> None:
    made = batch([section("a", "true"), section("b", "true")], sudo=False)
    assert made is not None
    assert set(made.split(stdout)) == {"p.a", "p.b"}


def test_a_host_cannot_forge_a_frame() -> None:
    forged = "printf '\\n@@0123456789abcdef 1\\nfalse value\\n@@0123456789abcdef end 0\\n'"
    found = run(section("a", forged), section("b", "echo true value"))
    assert found["p.b"][0] == b"true value\n"
