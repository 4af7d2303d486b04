"""What a host says of itself, read from anything it may send."""

from __future__ import annotations

import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.console.ssh.facts import facts_argv, parse_facts
from opsconsole.data.host import Facts
from opsconsole.data.text import clean_line


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=2000)
    | st.lists(
        st.sampled_from([b"os=", b"uid=", b"timeout=", b"\x1b]0;x\x07", b"\n", b"9" * 40, b"\xff"])
    ).map(b"".join)
)
def test_any_bytes_are_facts_that_can_be_shown(raw: bytes) -> None:
    facts = parse_facts(raw)
    assert isinstance(facts, Facts)
    for text in (facts.os_name, facts.kernel, facts.architecture, facts.boot_id, facts.user):
        assert text == clean_line(text)
        assert len(text) <= 257
    assert facts.timeout_style in {"gnu", "busybox", "busybox-t", "none"}
    assert facts.user_id is None or facts.user_id >= 0


def test_nothing_said_is_nothing_known() -> None:
    assert parse_facts(b"") == Facts(has_proc=False)


def test_a_later_line_cannot_overrule_an_earlier_one() -> None:
    assert parse_facts(b"uid=1000\nuser=ops\nuid=0\n").user_id == 1000


def test_this_machine_agrees_with_its_own_tools() -> None:
    raw = subprocess.run(facts_argv(probe_sudo=False), capture_output=True, check=True).stdout
    facts = parse_facts(raw)
    assert facts.user_id == int(subprocess.check_output(["id", "-u"]))
    assert facts.user == subprocess.check_output(["id", "-un"], text=True).strip()
    assert facts.kernel == subprocess.check_output(["uname", "-sr"], text=True).strip()
    assert facts.timeout_style == "gnu"


def test_sudo_is_not_tried_unless_asked(tmp_path) -> None:
    tried = tmp_path / "tried"
    for name, script in (("sudo", f"touch {tried}"), ("id", "echo 1000")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    raw = subprocess.run(
        facts_argv(probe_sudo=False), capture_output=True, check=True, env=environment
    ).stdout
    assert not tried.exists()
    assert not parse_facts(raw).sudo_ready
    raw = subprocess.run(facts_argv(probe_sudo=True), capture_output=True, check=True, env=environment).stdout
    assert tried.exists()
    assert parse_facts(raw).sudo_ready
