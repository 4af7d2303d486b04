"""Trust and login in the real console: unknown and changed host keys, passwords, wrong keys."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from tests.lab import faults
from tests.lab.conftest import Lab
from tests.lab.consoles import CALM, chosen, configure, console, live, names, row
from tests.lab.hosts import LOGIN_PASSWORD

pytestmark = pytest.mark.lab


def known_line(lab: Lab, name: str) -> str:
    """Return the lab's record of a host's key."""
    address = f"[127.0.0.1]:{lab.host(name).port}"
    lines = (line.split() for line in lab.known_hosts.read_text().splitlines())
    return next(f"{address} {words[1]} {words[2]}" for words in lines if address in words[0].split(","))


def fingerprint(public_key: str) -> str:
    """Return what OpenSSH shows of a key: `SHA256:…`."""
    blob = next(word for word in public_key.split() if word.startswith("AAAA"))
    digest = hashlib.sha256(base64.b64decode(blob)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def test_an_unknown_key_is_trusted_only_when_a_person_says_so(lab: Lab, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.touch()
    config = configure(lab, tmp_path / "opsconsole.toml", ["web2"], known_hosts=known, more=CALM)
    shown = re.escape(fingerprint(known_line(lab, "web2")))
    with console(config, tmp_path / "first", size=(100, 40)) as terminal:
        terminal.wait_for("Unknown host key", shown, r"\[127\.0\.0\.1\]:2302", live("localhost") + "|No ")
        terminal.keys("Enter")  # it rests on No
        terminal.wait_for(row("web2") + r".*host key unknown \(enter: ")
        assert known.read_text() == ""

        terminal.wait_for(live("localhost"))
        chosen(terminal, "web2")
        terminal.keys("Enter")
        terminal.wait_for("host key unknown:.*enter: look at the key and decide")
        terminal.keys("Enter")
        terminal.wait_for("Unknown host key", shown)
        terminal.keys("y")  # goes to Yes, and no further
        terminal.keys("Enter")
        terminal.wait_gone("Unknown host key")
        terminal.wait_for(r"^ web2 .*read \d+s ago", r"cpu +\d+%")
        assert known.read_text().strip() == known_line(lab, "web2")
        terminal.keys("q")
        assert terminal.ended() == 0
    with console(config, tmp_path / "second", size=(100, 40)) as terminal:
        terminal.wait_for(live("web2"))
        terminal.keys("q")
        assert terminal.ended() == 0
        assert b"Unknown host key" not in terminal.written


def test_a_changed_key_is_refused_and_there_is_no_way_to_accept_it(lab: Lab, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(known_line(lab, "web1") + "\n")
    config = configure(lab, tmp_path / "opsconsole.toml", ["web1"], known_hosts=known, more=CALM)
    with faults.host_key_changed("web1") as offered:
        with console(config, tmp_path / "terminal", size=(140, 45)) as terminal:
            terminal.wait_for(row("web1") + ".*host key changed", live("localhost"))
            chosen(terminal, "web1")
            terminal.keys("Enter")
            terminal.wait_for("host key changed:.*enter: look at the key and decide")
            terminal.keys("Enter")
            text = terminal.wait_for(
                "The host key has CHANGED",
                "on record +" + re.escape(fingerprint(known_line(lab, "web1"))),
                "offered +" + re.escape(fingerprint(offered)),
                r"-R '\[127\.0\.0\.1\]:2301' && echo",  # the old record goes, it is not only added to
            )
            assert not re.search("Trust|Yes|accept", text)
            for key in ("y", "Right", "Tab", "Enter"):
                terminal.keys(key)
            terminal.wait_gone("has CHANGED")
            terminal.wait_for("no reading yet", "host key changed:")
            terminal.keys("q")
            assert terminal.ended() == 0
        assert known.read_text().strip() == known_line(lab, "web1")


def test_a_password_is_asked_for_and_shown_nowhere(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web2"], hosts={"web2": {"user": "pw"}}, more=CALM)
    with console(config, tmp_path / "terminal") as terminal:
        terminal.wait_for("web2 asks", "password of pw on web2")
        terminal.type(LOGIN_PASSWORD)
        terminal.keys("Enter")
        terminal.wait_for(live("web2"))
        terminal.keys("q")
        assert terminal.ended() == 0
        assert LOGIN_PASSWORD.encode() not in terminal.written
    for path in terminal.home.rglob("*"):
        assert not path.is_file() or LOGIN_PASSWORD.encode() not in path.read_bytes()


def test_a_wrong_key_is_a_failed_login_with_its_reason(lab: Lab, tmp_path: Path) -> None:
    key = tmp_path / "other_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    config = configure(
        lab, tmp_path / "opsconsole.toml", ["busy1"], hosts={"busy1": {"identity_file": str(key)}}, more=CALM
    )
    with console(config, tmp_path / "terminal", size=(200, 30)) as terminal:
        terminal.wait_for(row("busy1") + r".*authentication failed \(ctrl\+r: try again\): .*publickey")
        terminal.wait_for(live("localhost"))
        terminal.wait_until(lambda: names(terminal) == ["busy1", "localhost"], "busy1 above what is well")
        terminal.keys("q")
        assert terminal.ended() == 0
