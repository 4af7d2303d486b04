"""A run of the ledger as a story to read: what was planned, what ran, what it said, what was proved. Pure.

Whatever stands in an event, a line comes of it: the text of hosts is cleaned here, and nothing is expected
to be there.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from opsconsole.data.ledger_entry import ACTING_KINDS, RESUMED, UNDO_ASKED, UNDO_REFUSED, VERDICT, Event
from opsconsole.data.text import clean, clean_line
from opsconsole.data.units import format_duration

TEXT_CHARS = 8192
COMMAND_CHARS = 64 * 1024
FOLDED_CHARS = 2000
OUTPUT_LINES = 200
_WORDS = {
    "done": ("✓", "done and verified", "ok"),
    "undone": ("↶", "undone: the host is as before", "warning"),
    "refused": ("○", "refused: nothing was changed", "warning"),
    "needs-person": ("●", "the host needs a person", "critical"),
    "": ("!", "no verdict yet: interrupted, or still going on", "warning"),
}


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line.

    Attributes:
        text: Cleaned; may be long.
        look: `strong`, `muted`, `command`, `ok`, `warning`, `critical` or empty.
        indent: Cells before it.
        mark: One sign that stands in the indent.
        seq: The event that it is about; 0: none.
        whole: The exact command, in lines, where `text` tells of a script only by its length.
    """

    text: str
    look: str = ""
    indent: int = 0
    mark: str = ""
    seq: int = 0
    whole: str = ""


def verdict_words(verdict: str) -> tuple[str, str, str]:
    """Return the sign, the words and the look of a verdict; empty: there is none."""
    return _WORDS.get(verdict, ("?", clean_line(verdict, 40), "warning"))


def last_verdict(events: Sequence[Event]) -> str:
    """Return the verdict of a run by its events; empty: none yet, or it was taken up again after it."""
    telling = (event for event in reversed(events) if event.kind in {VERDICT, *ACTING_KINDS})
    return next((event.verdict for event in telling), "")


def story(events: Sequence[Event], plan: Mapping[str, Any] | None = None) -> list[StoryLine]:
    """Return a run as lines.

    Args:
        events: Its events, in order.
        plan: The plan document that it applied; None: it is not known.
    """
    if not events:
        return [StoryLine("There is nothing of it in the ledger.", "muted")]
    return [*_title(events, plan), StoryLine(""), *_planned(events, plan), StoryLine(""), *_told(events)]


def whole(lines: Sequence[StoryLine]) -> list[StoryLine]:
    """Return a story with its commands whole: each line of a script is a line."""
    found: list[StoryLine] = []
    for line in lines:
        first, *rest = (line.whole or line.text).split("\n")
        found.append(replace(line, text=first))
        found += [replace(line, text=text.expandtabs(8), indent=line.indent + 2) for text in rest]
    return found


def _title(events: Sequence[Event], plan: Mapping[str, Any] | None) -> Iterator[StoryLine]:
    first, last = events[0], events[-1]
    sign, words, look = verdict_words(last_verdict(events))
    yield StoryLine(f"{_line(first.recipe) or 'run'} on {_line(first.host)}", "strong")
    yield StoryLine(words, look, 4, f"  {sign}")
    took = format_duration((last.at - first.at).total_seconds())
    yield StoryLine(f"{first.at:%Y-%m-%d %H:%M:%S} UTC, {took} to its last event", "", 2)
    key = f"  key {_line(first.operator.key_fingerprint)}" if first.operator.key_fingerprint else ""
    yield StoryLine(f"by {_line(str(first.operator))}{key}", "", 2)
    if first.address or first.host_key:
        yield StoryLine(f"host at {_line(first.address)} {_line(first.host_key)}".rstrip(), "muted", 2)
    if first.reason or first.incident:
        incident = f" ({_line(first.incident)})" if first.incident else ""
        yield StoryLine(f"because {_line(first.reason) or 'no reason was given'}{incident}", "", 2)
    yield StoryLine(f"run {_line(first.run_id)}  plan {_line(first.plan_id) or 'none'}", "muted", 2)
    if plan is not None and _text_of(plan, "summary"):
        yield StoryLine(_text_of(plan, "summary"), "", 2)


