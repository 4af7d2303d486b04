"""A run reads as a story, whatever stands in its events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_room import PLAN, entry

from opsconsole.data.ledger import Event, Ledger, Operator
from opsconsole.data.ledger_story import story, verdict_words, whole

SCRIPT = 'set -e\nrm -f -- "$1"\necho done\n'


def told(path: Path, *entries: Any) -> list[str]:
    ledger = Ledger.open(path / "ledger.db")
    for one in entries:
        ledger.append(one)
    return [line.text for line in story(ledger.events("r1"), PLAN)]


def test_what_was_planned_ran_said_and_proved(tmp_path: Path) -> None:
    commands = [{"argv": ["sh", "-c", SCRIPT, "x", "/var/log/a b"], "sudo": True, "stdin_bytes": 305}]
    lines = "\n".join(
        told(
            tmp_path,
            entry("start", body={"parameters": {"keep": 3}, "risk": "reversible"}),
            entry("intent", step="rotate", body={"title": "rotate the logs", "commands": commands}),
            entry("outcome", step="rotate", body={"exit_status": 0, "seconds": 1.25, "output": "a\nb\n"}),
            entry("check", step="rotate", body={"says": "it is so", "holds": True, "evidence": "12 of 12"}),
            entry("undo-intent", step="rotate", body={"says": "rename back", "commands": []}),
            entry("undo-outcome", step="rotate", body={"exit_status": 3, "failure": "no such file"}),
            entry("undo-check", step="rotate", body={"says": "as before", "holds": False, "evidence": "no"}),
            entry("reconnected", body={"why": "reset", "seconds": 3.2}),
            entry("refused", body={"why": "drift", "differences": ["size: 1 → 2"]}),
            entry("verdict", verdict="needs-person", body={"text": "look\nat it"}),
            entry("echo", body={"echoed": True, "signed": False}),
            entry("odd-kind", body={"x": [1, "y"]}),
        )
    )
    for words in (
        "log-rotation on web1", "the host needs a person", "by ada as ops  key SHA256:Lo6s0b2M",
        "because disk alarm (INC-7)", "frees 11.8 GiB of /var", "with keep 3", "rotate the logs",
        "$ sudo sh -c ‹script, 3 lines› x '/var/log/a b'   (305 bytes on its standard input)",
        "ended with status 0 after 1.2 s", "│ a", "│ b", "✓ proved: it is so: 12 of 12",
        "↶ undo of rotate: rename back", "✗ rotate failed: no such file", "✗ not true: as before: no",
        "connected again after 3 s: reset", "○ refused: drift", "size: 1 → 2",
        "● verdict: the host needs a person", "at it", "echoed to the host's log; it is unsigned",
        'odd kind: x [1, "y"]', "its events are 1 to 12",
    ):  # fmt: skip
        assert words in lines


def test_another_day_and_a_clock_that_was_set_back_are_told(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db")
    for kind in ("start", "intent", "undo-asked", "verdict"):
        ledger.append(entry(kind))
    times = ("2026-11-26T23:59:00", "2026-11-27T00:01:00", "2026-12-04T09:00:00", "2026-12-04T07:00:00")
    events = [
        replace(event, at=datetime.fromisoformat(f"{at}+00:00"))
        for event, at in zip(ledger.events("r1"), times, strict=True)
    ]
    told = [line.text for line in story(events)]
    lines = told[told.index("what happened") + 1 :]
    assert [line.split("  ")[0] for line in lines[:7]] == [
        *("23:59:00", "2026-11-27", "00:01:00", "2026-12-04", "09:00:00"),
        *("this machine's clock was set back by 2h 00m", "07:00:00"),
    ]


@pytest.mark.parametrize("kind", ["undo-asked", "resumed"])
def test_a_run_that_was_taken_up_again_has_no_verdict_yet(tmp_path: Path, kind: str) -> None:
    begun = (entry("start"), entry("verdict", verdict="done"), entry(kind), entry("undo-intent"))
    assert told(tmp_path, *begun)[1] == "no verdict yet: interrupted, or still going on"
    assert told(tmp_path, entry("verdict", verdict="undone"))[1] == "undone: the host is as before"


@pytest.mark.parametrize(
    ("kind", "words"), [("undo-asked", "an undo was asked for by ada"), ("resumed", "taken up again by ada")]
)
def test_who_took_a_run_up_again_is_told_and_why(tmp_path: Path, kind: str, words: str) -> None:
    console = {"console": {"pid": 4711, "machine": "laptop"}}
    lines = told(tmp_path, entry("start"), entry(kind, reason="it was the wrong disk", body=console))
    (line,) = (line for line in lines if words in line)
    assert "because it was the wrong disk" in line
    assert "4711" not in line


def test_an_undo_that_was_refused_leaves_the_verdict(tmp_path: Path) -> None:
    lines = told(tmp_path, entry("start"), entry("verdict", verdict="done"), entry("refused"))
    assert lines[1] == "done and verified"


def test_the_exact_command_can_be_had_in_lines(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db")
    ledger.append(entry("intent", body={"commands": [{"argv": ["sh", "-c", SCRIPT], "sudo": False}]}))
    lines = [line.text for line in whole(story(ledger.events("r1")))]
    at = lines.index("$ sh -c 'set -e") if "$ sh -c 'set -e" in lines else -1
    assert at >= 0 or any(line.endswith("$ sh -c 'set -e") for line in lines), lines
    assert 'rm -f -- "$1"' in lines


def test_every_verdict_has_its_sign() -> None:
    assert [verdict_words(each)[0] for each in ("done", "undone", "refused", "needs-person", "")] == list(
        "✓↶○●!"
    )
    assert verdict_words("\x1b[31mnew")[1] == "new"


def test_no_events_is_a_line_too() -> None:
    assert len(story([])) == 1


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
KEYS = (
    *("parameters", "steps", "title", "commands", "argv", "failure", "exit_status", "seconds", "output"),
    *("says", "holds", "evidence", "why", "differences", "text", "echoed", "summary", "check", "undo"),
)
KINDS = (
    *("plan", "start", "intent", "outcome", "check", "undo-intent", "undo-outcome", "undo-check"),
    *("refused", "verdict", "echo", "reconnected", "lock-taken", "\x1b]0;x\x07"),
)
bodies_ = st.dictionaries(st.sampled_from(KEYS), values, max_size=6)


@given(st.lists(st.tuples(st.sampled_from(KINDS), bodies_), min_size=1, max_size=4), values)
def test_any_events_make_clean_lines(bodies: list[tuple[str, dict[str, Any]]], plan: Any) -> None:
    who, at = Operator("\x1b[1mx"), datetime.now(UTC)
    events = [
        Event(kind=kind, body=body, operator=who, seq=number, at=at, hash="", previous="")
        for number, (kind, body) in enumerate(bodies, 1)
    ]
    for line in whole(story(events, plan if isinstance(plan, dict) else {"steps": [plan, {"check": plan}]})):
        assert not set(line.text) & set("\x00\x1b\x07\n\u202e\x9b")
