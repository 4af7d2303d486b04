"""The verbs that plan and run, from argv to exit status and messages; the runner only pretends."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.recipes.recipe import Plan
from opsconsole.recipes.runner.state import RunResult, RunState

from .cli_room import Call, Interrupting, call, planned
from .demo import FakeRunner

_ = call  # a fixture


def test_the_catalogue(call: Call) -> None:
    answer = call("recipes")
    assert answer.status == 0
    assert answer.out.splitlines()[:4] == [
        "demo  Demo",
        "  touches files",
        "    files                how many",
        "                         a whole number from 0 to 9; default: 2",
    ]
    [demo] = call("recipes", "demo", "--json").json("recipes")["recipes"]
    assert [one["name"] for one in demo["parameters"]] == ["files", "mode", "word"]
    wrong = call("recipes", "dmeo")
    assert (wrong.status, wrong.err) == (2, "opsconsole: there is no recipe 'dmeo'; did you mean demo?\n")


def test_a_plan_says_all_that_would_happen_and_how_to_apply_it(call: Call, tmp_path: Path) -> None:
    answer = call("plan", "demo", "web1", "--set", "files=1")
    plan_id = planned(call, "web1", "--set=files=1")
    assert answer.status == 0
    assert answer.out == (
        f"demo on web1   plan {plan_id}\n"
        "touches files\n"
        "risk: reversible, each step can be undone\n"
        "▲ beware\n"
        " 1  touch file 0   0 → 1 files\n"
        "    predicted · undo: take it away · ended after 5m\n"
        "    $ sudo touch $'/tmp/it\\e0'\n"
        "      reads 4B on its standard input (sha256 4bfce7b9f0d3a5a0…; -v shows it)\n"
        "    proof: it is there\n"
        "    --- /etc/it\n"
        "    +++ /etc/it\n"
        "    @@ -1 +1 @@\n"
        "    -old\n"
        "    +new\n"
        "    · [/red] file one\n"
        "\n"
        f"to apply exactly this: opsconsole run demo web1 --set=files=1 --confirm={plan_id}"
        f" --config {tmp_path / 'ops.toml'}\n"
    ).replace("4bfce7b9f0d3a5a0", answer.out.split("(sha256 ")[1][:16])
    assert "\x1b" not in answer.out
    assert answer.err == ""


def test_a_plan_in_full(call: Call) -> None:
    answer = call("plan", "demo", "web1", "--set=files=1", "--set=mode=delete", "-v")
    assert "risk: IRREVERSIBLE step 1" in answer.out
    assert "predicted · no undo: it is gone · ended after 5m" in answer.out
    assert '  set mode = "delete"\n' in answer.out
    assert "  fact there = false\n" in answer.out
    assert "      reads 4B on its standard input:\n      | mark\n" in answer.out
    assert "    proof $ test -e /tmp/it\n" in answer.out


def test_a_plan_as_a_document(call: Call) -> None:
    document = call("plan", "demo", "web1", "--json").json("plan")
    assert (document["host"], document["risk"], len(document["steps"])) == ("web1", "reversible", 2)
    fleet = call("plan", "demo", "@web", "broken", "away", "--json")
    document = fleet.json("plan")
    assert [plan["host"] for plan in document["plans"]] == ["web1", "web2", "web3"]
    assert document["problems"] == [
        {"host": "broken", "reason": "it has no /tmp"},
        {"host": "away", "reason": "away: connection refused"},
    ]
    assert fleet.status == 3
    assert "opsconsole: no plan for broken: it has no /tmp\n" in fleet.err


def test_a_host_that_nobody_foresaw_does_not_end_the_plan_of_the_others(call: Call) -> None:
    answer = call("plan", "demo", "web1", "hostile", "web2", "--json")
    document = answer.json("plan")
    assert (answer.status, [plan["host"] for plan in document["plans"]]) == (3, ["web1", "web2"])
    [problem] = document["problems"]
    assert problem["host"] == "hostile"
    assert problem["reason"].startswith("a mistake of opsconsole: ValueError")
    assert "canary" not in answer.out + answer.err


def test_nothing_to_do_is_nothing_to_confirm(call: Call) -> None:
    for verb in ("plan", "run"):
        answer = call(verb, "demo", "web1", "--set=files=0")
        assert (answer.status, answer.err) == (0, "")
        assert "Nothing to do." in answer.out
        assert "--confirm" not in answer.out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("web9",), "there is no host 'web9'; did you mean web"),
        (("web1", "--set", "files=many"), 'files: found "many", expected a whole number from 0 to 9'),
        (("web1", "--set", "fils=1"), "fils: there is no such parameter; did you mean files?"),
        (("web1", "--set", "files"), "--set …: expected NAME=VALUE"),
        (("web1", "--set", "files=1", "--set", "files=2"), "files: it is set twice"),
        (("web1", "--set", "word=canary-1"), "word: a secret is never given on the command line"),
        (("web1", "--set", "word=@nowhere"), "word: cannot read nowhere: No such file or directory"),
    ],
)
@pytest.mark.parametrize("verb", ["plan", "run"])
def test_mistakes_in_the_call_are_usage_errors(
    call: Call, verb: str, argv: tuple[str, ...], said: str
) -> None:
    answer = call(verb, "demo", *argv)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert "canary" not in answer.err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("run", "demo", "web1", "--batch", "none"), '--batch: found "none", expected a number of hosts'),
        (("run", "demo", "web1", "--max-failures", "-1"), "is not a number of hosts"),
        (("run", "demo", "web1", "--wait-lock", "5"), "'5' is not a duration"),
        (("run", "demo"), "the following arguments are required: TARGET"),
        (("unlock", "@web", "--holder=1", "--reason=x"), "@web is 3 hosts; a lock is broken on one"),
        (("unlock", "web1", "--holder=0001"), "--reason is needed"),
        (("undo",), "the following arguments are required: RUN_ID"),
    ],
)
def test_mistakes_in_options_are_usage_errors(call: Call, argv: tuple[str, ...], said: str) -> None:
    answer = call(*argv)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err


def test_a_run_without_a_confirmation_is_refused_with_what_to_type(
    call: Call, runner: type[FakeRunner]
) -> None:
    answer = call("run", "demo", "web1", "web2", "--set=files=1")
    plan_id = planned(call, "web1", "web2", "--set=files=1")
    assert answer.status == 3
    assert f"2 hosts, in this order, as plan {plan_id}:" in answer.out
    assert (
        "opsconsole: refused: nothing was confirmed and nothing was changed; type: opsconsole run demo"
        in answer.err
    )
    assert f"web1 web2 --set=files=1 --confirm={plan_id}" in answer.err
    assert runner.calls == []


def test_a_confirmed_plan_is_applied_and_told(call: Call) -> None:
    plan_id = planned(call, "web1", "--set=files=1")
    answer = call("run", "demo", "web1", "--confirm", plan_id, "--reason", "disk full")
    assert answer.status == 0
    assert answer.out == (
        "demo on web1: done   run 0001-web1\n ✓  1 touch file 0  done  1.0 s\n      proved\n   all is well\n"
    )
    assert "opsconsole: web1  1/1 touch file 0: running 2s, 4.0K of output\n" in answer.err
    assert "opsconsole: the audit trail is not signed: `signing_key` is false\n" in answer.err
    document = call("run", "demo", "web1", "--confirm", plan_id, "--json").json("run")
    assert (document["state"], document["host"]) == ("done", "web1")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (
            ("demo", "web1", "--confirm", "0123456789abcdef"),
            "there is no plan 0123456789abcdef in the ledger",
        ),
        (("demo", "web2", "--confirm", "PLAN"), "is for web1 as well, which is not among the targets"),
        (("demo", "web1", "--set=files=2", "--confirm", "PLAN"), "was made with files = 1, not 2"),
    ],
)
def test_what_was_not_planned_so_is_refused(
    call: Call, runner: type[FakeRunner], argv: tuple[str, ...], said: str
) -> None:
    plan_id = planned(call, "web1", "--set=files=1")
    answer = call("run", *(plan_id if word == "PLAN" else word for word in argv))
    assert (answer.status, answer.out, runner.calls) == (3, "", [])
    assert said in answer.err
    assert answer.err.endswith("nothing was changed\n")


def test_hosts_beside_the_plan_are_told(call: Call, runner: type[FakeRunner]) -> None:
    plan_id = planned(call, "web1")
    answer = call("run", "demo", "@web", "--confirm", plan_id)
    assert answer.status == 0
    assert f"warning: not in plan {plan_id}, nothing is done there: web2, web3" in answer.err
    assert runner.calls == [("run", "web1")]


def test_several_hosts_stop_at_the_first_that_failed_and_are_told_in_a_table(
    call: Call, runner: type[FakeRunner]
) -> None:
    plan_id = planned(call, "@web", "--set=files=1")
    runner.ends["web2"] = RunState.UNDONE
    answer = call("run", "demo", "@web", "--confirm", plan_id)
    assert answer.status == 1
    assert answer.out.splitlines()[-5:] == [
        "host  state        steps  verdict",
        "web1  done         1/1    all is well",
        "web2  undone       0/1    it broke",
        "web3  not-started  0/1    it was not begun: nothing was changed",
        "stopped: 1 failed (web2), 0 may",
    ]
    document = call("run", "demo", "@web", "--confirm", plan_id, "--max-failures=1", "--json").json("run")
    assert [one["state"] for one in document["runs"]] == ["done", "undone", "done"]
    assert (document["exit_status"], document["stopped"]) == (1, "")


@pytest.mark.parametrize(("state", "status"), [("undone", 1), ("refused", 3), ("needs-person", 4)])
def test_every_end_has_its_exit_status(call: Call, runner: type[FakeRunner], state: str, status: int) -> None:
    plan_id = planned(call, "web1")
    runner.ends["web1"] = RunState(state)
    assert call("run", "demo", "web1", f"--confirm={plan_id}").status == status


def test_what_differs_from_the_plan_has_lines_of_its_own(
    call: Call, runner: type[FakeRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = "web1 is not as it was\n  delete[1]: a \u2192 b\n  delete[2]: c\x1b[2J \u2192 d"

    def ended(self: FakeRunner, plan: Plan, run_id: str, _state: RunState, _text: str) -> RunResult:
        return before(self, plan, run_id, RunState.REFUSED, verdict)

    before = runner._end
    plan_id = planned(call, "web1")
    monkeypatch.setattr(runner, "_end", ended)
    answer = call("run", "demo", "web1", f"--confirm={plan_id}")
    assert answer.out.splitlines()[-3:] == [
        "   web1 is not as it was",
        "     delete[1]: a \u2192 b",
        "     delete[2]: c \u2192 d",
    ]


def test_a_secret_comes_from_a_file_and_is_nowhere_but_with_the_runner(
    call: Call, runner: type[FakeRunner], tmp_path: Path
) -> None:
    (tmp_path / "word").write_text("canary-4711\n")
    plan = call("plan", "demo", "web1", "--set=word=@word", "-v")
    plan_id = plan.out.split("--confirm=")[1].split()[0]
    assert 'set word = "\\u2022\\u2022\\u2022"' in plan.out
    assert f"--set=word=@word --confirm={plan_id}" in plan.out
    ran = call("run", "demo", "web1", "--set=word=@word", f"--confirm={plan_id}")
    assert ran.status == 0
    assert runner.seen[-1]["secrets"] == {"word": "canary-4711"}
    refused = call("run", "demo", "web1", f"--confirm={plan_id}")
    assert refused.status == 2
    assert "word: a secret is needed: --set word=@FILE, or type it at a terminal" in refused.err
    said = plan.out + plan.err + ran.out + ran.err + refused.err
    assert "canary" not in said
    assert b"canary" not in (tmp_path / "ledger.sqlite").read_bytes()


def test_ctrl_c_stops_after_the_step_and_undoes(call: Call, runner: type[FakeRunner]) -> None:
    plan_id = planned(call, "web1", "web2")
    runner.holds["web1"] = Interrupting(1)  # type: ignore[assignment]
    answer = call("run", "demo", "web1", "web2", f"--confirm={plan_id}")
    assert answer.status == 1
    assert "stopping after this step, then undoing; ctrl+c again leaves it running" in answer.err
    assert "stopped, and undone" in answer.out
    assert "stopped: stopped by the operator" in answer.out
    assert runner.calls == [("run", "web1")]


def test_a_second_ctrl_c_leaves_it_running_and_says_how_to_go_on(
    call: Call, runner: type[FakeRunner]
) -> None:
    plan_id = planned(call, "web1")
    runner.holds["web1"] = Interrupting(2)  # type: ignore[assignment]
    answer = call("run", "demo", "web1", f"--confirm={plan_id}", "--json")
    assert answer.status == 4
    document = answer.json("run")
    assert (document["state"], document["run_id"], document["resumable"]) == (
        "interrupted",
        "0001-web1",
        True,
    )
    for verb in ("runs", "resume", "undo"):
        assert f"opsconsole {verb} 0001-web1" in answer.err
