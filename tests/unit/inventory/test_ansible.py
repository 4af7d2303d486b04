# ruff: noqa: E501 - inventories and messages stand here as they are, each on one line
"""Ansible inventories: what they say, where it stands, what is refused. Checked once against ansible-inventory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsconsole.console.sources.ansible import AnsibleHosts
from opsconsole.console.sources.ansible.ranges import RangeError, expand
from opsconsole.console.sources.ansible.read import read_ansible
from opsconsole.console.sources.ansible.yaml_nodes import YamlError, parse
from tests.unit.inventory.sources import write

INI = """
; a comment
# another
solo.example.org:2200 ansible_user=root   # why
"quoted" ansible_host="10.0.0.5"
[web]
web[01:03].example.org ansible_host=10.0.0.1
[db]
db-[a:b] ansible_port=5022 ansible_ssh_private_key_file=keys/db
[prod:children]
web
db
[prod:vars]
ansible_user = deploy
ansible_ssh_private_key_file=~/k
[all:vars]
ansible_user=everybody
"""

YAML = """
all:
  vars:
    ansible_user: everybody
  hosts:
    solo.example.org:
      ansible_port: 2200
      ansible_user: root
    "quoted": {ansible_host: 10.0.0.5}
  children:
    prod:
      vars: &defaults
        ansible_user: deploy
        ansible_ssh_private_key_file: ~/k
      children:
        web:
          hosts:
            web[01:03].example.org:
              ansible_host: 10.0.0.1
        db:
          hosts:
            db-[a:b]:
              <<: *defaults
              ansible_port: 5022
              ansible_ssh_private_key_file: keys/db
