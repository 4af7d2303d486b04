"""The way to a host."""

from __future__ import annotations

import pytest

from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.console.ssh.routes import RouteError, route
from opsconsole.data.host import Host


def hosts(**jumps: tuple[str, ...]) -> dict[str, Host]:
    return {name: Host(name, f"{name}.example", jump=jump) for name, jump in jumps.items()}


@pytest.mark.parametrize(
    ("jumps", "expected"),
    [
        ({"a": ()}, ["a"]),
        ({"a": ("b",), "b": ()}, ["b", "a"]),
        ({"a": ("b",), "b": ("c",), "c": ()}, ["c", "b", "a"]),
        ({"a": ("c", "b"), "b": ("c",), "c": ()}, ["c", "b", "a"]),
        ({"a": ("c", "b"), "b": ("x",), "c": ()}, ["c", "b", "a"]),  # a later hop's own jump is not used
        ({"a": ("u@x:23", "b"), "b": ()}, ["u@x:23", "b", "a"]),
    ],
)
def test_hops_in_order(jumps: dict[str, tuple[str, ...]], expected: list[str]) -> None:
    assert [hop.name for hop in route("a", hosts(**jumps))] == expected


@pytest.mark.parametrize(
    "jumps", [{"a": ("a",)}, {"a": ("b",), "b": ("a",)}, {"a": ("b",), "b": ("c",), "c": ("b",)}]
)
def test_a_circle_is_told_with_its_hosts(jumps: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(RouteError, match="circle: a → "):
        route("a", hosts(**jumps))


@pytest.mark.parametrize(
    ("jump", "user", "address", "port"),
    [
        ("x", None, "x", 22),
        ("u@x", "u", "x", 22),
        ("x:23", None, "x", 23),
        ("u@[::1]:23", "u", "::1", 23),
    ],
)
def test_a_hop_outside_the_inventory(jump: str, user: str | None, address: str, port: int) -> None:
    target = Host("a", "a", user="t", port=9, jump=(jump,), known_hosts_files=("k",), host_key_alias="z")
    hop = route("a", {"a": target})[0]
    assert (hop.user, hop.address, hop.port) == (user, address, port)
    assert hop.known_hosts_files == ("k",)
    assert hop.host_key_alias is None
    assert hop.jump == ()


@pytest.mark.parametrize("jump", ["", "a b", "x:99999", "u@", "::1"])
def test_what_is_no_hop_is_said(jump: str) -> None:
    with pytest.raises(RouteError, match="form"):
        route("a", hosts(a=(jump,)))


async def test_a_host_that_cannot_be_reached_stops_no_other() -> None:
    connections = Connections(
        hosts(a=("x", "b"), b=("a",), x=(), web1=()),
        prompter=NoPrompter(),
    )
    try:
        for name in ("x", "a", "b", "web1"):
            connections.keep(name)
        assert "circle" in connections.status("b").reason
        for name in ("x", "a", "web1"):
            assert "circle" not in connections.status(name).reason
    finally:
        await connections.close()
