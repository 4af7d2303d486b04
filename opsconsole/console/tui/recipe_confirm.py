"""The last question before something changes: yes or no with the focus on No, or a name to be typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from opsconsole.console.tui.dialogs_base import HOW_TO_DECIDE, Dialog
from opsconsole.console.tui.lines import badge
from opsconsole.data.text import clean_line
from opsconsole.data.units import parse_duration
from opsconsole.recipes.confirm import Confirmation, Tier
from opsconsole.recipes.recipe import ParameterError
from opsconsole.recipes.runner.rollout import Batch, Pace

HOSTS_LISTED = 12
BECAUSE_LISTED = 6
_FIELDS = {
    "wait": ("wait for another's lock, such as 5m", "0s"),
    "reason": ("reason, for the audit trail (may be empty)", ""),
    "incident": ("incident or maintenance id (may be empty)", ""),
}
ASKED = tuple(_FIELDS)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person said to it.

    Attributes:
        typed: The answer, as `Confirmation.accepts` took it.
        reason: Why it is done, for the ledger; may be empty.
        incident: Id of the incident or maintenance, for the ledger; may be empty.
        pace: How several hosts are gone through; None where there is one.
        wait_lock_seconds: How long to wait while another run has the host's lock.
    """

    typed: str
    reason: str = ""
    incident: str = ""
    pace: Pace | None = None
    wait_lock_seconds: float = 0.0


def _asked(label: str, name: str, value: str = "") -> Horizontal:
    return Horizontal(
        Static(Content.styled(f"{label} ", "$foreground-muted")),
        Input(value, id=name, compact=True, select_on_focus=False),
        classes="asked",
    )


