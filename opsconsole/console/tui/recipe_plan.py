"""The Plan screen: everything that will happen, in the order it will happen, before it happens."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.lines import badge, spread
from opsconsole.console.tui.recipe_form import Planned
from opsconsole.console.tui.recipe_plan_lines import DetailLines, plan_lines, plan_text
from opsconsole.console.tui.rows_view import RowsView
from opsconsole.console.tui.screens import ConsoleScreen
from opsconsole.data.text import clean_line
from opsconsole.data.units import format_duration
from opsconsole.recipes.confirm import Confirmation, Tier
from opsconsole.recipes.recipe import Plan

AGE_EVERY_SECONDS = 1.0
OLD_FACTS_SECONDS = 300.0


class PlanScreen(ConsoleScreen):
    """One plan; from here it is run.

    Args:
        planned: What came of planning.
        plan: Which of its plans is shown.
        can_run: Whether it is run from here; else from the list of several hosts' plans.
    """

    AUTO_FOCUS = "RowsView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("enter", "unfold", "unfold", key_display="enter"),
        Binding("r", "run", "run"),
        Binding("C", "copy_all", "Copy the whole plan", show=False),
    ]

    def __init__(self, planned: Planned, plan: Plan, *, can_run: bool = True) -> None:
        super().__init__()
        self._planned = planned
        self._plan = plan
        self._can_run = can_run
        self._toggled: set[str] = set()

    def compose(self) -> ComposeResult:
        """Compose the screen."""
        yield Static(id="plan-title", classes="title")
        yield RowsView(id="plan")
        yield Static(id="plan-foot", classes="title")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Show the plan; its facts become older."""
        self.rows.show(plan_lines(self._plan))
        self.set_interval(AGE_EVERY_SECONDS, self._draw_head)
        self.call_after_refresh(self._draw_head)

    def on_screen_resume(self) -> None:
        """Say again whether it can be run: that may have changed."""
        self.call_after_refresh(self._draw_head)

    def on_resize(self) -> None:
        """Fit the title again."""
        self.call_after_refresh(self._draw_head)

    @property
    def plan(self) -> Plan:
        """The plan shown."""
        return self._plan

    @property
    def rows(self) -> RowsView:
        """The lines."""
        return self.query_one(RowsView)

    @property
    def host_name(self) -> str:
        """The host of the plan."""
        return self._plan.host

    @property
    def copied(self) -> tuple[str, str]:
        """The command, list or line under the cursor."""
        line = self.rows.current
        if line is None:
            return "", ""
        kind = line.key.partition(":")[0]
        whole = {"cmd": "the command", "stdin": "its standard input", "diff": "the change"}.get(
            kind, "the line"
        )
        return line.copied or line.text, whole

    @property
    def dimmed(self) -> frozenset[str]:
        """The actions that would be refused now; the key bar shows them dim."""
        return frozenset({"run"}) if self._refusal or not self._plan.steps else frozenset()

    @property
    def _refusal(self) -> str:
        return self.source.runs.refusal(self._plan.host)

    def _draw_head(self) -> None:
        plan, host = self._plan, self.source.hosts.get(self._plan.host)
        # By its short name: the host's must not be cut off.
        left: list[Content | str | tuple[str, str]] = [
            (f"{clean_line(plan.recipe, 64)} on {clean_line(plan.host, 128)}", "bold")
        ]
        if host is not None and host.host.is_production:
            left += ["  ", badge("PROD")]
        if self._refusal:
            left += ["  ", badge("read-only")]
        age = time.monotonic() - self._planned.read_at
        right = Content.assemble(
            (f"plan {plan.plan_id}", "$text-accent"),
            "   ",
            (
                f"facts read {format_duration(age)} ago",
                "$text-warning" if age > OLD_FACTS_SECONDS else "$foreground-muted",
            ),
        )
        title = self.query_one("#plan-title", Static)
        title.update(spread(Content.assemble(*left), right, title.content_size.width), layout=False)
        self.query_one("#plan-foot", Static).update(self._foot(), layout=False)

    def _foot(self) -> Content:
        if not self._plan.steps:
            return Content.styled("Nothing to do on this host.", "$text-success")
        if self._refusal:
            return Content.styled(f"It cannot be run: {clean_line(self._refusal)}", "$text-warning")
        if not self._can_run:
            return Content.styled("esc: back to the list of hosts, where all are run", "$foreground-muted")
        return run_words(self.console.recipes.confirmation([self._plan]))

    # Keys --------------------------------------------------------------------------------------

    def action_unfold(self) -> None:
        """Fold or unfold what the cursor is on, or list all details."""
        line = self.rows.current
        if line is None:
            return
        kind, _, step = line.key.partition(":")
        if kind == "details":
            self._list_details(step)
        elif line.fold:
            self._toggled ^= {line.fold}
            self.rows.show(plan_lines(self._plan, self._toggled))
            self.rows.put_cursor(next(at for at, one in enumerate(self.rows.lines) if one.key == line.fold))

    @on(RowsView.Chosen)
    def _chosen(self) -> None:
        self.action_unfold()

    def _list_details(self, name: str) -> None:
        step = next(step for step in self._plan.steps if step.name == name)
        self.app.push_screen(DetailsScreen(self._plan.host, clean_line(step.title), step.details))

    def action_run(self) -> None:
        """Ask, then run."""
        if self._can_run:
            self.console.recipes.ask_to_run(self._planned)
        else:
            self.notify("esc: back to the list of hosts; r there runs all of them.", markup=False)

    def action_copy_all(self) -> None:
        """Copy the whole plan."""
        self.console.copy_text(plan_text(self._plan), f"the plan {self._plan.plan_id}")

    def action_back(self) -> None:
        """Go back to the form, with nothing changed."""
        self.app.pop_screen()


