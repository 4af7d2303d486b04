"""The palette and the `:` line: what can be asked for by name, with names that mean harm."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App
from textual.command import CommandPalette
from textual.widgets import Input, OptionList, Static

from opsconsole.console.tui.palette import Action, CommandLine, HostCommands, Names, Verb
from opsconsole.console.tui.palette_commands import CommandError, complete, parse_command
from opsconsole.console.tui.palette_fuzzy import fuzzy
from tests.work import light, lines_run

NAMES = Names(
    ("localhost", "web1", "web10", "db1"),
    ("prod", "db"),
    ("opsconsole-dark", "opsconsole-light"),
    ("log-rotation",),
)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("host web1", Action(Verb.HOST, "web1")),
        (":host web1", Action(Verb.HOST, "web1")),
        ("  h   web1 ", Action(Verb.HOST, "web1")),
        ("group prod", Action(Verb.GROUP, "prod")),
        ("group @prod", Action(Verb.GROUP, "prod")),
        ("@prod", Action(Verb.GROUP, "prod")),
        ("all", Action(Verb.ALL)),
        ("read", Action(Verb.READ)),
        ("read db1", Action(Verb.READ, "db1")),
        ("LOGS db1", Action(Verb.LOGS, "db1")),
        ("ssh db1", Action(Verb.SHELL, "db1")),
        ("th", Action(Verb.THEME)),
        ("recipe log-rotation", Action(Verb.RECIPE, "log-rotation")),
        ("runs", Action(Verb.RUNS)),
        ("theme opsconsole-light", Action(Verb.THEME, "opsconsole-light")),
        ("q", Action(Verb.QUIT)),
        ("help", Action(Verb.HELP)),
    ],
)
def test_commands_are_understood(text: str, action: Action) -> None:
    assert parse_command(text, NAMES) == action


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "host NAME"),
        ("host", "needs the name of a host"),
        ("host web", "no host 'web'; did you mean web1"),
        ("host nothing", "no host 'nothing'"),
        ("group web1", "no group 'web1'"),
        ("@nothing", "no group 'nothing'"),
        ("thme", "no command 'thme'; did you mean theme?"),
        ("quit now", "quit takes no name"),
        ("host web1 web10", "no host 'web1 web10'"),
        ("recipe", "recipe needs the name of a recipe"),
        ("recipe log_rotation", "no recipe 'log_rotation'; did you mean log-rotation?"),
        ("r", "which one: read, recipe, runs?"),
    ],
)
def test_what_is_no_command_says_what_would_be(text: str, message: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_command(text, NAMES)
    assert message in str(caught.value)


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_line_is_a_command_or_an_error(text: str) -> None:
    try:
        action = parse_command(text, NAMES)
    except CommandError as error:
        assert str(error)
    else:
        assert action.argument in {"", *NAMES.hosts, *NAMES.groups, *NAMES.themes, *NAMES.recipes}


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("ho", "host"),
        ("host we", "host web1"),
        ("host web1", "host web10"),
        ("group p", "group prod"),
        ("recipe l", "recipe log-rotation"),
        ("", None),
    ],
)
def test_names_are_completed(text: str, completed: str | None) -> None:
    assert complete(text, NAMES) == completed


def test_the_better_match_is_first() -> None:
    texts = ["shell on web10", "open host db1", "open host web1", "wide elbow b1"]
    ranked = sorted(texts, key=lambda text: -fuzzy("host web1", text)[0])
    assert ranked[0] == "open host web1"
    assert fuzzy("web1", "db1") == (0.0, ())
    assert fuzzy("w1", "web1")[1] == [0, 3]


@given(st.text(max_size=20), st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_marks_are_always_inside_the_text(query: str, text: str) -> None:
    score, positions = fuzzy(query, text)
    assert 0 <= score <= 1
    assert all(0 <= at < len(text) for at in positions)


def test_ten_thousand_names_that_are_made_to_be_slow_are_not() -> None:
    # Each letter is looked for once. Trying each way to place them would be 255 over 30 of them.
    assert lines_run(lambda: fuzzy("a" * 30 + "b", "a" * 255)) < 150
    light(60, lambda: [fuzzy("a" * 30 + "b", "a" * 255) for _ in range(10_000)])


HOSTILE = "[/]\x1b[2J[@click=app.quit]x\u202e"


class Commanded(App[None]):
    COMMANDS: ClassVar = {HostCommands}

    def __init__(self, names: Names = NAMES) -> None:
        super().__init__()
        self.names = names
        self.performed: list[Action] = []
        self.answers: list[Any] = []

    def command_names(self) -> Names:
        return self.names

    def perform(self, action: Action) -> None:
        self.performed.append(action)


async def test_the_palette_finds_hosts_and_performs(eventually: Any) -> None:
    app = Commanded()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p", *"logs db1")

        def found() -> list[str]:
            if not isinstance(app.screen, CommandPalette):
                return []
            return [str(option.prompt) for option in app.screen.query_one(OptionList).options]

        await eventually(lambda: any("logs of db1" in text for text in found()))
        await eventually(lambda: app.screen.query_one(OptionList).highlighted == 0)
        await pilot.press("enter", "enter")
        await eventually(lambda: app.performed == [Action(Verb.LOGS, "db1")])


async def test_the_palette_shows_hostile_names_as_text(eventually: Any) -> None:
    app = Commanded(Names((HOSTILE,)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p", *"open x")

        await eventually(lambda: app.screen.query_one(OptionList).option_count > 0)
        await pilot.pause()
        options = app.screen.query_one(OptionList)
        text = "\n".join(
            "".join(segment.text for segment in options.render_line(y)) for y in range(options.size.height)
        )
        assert "open host [/][@click=app.quit]x" in text
        assert not set(text) & set("\x1b\u202e")


async def test_without_a_query_the_palette_offers_what_needs_no_name(eventually: Any) -> None:
    app = Commanded()
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("ctrl+p")
        await eventually(
            lambda: (
                isinstance(app.screen, CommandPalette) and app.screen.query_one(OptionList).option_count >= 6
            )
        )
        text = "\n".join(str(option.prompt) for option in app.screen.query_one(OptionList).options)
        assert "quit" in text
        assert "opsconsole-light" in text
        assert "web1" not in text


async def test_the_line_answers_completes_and_explains() -> None:
    app = Commanded()
    async with app.run_test(size=(80, 24)) as pilot:
        line = CommandLine(NAMES)
        await app.push_screen(line, app.answers.append)
        await pilot.press(*"host wub1", "enter")
        hint = line.query_one("#line-hint", Static)
        assert "no host 'wub1'" in str(hint.content)
        assert app.answers == []
        line.query_one(Input).value = "host d"
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert app.answers == [Action(Verb.HOST, "db1")]


async def test_escape_leaves_the_line() -> None:
    app = Commanded()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(CommandLine(NAMES, "host "), app.answers.append)
        await pilot.press("escape")
        await pilot.pause()
        assert app.answers == [None]


async def test_a_hostile_name_is_neither_completed_nor_drawn_raw() -> None:
    app = Commanded()
    async with app.run_test(size=(80, 24)) as pilot:
        line = CommandLine(Names((f"web{HOSTILE}",)))
        await app.push_screen(line)
        await pilot.press(*"host we", "tab")
        await pilot.pause()
        assert line.query_one(Input).value == "host we"
        await pilot.press(*"b[/]", "enter")
        assert "no host 'web[/]'" in str(line.query_one("#line-hint", Static).content)
