"""The console's app: it holds the service, the screens and what all of them can ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import ModalScreen

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.tui.fleet import FleetScreen
from opsconsole.console.tui.garbage import SETTLE_SECONDS, Garbage
from opsconsole.console.tui.keys_in_order import KeysInOrder
from opsconsole.console.tui.recipe_watch import RunWatch
from opsconsole.console.tui.source import Source
from opsconsole.console.tui.themes import THEMES
from opsconsole.data.text import clean_line

if TYPE_CHECKING:
    from opsconsole.console.inventory import Inventory
    from opsconsole.console.settings import Settings
    from opsconsole.console.ssh.status import HostKeyOffer
    from opsconsole.console.tui.palette_commands import Action, Names
    from opsconsole.console.tui.recipe_door import RecipeDoor

_NOTICES_EVERY_SECONDS = 1.0
_KEY_WORDS = {"⏎": "enter"}


def _host_commands() -> type[Provider]:
    """Import the palette only when it is opened."""
    from opsconsole.console.tui.palette import HostCommands

    return HostCommands


class OpsconsoleApp(App[int]):
    """The console on one terminal.

    Args:
        source: The service, or anything like it.
    """

    TITLE = "opsconsole"
    CSS_PATH = "console.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_host_commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit_console", "quit"),
        Binding("ctrl+q", "quit_console", "quit", show=False, priority=True),  # Textual's own key for it
        Binding("colon", "command", "command", key_display=":"),
        Binding("question_mark", "help", "help", key_display="?"),
    ]

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source
        self._noticed: set[str] = set()
        self._garbage = Garbage()
        self._keys = KeysInOrder(self)
        self.watch_runs = RunWatch(self)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = (
            source.settings.theme if source.settings.theme in self.available_themes else THEMES[0].name
        )

    async def on_mount(self) -> None:
        """Start the service, so that this machine answers while the Fleet is being painted."""
        if not self.is_headless:
            from opsconsole.console.tui import hangup

            hangup.leave_on_signals(self.exit)
        await self._start()
        self.push_screen(FleetScreen())
        self.set_interval(SETTLE_SECONDS, self._garbage.settle)
        self.watch_runs.start()

    async def on_unmount(self) -> None:
        """Close all connections before the terminal is given back."""
        await self.source.stop()

    async def _start(self) -> None:
        from opsconsole.console.tui.dialogs_prompter import TuiPrompter

        self.source.prompter = TuiPrompter(self)
        await self.source.start()
        self._show_notices()
        self.set_interval(_NOTICES_EVERY_SECONDS, self._show_notices)

    def _show_notices(self) -> None:
        for notice in list(self.source.notices):
            if notice not in self._noticed:
                self._noticed.add(notice)
                self.notify(clean_line(notice), severity="warning", timeout=12, markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep the palette away from a question that waits: it could leave the question behind."""
        if action == "command_palette" and isinstance(self.screen, ModalScreen):
            return False
        return super().check_action(action, parameters)

    async def on_event(self, event: events.Event) -> None:
        """Hand on what comes from the terminal, each key after the one before it."""
        if not isinstance(event, (events.Key, events.Paste)) or event.is_forwarded:
            await super().on_event(event)
        elif not self._keys.holds(event):
            self._garbage.key()
            way = self._keys.way()
            await super().on_event(event)
            self._keys.follow(event, way)

    def action_quit_console(self) -> None:
        """End the console; while a run is going, only after a question whose focus is on No."""
        going_on = self.watch_runs.going_on()
        if not going_on:
            self.exit(0)
            return
        from opsconsole.console.tui.recipe_quit import ask_to_quit

        ask_to_quit(self, going_on)

    def get_key_display(self, binding: Binding) -> str:
        """Return how a key is written, in the footer and in the help alike."""
        shown = super().get_key_display(binding)
        return _KEY_WORDS.get(shown, shown)

    def action_command(self) -> None:
        """Type a command."""
        from opsconsole.console.tui.palette import CommandLine

        self.push_screen(CommandLine(self.command_names()), self._perform_typed)

    def _perform_typed(self, action: Action | None) -> None:
        if action is not None:
            self.perform(action)

    def action_help(self) -> None:
        """Show every key of this screen."""
        from opsconsole.console.tui.help import HelpScreen, keys_by_place

        self.push_screen(HelpScreen(keys_by_place(self.screen.active_bindings, self)))

    def action_help_quit(self) -> None:
        """Answer `ctrl+c`: it never ends the console, for it is typed to copy or to stop something else."""
        self.notify("Press q to quit. c copies.", timeout=3, markup=False)

    @cached_property
    def recipes(self) -> RecipeDoor:
        """The way through the recipe screens, loaded when it is first gone."""
        from opsconsole.console.tui.recipe_door import RecipeDoor

        return RecipeDoor(self)

    # What screens and the command palette ask for ------------------------------------------------

    def open_host(self, host: str) -> None:
        """Show one host."""
        if host in self.source.hosts:
            from opsconsole.console.tui.host import HostScreen

            self.push_screen(HostScreen(host))

    def open_logs(self, host: str) -> None:
        """Follow the logs of a host."""
        from opsconsole.console.tui.logs import LogScreen

        try:
            shell = self.source.shell(host)
        except RuntimeError as error:
            self.notify(clean_line(str(error)), severity="warning", markup=False)
            return
        self.push_screen(LogScreen(shell, host))

    def open_audit(self, host: str = "") -> None:
        """List the runs of the ledger, of a host or of all."""
        from opsconsole.console.tui.audit import AuditScreen

        self.push_screen(AuditScreen(self.source.settings.ledger_path, f"host:{host}" if host else ""))

    def open_certificates(self, host: str = "") -> None:
        """List the certificates of all hosts, or of one."""
        from opsconsole.console.tui.certificates import CertificatesScreen

        self.push_screen(CertificatesScreen(f"host:{host}" if host else ""))

    def open_session(self, host: str) -> None:
        """Open an interactive session on a host; the console waits until it ends."""
        argv = self.source.session_argv(host)
        self.run_worker(self._session(argv, host), group="session", exclusive=True, exit_on_error=False)

    async def _session(self, argv: Sequence[str], host: str) -> None:
        from opsconsole.console.tui.session import open_session

        with self._keys.dropped():
            await open_session(self, argv, host)

    def copy_text(self, text: str, what: str) -> None:
        """Copy text by way of the terminal."""
        from opsconsole.console.tui.clipboard import copy

        copy(self, text, what)

    def read_now(self, hosts: Iterable[str]) -> None:
        """Read hosts now; those that are down are tried again at once."""
        for host in hosts:
            if self.source.hosts[host].status.state is ConnectionState.UP:
                self.source.read_now(host)
            else:
                self.source.retry(host)

    def mend_connection(self, host: str) -> None:
        """Let the engineer decide on a host key where that is what is missing; else try again."""
        offer = self.source.hosts[host].status.offer
        if offer is None:
            self.source.retry(host)
            self.notify(f"Trying {clean_line(host, 128)} again.", timeout=3, markup=False)
        else:
            self.run_worker(self._decide_on(offer), group="host-key", exclusive=True, exit_on_error=False)

    def ask_sudo(self, host: str) -> None:
        """Ask for the sudo password of a host, so that it is read with root from then on."""
        from opsconsole.console.tui.sudo import become_root

        self.run_worker(become_root(self, host), group="sudo", exclusive=True, exit_on_error=False)

    def command_names(self) -> Names:
        """Return the names that commands may speak of."""
        from opsconsole import recipes
        from opsconsole.console.tui.palette_commands import Names

        return Names(
            tuple(self.source.hosts),
            tuple(self.source.inventory.groups),
            tuple(theme.name for theme in THEMES),
            recipes.names(),
        )

    def perform(self, action: Action) -> None:  # noqa: PLR0912 - one branch a command
        """Do what the command palette or the `:` line says."""
        name = action.argument
        match action.verb.value:
            case "host":
                self._to_fleet()
                self.open_host(name)
            case "group":
                self._to_fleet().filter_by(f"@{name}")
            case "all":
                self._to_fleet().filter_by("")
            case "read":
                self.read_now([name] if name else list(self.source.hosts))
            case "logs":
                self.open_logs(name)
            case "shell":
                self.open_session(name)
            case "sudo":
                for host in [name] if name else self._chosen_hosts()[:1]:
                    self.ask_sudo(host)
            case "recipe":
                self.recipes.open_form(name, self._chosen_hosts())
            case "runs":
                self.recipes.show_runs()
            case "unlock":
                self.recipes.unlock(name)
            case "certificates":
                self.open_certificates(name)
            case "audit":
                self.open_audit(name)
            case "theme":
                self.theme = name or next(theme.name for theme in THEMES if theme.name != self.theme)
            case "help":
                self.action_help()
            case "quit":
                self.action_quit_console()
            case other:
                raise ValueError(f"no such command: {other}")

    def _chosen_hosts(self) -> list[str]:
        """Return the hosts that a command without a host is about: those of the screen it is typed on."""
        from opsconsole.console.tui.screens import ConsoleScreen

        return self.screen.chosen_hosts if isinstance(self.screen, ConsoleScreen) else []

    def _to_fleet(self) -> FleetScreen:
        """Leave all screens above the Fleet."""
        while not isinstance(self.screen, FleetScreen):
            self.pop_screen()
        return self.screen

    async def _decide_on(self, offer: HostKeyOffer) -> None:
        try:
            if await self.source.prompter.accept_host_key(offer):
                await self.source.accept_host_key(offer)
        except OSError as error:
            self.notify(f"The key was not saved: {clean_line(str(error))}", severity="error", markup=False)


def open_console(settings: Settings, inventory: Inventory) -> int:
    """Open the console on these hosts and stay until it is closed; return the exit status."""
    from opsconsole.console.service import Service
    from opsconsole.console.tui import escape, hangup

    service = Service(settings, inventory)
    escape.install()
    hangup.watch(0, service.save)
    return OpsconsoleApp(service).run() or 0
