"""A plan as lines to read: every step, its exact commands, what proves it and how it is taken back. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from opsconsole.console import commands_shown as commands
from opsconsole.console.tui.lazy_lines import LazyLines
from opsconsole.console.tui.rows_view import Line
from opsconsole.data.host import Command
from opsconsole.data.text import clean_line
from opsconsole.data.units import format_bytes, format_duration
from opsconsole.recipes.recipe import Plan, Risk, Step

DETAILS_SHOWN = 3
DIFF_LIMIT_LINES = 2000
STDIN_SHOWN_LINES = 400
_STEP = 5
_UNDER = 7


def plan_lines(plan: Plan, toggled: Collection[str] = ()) -> list[Line]:
    """Return the plan's lines.

    Args:
        plan: The plan.
        toggled: Keys of lines that were opened, or closed where they are open by themselves (`diff:…`).
    """
    lines = list(_head(plan, toggled))
    if not plan.steps:
        lines.append(_said("Nothing to do: there is no step, and nothing to confirm.", "muted", key="none"))
    for number, step in enumerate(plan.steps, 1):
        lines.append(Line((("", ""),), key=f"gap:{step.name}"))
        lines.extend(_step(number, step, toggled))
    return lines


def risk_words(plan: Plan) -> tuple[str, str]:
    """Return the risk in words with the steps that make it, and its look."""
    if plan.risk is Risk.READ:
        return "nothing is changed", "ok"
    if plan.risk is Risk.REVERSIBLE:
        return "reversible: each step can be undone", "ok"
    last = [str(number) for number, step in enumerate(plan.steps, 1) if step.undo is None]
    return f"IRREVERSIBLE: step{'s' if len(last) > 1 else ''} {', '.join(last)}", "critical"


def plan_text(plan: Plan) -> str:
    """Return the whole plan as text for the clipboard, with every fold open and the long lists cut."""
    toggled = {line.fold for line in plan_lines(plan) if not line.fold.startswith("diff:")}
    body = "\n".join(f"{line.mark[0]:<{line.indent}}{line.text}" for line in plan_lines(plan, toggled))
    return f"{plan.recipe} on {plan.host}, plan {plan.plan_id}\n{body}"


def _head(plan: Plan, toggled: Collection[str]) -> Iterator[Line]:
    yield _said(clean_line(plan.summary), "strong", key="summary")
    words, look = risk_words(plan)
    yield Line((("risk: ", "muted"), (words, look)), indent=1, key="risk")
    for number, warning in enumerate(plan.warnings):
        yield Line(
            ((clean_line(warning, 2000), "warning"),),
            mark=(" ▲", "warning"),
            indent=3,
            key=f"warning:{number}",
        )
    yield _foldable(
        "facts",
        toggled,
        f"what was set ({len(plan.parameters)}) and what was read ({len(plan.facts) + len(plan.shown)})",
        indent=1,
    )
    if "facts" in toggled:
        for title, pairs in (("set", plan.parameters), ("fact", plan.facts), ("read", plan.shown)):
            for name, value in pairs.items():
                text = f"{clean_line(name, 64)} = {clean_line(_json(value), 2000)}"
                yield Line(((f"{title} ", "muted"), (text, "")), indent=3, key=f"{title}:{name}")


def _step(number: int, step: Step, toggled: Collection[str]) -> Iterator[Line]:
    name = step.name
    title: list[tuple[str, str]] = [(clean_line(step.title, 1000), "strong")]
    if step.effect:
        title += [("   ", ""), (clean_line(step.effect, 1000), "accent")]
    yield Line(tuple(title), mark=(f"{number:>3}", "strong"), indent=_STEP, key=f"step:{name}")
    yield Line(_manner(step), indent=_STEP, key=f"manner:{name}")
    for at, command in enumerate(step.commands):
        yield from _command(command, f"cmd:{name}:{at}", toggled)
    yield Line(
        (("proof: ", "muted"), (clean_line(step.check.says, 1000), "")), indent=_STEP, key=f"proof:{name}"
    )
    yield from _way(f"check:{name}", "how it is proved", (step.check.command,), toggled)
    if step.undo is not None:
        undo = (*step.undo.commands, step.undo.check.command)
        yield from _way(f"undo:{name}", "how it is undone, and proved", undo, toggled)
    if step.diff:
        yield from _diff(step, toggled)
    if step.details:
        yield from _details(step)


def _manner(step: Step) -> tuple[tuple[str, str], ...]:
    manner = (
        ("predicted", "muted") if step.predicted else ("opaque: a program of the host decides", "warning")
    )
    back = (
        (f"undo: {clean_line(step.undo.says, 500)}", "muted")
        if step.undo is not None
        else (f"no undo: {clean_line(step.irreversible, 500)}", "critical")
    )
    more = f" · ended after {format_duration(step.deadline_seconds)}"
    if step.dead_man_seconds:
        more += (
            f" · can cut us off: the host undoes it by itself after {format_duration(step.dead_man_seconds)}"
        )
    return manner, (" · ", "muted"), back, (more, "muted")


def _command(command: Command, key: str, toggled: Collection[str]) -> Iterator[Line]:
    whole, given = commands.exact(command), commands.given(command)
    long = commands.is_long(command)
    if long and key not in toggled:
        pieces = ((commands.folded(command), "command"), ("  enter unfolds", "muted"))
        yield Line(pieces, ("   ▸ $", "muted"), _UNDER, key, fold=key, copied=whole, words=False)
    else:
        mark = "   ▾ $" if long else "     $"
        for at, row in enumerate(whole.split("\n")):
            yield Line(
                ((_flat(row), "command"),),
                mark=("" if at else mark, "muted"),
                indent=_UNDER,
                key=f"{key}:{at}" if at else key,
                fold=key if long else "",
                copied=whole,
                words=False,
            )
    if given:
        yield from _given(given, len(command.stdin or b""), f"stdin:{key}", toggled)


def _flat(row: str) -> str:
    return row.replace("\t", "    ")


def _given(text: str, size: int, key: str, toggled: Collection[str]) -> Iterator[Line]:
    yield _foldable(key, toggled, f"reads {format_bytes(size)} on its standard input", indent=_UNDER)
    if key in toggled:
        rows = text.split("\n")
        for at, row in enumerate(islice(rows, STDIN_SHOWN_LINES)):
            yield Line(
                ((_flat(row), "command"),),
                indent=_UNDER + 2,
                key=f"{key}:{at}",
                fold=key,
                copied=text,
                words=False,
            )
        if len(rows) > STDIN_SHOWN_LINES:
            yield _more(len(rows) - STDIN_SHOWN_LINES, f"{key}:more")


def _way(key: str, title: str, way: Sequence[Command], toggled: Collection[str]) -> Iterator[Line]:
    yield _foldable(key, toggled, title, indent=_STEP, copied="\n".join(map(commands.exact, way)))
    if key in toggled:
        for at, command in enumerate(way):
            yield from _command(command, f"cmd:{key}:{at}", toggled)


def _diff(step: Step, toggled: Collection[str]) -> Iterator[Line]:
    key = f"diff:{step.name}"
    # A change of a file is what the engineer says yes to: it is open from the start, and folds by enter.
    rows = step.diff.split("\n")
    is_open = key not in toggled
    sign = "▾" if is_open else "▸"
    yield Line(
        ((f"{sign} change of a file, {len(rows)} lines", "muted"),),
        indent=_STEP,
        key=key,
        fold=key,
        copied=step.diff,
    )
    if not is_open:
        return
    for at, row in enumerate(islice(rows, DIFF_LIMIT_LINES)):
        yield Line(
            ((commands.visible(_flat(row)), _diff_look(row)),),
            indent=_UNDER,
            key=f"{key}:{at}",
            fold=key,
            copied=step.diff,
            words=False,
        )
    if len(rows) > DIFF_LIMIT_LINES:
        yield _more(len(rows) - DIFF_LIMIT_LINES, f"{key}:more")


def _diff_look(row: str) -> str:
    if row.startswith(("+++", "---")):
        return "strong"
    if row.startswith("@@"):
        return "accent"
    return "added" if row.startswith("+") else "removed" if row.startswith("-") else ""


def _details(step: Step) -> Iterator[Line]:
    for at, detail in enumerate(islice(step.details, DETAILS_SHOWN)):
        yield Line(
            ((commands.visible(detail), ""),),
            mark=("     ·", "muted"),
            indent=_UNDER,
            key=f"detail:{step.name}:{at}",
        )
    more = len(step.details) - DETAILS_SHOWN
    if more > 0:
        yield Line(
            ((f"… {more:,} more", "muted"), ("  enter lists all", "accent")),
            indent=_UNDER,
            key=f"details:{step.name}",
        )


class DetailLines(LazyLines[str]):
    """The details of a step: there may be 200,000."""

    def line(self, at: int) -> Line:
        """Return the line of one detail."""
        return Line(((commands.visible(self.rows[at]), ""),), indent=1, key=f"detail:{at}")


def _said(text: str, look: str, *, key: str) -> Line:
    return Line(((text, look),), indent=1, key=key)


def _more(count: int, key: str) -> Line:
    return Line(((f"… {count:,} lines more: c copies them", "muted"),), indent=_UNDER, key=key)


def _foldable(key: str, toggled: Collection[str], title: str, *, indent: int, copied: str = "") -> Line:
    sign = "▾" if key in toggled else "▸"
    return Line(((f"{sign} {title}", "muted"),), indent=indent, key=key, fold=key, copied=copied)


def _json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, default=str)
