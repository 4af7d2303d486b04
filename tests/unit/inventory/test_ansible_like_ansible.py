# ruff: noqa: E501 - inventories stand here as they are, each on one line
"""Odd inventories, each read as `ansible-inventory --list` of ansible-core 2 was seen to read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.console.sources.ansible import AnsibleHosts
from opsconsole.console.sources.ansible.read import read_ansible
from tests.unit.inventory.sources import write


def read(tmp_path: Path, file: str, text: str) -> AnsibleHosts:
    """Return what is read of an inventory of this name."""
    write(tmp_path, {file: text})
    return read_ansible([tmp_path / file])


def said(found: AnsibleHosts, field: str) -> dict[str, object]:
    """Return host -> what is said of a field, None where nothing is."""
    return {
        name: host.fields[field].value if field in host.fields else None for name, host in found.hosts.items()
    }


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("hosts", "h1:2222\n[2001:db8::1]:2222\n2001:db8::2\n[g]\nh[1:2]:2200\nk[:1]\n"),
        (
            "hosts.yml",
            'all:\n  hosts:\n    h1:2222:\n    "[2001:db8::1]:2222":\n    "2001:db8::2":\n    h[1:2]:2200:\n    k[:1]:\n',
        ),
    ],
)
def test_a_port_after_the_name_counts_where_the_host_is_first_named(
    tmp_path: Path, file: str, text: str
) -> None:
    found = read(tmp_path, file, text)
    assert not found.problems
    assert said(found, "port") == {
        "h1": 2222,
        "2001:db8::1": 2222,
        "2001:db8::2": None,
        "h2": 2200,
        "k0": None,
        "k1": None,
    }


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("hosts", "h1:2222 ansible_port=99\n[2001:db8::1]:2222 ansible_port=99\n"),
        (
            "hosts.yml",
            'all: {hosts: {"h1:2222": {ansible_port: 99}, "[2001:db8::1]:2222": {ansible_port: 99}}}\n',
        ),
    ],
)
def test_a_variable_wins_over_the_port_after_the_name(tmp_path: Path, file: str, text: str) -> None:
    found = read(tmp_path, file, text)
    assert said(found, "port") == {"h1": 99, "2001:db8::1": 99}
