"""No test module reads the clock while it is imported: a whole run takes longer than a reading is fresh.

And none judges by how long something took: a machine may be busy. `tests.work` counts and weighs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CLOCKS = {("datetime", "now"), ("date", "today"), ("time", "time"), ("time", "monotonic")}


def reads_at_import(source: str) -> Iterator[int]:
    """Yield the lines where a clock is read outside any function; decorators and defaults are outside."""
    todo: list[ast.AST] = [ast.parse(source)]
    while todo:
        match todo.pop():
            case ast.FunctionDef() | ast.AsyncFunctionDef() as made:
                todo += [*made.decorator_list, *made.args.defaults, *filter(None, made.args.kw_defaults)]
            case ast.Lambda():
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) as call if (
                owner,
                name,
            ) in CLOCKS:
                yield call.lineno
            case other:
                todo += ast.iter_child_nodes(other)


def spans(source: str) -> Iterator[int]:
    """Yield the lines where it is reckoned how long something took. How long is left may be reckoned."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.BinOp(
                left=ast.Call(func=ast.Attribute(value=ast.Name(id="time"), attr=name)),
                op=ast.Sub(),
                right=began,
            ) if name != "time" and not isinstance(began, ast.Constant):
                yield node.lineno


def test_no_test_takes_the_moment_of_its_import() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        for line in reads_at_import(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    ["NOW = datetime.now(UTC)", "def f(now=datetime.now()): ...", "@mark(time.time())\nasync def f(): ..."],
)
def test_it_is_found(source: str) -> None:
    assert list(reads_at_import(source)) == [1]


def test_no_test_judges_by_how_long_something_took() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}"
        for room in ("unit", "tui")
        for path in sorted((TESTS / room).rglob("*.py"))
        for line in sorted(spans(path.read_text()))
    ]
    assert found == []


def test_a_span_is_found_and_a_deadline_is_not() -> None:
    assert sorted(spans("assert time.monotonic() - began < 2\ntook = time.process_time() - began")) == [1, 2]
    assert list(spans("left = until - time.monotonic()\nawait sleep_until(time.monotonic() - 5)")) == []


def test_what_runs_later_is_not_found() -> None:
    assert list(reads_at_import("def f():\n    return time.time()\nlater = lambda: time.time()")) == []
