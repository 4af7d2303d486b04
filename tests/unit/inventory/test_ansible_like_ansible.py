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


MERGED = """
all:
  vars: {ansible_user: all, ansible_port: 1}
  children:
    x: &x
      vars: &x_vars {ansible_user: x, ansible_port: 2}
      hosts: &hosts {h1: , h2: {ansible_port: 9}}
    y:
      <<: *x
      vars: {<<: [{ansible_host: h.example.org}, *x_vars], ansible_port: 5}
    z:
      hosts:
        <<: *hosts
        h2: {ansible_port: 7}
        h3:
"""


def test_merge_keys_hold_for_groups_hosts_and_variables(tmp_path: Path) -> None:
    found = read(tmp_path, "hosts.yml", MERGED)
    assert not found.problems
    assert said(found, "user") == {"h1": "x", "h2": "x", "h3": "all"}
    assert said(found, "port") == {"h1": 5, "h2": 7, "h3": 1}
    assert said(found, "address") == {"h1": "h.example.org", "h2": "h.example.org", "h3": None}
    assert {name: host.groups for name, host in found.hosts.items()} == {
        "h1": ("z", "y", "x"),
        "h2": ("z", "y", "x"),
        "h3": ("z",),
    }


def test_a_host_or_group_alone_needs_no_colon(tmp_path: Path) -> None:
    text = "all: {children: web}\nweb: {hosts: 'h[1:2]'}\ndb: {children: {inner: {hosts: h3}}}\n"
    found = read(tmp_path, "hosts.yml", text)
    assert not found.problems
    assert {name: host.groups for name, host in found.hosts.items()} == {
        "h1": ("web",),
        "h2": ("web",),
        "h3": ("inner", "db"),
    }


def test_a_tower_of_merged_aliases_is_climbed_once(tmp_path: Path) -> None:
    levels = ["a0: &a0 {ansible_user: deep}"]
    levels += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 30)}]}}" for n in range(1, 40)]
    text = "all:\n  vars:\n    " + "\n    ".join(levels) + "\n    <<: *a39\n  hosts: h1\n"
    assert said(read(tmp_path, "hosts.yml", text), "user") == {"h1": "deep"}


def test_a_mapping_merged_into_itself_ends(tmp_path: Path) -> None:
    text = "all: &a\n  <<: *a\n  hosts: h1\n"
    assert list(read(tmp_path, "hosts.yml", text).hosts) == ["h1"]


PRIORITIES = """\
h1
[a]
h1
[a:vars]
ansible_user=a
ansible_group_priority=%s
[b]
h1
[b:vars]
ansible_user=b
[deep]
h1
[deeper:children]
deep
"""


@pytest.mark.parametrize(("priority", "user"), [("1", "b"), ("10", "a"), ("-3", "b"), ("' 7 '", "a")])
def test_at_one_depth_the_priority_of_a_group_comes_before_its_name(
    tmp_path: Path, priority: str, user: str
) -> None:
    found = read(tmp_path, "hosts", PRIORITIES % priority)
    assert not found.warnings
    assert said(found, "user") == {"h1": user}
    assert found.hosts["h1"].groups[0] == "deep"  # however great a priority is, what is deeper wins


def test_a_priority_that_is_no_number_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, "hosts", PRIORITIES % "high")
    assert said(found, "user") == {"h1": "b"}
    [warning] = found.warnings
    words = 'ansible_group_priority: found "high" (text), expected a whole number; taken as 1'
    assert warning == f"{tmp_path}/hosts:6: {words}"