def _planned(events: Sequence[Event], plan: Mapping[str, Any] | None) -> Iterator[StoryLine]:
    yield StoryLine("planned", "strong")
    parameters = next((event.body.get("parameters") for event in events if event.kind == "start"), None)
    if isinstance(parameters, Mapping) and parameters:
        yield StoryLine(
            "with " + ", ".join(f"{_line(key)} {_value(parameters[key])}" for key in parameters), "", 2
        )
    steps = plan.get("steps") if plan is not None else None
    if isinstance(steps, list):
        for number, step in enumerate(steps, 1):
            if isinstance(step, Mapping):
                yield from _step(number, step)
        return
    titles = next((event.body.get("steps") for event in events if event.kind == "start"), None)
    if isinstance(titles, list) and titles:
        for number, title in enumerate(titles, 1):
            yield StoryLine(_line(title), "", 5, f" {number}")
    else:
        yield StoryLine("the plan is not in the ledger", "muted", 2)


def _step(number: int, step: Mapping[str, Any]) -> Iterator[StoryLine]:
    effect = _text_of(step, "effect")
    yield StoryLine(_text_of(step, "title") + (f": {effect}" if effect else ""), "", 5, f" {number}")
    check = step.get("check")
    if isinstance(check, Mapping):
        yield StoryLine(f"proof: {_text_of(check, 'says')}", "muted", 5)
    undo = step.get("undo")
    if isinstance(undo, Mapping):
        yield StoryLine(f"undo: {_text_of(undo, 'says')}", "muted", 5)
    else:
        yield StoryLine(f"no undo: {_text_of(step, 'irreversible')}", "warning", 5)


def _told(events: Sequence[Event]) -> Iterator[StoryLine]:
    yield StoryLine("what happened", "strong")
    before = events[0].at
    for event in events:
        yield from _clock(before, event)
        before = event.at
        teller = _TELLERS.get(event.kind, _other)
        for at, line in enumerate(teller(event)):
            when = f"{event.at:%H:%M:%S}  " if at == 0 else ""
            mark = f"{line.mark or ' '} " if at == 0 else ""
            text = f"{when}{mark}{line.text}"
            yield replace(line, text=text, indent=2 + line.indent, mark="", seq=event.seq)
    first, last = events[0], events[-1]
    yield StoryLine("")
    span = f"its events are {first.seq} to {last.seq}; the hash of the last is {_line(last.hash)}"
    yield StoryLine(span, "muted", 2)


def _clock(before: datetime, event: Event) -> Iterator[StoryLine]:
    """Tell what the time of day alone does not: that another day began, or that the clock was set back."""
    back = (before - event.at).total_seconds()
    if back >= 1:  # less is what keeps a clock right
        words = f"this machine's clock was set back by {format_duration(back)}"
        yield StoryLine(words, "warning", 2, seq=event.seq)
    if event.at.date() != before.date():
        yield StoryLine(f"{event.at:%Y-%m-%d}", "muted", 2, seq=event.seq)


def _plan_kept(event: Event) -> Iterator[StoryLine]:
    yield StoryLine(f"planned: {_text_of(event.body, 'summary')}")


def _start(event: Event) -> Iterator[StoryLine]:
    risk = _text_of(event.body, "risk")
    yield StoryLine(f"begun, {risk}" if risk else "begun", mark="▸")


def _intent(event: Event) -> Iterator[StoryLine]:
    yield StoryLine(_text_of(event.body, "title") or _line(event.step), "strong", mark="▸")
    yield from _commands(event)


def _undo_intent(event: Event) -> Iterator[StoryLine]:
    yield StoryLine(f"undo of {_line(event.step)}: {_text_of(event.body, 'says')}", "strong", mark="↶")
    yield from _commands(event)


def _commands(event: Event) -> Iterator[StoryLine]:
    commands = event.body.get("commands")
    argv = event.body.get("argv")
    found = commands if isinstance(commands, list) else [{"argv": argv}] if isinstance(argv, list) else []
    for command in found:
        words = command.get("argv") if isinstance(command, Mapping) else None
        if isinstance(words, list):
            given = command.get("stdin_bytes")
            sudo = "sudo " if command.get("sudo") else ""
            stdin = f"   ({given:,} bytes on its standard input)" if isinstance(given, int) and given else ""
            text = clean(shlex.join(map(str, words)), COMMAND_CHARS)
            yield StoryLine(f"$ {sudo}{_folded(words)}{stdin}", "command", 12, whole=f"$ {sudo}{text}{stdin}")


def _folded(words: Sequence[object]) -> str:
    """Return a command on one line: a script is told by its length."""
    shown = [
        f"‹script, {len(word.strip().splitlines())} lines›" if "\n" in word.strip() else shlex.quote(word)
        for word in map(str, words)
    ]
    return clean_line(" ".join(shown), FOLDED_CHARS)