class DetailsScreen(ConsoleScreen):
    """Every detail of a step, such as each file: a list of any length; the chosen one is shown whole."""

    AUTO_FOCUS = "RowsView"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "back", "back")]

    def __init__(self, host: str, title: str, details: Sequence[str]) -> None:
        super().__init__()
        self._host, self._title = host, title
        self._details = details

    def compose(self) -> ComposeResult:
        """Compose the screen."""
        yield Static(
            Content.assemble(
                (self._title, "bold"),
                f"  on {clean_line(self._host, 128)}",
                (f"   {len(self._details):,} in all", "$foreground-muted"),
            ),
            classes="title",
        )
        yield RowsView(fold=False, id="details")
        yield Static(id="detail-whole")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Show the list."""
        rows = self.query_one(RowsView)
        rows.show(DetailLines(self._details))
        self.watch(rows, "cursor", self._show_whole)

    @property
    def host_name(self) -> str:
        """The host of the plan."""
        return self._host

    @property
    def copied(self) -> tuple[str, str]:
        """The line under the cursor."""
        line = self.query_one(RowsView).current
        return ("", "") if line is None else (line.text, "the line")

    def _show_whole(self) -> None:
        self.query_one("#detail-whole", Static).update(Content.styled(self.copied[0], "$foreground-muted"))

    def action_back(self) -> None:
        """Go back to the plan."""
        self.app.pop_screen()


def run_words(confirmation: Confirmation) -> Content:
    """Return what `r` will ask."""
    if confirmation.tier is Tier.TYPE:
        why = clean_line(confirmation.because[0], 160) if confirmation.because else ""
        return Content.assemble(
            ("r runs it", "$text-accent"),
            (f": asks to type {clean_line(confirmation.answer, 128)}", ""),
            (f" ({why})" if why else "", "$foreground-muted"),
        )
    return Content.assemble(("r runs it", "$text-accent"), (": asks yes or no first", "$foreground-muted"))
