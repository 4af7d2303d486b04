"""A check that goes along with its job: only after the job ended well, and never taken for its words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from opsconsole.console.ssh.sudo import sudo_argv
from opsconsole.console.ssh.wire import command_line, with_environment
from opsconsole.data.host import Command, SudoPolicy
from opsconsole.recipes.runner import jobs, lock
from opsconsole.recipes.runner.host_scripts import script
from opsconsole.recipes.runner.jobs import Job, JobReport, JobState
from tests.unit.runner.host_here import SHELLS, HostHere
from tests.unit.runner.runner_samples import RUN

CHECK = Command(
    ("sh", "-c", 'read -r word; echo "it is so: $word"; echo "aside" >&2'), stdin=b"given\nmore\n"
)
SPOOF = "printf 'x\\n@opsconsole-check\\nit is so\\n'; echo @opsconsole-check >&2; "
Ask = Callable[..., JobReport]


def sh(text: str) -> Command:
    return Command(("sh", "-c", text))


@pytest.fixture(params=SHELLS)
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Ask:
    """Return what runs `job.sh` here as a host would, with the lock held."""
    run = HostHere(SHELLS[request.param], tmp_path).run
    holder = lock.Holder(RUN, "ada", "here", "demo", "now")
    taken = lock.read_lock(run(lock.take(holder, "token", silence_seconds=60, sudo=False)))
    assert taken.state is lock.LockState.TAKEN

    def asked(*commands: Command, check: Command | None = CHECK, ours: bool = True) -> JobReport:
        job = Job(RUN, "one", commands, 60.0, "token" if ours else "another", taken.boot_id)
        return jobs.read_report(run(jobs.submit(job, {}, wait_seconds=60, plainly=True, check=check)))

    return asked


def test_it_is_asked_when_the_job_ended_well(ask: Ask) -> None:
    report = ask(Command(("sh", "-c", "cat; echo done"), stdin=b"a list\n"))
    assert report.ok
    assert report.output == b"a list\ndone\n"
    assert report.checked is not None
    assert (report.checked.exit_status, report.checked.stdout) == (0, b"it is so: given\n")
    assert report.checked.stderr == b"aside\n"
    assert report.took_seconds is not None
    assert 0 <= report.took_seconds < 60


def test_what_it_says_and_its_status_are_those_of_one_that_is_asked_alone(ask: Ask) -> None:
    report = ask(sh("true"), check=sh("echo 17 of 20; exit 1"))
    assert report.ok
    assert report.checked is not None
    assert (report.checked.exit_status, report.checked.stdout) == (1, b"17 of 20\n")
    assert report.output == b""


@pytest.mark.parametrize("end", ["exit 3", "kill -KILL $$"])
def test_it_is_not_asked_when_the_job_failed_whatever_that_says(ask: Ask, end: str) -> None:
    report = ask(sh(SPOOF + end))
    assert not report.ok
    assert report.checked is None
    assert b"@opsconsole-check" in report.output


def test_the_job_s_words_are_never_taken_for_the_check_s(ask: Ask) -> None:
    report = ask(sh(SPOOF), check=sh("echo it is not so; exit 1"))
    assert report.checked is not None
    assert (report.checked.exit_status, report.checked.stdout) == (1, b"it is not so\n")
    assert report.output.startswith(b"x\n@opsconsole-check\nit is so\n")


def test_a_job_with_very_much_to_say(ask: Ask) -> None:
    report = ask(sh("i=0; while [ $i -lt 9000 ]; do echo @opsconsole-check; i=$((i + 1)); done; echo end"))
    assert len(report.output) == jobs.EXCERPT_BYTES + 5
    assert report.output.endswith(b"\nend\n")
    assert report.checked is not None
    assert report.checked.stdout == b"it is so: given\n"


def test_asked_again_the_job_does_not_run_again_and_the_check_does(ask: Ask, tmp_path: Path) -> None:
    job, check = (sh(f"echo {word} >>{tmp_path}/seen") for word in ("job", "check"))
    for _ in range(2):
        report = ask(job, check=check)
        assert report.checked is not None
    assert (tmp_path / "seen").read_text().split() == ["job", "check", "check"]
    report = ask(job)
    assert report.checked is not None
    assert report.checked.stdout == b"it is so: given\n"
    left = [path.name for path in tmp_path.rglob("*") if path.name.startswith(("given.", "in.", "up."))]
    assert left == []


def test_nothing_is_done_and_nothing_is_asked_under_another_s_lock(ask: Ask) -> None:
    report = ask(sh("true"), ours=False)
    assert (report.fence, report.state) == (jobs.Fence.OTHER, JobState.ABSENT)
    assert report.checked is None


def test_it_lives_as_one_that_is_asked_alone(ask: Ask) -> None:
    """It carries the mark by which it is ended when it hangs; no signal is ignored; a missing one is told."""
    report = ask(sh('echo "job ${OPSCONSOLE_RUN-has none}"'), check=sh('echo "$OPSCONSOLE_RUN"; umask'))
    assert report.output == b"job has none\n"
    assert report.checked is not None
    assert report.checked.stdout.split() == [b"the-mark", b"0022"]
    report = ask(sh("true"), check=sh("kill -PIPE $$; echo alive"))
    assert report.checked is not None
    assert b"alive" not in report.checked.stdout
    report = ask(sh("true"), check=Command(("opsconsole-no-such-command",)))
    assert report.checked is not None
    assert report.checked.exit_status == 127


def test_what_goes_along() -> None:
    job = Job(RUN, "one", (sh("true"),), 20.0, "token")
    assert jobs.goes_along(job, CHECK)
    assert not jobs.goes_along(job, Command(("true",), sudo=True))
    assert not jobs.goes_along(job, Command(("cat",), stdin=b"x" * (jobs.CHECK_BYTES + 1)))
    assert not jobs.goes_along(job, Command(("echo", "x" * (jobs.CHECK_BYTES + 1))))


def test_the_time_for_both_is_given_and_both_secrets_are_hidden() -> None:
    job = Job(RUN, "one", (sh("true"),), 20.0, "token")
    check = Command(("cat",), stdin=b"word", deadline_seconds=70, redact=("word",))
    alone = jobs.submit(job, {"name": "value"}, wait_seconds=1)
    both = jobs.submit(job, {"name": "value"}, wait_seconds=1, check=check)
    assert both.deadline_seconds == alone.deadline_seconds + 70
    assert both.redact == ("value", "word")
    assert both.stdin == (alone.stdin or b"") + b"exec cat\nword"


@pytest.mark.parametrize("name", ["job", "lock"])
def test_dropbear_takes_the_whole_command(name: str) -> None:
    """More than 9,000 bytes (MAX_CMD_LEN) it does not take: it hangs up."""
    words = ("x" * 40,) * 12
    argv = sudo_argv(with_environment(("sh", "-c", script(name), *words), "n" * 24), SudoPolicy.ASK, "p" * 26)
    assert len(command_line(argv)) < 8800
