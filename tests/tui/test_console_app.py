"""The app: keys that hold everywhere, themes, the palette and the `:` line, what is loaded when."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from console_pilot import cells, console, order, screen_lines, screen_text, until, until_shown
from fake_source import FakeSource, down, host_state
from textual.color import Color
from textual.theme import Theme

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.tui.dialogs import SecretDialog, TuiPrompter
from opsconsole.console.tui.fleet import FleetScreen
from opsconsole.console.tui.help import HelpScreen
from opsconsole.console.tui.host import HostScreen
from opsconsole.console.tui.palette import CommandLine
from opsconsole.console.tui.themes import THEMES
from opsconsole.panels.panel import Level


def fleet(**settings: Any) -> FakeSource:
    states = [host_state("localhost"), host_state("web1", Level.WARNING, groups=("web",)), host_state("web2")]
    source = FakeSource([*states, down("gone", ConnectionState.REFUSED)], **settings)
    source.inventory.groups = {"web": ("web1",)}
    return source


async def command(pilot: Any, line: str) -> None:
    await pilot.press("colon")
    await until(pilot, lambda: isinstance(pilot.app.screen, CommandLine))
    await pilot.press(*("space" if char == " " else char for char in line), "enter")
    await until(pilot, lambda: not isinstance(pilot.app.screen, CommandLine))


async def test_ctrl_c_does_not_quit_and_says_what_does() -> None:
    async with console(fleet()) as (app, pilot):
        await pilot.press("ctrl+c")
        await until_shown(pilot, "Press q to quit")
        assert app.is_running
        assert app.return_value is None


async def test_q_quits_with_status_0_and_stops_the_service() -> None:
    source = fleet()
    async with console(source) as (app, pilot):
        await pilot.press("q")
        await until(pilot, lambda: app.return_value == 0)
    assert not source.started


async def test_help_lists_every_key_of_the_screen() -> None:
    async with console(fleet(), size=(160, 60)) as (app, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await until_shown(pilot, "Sort by cpu; once more turns it round.")
        text = screen_text(app)
        for words in (
            "Open the host under the cursor.",
            "Filter by a regular expression",
            "Mark the host",
            "Follow the logs",
            "Open a shell",
            "Copy what the cursor is on.",
            "Read the host now",
            "Type a command",
            "End the console",
            "Go to the first line.",
        ):
            assert words in text
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, FleetScreen))


async def test_every_key_of_the_bar_works_by_a_click() -> None:
    async with console(fleet()) as (app, pilot):
        bar = screen_lines(app)[-1]
        await pilot.click(offset=(bar.index("? help"), 29))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


@pytest.mark.parametrize("width", [40, 80, 120])
async def test_the_bar_drops_keys_but_never_help(width: int) -> None:
    async with console(fleet(), size=(width, 24)) as (app, _):
        bar = screen_lines(app)[-1]
        assert "enter open" in bar
        assert "? help" in bar


async def test_copying_the_line_and_the_marked_names() -> None:
    async with console(fleet()) as (app, pilot):
        await pilot.press("c")
        assert app.clipboard == "web1\twarning\tCPU 88 % for 16 min (php-fpm)"
        await pilot.press("space", "space", "c")
        assert app.clipboard == "web1\ngone"


async def test_a_host_by_the_command_line_and_back() -> None:
    async with console(fleet()) as (app, pilot):
        await command(pilot, "host web2")
        await until(pilot, lambda: isinstance(app.screen, HostScreen))
        await command(pilot, "host web1")
        await until(pilot, lambda: isinstance(app.screen, HostScreen) and app.screen.host_name == "web1")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, FleetScreen))


async def test_groups_by_the_command_line() -> None:
    async with console(fleet()) as (app, pilot):
        await command(pilot, "host web2")
        await command(pilot, "group web")
        await until(pilot, lambda: isinstance(app.screen, FleetScreen) and order(app) == ["web1"])
        assert "/@web" in screen_text(app)
        await command(pilot, "all")
        await until(pilot, lambda: len(order(app)) == 4)


async def test_read_theme_and_quit_by_the_command_line() -> None:
    source = fleet()
    async with console(source) as (app, pilot):
        await command(pilot, "read")
        assert source.wanted() == [
            ("read_now", "localhost"),
            ("read_now", "web1"),
            ("read_now", "web2"),
            ("retry", "gone"),
        ]
        await command(pilot, "theme")
        assert app.theme == "opsconsole-light"
        await command(pilot, "theme opsconsole-dark")
        assert app.theme == "opsconsole-dark"
        await command(pilot, "quit")
        await until(pilot, lambda: app.return_value == 0)


async def test_the_palette_opens_a_host() -> None:
    async with console(fleet()) as (app, pilot):
        await pilot.press("ctrl+p")
        await until_shown(pilot, "all hosts")
        await pilot.press(*"openhostweb2")
        await until_shown(pilot, "open host web2")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, HostScreen))


async def test_the_palette_stays_away_from_a_question() -> None:
    source = fleet()
    async with console(source) as (app, pilot):
        assert isinstance(source.prompter, TuiPrompter)
        question = app.run_worker(source.prompter.secret("web1", "Password:"), exit_on_error=False)
        await until(pilot, lambda: isinstance(app.screen, SecretDialog))
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(app.screen, SecretDialog)
        await pilot.press("s", "enter")
        assert await question.wait() == "s"


async def test_logs_before_ssh_is_loaded_say_so() -> None:
    async with console(fleet()) as (app, pilot):
        await pilot.press("l")
        await until_shown(pilot, "SSH is still being loaded")
        assert isinstance(app.screen, FleetScreen)


async def test_a_session_where_the_terminal_cannot_be_handed_over_is_told() -> None:
    async with console(fleet()) as (_, pilot):
        await pilot.press("s")
        await until_shown(pilot, "cannot be handed to a session")


@pytest.mark.parametrize("theme", ["opsconsole-dark", "opsconsole-light"])
async def test_levels_have_colours_of_their_own(theme: str) -> None:
    async with console(fleet(theme=theme)) as (app, _):
        assert app.theme == theme
        colours = {
            text.strip(): style.color.triplet
            for line in cells(app)[4:8]
            for text, style in line
            if style.color is not None and text.strip() in {"✓", "▲", "○"}
        }
        assert len(set(colours.values())) == 3


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2 (definition of "contrast ratio")."""

    def luminance(colour: str) -> float:
        red, green, blue = (
            channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
            for channel in (value / 255 for value in Color.parse(colour).rgb)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("ground", ["background", "surface", "block-cursor-background"])
def test_text_and_levels_can_be_read(theme: Theme, ground: str) -> None:
    colours = theme.to_color_system().generate()
    for name in (
        "foreground",
        "foreground-muted",
        "text-error",
        "text-warning",
        "text-success",
        "text-accent",
    ):
        # On the cursor's line too, where WCAG's 3:1 for large text is the least.
        least = 3.0 if ground == "block-cursor-background" else 4.5
        assert contrast(colours[name], colours[ground]) >= least, name


async def test_an_unknown_theme_in_the_settings_falls_back() -> None:
    async with console(fleet(theme="nonsense")) as (app, _):
        assert app.theme == "opsconsole-dark"


async def test_no_color_leaves_greys_and_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(fleet()) as (app, _):
        filters = app._filters
        text = screen_text(app)
        assert "▲ web1" in text
        assert "✓ web2" in text
        assert "○ gone" in text
        strips = [
            strip.apply_filter(each, app.screen.background_colors[1])
            for strip in app.screen._compositor.render_strips()
            for each in filters
        ]
        assert strips
        for strip in strips:
            for segment in strip:
                for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    if colour is not None and colour.triplet is not None:
                        assert len(set(colour.triplet)) == 1, segment


def test_the_first_screen_needs_neither_ssh_nor_http_nor_the_other_screens() -> None:
    script = (
        "import sys, opsconsole.console.tui.app\n"
        "heavy = {'asyncssh', 'httpx', 'sqlite_utils', 'opsconsole.console.tui.host',"
        " 'opsconsole.console.tui.logs', 'opsconsole.console.tui.palette', 'opsconsole.console.tui.dialogs',"
        " 'opsconsole.panels.resources', 'opsconsole.panels.health'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
