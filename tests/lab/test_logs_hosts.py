"""The log screen on real hosts: the journal, a file without systemd, and nothing left behind."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App

from opsconsole.console.tui.logs import LogScreen
from opsconsole.console.tui.logs_sources import LogSource, SourceKind, default_source, list_sources
from tests.lab.sshroom import room

pytestmark = pytest.mark.lab


class Logs(App[None]):
    def __init__(self, screen: LogScreen) -> None:
        super().__init__()
        self.logs = screen

    def on_mount(self) -> None:
        self.push_screen(self.logs)

    @property
    def texts(self) -> list[str]:
        buffer = self.logs.view.buffer
        return [buffer[number].text for number in buffer.shown]


async def test_the_journal_is_followed_and_ends_on_the_host_with_the_screen(
    lab: Any, eventually: Any
) -> None:
    async with room([lab.hosts["web2"]]) as connections:
        await connections.connect("web2")
        app = Logs(LogScreen(connections.shell("web2"), "web2"))
        async with app.run_test(size=(120, 40)) as pilot:
            await eventually(lambda: app.texts)
            lab.ssh("web2", "logger -t opsconsole-test 'marked [/] line 4711'")
            await eventually(lambda: any("marked [/] line 4711" in text for text in app.texts))
            running = "pgrep -fc '^journalctl -f -n 200 -o short-iso --no-hostname' || true"
            assert int(lab.ssh("web2", running)) >= 1
            await pilot.press("escape")
            await eventually(lambda: int(lab.ssh("web2", running)) == 0, within=20)


@pytest.mark.parametrize("name", ["busy1", "nosystemd1"])
async def test_a_file_is_followed_where_there_is_no_journal(lab: Any, eventually: Any, name: str) -> None:
    async with room([lab.hosts[name]]) as connections:
        await connections.connect(name)
        shell = connections.shell(name)
        path = "/tmp/opsconsole logs' test.log"
        lab.ssh(name, 'echo first > "/tmp/opsconsole logs\' test.log"')
        app = Logs(LogScreen(shell, name, LogSource(SourceKind.FILE, path)))
        async with app.run_test(size=(120, 40)):
            await eventually(lambda: "first" in app.texts)
            lab.ssh(name, 'echo second >> "/tmp/opsconsole logs\' test.log"')
            await eventually(lambda: "second" in app.texts)
        lab.ssh(name, 'rm "/tmp/opsconsole logs\' test.log"')
        source = await default_source(shell)
        assert source is None or source.kind is SourceKind.FILE


async def test_units_and_files_of_a_real_host_are_listed(lab: Any) -> None:
    async with room([lab.hosts["web2"]]) as connections:
        await connections.connect("web2")
        titles = {source.title for source in await list_sources(connections.shell("web2"))}
        assert {"journal, all units", "nginx.service", "/var/log/nginx/access.log"} <= titles