"""


def read(folder: Path, **files: str) -> AnsibleHosts:
    names = {"ini": "hosts.ini", "yaml": "hosts.yml"}
    write(folder, {names.get(name, name): text for name, text in files.items()})
    return read_ansible([folder / names.get(name, name) for name in files if "/" not in name])


def said(found: AnsibleHosts, name: str) -> dict[str, object]:
    return {field: located.value for field, located in found.hosts[name].fields.items()}


def messages(found: AnsibleHosts, folder: Path) -> list[str]:
    return [str(problem).replace(f"{folder}/", "") for problem in found.problems]


def warnings(found: AnsibleHosts, folder: Path) -> list[str]:
    return [warning.replace(f"{folder}/", "") for warning in found.warnings]


@pytest.mark.parametrize("source", ["ini", "yaml"])
def test_hosts_groups_and_variables(source: str, tmp_path: Path, own_home: Path) -> None:
    found = read(tmp_path, **{source: INI if source == "ini" else YAML})
    assert messages(found, tmp_path) == []
    assert list(found.hosts) == [
        "solo.example.org", "quoted", "web01.example.org", "web02.example.org", "web03.example.org", "db-a", "db-b",
    ]  # fmt: skip
    assert said(found, "solo.example.org") == {"port": 2200, "user": "root"}
    assert said(found, "quoted") == {"address": "10.0.0.5", "user": "everybody"}
    key = (f"{own_home}/k",)
    assert said(found, "web02.example.org") == {
        "address": "10.0.0.1",
        "user": "deploy",
        "identity_files": key,
    }
    own_key = (f"{tmp_path}/keys/db",)
    assert said(found, "db-b") == {"port": 5022, "user": "deploy", "identity_files": own_key}
    assert found.hosts["db-a"].groups == ("db", "prod")
    assert found.hosts["solo.example.org"].groups == ()


def test_each_value_has_its_line(tmp_path: Path) -> None:
    ini = read(tmp_path / "i", ini=INI).hosts["db-a"]
    assert {field: located.origin.line for field, located in ini.fields.items()} == {
        "port": 8,
        "user": 13,
        "identity_files": 8,
    }
    assert ini.origin.line == 8
    yaml = read(tmp_path / "y", yaml=YAML).hosts["db-a"]
    assert {field: located.origin.line for field, located in yaml.fields.items()} == {
        "port": 23,
        "user": 12,
        "identity_files": 24,
    }
    assert yaml.origin.line == 21


def test_the_deeper_group_wins_and_at_one_depth_the_last_of_the_alphabet(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ini="[b]\nh\n[a]\nh\n[top:children]\na\nb\n[zz]\nh\n[a:vars]\nansible_user=a\n[b:vars]\nansible_user=b\nansible_port=2\n[top:vars]\nansible_user=top\n[zz:vars]\nansible_user=zz\nansible_port=26\n",
    )
    assert said(found, "h") == {"user": "b", "port": 2}
    assert found.hosts["h"].groups == ("b", "a", "zz", "top")


def test_group_vars_and_host_vars_beside_the_inventory(tmp_path: Path) -> None:
    files = {
        "hosts.ini": "[web]\nweb1 ansible_port=1\nweb2.example.org ansible_port=1\n[web:vars]\nansible_user=inventory\n",
        "group_vars/all.yml": "ansible_user: all\nansible_ssh_private_key_file: /k\n",
        "group_vars/web/main.yml": "ansible_user: web\n",
        "group_vars/web/vault.yml": "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
        "host_vars/web1.yaml": "---\nansible_port: 2222\nother: [1, {a: b}]\n",
        "host_vars/web2.example.org": "ansible_port: 2223\n",
        "host_vars/.hidden.yml": "ansible_port: 9\n",
    }
    write(tmp_path, files)
    found = read_ansible([tmp_path / "hosts.ini"])
    assert said(found, "web1") == {"port": 2222, "user": "web", "identity_files": ("/k",)}
    assert said(found, "web2.example.org")["port"] == 2223
    origin = found.hosts["web1"].fields["port"].origin
    assert origin.file is not None
    assert (origin.file.name, origin.line) == ("web1.yaml", 2)
    assert warnings(found, tmp_path) == [
        "group_vars/web/vault.yml is encrypted by ansible-vault: its variables are not read"
    ]


def test_a_folder_of_inventories(tmp_path: Path) -> None:
    files = {
        "inv/10.ini": "a\n",
        "inv/20.yml": "all: {hosts: {b: }}\n",
        "inv/README.md": "# no\n",
        "inv/group_vars/all.yml": "ansible_user: u\n",
    }
    write(tmp_path, files)
    found = read_ansible([tmp_path / "inv"])
    assert list(found.hosts) == ["a", "b"]
    assert said(found, "b") == {"user": "u"}
    assert not found.problems


def test_a_file_without_a_suffix_is_looked_at(tmp_path: Path) -> None:
    assert list(read(tmp_path, plain="[web]\nweb1\n").hosts) == ["web1"]
    assert list(read(tmp_path / "y", other="# comment\nall:\n  hosts:\n    web2:\n").hosts) == ["web2"]


@pytest.mark.parametrize(
    ("arguments", "jump"),
    [
        ("-J bastion", ("bastion",)),
        ("-Jops@bastion:2200,inner", ("ops@bastion:2200", "inner")),
        ("-o ProxyJump=bastion", ("bastion",)),
        ("-oProxyJump=bastion -o StrictHostKeyChecking=no -C", ("bastion",)),
        ('-o ProxyCommand=\\"ssh -W %h:%p -q ops@bastion\\"', ("ops@bastion",)),
    ],
)
def test_jump_hosts_in_arguments_of_ssh(arguments: str, jump: tuple[str, ...], tmp_path: Path) -> None:
    found = read(tmp_path, yaml=f'all:\n  hosts:\n    a:\n      ansible_ssh_common_args: "{arguments}"\n')
    assert said(found, "a") == {"jump": jump}
    assert warnings(found, tmp_path) == []


@pytest.mark.parametrize(
    ("variables", "warning"),
    [
        (
            "ansible_ssh_common_args: '-o ProxyCommand=nc'",
            'hosts.yml:4: ansible_ssh_common_args: only ProxyJump is understood, not "-o" (text)',
        ),
        (
            "ansible_ssh_extra_args: '-F /x'",
            'hosts.yml:4: ansible_ssh_extra_args: only ProxyJump is understood, not "-F" (text)',
        ),
        (
            "ansible_host: '{{ inventory_hostname }}.lan'",
            'hosts.yml:4: ansible_host: templates are not evaluated: "{{ inventory_hostname }}.lan" (text) is not used',
        ),
    ],
)
def test_what_is_not_understood_is_a_warning(variables: str, warning: str, tmp_path: Path) -> None:
    found = read(tmp_path, yaml=f"all:\n  hosts:\n    a:\n      {variables}\n")
    assert warning in warnings(found, tmp_path)
    assert said(found, "a") == {}


def test_hosts_that_are_not_reached_by_ssh_are_left_out(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ini="win ansible_connection=winrm\nlocalhost ansible_connection=local\nlinux ansible_connection=ssh\n",
    )
    assert list(found.hosts) == ["linux"]
    assert warnings(found, tmp_path) == ["hosts.ini:1: win is left out: it is reached by winrm, not by SSH"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("yaml", "all:\n  hosts:\n    a:\n      ansible_user: !vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        6162\n", "hosts.yml:4: ansible_user: found a value encrypted by ansible-vault, which is not opened (write ansible_user in clear, or set it in opsconsole.toml)"),
        ("yaml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n", "hosts.yml:1: encrypted by ansible-vault, which is not opened, expected an inventory in clear"),
        ("yaml", "all:\n  hosts: [a\n", "hosts.yml:3:1: not valid YAML: did not find expected ',' or ']'"),
        ("yaml", "all:\n\thosts:\n", "hosts.yml:2:1: not valid YAML: found character that cannot start any token"),
        ("yaml", "- a\n", "hosts.yml:1: not an Ansible inventory: not a mapping, expected groups, such as `all:` with `hosts:`"),
        ("yaml", "all:\n  host:\n    a:\n", 'hosts.yml:2: not an Ansible inventory: "host" (text) in group all, expected `hosts`, `children` or `vars` (did you mean hosts?)'),
        ("yaml", "all:\n  hosts:\n    - a\n", "hosts.yml:3: not an Ansible inventory: the hosts of all are no mapping, expected each host as a key, such as `web1:`"),
        ("yaml", "all: 3\n", 'hosts.yml:1: not an Ansible inventory: group "all" (text) is no mapping, expected `hosts`, `children` or `vars` in it'),
        ("yaml", "plugin: aws_ec2\n", "hosts.yml:1: not an Ansible inventory: a plug-in's configuration, which is not run, expected an inventory (save its hosts with `ansible-inventory --list --yaml`)"),
        ("yaml", '{"_meta": {"hostvars": {}}}', "hosts.yml:1: not an Ansible inventory: the JSON of `ansible-inventory --list`, expected an inventory (save it with `ansible-inventory --list --yaml`)"),
        ("yaml", "all: {hosts: {a: {ansible_port: ssh}}}\n", 'hosts.yml:1: ansible_port: found "ssh" (text), expected a port from 1 to 65535'),
        ("yaml", "x: &x [*x]\n" + "y: " + "[" * 200, "hosts.yml:2:104: not valid YAML: more than 100 levels"),
        ("ini", "[web\nweb1\n", 'hosts.ini:1: not an Ansible inventory: "[web" (text), expected a host such as web1 or web[01:10], or a [GROUP]'),
        ("ini", "[web:hosts]\n", "hosts.ini:1: not an Ansible inventory: [web:hosts], expected [GROUP], [GROUP:children] or [GROUP:vars]"),
        ("ini", "web1 port\n", 'hosts.ini:1: not an Ansible inventory: "port" (text), expected NAME=VALUE after the host\'s name'),
        ("ini", "web1 a='x\n", "hosts.ini:1: not an Ansible inventory: \"web1 a='x\" (text): no closing quotation, expected a host and NAME=VALUE pairs"),
        ("ini", "[all:vars]\nansible_user\n", 'hosts.ini:2: not an Ansible inventory: "ansible_user" (text), expected NAME=VALUE'),
        ("ini", "web[9:1]\n", "hosts.ini:1: not an Ansible inventory: [9:1] runs backwards"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(name: str, text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / ("hosts.ini" if name == "ini" else "hosts.yml")
    file.write_text(text)
    assert messages(read_ansible([file]), tmp_path) == [message]


def test_a_program_is_not_run(tmp_path: Path) -> None:
    script = tmp_path / "inventory.sh"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    script.chmod(0o755)
    assert messages(read_ansible([script]), tmp_path) == [
        "inventory.sh:1: a program, which is not run, expected an inventory file"
        " (save what it prints: ansible-inventory -i inventory.sh --list --yaml --output FILE)"
    ]
    assert not (tmp_path / "ran").exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert messages(read_ansible([tmp_path / "none"]), tmp_path) == [
        "none: cannot be read: No such file or directory"
    ]


def test_a_group_within_itself_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, ini="[a:children]\nb\n[b:children]\na\n[top:children]\na\n[b]\nh\n")
    assert "h" in found.hosts
    assert len(found.warnings) == 1
    assert "contains itself" in found.warnings[0]


def test_a_bomb_of_aliases_is_harmless(tmp_path: Path) -> None:
    levels = "".join(
        f"g{number}: &g{number}\n  children:\n    x{number}: *g{number - 1}\n    y{number}: *g{number - 1}\n"
        for number in range(1, 40)
    )
    found = read(tmp_path, yaml=f"g0: &g0\n  hosts:\n    h:\n{levels}")
    assert list(found.hosts) == ["h"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("web1", ["web1"]),
        ("web[1:3]", ["web1", "web2", "web3"]),
        ("web[08:11].x", ["web08.x", "web09.x", "web10.x", "web11.x"]),
        ("[a:c]", ["a", "b", "c"]),
        ("n[1:7:3]", ["n1", "n4", "n7"]),
        ("r[1:2]n[a:b]", ["r1na", "r1nb", "r2na", "r2nb"]),
        ("x[1]", ["x[1]"]),
    ],
)
def test_ranges(pattern: str, names: list[str]) -> None:
    assert expand(pattern) == names


@pytest.mark.parametrize(
    "pattern",
    ["x[1:999999999]", "x[0:9][0:99][0:999]", "x[1:b]", "x[01:100]", "x[1:5:0]", "x[1:99999999999]"],
)
def test_ranges_that_are_none(pattern: str) -> None:
    with pytest.raises(RangeError):
        expand(pattern)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=200), st.text(alphabet="[]:=ab1 \n#'\"&*{}-<!|%,", max_size=80).map(str.encode)
    ),
    suffix=st.sampled_from([".ini", ".yml", ""]),
)
def test_any_bytes_make_hosts_or_problems(content: bytes, suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"inventory{suffix}"
    file.write_bytes(content)
    found = read_ansible([file])
    for problem in found.problems:
        assert str(problem).isprintable()
    assert os.path.exists(file)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_is_nodes_or_an_error(text: str) -> None:
    try:
        parse(text)
    except YamlError as error:
        assert error.line >= 1
