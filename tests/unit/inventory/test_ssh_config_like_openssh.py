# ruff: noqa: E501 - configurations and messages stand here as they are, each on one line
"""Our reader of ssh_config against `ssh -G`, which says how OpenSSH itself reads it."""

from __future__ import annotations

import getpass
import os
import pwd
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsconsole.console.sources.ssh_config import SshConfig
from opsconsole.console.sources.ssh_config.expand import Tokens
from tests.unit.inventory.ssh_cases import CASES, FILES, NAMES

# OpenSSH takes the home folder from the password database, whatever HOME is.
HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)
USER = getpass.getuser()


def openssh(config: Path, name: str) -> dict[str, list[str]]:
    """Return keyword -> values as `ssh -G` prints them."""
    result = subprocess.run(
        ["ssh", "-F", str(config), "-G", "--", name], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    said: dict[str, list[str]] = {}
    for line in result.stdout.splitlines():
        keyword, _, value = line.partition(" ")
        said.setdefault(keyword, []).append(value)
    return said


def theirs(config: Path, name: str) -> dict[str, Any]:
    """Return what OpenSSH says, in our fields; paths expanded as ours are."""
    said = openssh(config, name)
    address, user, port = said["hostname"][0], said["user"][0], int(said["port"][0])
    jump = said.get("proxyjump", ["none"])[0]
    alias = said.get("hostkeyalias", [""])[0]
    tokens = Tokens(name, address, port, user, USER, HOME, "" if jump == "none" else jump, alias)
    files = said.get("identityfile", [])
    agent = said.get("identityagent", [None])[0]
    return {
        "address": address,
        "user": user,
        "port": port,
        "jump": () if jump == "none" else tuple(jump.split(",")),
        "identity_files": () if files == default_files() else tuple(map(tokens.path, files)),
        "certificate_files": tuple(map(tokens.path, said.get("certificatefile", []))),
        "identities_only": said["identitiesonly"][0] == "yes",
        "identity_agent": None if agent == "SSH_AUTH_SOCK" else agent,
        "host_key_alias": alias or None,
        "connect_timeout_seconds": 0.0 if (t := said["connecttimeout"][0]) == "none" else float(t),
        "known_hosts": f"{said['userknownhostsfile'][0]} {said['globalknownhostsfile'][0]}",
    }


def ours(config: Path, name: str) -> dict[str, Any]:
    """Return what our reader says, with OpenSSH's defaults where it says nothing."""
    fields = SshConfig.read([config], home=HOME).resolve(name).fields
    said = {field: located.value for field, located in fields.items()}
    system = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"
    default_known = f"{HOME}/.ssh/known_hosts {HOME}/.ssh/known_hosts2 {system}"
    known = " ".join(said["known_hosts_files"]) if "known_hosts_files" in said else default_known
    return {
        "address": said.get("address", name.lower()),
        "user": said.get("user", USER),
        "port": said.get("port", 22),
        "jump": said.get("jump", ()),
        "identity_files": said.get("identity_files", ()),
        "certificate_files": said.get("certificate_files", ()),
        "identities_only": said.get("identities_only", False),
        "identity_agent": said.get("identity_agent"),
        "host_key_alias": said.get("host_key_alias"),
        "connect_timeout_seconds": said.get("connect_timeout_seconds", 0.0),
        "known_hosts": known,
    }


@cache
def default_files() -> list[str]:
    """Return the key files that OpenSSH tries when the configuration names none."""
    return openssh(Path("/dev/null"), "anywhere")["identityfile"]


def write(folder: Path, text: str) -> Path:
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("{dir}", str(folder)))
        path.chmod(0o600)
    config = folder / "config"
    config.write_bytes(text.replace("{dir}", str(folder)).encode())
    return config


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.replace(" ", "-"))
def test_reads_as_openssh_does(case: str, tmp_path: Path) -> None:
    config = write(tmp_path, CASES[case])
    for name in NAMES:
        assert ours(config, name) == theirs(config, name), f"{name}:\n{config.read_text()}"


def test_tokens_in_paths_are_expanded_as_openssh_does(tmp_path: Path) -> None:
    text = (
        "Host web1\n HostName x.example.org\n User deploy\n Port 2200\n HostKeyAlias al\n ProxyCommand false\n"
        f" IdentityFile {tmp_path}/%h-%n-%p-%r-%u-%l-%L-%i-%k-%%\n IdentityFile {tmp_path}/%C\n"
        " IdentityFile %d/none-such\n IdentityFile ~/none-such-2\n IdentityFile ${OPS_TEST_FOLDER}/k\n"
    )
    config = write(tmp_path, text)
    environment = {**os.environ, "OPS_TEST_FOLDER": "/folder"}
    result = subprocess.run(
        ["ssh", "-v", "-F", str(config), "web1", "true"],
        capture_output=True, text=True, timeout=60, check=False, env=environment,
    )  # fmt: skip
    tried = re.findall(r"identity file (\S+) type", result.stderr)
    expected = tuple(path for path in tried if not path.endswith("-cert"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPS_TEST_FOLDER", "/folder")
        found = SshConfig.read([config], home=HOME).resolve("web1").fields["identity_files"].value
    assert len(expected) == 5, result.stderr
    assert found == expected


patterns = st.sampled_from(["web1", "web2", "*", "web?", "!web1", "!web2", "w*", "x*", "*.example.org"])
setting_lines = st.sampled_from(
    [
        "User a", "User b", "Port 1", "Port 2", "HostName x.example.org", "HostName %h.example.org",
        "IdentityFile /k/1", "IdentityFile /k/2", "ProxyJump p,q", "ProxyJump none", "ConnectTimeout 3",
        "IdentitiesOnly yes", "IdentitiesOnly no", "HostKeyAlias k", "CertificateFile /c/1",
        "UserKnownHostsFile /u /v", "Include {dir}/inc", "Include {dir}/plain", "Include {dir}/nested",
    ]
)  # fmt: skip
host_lines = st.lists(patterns, min_size=1, max_size=3).map(lambda found: "Host " + " ".join(found))
criteria = st.sampled_from(
    [
        "all", "host web1", "host *.example.org", "!host web2", "originalhost web*", "user a", "!user b",
        "final", "final host x.example.org", "canonical", "host web*,!web2",
    ]
)  # fmt: skip
match_lines = st.one_of(
    st.just("Match all"), criteria.filter(lambda text: text != "all").map("Match {}".format),
    st.tuples(criteria, criteria).filter(lambda pair: "all" not in pair).map(lambda pair: f"Match {pair[0]} {pair[1]}"),
)  # fmt: skip
config_texts = st.lists(
    st.one_of(setting_lines, setting_lines, host_lines, match_lines), min_size=1, max_size=14
).map(lambda lines: "\n".join(lines) + "\n")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=config_texts, name=st.sampled_from(["web1", "web2", "x.example.org"]))
def test_any_configuration_is_read_as_openssh_does(text: str, name: str, tmp_path: Path) -> None:
    config = write(tmp_path, text)
    assert ours(config, name) == theirs(config, name)
