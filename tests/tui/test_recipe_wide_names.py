"""Several hosts in one run: what stands beside their names is aligned, however wide the letters are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from fake_runs import a_plan
from rich.cells import cell_len

from opsconsole.console.tui.recipe_plans import plans_lines
from opsconsole.console.tui.recipe_run_lines import table_lines

NAMES = ("日本語ホスト", "web1-of-the-shop")


def starts(lines: list[Any]) -> set[int]:
    return {cell_len(line.pieces[0][0]) for line in lines}


def test_plans_of_hosts_with_wide_names_are_aligned() -> None:
    planned: Any = SimpleNamespace(plans=[a_plan(NAMES[0])], problems={NAMES[1]: "refused"})
    assert starts(plans_lines(planned, frozenset(), {})) == {len(NAMES[1]) + 2}


def test_runs_of_hosts_with_wide_names_are_aligned() -> None:
    one = SimpleNamespace(plan=a_plan(), result=None, progress=None, state="running")
    live: Any = SimpleNamespace(hosts=dict.fromkeys(NAMES, one))
    assert starts(table_lines(live)[1:]) == {len(NAMES[1]) + 2}
