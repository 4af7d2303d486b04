"""The known_hosts files, with OpenSSH's own tools as the witness."""

from __future__ import annotations

import asyncio
import base64
import stat
import subprocess
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.console.ssh import known_hosts
from opsconsole.console.ssh.hostkeys import HostKeys
from opsconsole.data.host import Host

KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER = asyncssh.generate_private_key("ssh-ed25519")
RSA = asyncssh.generate_private_key("ssh-rsa", key_size=2048)


def text(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode().strip()


def host(path: Path, **changes: object) -> Host:
    return Host("h", "web1.example", known_hosts_files=(str(path),), **changes)  # type: ignore[arg-type] - test shorthand


@pytest.mark.parametrize(
    ("field", "name", "found"),
    [
        ("web1.example", "web1.example", True),
        ("WEB1.example", "web1.example", True),
        ("other,web1.example", "web1.example", True),
        ("*.example", "web1.example", True),
        ("web?.example", "web1.example", True),
        ("*.example,!web1.example", "web1.example", False),
        ("!web1.example", "web1.example", False),
        ("[web1.example]:2222", "[web1.example]:2222", True),
        ("[web1.example]:2222", "web1.example", False),
        ("web1.example", "[web1.example]:2222", False),
        ("[*.example]:2222", "[web1.example]:2222", True),
        ("web1", "web1.example", False),
    ],
)
def test_names_match_as_openssh_matches_them(tmp_path: Path, field: str, name: str, found: bool) -> None:
    path = tmp_path / "known"
    path.write_text(f"{field} {text(KEY)}\n")
    assert bool(known_hosts.find([str(path)], name)) is found
    done = subprocess.run(["ssh-keygen", "-F", name, "-f", path], capture_output=True, check=False)
    assert (done.returncode == 0) is found


def test_hashed_names_as_ssh_keygen_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_text(f"web1.example {text(KEY)}\n[web1.example]:2222 {text(OTHER)}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", path], check=True, capture_output=True)
    assert "|1|" in path.read_text()
    (found,) = known_hosts.find([str(path)], "web1.example")
    assert found.blob == KEY.public_data
    (found,) = known_hosts.find([str(path)], "[web1.example]:2222")
    assert (found.blob, found.line) == (OTHER.public_data, 2)
    shown = subprocess.check_output(["ssh-keygen", "-l", "-F", "[web1.example]:2222", "-f", path], text=True)
    assert found.fingerprint in shown


