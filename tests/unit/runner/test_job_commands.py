"""Jobs as commands and answers: what is sent, what is never sent, and any answer of a host."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.host import Command, Output
from opsconsole.recipes.recipe import secret_mark
from opsconsole.recipes.runner import jobs, lock
from opsconsole.recipes.runner.host_scripts import AnswerError
from opsconsole.recipes.runner.jobs import Fence, Job, JobState
from tests.unit.runner.runner_samples import RUN

CANARY = "canary-4711"


def job(*commands: Command) -> Job:
    return Job(RUN, "one", commands, 60.0, "token", "boot")


def output(stdout: bytes) -> Output:
    return Output(0, stdout, b"", 0.1)


def test_a_secret_is_on_standard_input_only_and_redacted() -> None:
    reads = Command(("sh", "-c", "read -r word"), stdin=secret_mark("word") + b"\n")
    sent = jobs.submit(job(reads), {"word": CANARY}, wait_seconds=1)
    assert CANARY.encode() in (sent.stdin or b"")
    assert CANARY not in "\n".join(sent.argv)
    assert sent.redact == (CANARY,)
    assert CANARY not in repr(sent)


def test_sizes_are_declared_so_that_half_an_upload_never_runs() -> None:
    sent = jobs.submit(job(Command(("cat",), stdin=b"abc"), Command(("true",))), {}, wait_seconds=1)
    sizes = [int(word) for word in sent.argv[-2:]]
    assert sum(sizes) == len(sent.stdin or b"")
    assert sizes[1] == 3


def test_a_poll_sends_no_files() -> None:
    assert jobs.poll(job(Command(("true",))), wait_seconds=1).stdin is None


@pytest.mark.parametrize("shell", [["dash"], ["busybox", "ash"], ["bash"]])
def test_the_commands_stop_at_the_first_that_fails(shell: list[str], tmp_path: Path) -> None:
    seen = tmp_path / "it's $(seen)"
    say = ("sh", "-c", 'echo "$1" >>"$0"', str(seen))
    script = jobs.main_script(
        job(Command((*say, "first")), Command(("false",)), Command((*say, "third"))), deadline_seconds=60
    )
    (tmp_path / "main").write_bytes(script)
    done = subprocess.run([*shell, str(tmp_path / "main"), "do"], check=False)
    assert done.returncode == 1
    assert seen.read_text() == "first\n"
    assert (tmp_path / "at").read_text().strip() == "2"


def test_names_that_are_not_utf_8_come_through(tmp_path: Path) -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    script = jobs.main_script(job(Command(("touch", f"{tmp_path}/{name}"))), deadline_seconds=60)
    (tmp_path / "main").write_bytes(script)
    subprocess.run(["sh", str(tmp_path / "main"), "do"], check=True)
    assert (tmp_path / name).exists()


def test_an_answer_is_read() -> None:
    line = b"@opsconsole-job state=done boot=b exit=3 late=0 at=2 bytes=5 armed=no"
    line += b" launch=systemd by=us fence=ours"
    report = jobs.read_report(output(b"a banner\n" + line + b"\nhello"))
    assert (report.state, report.fence, report.exit_status) == (JobState.DONE, Fence.OURS, 3)
    assert (report.command, report.output, report.launch, report.armed) == (2, b"hello", "systemd", "")
    assert not report.ok


def test_no_answer_is_an_error_with_the_host_s_words() -> None:
    with pytest.raises(AnswerError, match="cannot make a pipe"):
        jobs.read_report(Output(120, b"", b"cannot make a pipe\n", 0.1))


@given(st.binary(max_size=300))
def test_any_answer_is_a_report_or_the_declared_error(raw: bytes) -> None:
    for stdout in (raw, b"@opsconsole-job " + raw, b"@opsconsole-lock " + raw):
        for read in (jobs.read_report, lock.read_lock):
            try:
                found = read(output(stdout))
            except AnswerError:
                continue
            if isinstance(found, jobs.JobReport) and found.ok:
                assert b"state=done" in stdout  # success is never made up


@given(st.binary(max_size=200))
def test_a_holder_s_words_never_break_the_line(raw: bytes) -> None:
    answer = lock.read_lock(
        output(b"@opsconsole-lock state=busy boot=b age=5 run=r base=/x echoed=\nr t\n" + raw)
    )
    assert answer.holder is not None
    assert "\n" not in str(answer.holder)
    assert "\x1b" not in str(answer.holder)