class ConfirmRun(Dialog[Confirmed]):
    """Asks for a run, in the way that its tier wants. None: no.

    The focus is on No. Where a name must be typed, typing goes to its field; enter there only moves on to
    the button, and only when the name is right: what is done takes two deliberate acts.

    Args:
        what: What will be done, such as `Run log-rotation on db1`.
        verb: The button's word.
        confirmation: The tier, and what must be typed.
        lines: What else to know: the summary, the plan's id.
        hosts: The hosts' names when there are several.
        production: Names of those that are production.
        asks: Which of `wait`, `reason` and `incident` are asked for.
    """

    DEFAULT_CSS = """
    ConfirmRun {
        #body .tight { margin-top: 0; }
        &.-production #box { border: heavy $error; border-title-color: $error; }
        #buttons { height: 1; align-horizontal: right; margin-bottom: 1; }
        #buttons Button { margin-left: 2; }
        #buttons Button:disabled { color: $foreground-disabled; }
        .asked { height: 1; }
        .asked Static { width: auto; height: 1; }
        .asked Input, .asked Input:focus { border: none; height: 1; padding: 0 1; width: 1fr; }
        .asked Input { background: $panel; }
        .asked Input:focus { background: $block-cursor-background; }
        #wrong { height: auto; color: $text-error; }
        #how { width: 1fr; text-align: right; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "choose('no')", "To No", show=False),
        Binding("right", "choose('yes')", "To the other button", show=False),
        Binding("escape", "decide_no", "No"),
        Binding("ctrl+c", "decide_no", "No", show=False, priority=True),
    ]
    AUTO_FOCUS = "#no"
    ASKS = True

    def __init__(
        self,
        what: str,
        verb: str,
        confirmation: Confirmation,
        *,
        lines: Sequence[str] = (),
        hosts: Sequence[str] = (),
        production: Sequence[str] = (),
        asks: Sequence[str] = ASKED,
    ) -> None:
        super().__init__("PRODUCTION: please confirm" if production else "Please confirm")
        self._what, self._verb = what, verb
        self._confirmation = confirmation
        self._lines = lines
        self._hosts = hosts
        self._production = production
        self._asks = asks
        self.set_class(bool(production), "-production")

    def body(self) -> Iterable[Widget]:
        """Return what will be done, to whom, and why it is asked this way."""
        title: list[Content | str | tuple[str, str]] = [(clean_line(self._what), "bold")]
        if self._production:
            title += ["  ", badge("PROD")]
        yield Static(Content.assemble(*title), id="what")
        for line in self._lines:
            yield Static(Content(clean_line(line, 1000)), classes="quiet tight")
        if self._hosts:
            yield Static(self._host_list(), id="hosts")
        if self._confirmation.because:
            shown = [clean_line(reason, 300) for reason in self._confirmation.because[:BECAUSE_LISTED]]
            more = len(self._confirmation.because) - len(shown)
            shown += [f"… and {more:,} reasons more"] if more else []
            yield Static(Content("\n".join(f"▲ {reason}" for reason in shown)), id="because", classes="warn")

    def _host_list(self) -> Content:
        rows: list[Content | str] = []
        for host in self._hosts[:HOSTS_LISTED]:
            rows += ["\n" if rows else "", f"  {clean_line(host, 128)}"]
            if host in self._production:
                rows += ["  ", badge("PROD")]
        more = len(self._hosts) - HOSTS_LISTED
        if more > 0:
            rows.append(f"\n  … and {more:,} more")
        return Content.assemble(*rows)

    @property
    def _typed_wanted(self) -> bool:
        return self._confirmation.tier is Tier.TYPE

    def foot(self) -> Iterable[Widget]:
        """Return the fields and the buttons."""
        if self._typed_wanted:
            question = clean_line(self._confirmation.question)
            yield Horizontal(
                Static(Content.styled(f"{question} ", "bold")),
                Input(id="typed", compact=True, select_on_focus=False),
                classes="asked",
            )
        yield Static(id="wrong")
        if self._hosts:
            yield _asked("hosts at the same time, such as 2 or 25%", "batch", "1")
            yield _asked("hosts that may fail before it stops", "failures", "0")
        for name in self._asks:
            label, value = _FIELDS[name]
            yield _asked(label, name, value)
        yield Horizontal(
            Button(Content("No"), id="no"),
            Button(Content(self._verb), id="yes", disabled=self._typed_wanted),
            id="buttons",
        )
        how = "type it · tab moves · enter decides · esc is No" if self._typed_wanted else HOW_TO_DECIDE
        yield Static(Content(how), id="how", classes="quiet")

    @property
    def _typed(self) -> str:
        return self.query_one("#typed", Input).value if self._typed_wanted else "yes"

    @on(Input.Changed, "#typed")
    def _typed_changed(self) -> None:
        right = self._confirmation.accepts(self._typed)
        self.query_one("#yes", Button).disabled = not right
        self._say("")

    @on(Input.Submitted, "#typed")
    def _typed_entered(self) -> None:
        if not self._typed:
            self.answer(None)
        elif self._confirmation.accepts(self._typed):
            self.set_focus(self.query_one("#yes", Button))
            self.query_one("#how", Static).update(Content(f"enter: {self._verb} · ← or esc is No"))
        else:
            self._say(f'found "{clean_line(self._typed, 60)}", expected "{self._confirmation.answer}"')

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.input.id != "typed":
            self.query_one("#no", Button).focus()

    def _say(self, problem: str) -> None:
        self.query_one("#wrong", Static).update(Content(clean_line(problem)))

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id != "yes" or not self._confirmation.accepts(self._typed):
            self.answer(None)
            return
        try:
            pace = self._pace() if self._hosts else None
            wait = self._wait_seconds()
        except (ParameterError, ValueError) as error:
            self._say(str(error))
            return
        self.answer(Confirmed(self._typed, self._said("reason"), self._said("incident"), pace, wait))

    def _said(self, name: str) -> str:
        """Return what was typed into a field; empty where it is not asked for."""
        return self.query_one(f"#{name}", Input).value.strip() if name in self._asks else ""

    def _wait_seconds(self) -> float:
        text = self._said("wait")
        return parse_duration(text) if text not in {"", "0"} else 0.0

    def _pace(self) -> Pace:
        failures = self.query_one("#failures", Input).value.strip()
        if not failures.isascii() or not failures.isdecimal() or len(failures) > 6:
            raise ParameterError(
                f'hosts that may fail: found "{clean_line(failures, 60)}", expected a whole number'
            )
        return Pace(Batch.read(self.query_one("#batch", Input).value), int(failures))

    def on_key(self, event: events.Key) -> None:
        """Take what no field took: letters of the name where one is wanted, else `y` and `n`.

        `y` only moves to the button: a key meant for the screen before must never accept anything.
        """
        if not event.is_printable or event.character in {None, " "}:
            return
        if self._typed_wanted:
            field = self.query_one("#typed", Input)
            self.set_focus(field)
            field.insert_text_at_cursor(event.character or "")
        elif event.character == "y":
            self.action_choose("yes")
        elif event.character == "n":
            self.answer(None)

    def action_choose(self, button: str) -> None:
        """Move the focus to a button."""
        wanted = self.query_one(f"#{button}", Button)
        if isinstance(self.focused, Button) and not wanted.disabled:
            wanted.focus()

    def action_decide_no(self) -> None:
        """Answer No."""
        self.answer(None)
