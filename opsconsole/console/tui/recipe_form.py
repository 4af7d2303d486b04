"""The form of a recipe's parameters. It asks for the plan, which changes nothing, and waits for it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static
from textual.worker import Worker

from opsconsole.console.given import prepared, typed
from opsconsole.console.tui.dialogs_base import Dialog
from opsconsole.console.tui.recipe_chooser import hosts_words
from opsconsole.console.tui.recipe_field import ParameterField
from opsconsole.console.tui.source_runs import RunsLike
from opsconsole.data.host import ShellError
from opsconsole.data.ledger import LedgerError
from opsconsole.data.text import clean, clean_line
from opsconsole.recipes.recipe import Given, ParameterError, Plan, PlanError, Recipe

if TYPE_CHECKING:
    from opsconsole.console.tui.app import OpsconsoleApp

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
TURN_SECONDS = 0.1
_PLANNED_AT_ONCE = 20
_PROBLEM_CHARS = 4000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Planned:
    """What came of planning on some hosts.

    Attributes:
        recipe: The recipe.
        plans: One for each host that can have one, in the order asked for.
        problems: Host name -> why there is none, cleaned.
        secrets: Name -> secret parameter: for the runner alone.
        warnings: What is to be known of the files that were given.
        read_at: Monotonic time at which the facts were read.
    """

    recipe: Recipe
    plans: tuple[Plan, ...]
    problems: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()
    read_at: float = field(default_factory=time.monotonic)


async def plan_all(runs: RunsLike, recipe: Recipe, hosts: Sequence[str], texts: Mapping[str, str]) -> Planned:
    """Plan on every host, some at a time; a host without a plan is told, and holds up no other.

    Args:
        runs: Makes the plans.
        recipe: The recipe.
        hosts: Names of the hosts.
        texts: Parameter name -> what was typed; for a file its path or pasted content.

    Raises:
        ParameterError: What was given cannot be used on any host.
    """
    offered = runs.presets(recipe, hosts)

    def read() -> Given:
        given = replace(typed(recipe.parameters, texts), presets=offered, hosts=tuple(hosts))
        return prepared(recipe, given)

    given = await asyncio.to_thread(read)
    turn = asyncio.Semaphore(_PLANNED_AT_ONCE)

    async def one(host: str) -> Plan | str:
        async with turn:
            try:
                return await runs.plan(recipe.name, host, given.texts)
            except (ParameterError, PlanError, ShellError, LedgerError) as error:
                return clean(str(error), _PROBLEM_CHARS).strip() or type(error).__name__
            except Exception as error:
                log.exception("planning for %s failed", host)
                return clean(f"{type(error).__name__}: {error}", _PROBLEM_CHARS)

    results = dict(zip(hosts, await asyncio.gather(*map(one, hosts)), strict=True))
    return Planned(
        recipe,
        tuple(result for result in results.values() if isinstance(result, Plan)),
        {host: result for host, result in results.items() if isinstance(result, str)},
        given.secrets,
        given.warnings,
    )


class RecipeForm(Dialog[None]):
    """One row a parameter. It stays under the plan, so that `esc` there leads back to what was typed.

    Args:
        recipe: The recipe.
        hosts: What to plan for.
        values: What stands in the fields at first, by parameter; where it says nothing, the default.
    """

    DEFAULT_CSS = """
    RecipeForm {
        #box { width: 100; }
        #body .name { width: 22; height: 1; margin: 0; text-wrap: nowrap; text-overflow: ellipsis; }
        #body .about { margin: 0 0 0 22; }
        #buttons { height: 1; align-horizontal: right; }
        #buttons Button { margin-left: 2; }
        #state { height: auto; max-height: 8; }
        #state.-wrong { color: $text-error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back, or cancel the planning"),
        Binding("ctrl+c", "cancel", "Cancel the planning", show=False, priority=True),
    ]

    def __init__(self, recipe: Recipe, hosts: Sequence[str], values: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{clean_line(recipe.title)} on {hosts_words(hosts)}")
        self._recipe = recipe
        self._values = values or {}
        self._hosts = tuple(hosts)
        self._planning: Worker[None] | None = None
        self._began = 0.0
        self._ready: Planned | None = None

    def body(self) -> Iterable[Widget]:
        """Return a row for each parameter."""
        yield Static(Content(clean_line(self._recipe.summary)), classes="quiet")
        console = cast("OpsconsoleApp", self.app)
        names = tuple(console.source.runs.presets(self._recipe, self._hosts))
        for one in self._recipe.parameters:
            if not one.derived:
                yield ParameterField(one, self._values.get(one.name), names if one.presets else ())

    def foot(self) -> Iterable[Widget]:
        """Return the button, and the line that says what goes on."""
        yield Static(id="state", classes="quiet")
        yield Horizontal(Button(Content("Back"), id="back"), Button(Content("Plan"), id="plan"), id="buttons")
        yield Static(
            Content("tab ↑ ↓ move · enter makes the plan, which changes nothing · esc goes back"),
            classes="quiet",
        )

    def on_mount(self) -> None:
        """Begin in the first field that must be set, else in the first."""
        super().on_mount()
        self.set_interval(TURN_SECONDS, self._turn)
        empty = [one for one in self.fields if one.parameter.default is None]
        first = next(iter([*empty, *self.fields]), None)
        (first.query_one(Input) if first is not None else self.query_one("#plan", Button)).focus()

    @property
    def fields(self) -> list[ParameterField]:
        """The rows."""
        return list(self.query(ParameterField))

    @property
    def is_planning(self) -> bool:
        """Whether a plan is awaited."""
        return self._planning is not None and not self._planning.is_finished

    @on(ParameterField.Entered)
    @on(Button.Pressed, "#plan")
    def _go_on(self) -> None:
        if self.is_planning or not self.is_active:
            return
        wrong = [one for one in self.fields if not one.check(even_untouched=True)]
        if wrong:
            wrong[0].query_one(Input).focus()
            self._say(
                "Not planned: one value is wrong."
                if len(wrong) == 1
                else f"Not planned: {len(wrong)} values are wrong.",
                wrong=True,
            )
            return
        texts = {one.parameter.name: one.text for one in self.fields}
        self._began = time.monotonic()
        self._planning = self.run_worker(self._plan(texts), group="plan", exclusive=True, exit_on_error=False)
        self._turn()

    async def _plan(self, texts: Mapping[str, str]) -> None:
        console = cast("OpsconsoleApp", self.app)
        try:
            planned = await plan_all(console.source.runs, self._recipe, self._hosts, texts)
        except ParameterError as error:
            self._say(f"Not planned: {error}", wrong=True)
            return
        except Exception as error:
            self._say(f"Not planned: {type(error).__name__}: {error}", wrong=True)
            raise  # Textual logs it
        if len(self._hosts) == 1 and planned.problems:
            self._say(f"Not planned: {next(iter(planned.problems.values()))}", wrong=True)
        else:
            self._say("", wrong=False)
            self._ready = planned
            self._show_ready()

    def on_screen_resume(self) -> None:
        """Show the plan that became ready while another dialogue lay over the form."""
        super().on_screen_resume()
        self._show_ready()

    def _show_ready(self) -> None:
        planned = self._ready
        if planned is None or not self.is_active:
            return
        self._ready = None
        for warning in planned.warnings:
            self.notify(clean_line(warning), severity="warning", timeout=12, markup=False)
        cast("OpsconsoleApp", self.app).recipes.show_plans(planned, self._hosts)

    def _turn(self) -> None:
        if self.is_planning:
            seconds = time.monotonic() - self._began
            sign = SPINNER[int(seconds / TURN_SECONDS) % len(SPINNER)]
            self._say(
                f"{sign} reading the facts of {hosts_words(self._hosts)} … {seconds:.0f} s   esc cancels",
                wrong=False,
            )

    def _say(self, text: str, *, wrong: bool) -> None:
        state = self.query_one("#state", Static)
        state.set_class(wrong, "-wrong")
        state.update(Content(clean(text, _PROBLEM_CHARS)))

    @on(Button.Pressed, "#back")
    def _back(self) -> None:
        self.action_back()

    def action_back(self) -> None:
        """Cancel the planning, else go back."""
        if not self._cancelled():
            self.answer(None)

    def action_cancel(self) -> None:
        """Cancel the planning; what was typed stays."""
        if not self._cancelled():
            self._say("Nothing goes on that could be cancelled; esc goes back.", wrong=False)

    def _cancelled(self) -> bool:
        """Cancel the planning; False: there is none."""
        if self._planning is None or not self.is_planning:
            return False
        self._planning.cancel()
        self._planning = None
        self._say("Cancelled: nothing was planned, nothing changed.", wrong=False)
        return True
