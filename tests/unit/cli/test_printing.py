"""Tables on stdout: what stands in a column stands below its heading, however wide its letters are."""

from __future__ import annotations

from rich.cells import cell_len

from opsconsole.console.cli.printing import columns


def test_columns_are_as_wide_as_a_terminal_draws_them() -> None:
    rows = [("host", "env"), ("日本語ホスト", "prod"), ("e\u0301", "x"), ("web1-long-name-x", "staging")]
    lines = columns(rows)
    starts = {
        cell_len(line[: line.rindex(second)]) for line, (_first, second) in zip(lines, rows, strict=True)
    }
    assert starts == {len("web1-long-name-x") + 2}


def test_no_rows_are_no_lines() -> None:
    assert columns([]) == []