def _outcome(event: Event) -> Iterator[StoryLine]:
    body = event.body
    failure, status = _text_of(body, "failure"), body.get("exit_status")
    seconds = body.get("seconds")
    after = f" after {seconds:.1f} s" if isinstance(seconds, (int, float)) else ""
    words = f"ended with status {status}{after}" if isinstance(status, int) else f"ended{after}"
    if failure:
        yield StoryLine(f"{_line(event.step)} failed: {failure}", "critical", mark="✗")
    else:
        yield StoryLine(words)
    yield from _said(body)


def _said(body: Mapping[str, Any]) -> Iterator[StoryLine]:
    for name in ("output", "stdout", "stderr"):
        said = body.get(name)
        if isinstance(said, str) and said.strip():
            lines = clean(said, TEXT_CHARS).strip("\n").split("\n")
            for line in lines[:OUTPUT_LINES]:
                yield StoryLine(f"│ {line.expandtabs(8)}", "muted", 12)
            if len(lines) > OUTPUT_LINES:
                yield StoryLine(f"│ … and {len(lines) - OUTPUT_LINES} lines more", "muted", 12)


def _check(event: Event) -> Iterator[StoryLine]:
    says, evidence = _text_of(event.body, "says") or _line(event.step), _text_of(event.body, "evidence")
    holds = event.body.get("holds")
    tail = f": {evidence}" if evidence else ""
    if holds is True:
        yield StoryLine(f"proved: {says}{tail}", "ok", mark="✓")
    elif holds is False:
        yield StoryLine(f"not true: {says}{tail}", "critical", mark="✗")
    else:
        yield StoryLine(f"could not be proved: {says}{tail}", "warning", mark="?")


def _refused(event: Event) -> Iterator[StoryLine]:
    yield StoryLine(f"refused: {_text_of(event.body, 'why')}", "warning", mark="○")
    differences = event.body.get("differences")
    for line in differences if isinstance(differences, list) else ():
        yield StoryLine(_line(line), "", 12)


def _verdict(event: Event) -> Iterator[StoryLine]:
    sign, words, look = verdict_words(event.verdict)
    yield StoryLine(f"verdict: {words}", look, mark=sign)
    for line in clean(str(event.body.get("text", "")), TEXT_CHARS).splitlines():
        yield StoryLine(line, "", 12)


def _echo(event: Event) -> Iterator[StoryLine]:
    echoed = event.body.get("echoed")
    where = "echoed to the host's log" if echoed else "not echoed to the host's log"
    signed = "signed" if event.body.get("signed") else "unsigned"
    yield StoryLine(f"the ledger's head was {where}; it is {signed}", "" if echoed else "warning")


def _reconnected(event: Event) -> Iterator[StoryLine]:
    seconds = event.body.get("seconds")
    after = f" after {seconds:.0f} s" if isinstance(seconds, (int, float)) else ""
    yield StoryLine(f"connected again{after}: {_text_of(event.body, 'why')}", "warning", mark="~")


def _taken_up(event: Event) -> Iterator[StoryLine]:
    what = "an undo was asked for" if event.kind == UNDO_ASKED else "taken up again"
    reason = f", because {_line(event.reason)}" if event.reason else ""
    yield StoryLine(f"{what} by {_line(str(event.operator))}{reason}", "strong", mark="▸")


def _other(event: Event) -> Iterator[StoryLine]:
    words = _line(event.kind).replace("-", " ")
    about = ", ".join(f"{_line(key)} {_value(value)}" for key, value in event.body.items())
    look = "muted" if event.kind.startswith("lock") else ""
    yield StoryLine(f"{words}: {about}" if about else words, look)


_TELLERS: Mapping[str, Callable[[Event], Iterator[StoryLine]]] = {
    "plan": _plan_kept,
    "start": _start,
    "intent": _intent,
    "outcome": _outcome,
    "check": _check,
    "undo-intent": _undo_intent,
    "undo-outcome": _outcome,
    "undo-check": _check,
    "refused": _refused,
    "verdict": _verdict,
    "echo": _echo,
    "reconnected": _reconnected,
    RESUMED: _taken_up,
    UNDO_ASKED: _taken_up,
    UNDO_REFUSED: _refused,
}


def _line(value: object) -> str:
    return clean_line(str(value), TEXT_CHARS)


def _text_of(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return "" if value is None else _line(value)


def _value(value: object) -> str:
    if isinstance(value, str):
        return _line(value) or "–"
    return _line(json.dumps(value, ensure_ascii=False, default=str))