def test_a_bad_line_does_not_hide_the_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "known"
    rubbish = (
        b"# comment\n\nweb1.example\n@what web1.example ssh-ed25519 AAAA\n|1|x|y ssh-rsa z\n\xff\xfe a b c\n"
    )
    path.write_bytes(rubbish + f"web1.example ssh-ed25519 not-base64!\nweb1.example {text(KEY)}".encode())
    assert [key.blob for key in known_hosts.find([str(path)], "web1.example")] == [KEY.public_data]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_file_can_be_searched(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(raw)
    known_hosts._parse.cache_clear()
    assert isinstance(known_hosts.find([str(path)], "web1.example"), list)


def test_markers(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_text(
        f"@cert-authority *.example {text(OTHER)}\n@revoked * {text(KEY)}\nweb1.example {text(KEY)}\n"
    )
    keys = HostKeys.of(host(path))
    assert keys.trusts_authority(OTHER.public_data)
    assert not keys.trusts(OTHER.public_data)
    assert keys.revokes(KEY.public_data)
    assert not keys.trusts(KEY.public_data)


def test_known_algorithms_are_asked_for_first(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_text(f"web1.example {text(RSA)}\n")
    wanted = HostKeys.of(host(path)).algorithms()
    assert set(wanted[:2]) == {"rsa-sha2-256", "rsa-sha2-512"}
    assert "ssh-ed25519" in wanted
    assert not any("cert" in name for name in wanted)
    path.write_text(f"@cert-authority web1.example {text(RSA)}\n")
    assert "cert" in HostKeys.of(host(path)).algorithms()[0]


def test_the_alias_is_looked_up_without_a_port(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_text(f"alias {text(KEY)}\n")
    assert HostKeys.of(host(path, host_key_alias="Alias", port=2222)).trusts(KEY.public_data)


def test_a_key_of_the_plain_name_is_no_key_that_is_known_of_a_port(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_text(f"web1.example {text(KEY)}\n")
    keys = HostKeys.of(host(path, port=2222))
    assert keys.trusts(KEY.public_data)
    assert not keys.trusts(OTHER.public_data)
    assert keys.offer("h", OTHER.convert_to_public()).known_fingerprints == ()
    assert "-R" not in keys.offer("h", OTHER.convert_to_public()).command
    path.write_text(f"web1.example {text(KEY)}\n[web1.example]:2222 {text(OTHER)}\n")
    keys = HostKeys.of(host(path, port=2222))  # now the port has a key of its own
    assert keys.trusts(OTHER.public_data)
    assert not keys.trusts(KEY.public_data)
    path.write_text(f"web1.example {text(KEY)}\n@revoked web1.example {text(KEY)}\n")
    assert not HostKeys.of(host(path, port=2222)).trusts(KEY.public_data)
    path.write_text(f"web1.example {text(KEY)}\n")
    assert not HostKeys.of(host(path, port=2222, host_key_alias="other")).trusts(KEY.public_data)


def test_authorities_of_the_plain_name_sign_for_a_port_that_has_none(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_text(f"@cert-authority web1.example {text(KEY)}\n[web1.example]:2222 {text(RSA)}\n")
    assert HostKeys.of(host(path, port=2222)).trusts_authority(KEY.public_data)
    path.write_text(
        f"@cert-authority *.example {text(KEY)}\n@cert-authority [web1.example]:* {text(OTHER)}\n"
    )
    keys = HostKeys.of(host(path, port=2222))
    assert keys.trusts_authority(OTHER.public_data)
    assert not keys.trusts_authority(KEY.public_data)


@pytest.mark.parametrize(
    ("known", "openssh_says"),
    [
        ("127.0.0.1 KEY", "let in"),
        ("127.0.0.1 OTHER", "No ED25519 host key is known"),
        ("[127.0.0.1]:PORT OTHER", "REMOTE HOST IDENTIFICATION HAS CHANGED"),
        ("127.0.0.1 KEY\n[127.0.0.1]:PORT OTHER", "REMOTE HOST IDENTIFICATION HAS CHANGED"),
        ("127.0.0.1 OTHER\n[127.0.0.1]:PORT KEY", "let in"),
    ],
)
async def test_what_openssh_says_of_a_port(tmp_path: Path, known: str, openssh_says: str) -> None:
    path = tmp_path / "known"
    async with sshd_with(KEY) as port:
        path.write_text(
            known.replace("PORT", str(port)).replace("OTHER", text(OTHER)).replace("KEY", text(KEY)) + "\n"
        )
        options = (
            "StrictHostKeyChecking=yes",
            f"UserKnownHostsFile={path}",
            "GlobalKnownHostsFile=/dev/null",
        )
        ssh = await asyncio.create_subprocess_exec(
            *("ssh", "-F", "/dev/null", *(word for option in options for word in ("-o", option))),
            *("-o", "BatchMode=yes", "-p", str(port), "u@127.0.0.1", "true"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await ssh.communicate()
        assert openssh_says in (out + err).decode()
        keys = HostKeys.of(Host("h", "127.0.0.1", port, known_hosts_files=(str(path),)))
        offer = keys.offer("h", KEY.convert_to_public())
        if keys.trusts(KEY.public_data):
            we_say = "let in"
        elif offer.known_fingerprints:
            we_say = "REMOTE HOST IDENTIFICATION HAS CHANGED"
        else:
            we_say = "No ED25519 host key is known"
        assert we_say == openssh_says


@asynccontextmanager
async def sshd_with(key: asyncssh.SSHKey) -> AsyncIterator[int]:
    """Serve with this host key; who comes is let in."""

    class Open(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return False

    async def greet(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write("let in")
        process.exit(0)

    server = await asyncssh.create_server(Open, "127.0.0.1", 0, server_host_keys=[key], process_factory=greet)
    try:
        yield server.get_port()
    finally:
        server.close()


def test_an_offer_is_a_line_that_ssh_keygen_finds(tmp_path: Path) -> None:
    path = tmp_path / "it's here"
    offer = HostKeys.of(host(path, port=2222)).offer("h", KEY.convert_to_public())
    subprocess.run(["sh", "-c", offer.command], check=True)
    shown = subprocess.check_output(["ssh-keygen", "-l", "-F", "[web1.example]:2222", "-f", path], text=True)
    assert offer.fingerprint in shown
    assert HostKeys.of(host(path, port=2222)).trusts(KEY.public_data)


def test_appending_makes_a_private_file_and_never_joins_lines(tmp_path: Path) -> None:
    path = tmp_path / "new" / "known"
    known_hosts.append(str(path), f"one {text(KEY)}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.write_text(path.read_text().rstrip("\n"))
    known_hosts.append(str(path), f"two {text(OTHER)}")
    assert path.read_text() == f"one {text(KEY)}\ntwo {text(OTHER)}\n"


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "known"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: known_hosts.append(str(path), f"h{number} x y"), range(100)))
    assert sorted(path.read_text().splitlines()) == sorted(f"h{number} x y" for number in range(100))


def test_the_fingerprint_is_openssh_s(tmp_path: Path) -> None:
    path = tmp_path / "key.pub"
    path.write_text(text(RSA) + "\n")
    shown = subprocess.check_output(["ssh-keygen", "-l", "-f", path], text=True)
    assert shown.split()[1] == known_hosts.fingerprint(base64.b64decode(text(RSA).split()[1]))
