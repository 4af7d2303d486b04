"""A run as lines to read: what is happening now, what was proved, what it came to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from rich.cells import cell_len

from opsconsole.console.live_run import INTERRUPTED, RUN
from opsconsole.console.tui.cells import fit
from opsconsole.console.tui.recipe_ends import advice, end
from opsconsole.console.tui.rows_view import Line
from opsconsole.console.tui.source_runs import HostRunLike, LiveRunLike
from opsconsole.data.text import clean, clean_line
from opsconsole.data.units import format_bytes, format_duration
from opsconsole.recipes.recipe import Plan, Step
from opsconsole.recipes.runner.state import Phase, Progress, RunResult, StepState

TAIL_LINES = 8
TAIL_CHARS = 8192
EVIDENCE_CHARS = 8192
VERDICT_CHARS = 16384
_INDENT = 5

_SIGNS: Mapping[StepState, tuple[str, str]] = {
    StepState.PLANNED: (" ", "muted"),
    StepState.RUNNING: ("▸", "accent"),
    StepState.DONE: ("✓", "ok"),
    StepState.FAILED: ("✗", "critical"),
    StepState.UNDONE: ("↶", "warning"),
}
_FINAL = frozenset({StepState.DONE, StepState.FAILED, StepState.UNDONE})
# Of hosts without a result: words of `HostRun.state`.
_UNENDED: Mapping[str, tuple[str, str, str]] = {
    "waiting": ("·", "waits for its turn", "muted"),
    "interrupted": ("!", "left; what runs on the host runs on", "warning"),
    "not-started": ("·", "not begun: the run was stopped before its turn", "muted"),
}
_STATE_WORDS = {
    "needs-person": "needs a person",
    "interrupted": "interrupted",
    "undone": "undone",
    "refused": "refused",
    "running": "going on",
    "waiting": "waiting",
    "not-started": "not begun",
    "done": "done",
}


def seconds_words(seconds: float) -> str:
    """Return a time that a step takes, such as `0.4 s`, `12.1 s` or `3m`."""
    return f"{max(0.0, seconds):.1f} s" if seconds < 100 else format_duration(seconds)


def host_lines(
    kind: str, run: HostRunLike, *, more_seconds: float = 0.0, stopping: bool = False
) -> list[Line]:
    """Return the lines of a run on one host.

    Args:
        kind: What kind of run it is; see `LiveRun.kind`.
        run: The run.
        more_seconds: How long ago its progress was told.
        stopping: Whether it was asked to stop.
    """
    progress = run.progress
    lines: list[Line] = []
    for index, step in enumerate(run.plan.steps):
        lines.extend(_step_lines(index, step, run, more_seconds))
    if run.result is not None:
        return [*lines, *_verdict_lines(kind, run, run.result)]
    lines.append(Line((("", ""),), key="gap"))
    if run.state in _UNENDED:
        sign, words, look = _UNENDED[run.state]
        lines.append(Line(((words, look),), mark=(f" {sign}", look), indent=3, key="now"))
        if run.state == INTERRUPTED:
            lines.append(Line(((advice(run), "accent"),), indent=3, key="next"))
    elif progress is None:
        lines.append(Line((("begins", "muted"),), mark=(" ▸", "accent"), indent=3, key="now"))
    elif progress.step is None or progress.phase is Phase.RECONNECTING:
        lines.append(Line(_now(progress, more_seconds), mark=(" ▸", "accent"), indent=3, key="now"))
    if stopping:
        words = "stops after this step, then undoes what was applied"
        lines.append(Line(((words, "warning"),), mark=(" ■", "warning"), indent=3, key="stopping"))
    return lines


def _step_lines(index: int, step: Step, run: HostRunLike, more_seconds: float) -> Iterator[Line]:
    known = run.steps[index] if index < len(run.steps) else None
    state = known.state if known is not None else StepState.PLANNED
    # While it goes on, what is said of a step is final only when the step is.
    over = run.result is not None or state in _FINAL
    result = known if over else None
    progress = run.progress if run.result is None and run.state not in _UNENDED else None
    current = progress is not None and progress.step == index
    sign, look = ("▸", "accent") if current else _SIGNS[state]
    pieces = [
        (clean_line(step.title, 1000), "muted" if state is StepState.PLANNED and not current else "strong")
    ]
    if result is not None and result.seconds:
        pieces.append((f"   {seconds_words(result.seconds)}", "muted"))
    if state is StepState.UNDONE:
        pieces.append(("   undone", "warning"))
    elif state is StepState.FAILED:
        pieces.append(("   failed", "critical"))
    elif result is not None and state is StepState.PLANNED:
        pieces.append(("   not begun", "muted"))
    yield Line(tuple(pieces), mark=(f" {sign}{index + 1:>2}", look), indent=_INDENT, key=f"step:{index}")
    if result is not None and result.evidence.strip():
        word = {StepState.DONE: "proved: ", StepState.UNDONE: "proved: "}.get(state, "")
        for at, row in enumerate(clean(result.evidence, EVIDENCE_CHARS).strip().splitlines()):
            yield Line(
                ((word if at == 0 else "", "muted"), (_flat(row), look if not word else "")),
                indent=_INDENT,
                key=f"evidence:{index}:{at}",
                copied=result.evidence,
            )
    if current and progress is not None and progress.phase is not Phase.RECONNECTING:
        yield Line(_now(progress, more_seconds), indent=_INDENT, key=f"now:{index}")
        for at, row in enumerate(tail(progress.output_tail)):
            yield Line(
                ((row, "muted"),),
                mark=("     │", "muted"),
                indent=_INDENT + 2,
                key=f"tail:{index}:{at}",
                words=False,
            )


def _now(progress: Progress, more_seconds: float) -> tuple[tuple[str, str], ...]:
    lost = progress.phase is Phase.RECONNECTING
    pieces = [
        (str(progress.phase.value), "warning" if lost else "accent"),
        (f"   {seconds_words(progress.elapsed_seconds + more_seconds)}", ""),
    ]
    if progress.output_bytes:
        pieces.append((f"   {format_bytes(progress.output_bytes)} of output", "muted"))
    if progress.message:
        pieces.append((f"   {clean_line(progress.message, 1000)}", "warning" if lost else "muted"))
    if lost:
        pieces.append(("   the step goes on on the host by itself", "muted"))
    return tuple(pieces)


def tail(output: str) -> list[str]:
    """Return the last lines of an output, cleaned."""
    rows = clean(output[-TAIL_CHARS:], TAIL_CHARS).replace("\r", "\n").splitlines()
    return [_flat(row) for row in rows if row.strip()][-TAIL_LINES:]


def _flat(row: str) -> str:
    return row.replace("\t", "    ")


def _verdict_lines(kind: str, run: HostRunLike, result: RunResult) -> Iterator[Line]:
    """Yield how it ended, in words, with what to do next."""
    ended = end(result)
    took = seconds_words((result.ended_at - result.started_at).total_seconds())
    # What is taken up again began long before: its time is the run's, with all the pauses.
    after = f"after {took}" if kind == RUN else f"{took} after the run began"
    yield Line((("", ""),), key="gap")
    yield Line(
        ((ended.words, ended.look), (f"   {after}   run {clean_line(result.run_id, 64)}", "muted")),
        mark=(f" {ended.sign}", ended.look),
        indent=3,
        key="verdict",
        copied=f"{ended.words}: {result.verdict}",
    )
    for at, row in enumerate(clean(result.verdict, VERDICT_CHARS).strip().splitlines()):
        yield Line(((_flat(row), ""),), indent=3, key=f"verdict:{at}", copied=result.verdict)
    yield Line(((advice(run), "accent"),), indent=3, key="next")


# Several hosts -----------------------------------------------------------------------------------


def table_lines(run: LiveRunLike, production: frozenset[str] = frozenset()) -> list[Line]:
    """Return one line for each host of a run."""
    width = max((cell_len(clean_line(host, 40)) for host in run.hosts), default=0)
    lines = [Line(((table_words(run), "strong"),), indent=1, key="sum")]
    for host, one in run.hosts.items():
        sign, words, look = _host_words(one)
        pieces = [(f"{fit(clean_line(host, 40), width)}  ", "strong" if one.result is None else "")]
        if host in production:
            pieces += [(" PROD ", "badge"), ("  ", "")]
        pieces.append((words, look))
        lines.append(Line(tuple(pieces), mark=(f" {sign}", look), indent=3, key=f"host:{host}"))
    return lines


def _host_words(run: HostRunLike) -> tuple[str, str, str]:
    """Return (sign, words, look) of where a run is on one host."""
    result, progress = run.result, run.progress
    if result is not None:
        ended = end(result)
        verdict = "" if ended.is_good else clean_line(result.verdict, 200)
        return ended.sign, ended.words + (f": {verdict}" if verdict else ""), ended.look
    if run.state in _UNENDED:
        return _UNENDED[run.state]
    return "▸", "begins" if progress is None else step_words(run.plan, progress), "accent"


def step_words(plan: Plan, progress: Progress) -> str:
    """Return `step 2/3, running`, or what it does outside of steps."""
    if progress.step is None:
        return str(progress.phase.value)
    words = f"step {progress.step + 1}/{len(plan.steps)}"
    return words if progress.phase is Phase.STEP else f"{words}, {progress.phase.value}"


def table_words(run: LiveRunLike) -> str:
    """Return how many hosts are where, worst first."""
    counts = Counter(_STATE_WORDS.get(one.state, one.state) for one in run.hosts.values())
    listed = [f"{counts[word]:,} {word}" for word in _STATE_WORDS.values() if counts[word]]
    return f"{len(run.hosts):,} hosts: {', '.join(listed)}"


def run_title(run: LiveRunLike) -> str:
    """Return `log-rotation on db1`, `undo of log-rotation on db1`, or `… on 12 hosts`."""
    hosts = list(run.hosts)
    recipe = next((one.plan.recipe for one in run.hosts.values()), "")
    if run.kind != "run":
        recipe = f"{run.kind} of {recipe}"
    where = clean_line(hosts[0], 64) if len(hosts) == 1 else f"{len(hosts):,} hosts"
    return f"{clean_line(recipe, 64)} on {where}"


def run_words(run: LiveRunLike) -> str:
    """Return where a run is, in a few words, for the headers."""
    if len(run.hosts) == 1:
        (one,) = run.hosts.values()
        if one.result is not None:
            return f"{run_title(run)}: {end(one.result).words}"
        if one.progress is None or one.state in _UNENDED:
            return run_title(run) + (f": {one.state}" if one.state in _UNENDED else "")
        return f"{run_title(run)}, {step_words(one.plan, one.progress)}"
    ended = sum(one.state not in {"waiting", "running"} for one in run.hosts.values())
    return f"{run_title(run)}, {ended:,} of {len(run.hosts):,} ended"
