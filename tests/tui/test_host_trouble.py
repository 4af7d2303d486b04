"""Trouble of a host's connection on its screen: keys to decide on, trying again, a host that is lost."""

from __future__ import annotations

from typing import Any

import pytest
from console_pilot import console, screen_lines, screen_text, until, until_shown
from fake_source import FakeSource, down
from host_pilot import full, opened

from opsconsole.console.ssh.status import ConnectionState, HostKeyOffer
from opsconsole.console.tui.dialogs import HostKeyChangedDialog, HostKeyDialog
from opsconsole.console.tui.host import HostScreen


def offer(**more: Any) -> HostKeyOffer:
    known = {
        "hop": "db1",
        "address": "[10.0.0.7]:22",
        "algorithm": "ssh-ed25519",
        "fingerprint": "SHA256:abc",
        "known_fingerprints": (),
        "known_hosts_file": "~/.ssh/known_hosts",
        "line": "10.0.0.7 ssh-ed25519 AAAA",
        "command": "ssh-keyscan",
    }
    return HostKeyOffer(**(known | more))


async def test_an_unknown_host_key_is_decided_with_enter() -> None:
    source = FakeSource([down("db1", ConnectionState.HOST_KEY_UNKNOWN, offer=offer())])
    async with console(source) as (app, pilot):
        await opened(pilot)
        assert "host key unknown" in screen_text(app)
        assert "enter: look at the key and decide" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HostKeyDialog))
        await pilot.press("y", "enter")
        await until(pilot, lambda: ("accept", offer()) in source.asked)


async def test_a_declined_host_key_is_not_accepted() -> None:
    source = FakeSource([down("db1", ConnectionState.HOST_KEY_UNKNOWN, offer=offer())])
    async with console(source) as (app, pilot):
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HostKeyDialog))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HostScreen))
        assert not [asked for asked in source.asked if asked[0] == "accept"]


async def test_a_changed_host_key_cannot_be_accepted() -> None:
    changed = offer(known_fingerprints=("SHA256:old",))
    source = FakeSource([down("db1", ConnectionState.HOST_KEY_CHANGED, offer=changed)])
    async with console(source) as (app, pilot):
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HostKeyChangedDialog))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HostScreen))
        assert not [asked for asked in source.asked if asked[0] == "accept"]


async def test_a_key_that_cannot_be_saved_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    source = FakeSource([down("db1", ConnectionState.HOST_KEY_UNKNOWN, offer=offer())])

    async def refuse(_offer: HostKeyOffer) -> None:
        raise PermissionError(13, "Permission denied", "known_hosts")

    monkeypatch.setattr(source, "accept_host_key", refuse)
    async with console(source) as (app, pilot):
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HostKeyDialog))
        await pilot.press("y", "enter")
        await until_shown(pilot, "The key was not saved")


async def test_trying_again_with_enter_and_with_ctrl_r() -> None:
    source = FakeSource([down("db1", ConnectionState.AUTHENTICATION_FAILED, "no key fits")])
    async with console(source) as (app, pilot):
        await opened(pilot)
        assert "authentication failed: no key fits" in screen_text(app)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: ("retry", "db1") in source.asked)
        await pilot.press("escape", "ctrl+r")
        assert source.asked.count(("retry", "db1")) == 2


async def test_a_host_that_is_lost_keeps_its_last_figures_and_says_so() -> None:
    state = full()
    source = FakeSource([state])
    async with console(source) as (app, pilot):
        await opened(pilot)
        state.status = down("db1", ConnectionState.LOST, "no answer to keepalive").status
        source.board.changed("db1")
        await until_shown(pilot, "○ lost: no answer to keepalive")
        assert ", lost" in screen_lines(app)[0]
        assert "42%" in screen_text(app)
