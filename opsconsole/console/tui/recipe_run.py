"""The Run screen: what is happening now, what was proved, how to stop. Leaving it stops nothing."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from opsconsole.console.live_run import UNDO
from opsconsole.console.tui.dialogs import ConfirmDialog
from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.lines import badge, spread
from opsconsole.console.tui.recipe_ends import applied_for_good
from opsconsole.console.tui.recipe_form import SPINNER, TURN_SECONDS
from opsconsole.console.tui.recipe_run_lines import host_lines, run_title, table_lines, table_words
from opsconsole.console.tui.rows_view import RowsView
from opsconsole.console.tui.screens import ConsoleScreen
from opsconsole.console.tui.source_runs import HostRunLike, LiveRunLike, RunChanges
from opsconsole.data.text import clean_line

TICK_SECONDS = 0.25
_ENDED_STATES = frozenset({"done", "undone", "needs-person", "interrupted"})


class RunScreen(ConsoleScreen):
    """A run on one host, or on several in a table whose rows open.

    Args:
        live: The run.
        host: The host of it that is shown; None: its only one, or the table.
    """

    AUTO_FOCUS = "RowsView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave_running", "leave it running"),
        Binding("escape", "back", "back"),
        Binding("enter", "open", "host", key_display="enter", show=False),
        Binding("ctrl+c", "stop", "stop after this step, undo", key_display="^c"),
        Binding("p", "take_up('resume')", "resume"),
        Binding("u", "take_up('undo')", "undo"),
        Binding("r", "recipes", "plan again", show=False),
    ]

    def __init__(self, live: LiveRunLike, host: str | None = None) -> None:
        super().__init__()
        self._live = live
        self._host = host if host is not None or len(live.hosts) != 1 else next(iter(live.hosts))
        self._changes: RunChanges | None = None
        self._told: dict[str, tuple[object, float]] = {}
        self._followed = -1
        self._dimmed: frozenset[str] = frozenset()

    def compose(self) -> ComposeResult:
        """Compose the screen."""
        yield Static(id="run-title", classes="title")
        yield RowsView(id="run")
        yield Static(id="run-foot", classes="title")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Follow the run."""
        self._changes = self.source.runs.subscribe()
        self.set_interval(TICK_SECONDS, self.tick)
        self.call_after_refresh(self.tick)

    def on_unmount(self) -> None:
        """Follow it no more; it goes on."""
        if self._changes is not None:
            self._changes.close()

    def on_screen_resume(self) -> None:
        """Catch up."""
        self.call_after_refresh(self.tick)

    @property
    def live(self) -> LiveRunLike:
        """The run."""
        return self._live

    @property
    def shown_host(self) -> HostRunLike | None:
        """The host that is shown or under the cursor."""
        name = self.host_name
        return None if name is None else self._live.hosts.get(name)

    @property
    def host_name(self) -> str | None:
        """The host that the keys act on."""
        if self._host is not None:
            return self._host
        line = self.query_one(RowsView).current
        name = line.key.removeprefix("host:") if line is not None else ""
        return name if name in self._live.hosts else None

    @property
    def copied(self) -> tuple[str, str]:
        """The line under the cursor, or all of the evidence or verdict it belongs to."""
        line = self.query_one(RowsView).current
        return ("", "") if line is None else (line.copied or line.text, "the line")

    def action_recipes(self) -> None:
        """Plan the same recipe again, when this one has ended."""
        hosts = [self._host] if self._host is not None else list(self._live.hosts)
        if self._live.done and self._live.hosts:
            self.console.recipes.choose(hosts, next(iter(self._live.hosts.values())).plan.recipe)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done now: stop while it goes on, undo and resume after."""
        if action == "leave_running":
            return not self._live.done
        if action == "stop":
            # What is being taken back is not stopped: the host would be left between.
            return not self._live.done and not self._live.stopping and self._live.kind != UNDO
        if action == "take_up":
            one = self.shown_host
            if one is None or not one.run_id:
                return False
            if parameters == ("resume",):
                resumable = one.result is not None and one.result.resumable
                return resumable or one.state == "interrupted"
            return one.state in _ENDED_STATES
        return super().check_action(action, parameters)

    @property
    def dimmed(self) -> frozenset[str]:
        """The actions that would be refused now."""
        one = self.shown_host
        if one is None:
            return frozenset()
        if self.console.recipes.refusal([one.plan.host]):
            return frozenset({"take_up('resume')", "take_up('undo')"})
        return frozenset({"take_up('undo')"} if any(applied_for_good(one)) else ())

    # Drawing -----------------------------------------------------------------------------------

    def tick(self) -> None:
        """Draw what is known now; the seconds go on by themselves."""
        if not self.is_attached or not self.is_current:
            return
        if self._changes is not None:
            self._changes.take()
        if self._live.done:
            self.console.watch_runs.seen(self._live.key)
        rows = self.query_one(RowsView)
        if self._host is None:
            rows.show(table_lines(self._live, self._production))
        else:
            self._draw_host(rows, self._host)
        self._draw_head()
        self.refresh_bindings()

    def _draw_host(self, rows: RowsView, host: str) -> None:
        one = self._live.hosts[host]
        since, at = self._told.get(host, (None, 0.0))
        now = time.monotonic()
        if since is not one.progress:
            at = now
            self._told[host] = (one.progress, at)
        rows.show(host_lines(self._live.kind, one, more_seconds=now - at, stopping=self._live.stopping))
        # Until somebody moves the cursor it follows what goes on, and ends on the verdict.
        if rows.cursor in {self._followed, 0}:
            self._followed = self._place_of_now([line.key for line in rows.lines])
            rows.put_cursor(self._followed)

    @staticmethod
    def _place_of_now(keys: list[str]) -> int:
        if "verdict" in keys:
            return keys.index("next") if "next" in keys else keys.index("verdict")
        return next((at for at, key in enumerate(keys) if key.startswith("now")), 0)

    @property
    def _production(self) -> frozenset[str]:
        hosts = self.source.hosts
        return frozenset(
            name for name in self._live.hosts if name in hosts and hosts[name].host.is_production
        )

    def _draw_head(self) -> None:
        live = self._live
        title = run_title(live) + (
            f" › {clean_line(self._host, 64)}" if self._host is not None and len(live.hosts) > 1 else ""
        )
        left: list[Content | str | tuple[str, str]] = [(title, "bold")]
        production = self._production
        if self._host in production or (self._host is None and production):
            left += ["  ", badge("PROD")]
        right = Content.styled("ended", "$foreground-muted") if live.done else self._spinning()
        head = self.query_one("#run-title", Static)
        head.update(spread(Content.assemble(*left), right, head.content_size.width), layout=False)
        self.query_one("#run-foot", Static).update(self._foot(), layout=False)

    def _spinning(self) -> Content:
        sign = SPINNER[int(time.monotonic() / TURN_SECONDS) % len(SPINNER)]
        word = "stops after this step, then undoes" if self._live.stopping else "going on"
        return Content.styled(f"{sign} {word}", "$text-accent")

    def _foot(self) -> Content:
        if self._live.done:
            one = self.shown_host
            if self._host is None or one is None:
                return Content.styled(f"Ended. {table_words(self._live)}", "$foreground-muted")
            return Content.styled("Ended. The whole story is in the audit trail.", "$foreground-muted")
        return Content.styled(
            "It goes on when this screen is left. v lists the runs.",
            "$foreground-muted",
        )

    # Keys --------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open a row of the table, or the plan of the step."""
        name = self.host_name
        if self._host is None and name is not None:
            self.app.push_screen(RunScreen(self._live, name))

    @on(RowsView.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_stop(self) -> None:
        """Ask, then stop after this step and undo."""

        def answered(yes: bool | None) -> None:
            if yes and not self._live.done:
                self._live.stop()
                self.tick()

        several = len(self._live.hosts) > 1
        detail = "The step that goes on now is let to its end, then every applied step is undone, backwards."
        if several:
            detail += " No further host is begun with; hosts that ended stay as they are."
        irreversible = [
            step.title for one in self._live.hosts.values() for step in one.plan.steps if step.undo is None
        ]
        if irreversible:
            detail += f"\nWhat cannot be undone, if it was applied: {clean_line(irreversible[0])}"
            detail += f" and {len(irreversible) - 1} more." if len(irreversible) > 1 else "."
        self.app.push_screen(
            ConfirmDialog(f"Stop {run_title(self._live)}?", detail, yes="Stop and undo", no="Let it go on"),
            answered,
        )

    def action_take_up(self, kind: str) -> None:
        """Ask to resume or undo it."""
        one = self.shown_host
        if one is not None and self.host_name is not None:
            self.console.recipes.take_up("undo" if kind == "undo" else "resume", one.run_id, self.host_name)

    def action_leave_running(self) -> None:
        """Leave; the run goes on."""
        self.app.pop_screen()

    def action_back(self) -> None:
        """Go back."""
        self.app.pop_screen()
