"""Choosing another log: what the host lists, what is typed, and hostile listings."""

from __future__ import annotations

from typing import Any

from log_pilot import FakeShell, Logs, saying
from textual.widgets import Input, OptionList, Static

from opsconsole.console.tui.logs_chooser import SourceChooser
from opsconsole.console.tui.logs_sources import JOURNAL, LogSource, SourceKind, parse_files, parse_units


async def test_another_log_is_chosen_from_what_the_host_lists(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"x\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: app.texts == ["x"])
        await pilot.press("o")
        await eventually(
            lambda: isinstance(app.screen, SourceChooser) and app.screen.query_one(OptionList).options
        )
        listed = [str(option.prompt) for option in app.screen.query_one(OptionList).options]
        assert [entry.split()[-1] for entry in listed] == [
            *("units", "nginx.service", "ssh.service", "/var/log/messages", "/var/log/nginx/access.log"),
        ]
        await pilot.press(*"ng", "down", "down", "up", "up", "enter")
        await eventually(lambda: len(app.shell.streamed) == 2)
        assert app.shell.streamed[1].argv[-1] == "--unit=nginx.service"
        await eventually(lambda: app.shell.open == 1 and app.texts == ["x"])


async def test_a_typed_path_is_followed_as_it_is(eventually: Any) -> None:
    shell = FakeShell(saying(b"x\n"))
    shell.listing_fails = True
    app = Logs(shell)
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: app.texts == ["x"])
        await pilot.press("o")
        await eventually(
            lambda: "No list: web1: lost" in str(app.screen.query("#state").first(Static).content)
        )
        app.screen.query_one("#wanted", Input).value = "/srv/a b/--x.log"
        await eventually(lambda: app.screen.query_one(OptionList).option_count == 1)
        await pilot.press("enter")
        await eventually(lambda: len(shell.streamed) == 2)
        assert shell.streamed[1].argv == ("tail", "-n", "200", "-F", "--", "/srv/a b/--x.log")


async def test_escape_in_the_chooser_changes_nothing(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"x\n")), source=JOURNAL)
    async with app.run_test() as pilot:
        await eventually(lambda: app.texts == ["x"])
        await pilot.press("o", "escape")
        await eventually(lambda: app.screen is app.logs)
        assert len(app.shell.streamed) == 1


def test_hostile_listings_offer_only_what_can_be_shown_and_followed() -> None:
    units = parse_units(
        b"--help.service x\n[/].service\n\xff.service\na;b.service\n\n  ok@1.service loaded\nx.timer\n"
    )
    assert units == [LogSource(SourceKind.UNIT, "--help.service"), LogSource(SourceKind.UNIT, "ok@1.service")]
    assert units[0].command(sudo=False).argv[-1] == "--unit=--help.service"
    files = parse_files(
        b"/etc/shadow\n/var/log/\x1b[2Ja\n/var/log/b.gz\n/var/log/\xff\n/var/log/[/].log\n/var/log/syslog.1\n"
    )
    assert [source.name for source in files] == ["/var/log/[/].log"]


def test_a_listing_without_end_is_bounded() -> None:
    assert len(parse_units(b"a.service x\n" * 100_000)) <= 2_000
    assert len(parse_files(b"".join(b"/var/log/%d.log\n" % n for n in range(100_000)))) <= 2_000
