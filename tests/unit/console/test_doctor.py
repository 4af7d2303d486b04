"""What `doctor` finds on this machine, well and ill; it looks, and makes nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from opsconsole.console import doctor, doctor_trail, writable
from opsconsole.console.diagnosis import Diagnosis
from opsconsole.console.inventory import HostEntry, Inventory
from opsconsole.console.settings import Settings
from opsconsole.data.host import Host
from opsconsole.data.ledger import Entry, Ledger
from opsconsole.data.ledger_anchor import anchors_path
from opsconsole.panels.panel import Level

Agent = Callable[[str], None]


@pytest.fixture
def settings(own_home: Path) -> Settings:
    state = own_home / ".local" / "state" / "opsconsole"
    return Settings(history_path=state / "history.sqlite", ledger_path=state / "ledger.sqlite")


@pytest.fixture
def ssh_add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Agent:
    """Put a program in the place of ssh-add."""

    def put(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "ssh-add"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")

    return put


@pytest.fixture
def open_ledger(settings: Settings) -> Ledger:
    assert settings.ledger_path is not None
    ledger = Ledger.open(settings.ledger_path)
    ledger.append(Entry(kind="start", run_id="r1", host="web1"))
    return ledger


def key(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    path.chmod(0o600)
    return path


def only(found: list[Diagnosis]) -> Diagnosis:
    [one] = found
    return one


class TestAgent:
    async def test_none_is_well(self) -> None:
        one = await doctor.agent()
        assert (one.level, one.found) == (Level.OK, "none (SSH_AUTH_SOCK is not set)")

    @pytest.mark.parametrize(
        ("script", "level", "said"),
        [
            ("echo one; echo two", Level.OK, "2 keys at /run/agent"),
            ("exit 1", Level.WARNING, "no keys at /run/agent"),
            ("exit 2", Level.CRITICAL, "cannot be reached at /run/agent"),
        ],
    )
    async def test_what_ssh_add_says(self, ssh_add: Agent, script: str, level: Level, said: str) -> None:
        ssh_add(script)
        one = await doctor.agent()
        assert (one.level, one.found) == (level, said)

    async def test_one_that_does_not_answer_is_ended_and_waited_for(
        self, ssh_add: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started: list[asyncio.subprocess.Process] = []
        begin = asyncio.create_subprocess_exec

        async def noted(*argv: str, **more: int) -> asyncio.subprocess.Process:
            started.append(await begin(*argv, **more))  # type: ignore[arg-type]
            return started[-1]

        monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
        monkeypatch.setattr(doctor, "AGENT_DEADLINE_SECONDS", 0.05)
        ssh_add("exec sleep 600")
        one = await doctor.agent()
        assert (one.level, one.found) == (Level.CRITICAL, "/run/agent does not answer")
        assert [process.returncode for process in started] == [-9]


class TestFiles:
    def test_known_hosts(self, own_home: Path) -> None:
        assert "is not there yet" in doctor.known_hosts().found
        path = own_home / ".ssh" / "known_hosts"
        path.parent.mkdir()
        path.write_text("# mine\n\nweb1 ssh-ed25519 AAAA\n")
        assert doctor.known_hosts().found == f"1 keys in {path}"

    def test_keys_that_others_may_read_or_that_are_missing(self, tmp_path: Path) -> None:
        good, bad = key(tmp_path / "good"), key(tmp_path / "bad")
        bad.chmod(0o644)
        files = (str(good), str(bad), str(tmp_path / "none"))
        entries = [HostEntry(Host("web1", "web1", identity_files=files), {}, {}, {})]
        found = [(one.level, one.found) for one in doctor.key_files(entries)]
        assert found == [
            (Level.WARNING, f"{bad} has mode 0644"),
            (Level.WARNING, f"{tmp_path / 'none'}: No such file or directory"),
        ]

    def test_the_history(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        assert doctor.history(settings).level is Level.OK
        assert doctor.history(replace(settings, history_path=None)).found == "switched off"
        monkeypatch.setattr(writable, "FREE_BYTES", 2**80)
        one = doctor.history(settings)
        assert (one.level, "MiB free on its disk" in one.found) == (Level.WARNING, True)

    def test_a_file_where_a_folder_should_be(self, settings: Settings, own_home: Path) -> None:
        (own_home / ".local").touch()
        for one in (doctor.history(settings), only([*doctor_trail.ledger(settings)])):
            assert (one.level, f"{own_home / '.local'} may not be" in one.found) == (Level.CRITICAL, True)


class TestTrail:
    def test_one_that_is_not_there_yet_is_not_made(self, settings: Settings, own_home: Path) -> None:
        one = only([*doctor_trail.ledger(settings)])
        assert (one.level, one.found) == (Level.OK, f"{settings.ledger_path} is not there yet")
        assert list(own_home.iterdir()) == []

    def test_none_at_all(self) -> None:
        one = only([*doctor_trail.ledger(Settings())])
        assert (one.level, "nothing can be changed" in one.found) == (Level.WARNING, True)

    def test_what_is_in_it_and_up_to_where_it_is_signed(
        self, settings: Settings, open_ledger: Ledger, tmp_path: Path
    ) -> None:
        from opsconsole.console.ssh.signing import find_signer

        assert only([*doctor_trail.ledger(settings)]).found.endswith(": 1 event, not signed")
        signer, _ = find_signer(key(tmp_path / "id"), "none")
        open_ledger.sign_head(signer)
        open_ledger.append(Entry(kind="verdict", run_id="r1", verdict="done"))
        one = only([*doctor_trail.ledger(settings)])
        assert (one.level, one.found) == (
            Level.OK,
            f"{settings.ledger_path}: 2 events, signed up to event 1",
        )

    def test_one_that_may_not_be_written(self, settings: Settings, open_ledger: Ledger) -> None:
        open_ledger.path.chmod(0o400)
        one = only([*doctor_trail.ledger(settings)])
        assert (one.level, one.advice) == (Level.CRITICAL, f"chmod u+w {open_ledger.path}")
        open_ledger.path.chmod(0o600)
        anchors_path(open_ledger.path).chmod(0o400)
        assert only([*doctor_trail.ledger(settings)]).level is Level.CRITICAL

    def test_a_full_disk(
        self, settings: Settings, open_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writable, "FREE_BYTES", 2**80)
        full, found = doctor_trail.ledger(settings)
        assert (full.level, found.level) == (Level.WARNING, Level.OK)
        assert full.advice == "make room, or set audit.ledger"

    def test_one_that_is_gone_damaged_or_not_what_it_was(
        self, settings: Settings, open_ledger: Ledger
    ) -> None:
        path = open_ledger.path
        open_ledger.close()
        kept = anchors_path(path).read_bytes()
        anchors_path(path).write_bytes(kept.replace(b'"seq":1', b'"seq":9'))
        assert "is not what it was" in only([*doctor_trail.ledger(settings)]).found
        path.write_bytes(b"no database" * 100)
        assert "is damaged" in only([*doctor_trail.ledger(settings)]).found
        path.unlink()
        one = only([*doctor_trail.ledger(settings)])
        assert (one.level, "is gone; its anchors know 9 events" in one.found) == (Level.CRITICAL, True)

    def test_who_signs(self, settings: Settings, own_home: Path) -> None:
        one = doctor_trail.signing(settings)
        assert (one.level, "nobody signs" in one.found) == (Level.WARNING, True)
        assert doctor_trail.signing(replace(settings, signing_key=False)).level is Level.OK
        named = key(own_home / ".ssh" / "id_ed25519")
        one = doctor_trail.signing(replace(settings, signing_key=named))
        assert (one.level, "are signed by SHA256:" in one.found) == (Level.OK, True)


async def test_all_of_it_makes_nothing(settings: Settings, own_home: Path) -> None:
    found = await doctor.examine(settings, Inventory({}, {}, {}, ()), [])
    subjects = [one.subject for one in found]
    assert {"versions", "configuration", "ssh agent", "known_hosts", "history", "ledger", "signing"} <= set(
        subjects
    )
    assert list(own_home.iterdir()) == []
