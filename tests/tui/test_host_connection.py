"""The whole of a connection's trouble: in the list in short, in its box in full, nothing said twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from console_pilot import console, screen_text, until, until_shown
from fake_source import FakeSource, down

from opsconsole.console.inventory import HostEntry
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.console.tui.host import HostScreen
from opsconsole.console.tui.host_connection import ConnectionScreen, way
from opsconsole.console.tui.host_items import connection_words
from opsconsole.data.host import Host

LONG = "tried publickey; the server allows password; " + "; ".join(
    f"key file /home/ops/.ssh/id_{number}: no such file" for number in range(6)
)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (200, 60)])
async def test_enter_shows_the_whole_reason_and_its_story(size: tuple[int, int]) -> None:
    state = down("db1", ConnectionState.FAILED, LONG + " [/b]", attempts=3)
    state.status = replace(state.status, next_try_at=datetime.now(UTC) + timedelta(seconds=90))
    state.entry = HostEntry(Host("db1", "10.0.0.7", port=2301, user="ops", jump=("bastion",)))
    source = FakeSource([state])
    async with console(source, size=size) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "enter: all of it")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConnectionScreen))
        await until_shown(pilot, "3 failed attempts, next try 1m")
        told = " ".join(screen_text(app).replace("│", " ").split())
        assert "key file /home/ops/.ssh/id_5: no such file [/b]" in told
        assert f"since {state.status.since:%H:%M:%S} UTC" in told
        assert "ops@10.0.0.7 port 2301 via bastion" in told
        assert source.wanted() == []  # to read is not to try
        await pilot.press("c")
        assert "id_5: no such file [/b]" in app.clipboard
        await pilot.press("enter")
        await until(pilot, lambda: ("retry", "db1") in source.asked)
        state.status = ConnectionStatus(ConnectionState.UP)
        await until_shown(pilot, "connected since")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HostScreen))


def test_the_way_to_a_host() -> None:
    assert way(Host("a", "a.example", user="ops")) == "ops@a.example"
    assert way(Host("a", "::1", port=2200, jump=("b", "c"))) == "::1 port 2200 via b › c"
    assert way(Host("localhost", "localhost")) == "this machine"


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (
            ConnectionState.REFUSED,
            "127.0.0.1:1: connection refused",
            "unreachable: connection refused (soon): 127.0.0.1:1",
        ),
        (ConnectionState.TIMED_OUT, "10.0.0.9:22: timed out", "unreachable: timed out (soon): 10.0.0.9:22"),
        (
            ConnectionState.TIMED_OUT,
            "no answer from a within 10 s",
            "unreachable: timed out (soon): no answer from a within 10 s",
        ),
        (
            ConnectionState.NO_ROUTE,
            "10.0.0.9:22: no route to host",
            "unreachable: no route to host (soon): 10.0.0.9:22",
        ),
        (
            ConnectionState.LOST,
            "connection lost: closed by the other side",
            "lost (soon): closed by the other side",
        ),
        (
            ConnectionState.JUMP_HOST_DOWN,
            "jump host bastion: 10.0.0.1:22: connection refused",
            "jump host down (soon): bastion: 10.0.0.1:22: connection refused",
        ),
        (
            ConnectionState.HOST_KEY_CHANGED,
            "HOST KEY CHANGED: offered ssh-ed25519 SHA256:a, on record SHA256:b",
            "host key changed (soon): offered ssh-ed25519 SHA256:a, on record SHA256:b",
        ),
        (
            ConnectionState.HOST_KEY_UNKNOWN,
            "the host key of [::1]:22 is not known: ssh-ed25519 SHA256:a",
            "host key unknown (soon): [::1]:22: ssh-ed25519 SHA256:a",
        ),
        (ConnectionState.CONNECTING, "", "connecting (soon)"),
    ],
)
def test_nothing_is_said_twice(state: ConnectionState, reason: str, words: str) -> None:
    assert connection_words(ConnectionStatus(state, reason), "soon") == words


async def test_a_changed_host_key_stands_first_and_is_critical() -> None:
    source = FakeSource(
        [down("gone", ConnectionState.TIMED_OUT), down("db1", ConnectionState.HOST_KEY_CHANGED)]
    )
    async with console(source) as (_, pilot):
        await until_shown(pilot, "● db1")
        await until_shown(pilot, "● 1 critical")
        await pilot.press("enter")
        await until_shown(pilot, "│ ● host key changed")
