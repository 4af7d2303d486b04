"""The command line's way of an action on real hosts: plan, run, runs, resume, undo, and what refuses it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from opsconsole.data.ledger import Ledger
from tests.lab import faults
from tests.lab.conftest import Lab
from tests.lab.consoles import configure
from tests.lab.test_console_check import schema

pytestmark = pytest.mark.lab

COMMAND = [sys.executable, "-m", "tests.lab.console_with_recipes"]
ROOT = Path(__file__).parents[2]
HOST = "trixie1"
HOSTS = (HOST, "nosystemd1", "busy1")
CLEAN = """
rm -rf "$1"; shift
for run in "$@"; do
    for lock in /run/lock/opsconsole.lock /tmp/opsconsole.lock; do
        grep -qs "^$run " "$lock/holder" && rm -rf "$lock"
    done
done
exit 0
"""
WAIT = ("--wait-lock=1m",)
"""Somebody else may be at work on the hosts of the lab."""
SLOW = "6s"
"""How long step two takes where a test does something meanwhile."""


@dataclass
class Room:
    """A configuration with a ledger of its own, and a folder of its own on the hosts."""

    config: Path
    ledger: Path
    folder: str

    def argv(self, *words: str) -> list[str]:
        return [*COMMAND, *words, "--config", str(self.config)]

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            self.argv(*words),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
        )

    def json(self, name: str, *words: str) -> tuple[int, Any]:
        """Run the command with `--json`; return its exit status and its document, which the schema allows."""
        done = self.call(*words, "--json")
        assert done.stdout, done.stderr
        document = json.loads(done.stdout)
        jsonschema.validate(document, schema(name))
        return done.returncode, document

    def plan(self, *words: str) -> str:
        """Return the id of a plan."""
        status, document = self.json("plan", "plan", "lab-marker", *words, f"--set=folder={self.folder}")
        assert status == 0
        return str(document["plan_id"])

    def run(self, target: str, *words: str) -> tuple[int, Any]:
        """Plan and run; return the exit status and the document."""
        plan_id = self.plan(target, *words)
        return self.json("run", "run", "lab-marker", target, f"--confirm={plan_id}", *WAIT)

    def files(self, host: str) -> list[str]:
        """Return the files of the recipe on a host, seen from outside of SSH."""
        script = f"ls /var/tmp/opsconsole-lab-{self.folder} 2>/dev/null; true"
        return faults.execute(host, ["sh", "-c", script]).stdout.split()

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start the command, and wait until its second step is at work on the host."""
        process = subprocess.Popen(
            self.argv(*words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "2/3 write two: running" in line:
                eventually(lambda: "two" in self.files(HOST), "step two never began")
                return process
        raise AssertionError("".join(said))


@pytest.fixture
def room(lab: Lab, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Room]:
    """A configuration of three hosts, and nothing left on them afterwards."""
    folder = f"c-{os.getpid()}-{abs(hash(request.node.name)) % 10**6}"
    ledger = tmp_path / "ledger.sqlite"
    more = f'[audit]\nledger = "{ledger}"\nsigning_key = "{lab.key}"\n'
    config = configure(lab, tmp_path / "ops.toml", HOSTS, more=more)
    text = config.read_text()
    made = Room(config, ledger, folder)
    yield made
    made.config.write_text(text)
    ours = [row["run_id"] for row in made.json("runs", "runs")[1]["runs"]]
    for host in HOSTS:
        # A killed console leaves its lock behind: a test of somebody else must not find it.
        faults.execute(host, ["sh", "-c", CLEAN, "clean", f"/var/tmp/opsconsole-lab-{folder}", *ours])


def eventually(holds: Callable[[], bool], what: str, within: float = 30) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, what


def until_over(room: Room) -> None:
    """Wait until step two has ended by itself on the host."""
    file = f"/var/tmp/opsconsole-lab-{room.folder}/two"
    script = f"grep -c end {file}; true"
    eventually(
        lambda: faults.execute(HOST, ["sh", "-c", script]).stdout.strip() == "1", "step two never ended"
    )


@pytest.mark.parametrize("host", HOSTS)
def test_planned_run_listed_and_undone(room: Room, host: str) -> None:
    plan_id = room.plan(host)
    assert room.files(host) == []  # a plan changes nothing
    refused = room.call("run", "lab-marker", host, f"--set=folder={room.folder}")
    assert (refused.returncode, room.files(host)) == (3, [])
    assert f"--confirm={plan_id}" in refused.stderr
    words = refused.stderr.split("type: opsconsole ")[1].split()
    done = room.call(*words[:-2], *WAIT)
    assert done.returncode == 0, done.stderr
    assert sorted(room.files(host)) == ["one", "three", "two"]
    assert f"/var/tmp/opsconsole-lab-{room.folder}/one has 8 bytes" in done.stdout
    assert "3/3 write three: " in done.stderr
    _, document = room.json("runs", "runs")
    [row] = document["runs"]
    assert (row["state"], row["host"], row["plan_id"]) == ("done", host, plan_id)
    assert row["operator"]["ssh_user"] == "ops"
    assert row["operator"]["key_fingerprint"].startswith("SHA256:")
    _, document = room.json("runs", "runs", row["run_id"])
    assert [step["state"] for step in document["runs"][0]["steps"]] == ["done"] * 3
    status, document = room.json("run", "undo", row["run_id"], f"--confirm={plan_id}", *WAIT)
    assert (status, document["state"], room.files(host)) == (0, "undone", [])
    ledger = Ledger.read(room.ledger)
    assert ledger.last_signed() is not None
    assert {event.host_key[:7] for event in ledger.events(row["run_id"])} == {"SHA256:"}
    ledger.close()


def test_a_step_that_fails_is_taken_back_with_all_before_it(room: Room) -> None:
    status, document = room.run(HOST, "--set=broken=yes")
    assert (status, document["state"], room.files(HOST)) == (1, "undone", [])
    assert "is broken on purpose" in document["verdict"]


def test_what_cannot_be_undone_needs_a_person(room: Room) -> None:
    status, document = room.run(HOST, "--set=broken=yes", "--set=forever=yes")
    assert (status, document["state"]) == (4, "needs-person")
    assert "it is meant to stay" in document["verdict"]
    assert room.files(HOST)


def test_facts_that_drifted_are_refused_with_the_difference(room: Room) -> None:
    plan_id = room.plan(HOST)
    faults.execute(HOST, ["install", "-D", "/etc/hostname", f"/var/tmp/opsconsole-lab-{room.folder}/two"])
    status, document = room.json("run", "run", "lab-marker", HOST, f"--confirm={plan_id}", *WAIT)
    assert (status, document["state"], room.files(HOST)) == (3, "refused", ["two"])
    assert "two" in document["verdict"]


def entrances(room: Room, plan_id: str, run_id: str) -> list[list[str]]:
    """Return every way of the command line to change a host."""
    return [
        ["run", "lab-marker", HOST, f"--confirm={plan_id}"],
        ["resume", run_id, f"--confirm={plan_id}"],
        ["undo", run_id, f"--confirm={plan_id}"],
        ["unlock", HOST, f"--holder={run_id}", "--reason=a test"],
    ]


def kill_in_step_two(room: Room, *words: str) -> tuple[str, str]:
    """SIGKILL a console in the middle of a run; return the ids of the plan and of the run."""
    plan_id = room.plan(HOST, f"--set=slow={SLOW}", *words)
    process = room.start("run", "lab-marker", HOST, f"--confirm={plan_id}", *WAIT)
    process.kill()
    process.communicate(timeout=30)
    _, document = room.json("runs", "runs")
    [row] = document["runs"]
    assert row["state"] == "interrupted"
    return plan_id, row["run_id"]


def test_read_only_holds_at_every_entrance(room: Room) -> None:
    plan_id, run_id = kill_in_step_two(room)
    before = room.files(HOST)
    text = room.config.read_text()
    switches: dict[str, tuple[list[str], str]] = {
        "the console is read-only": (["--read-only"], text),
        f"{HOST} is read-only": ([], text.replace(f"[hosts.{HOST}]", f"[hosts.{HOST}]\nread_only = true")),
        "read-only": (
            [],
            text.replace(f"[hosts.{HOST}]", f'[hosts.{HOST}]\nenvironment = "production"')
            + "[environments.production]\nread_only = true\n",
        ),
    }
    for said, (option, configuration) in switches.items():
        room.config.write_text(configuration)
        for words in entrances(room, plan_id, run_id):
            done = room.call(*words, *option)
            assert done.returncode == 3, (words, done.stdout, done.stderr)
            assert said in done.stdout + done.stderr, words
            assert room.files(HOST) == before
    room.config.write_text(text)
    status, document = room.json("run", "undo", run_id, f"--confirm={plan_id}", *WAIT)
    assert (status, document["state"], room.files(HOST)) == (0, "undone", [])


def test_a_killed_console_s_run_is_told_and_resumed(room: Room) -> None:
    plan_id, run_id = kill_in_step_two(room)
    told = room.call("hosts")
    assert f"run {run_id} of lab-marker on {HOST}" in told.stderr
    listed = room.call("runs")
    assert listed.stdout.startswith(f"lab-marker on {HOST} was interrupted:")
    assert f"opsconsole resume {run_id}" in listed.stdout
    status, document = room.json("run", "resume", run_id, f"--confirm={plan_id}")
    assert (status, document["state"], document["run_id"]) == (0, "done", run_id)
    assert sorted(room.files(HOST)) == ["one", "three", "two"]
    ledger = Ledger.read(room.ledger)
    kinds = [(event.kind, event.step) for event in ledger.events(run_id)]
    ledger.close()
    assert [kinds.count(("intent", step)) for step in ("one", "two", "three")] == [1, 1, 1]  # never twice
    again = room.call("resume", run_id, f"--confirm={plan_id}")
    assert again.returncode == 3


def test_a_killed_console_s_run_is_undone(room: Room) -> None:
    plan_id, run_id = kill_in_step_two(room)
    status, document = room.json("run", "undo", run_id, f"--confirm={plan_id}", *WAIT)
    assert (status, document["state"], room.files(HOST)) == (0, "undone", [])
    _, document = room.json("runs", "runs")
    assert [row["state"] for row in document["runs"]] == ["undone"]


def test_a_lock_left_behind_is_shown_and_broken_on_purpose(room: Room) -> None:
    _, run_id = kill_in_step_two(room)
    other = room.plan(HOST)
    status, document = room.json("run", "run", "lab-marker", HOST, f"--confirm={other}")
    assert (status, document["state"]) == (3, "refused")
    assert run_id in document["verdict"]
    shown = room.call("unlock", HOST)
    assert shown.returncode == 3
    assert f"--holder={run_id}" in shown.stderr
    wrong = room.call("unlock", HOST, "--holder=another", "--reason=a test")
    assert wrong.returncode == 3
    broken = room.call("unlock", HOST, f"--holder={run_id}", "--reason=it was killed")
    assert broken.returncode == 0, broken.stderr
    assert room.call("unlock", HOST).stdout == f"{HOST} is not locked\n"
    status, document = room.json("run", "run", "lab-marker", HOST, f"--confirm={other}")
    assert (status, document["state"]) == (0, "done")


def test_a_run_that_nobody_reads_any_more_is_driven_to_its_end(room: Room) -> None:
    plan_id = room.plan(HOST, f"--set=slow={SLOW}")
    process = room.start("run", "lab-marker", HOST, f"--confirm={plan_id}", *WAIT)
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()
    assert process.wait(timeout=60) == 0
    assert sorted(room.files(HOST)) == ["one", "three", "two"]
    _, document = room.json("runs", "runs")
    assert [row["state"] for row in document["runs"]] == ["done"]


def test_ctrl_c_stops_after_the_step_and_undoes(room: Room) -> None:
    plan_id = room.plan(HOST, f"--set=slow={SLOW}")
    process = room.start("run", "lab-marker", HOST, f"--confirm={plan_id}", "--json", *WAIT)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "stopping after this step, then undoing" in err
    document = json.loads(out)
    assert (process.returncode, document["state"], room.files(HOST)) == (1, "undone", [])
    assert [step["state"] for step in document["steps"]] == ["undone", "undone", "planned"]


def test_a_second_ctrl_c_leaves_it_running_and_it_is_resumed(room: Room) -> None:
    plan_id = room.plan(HOST, f"--set=slow={SLOW}")
    process = room.start("run", "lab-marker", HOST, f"--confirm={plan_id}", "--json", *WAIT)
    assert process.stderr is not None
    os.killpg(process.pid, signal.SIGINT)
    while "stopping after this step" not in process.stderr.readline():
        pass
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    document = json.loads(out)
    jsonschema.validate(document, schema("run"))
    assert (process.returncode, document["state"], document["resumable"]) == (4, "interrupted", True)
    assert f"opsconsole resume {document['run_id']}" in err
    until_over(room)  # the step went on by itself
    status, document = room.json("run", "resume", document["run_id"], f"--confirm={plan_id}")
    assert (status, document["state"]) == (0, "done")


def test_several_hosts_stop_at_the_first_that_failed(room: Room) -> None:
    plan_id = room.plan("busy1", HOST, "nosystemd1")
    folder = f"/var/tmp/opsconsole-lab-{room.folder}"
    faults.execute(HOST, ["sh", "-c", f"echo in the way >{folder}"])
    done = room.call("run", "lab-marker", "busy1", HOST, "nosystemd1", f"--confirm={plan_id}", *WAIT)
    assert done.returncode == 1
    states = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines()[-4:-1]}
    assert states == {"busy1": "done", HOST: "undone", "nosystemd1": "not-started"}
    assert f"stopped: 1 failed ({HOST}), 0 may" in done.stdout
    assert (sorted(room.files("busy1")), room.files("nosystemd1")) == (["one", "three", "two"], [])


def test_several_hosts_go_on_as_long_as_few_enough_fail(room: Room) -> None:
    plan_id = room.plan(HOST, "nosystemd1", "busy1")
    faults.execute(HOST, ["sh", "-c", f"echo in the way >/var/tmp/opsconsole-lab-{room.folder}"])
    words = [HOST, "nosystemd1", "busy1", f"--confirm={plan_id}", "--batch=100%", "--max-failures=1", *WAIT]
    status, document = room.json("run", "run", "lab-marker", *words)
    assert status == 1
    assert [one["state"] for one in document["runs"]] == ["undone", "done", "done"]


def test_a_host_that_is_away_has_no_plan_and_the_others_have(room: Room) -> None:
    room.config.write_text(room.config.read_text() + '\n[hosts.away]\naddress = "127.0.0.1"\nport = 9\n')
    words = ["plan", "lab-marker", HOST, "away", "busy1", f"--set=folder={room.folder}"]
    status, document = room.json("plan", *words)
    assert status == 3
    assert [plan["host"] for plan in document["plans"]] == [HOST, "busy1"]
    assert document["problems"][0]["host"] == "away"
    assert "refused" in document["problems"][0]["reason"]


def test_a_secret_is_given_by_file_and_is_nowhere_afterwards(room: Room, tmp_path: Path) -> None:
    canary = "canary-4711-of-the-command-line"
    (tmp_path / "word").write_text(f"{canary}\n")
    secret = f"--set=word=@{tmp_path / 'word'}"
    plan_id = room.plan(HOST, secret, f"--set=slow={SLOW}")
    missing = room.call("run", "lab-marker", HOST, f"--confirm={plan_id}")
    assert missing.returncode == 2
    assert "word: a secret is needed" in missing.stderr
    process = room.start("run", "lab-marker", HOST, secret, f"--confirm={plan_id}", "--json", *WAIT)
    seen = faults.execute(HOST, ["sh", "-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ"]).stdout
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    kept = faults.execute(HOST, ["cat", f"/var/tmp/opsconsole-lab-{room.folder}/one"]).stdout
    counted = subprocess.run(["cksum"], input=canary, capture_output=True, text=True, check=True).stdout
    assert kept.split()[:2] == counted.split()[:2]  # it did arrive
    bytes_ = b"".join(path.read_bytes() for path in room.ledger.parent.glob("ledger*"))
    assert canary not in seen + out + err
    assert canary.encode() not in bytes_


def test_the_verbs_never_load_textual(room: Room) -> None:
    script = (
        "import sys; sys.argv[1:] = sys.argv[1:]\n"
        "from opsconsole.console.cli.main import run\n"
        "run(sys.argv[1:])\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'textual'], file=sys.stderr)"
    )
    for words in (["recipes"], ["runs"], ["plan", "log-rotation", HOST]):
        argv = [sys.executable, "-c", script, *words, "--config", str(room.config)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)
        assert done.stderr.splitlines()[-1] == "[]"
