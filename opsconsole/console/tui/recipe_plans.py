"""The plans of several hosts: one row a host, `enter` shows its plan, and one key runs them all."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from opsconsole.console.tui.cells import fit
from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.lines import badge, spread
from opsconsole.console.tui.recipe_form import Planned
from opsconsole.console.tui.recipe_plan import PlanScreen, run_words
from opsconsole.console.tui.recipe_plan_lines import plan_text, risk_words
from opsconsole.console.tui.rows_view import Line, RowsView
from opsconsole.console.tui.screens import ConsoleScreen
from opsconsole.data.text import clean_line

HOST_CHARS = 40


def plans_lines(planned: Planned, production: frozenset[str], refusals: dict[str, str]) -> list[Line]:
    """Return a line for each host: what would be done, or why nothing can be."""
    names = [clean_line(plan.host, HOST_CHARS) for plan in planned.plans]
    names += [clean_line(host, HOST_CHARS) for host in planned.problems]
    width = max(map(cell_len, names), default=0)
    lines: list[Line] = []
    for plan in planned.plans:
        words, look = risk_words(plan)
        pieces = [(f"{fit(clean_line(plan.host, HOST_CHARS), width)}  ", "strong")]
        if plan.host in production:
            pieces += [(" PROD ", "badge"), ("  ", "")]
        if refusals.get(plan.host):
            pieces += [(" read-only ", "badge"), ("  ", "")]
        pieces += [
            (clean_line(plan.summary), ""),
            (f"   {words}", look),
            (f"   plan {plan.plan_id}", "muted"),
        ]
        sign = ("✓", "ok") if not plan.steps else ("·", "muted")
        lines.append(Line(tuple(pieces), mark=(f" {sign[0]}", sign[1]), indent=3, key=f"plan:{plan.host}"))
    for host, problem in planned.problems.items():
        name = f"{fit(clean_line(host, HOST_CHARS), width)}  "
        pieces = [(name, "strong"), (f"no plan: {clean_line(problem, 1000)}", "critical")]
        lines.append(
            Line(tuple(pieces), mark=(" ✗", "critical"), indent=3, key=f"problem:{host}", copied=problem)
        )
    return lines


class PlansScreen(ConsoleScreen):
    """What would be done to several hosts."""

    AUTO_FOCUS = "RowsView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("enter", "open", "plan", key_display="enter"),
        Binding("r", "run", "run"),
    ]

    def __init__(self, planned: Planned) -> None:
        super().__init__()
        self._planned = planned

    def compose(self) -> ComposeResult:
        """Compose the screen."""
        yield Static(id="plan-title", classes="title")
        yield RowsView(id="plans")
        yield Static(id="plan-foot", classes="title")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Show the list."""
        self.call_after_refresh(self._draw)

    def on_screen_resume(self) -> None:
        """Say again what can be run."""
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Fit the title again."""
        self.call_after_refresh(self._draw)

    @property
    def host_name(self) -> str | None:
        """The host under the cursor."""
        line = self.query_one(RowsView).current
        return None if line is None else line.key.partition(":")[2]

    @property
    def copied(self) -> tuple[str, str]:
        """The plan of the host under the cursor, or why there is none."""
        for plan in self._planned.plans:
            if plan.host == self.host_name:
                return plan_text(plan), f"the plan {plan.plan_id}"
        return self._planned.problems.get(self.host_name or "", ""), "the problem"

    @property
    def dimmed(self) -> frozenset[str]:
        """The actions that would be refused now."""
        return frozenset({"run"}) if any(self._refusals.values()) or not self._changing else frozenset()

    @property
    def _changing(self) -> int:
        return sum(bool(plan.steps) for plan in self._planned.plans)

    @property
    def _refusals(self) -> dict[str, str]:
        runs = self.source.runs
        return {plan.host: runs.refusal(plan.host) for plan in self._planned.plans if plan.steps}

    @property
    def _production(self) -> frozenset[str]:
        hosts = self.source.hosts
        asked = [*(plan.host for plan in self._planned.plans), *self._planned.problems]
        return frozenset(name for name in asked if name in hosts and hosts[name].host.is_production)

    def _draw(self) -> None:
        planned, refusals = self._planned, self._refusals
        self.query_one(RowsView).show(plans_lines(planned, self._production, refusals))
        left: list[Content | str | tuple[str, str]] = [
            (f"{clean_line(planned.recipe.name, 64)} on {len(planned.plans):,} hosts", "bold")
        ]
        if self._production:
            left += ["  ", badge(f"PROD {len(self._production):,}")]
        if any(refusals.values()):
            left += ["  ", badge("read-only")]
        right = Content.styled(
            f"{self._changing:,} to change, {len(planned.plans) - self._changing:,} with nothing to do,"
            f" {len(planned.problems):,} without a plan",
            "$foreground-muted",
        )
        title = self.query_one("#plan-title", Static)
        title.update(spread(Content.assemble(*left), right, title.content_size.width), layout=False)
        self.query_one("#plan-foot", Static).update(self._foot(refusals), layout=False)

    def _foot(self, refusals: dict[str, str]) -> Content:
        if not self._changing:
            return Content.styled("Nothing to do on any of these hosts.", "$text-success")
        refused = [host for host, refusal in refusals.items() if refusal]
        if refused:
            return Content.styled(
                f"They cannot be run: {clean_line(refusals[refused[0]])}"
                + (f" (and {len(refused) - 1:,} more hosts)" if len(refused) > 1 else ""),
                "$text-warning",
            )
        return run_words(self.console.recipes.confirmation(self._planned.plans))

    def action_open(self) -> None:
        """Show the plan of the host under the cursor."""
        for plan in self._planned.plans:
            if plan.host == self.host_name:
                self.app.push_screen(PlanScreen(self._planned, plan, can_run=False))

    @on(RowsView.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_run(self) -> None:
        """Ask, then run all of them."""
        self.console.recipes.ask_to_run(self._planned)

    def action_back(self) -> None:
        """Go back to the form, with nothing changed."""
        self.app.pop_screen()
