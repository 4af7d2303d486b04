"""The question before the console ends while a run is going."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsconsole.console.tui.dialogs import ConfirmDialog
from opsconsole.console.tui.recipe_run_lines import run_words

if TYPE_CHECKING:
    from opsconsole.console.tui.app import OpsconsoleApp
    from opsconsole.console.tui.source_runs import LiveRunLike

_LISTED = 5


def ask_to_quit(app: OpsconsoleApp, going_on: Sequence[LiveRunLike]) -> None:
    """Ask whether the console may end; what happens to the runs is said."""
    listed = "\n".join(f"▸ {run_words(run)}" for run in going_on[:_LISTED])
    more = f"\n… and {len(going_on) - _LISTED:,} more" if len(going_on) > _LISTED else ""
    detail = (
        f"{listed}{more}\n\nThe step that goes on now goes on on its host to its end; the steps after it are"
        " not begun. The next start of the console, or `opsconsole runs`, offers to resume or to undo."
    )

    def answered(yes: bool | None) -> None:
        if yes:
            app.exit(0)

    question = (
        "A run is going on. Quit?" if len(going_on) == 1 else f"{len(going_on):,} runs are going on. Quit?"
    )
    app.push_screen(ConfirmDialog(question, detail, yes="Quit", no="Stay"), answered)
