"""From the section to the files to what is served: as the poller reads it, with a host's captured answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from opsconsole.console import sections
from opsconsole.console.inventory import HostEntry
from opsconsole.console.readings import HostReadings
from opsconsole.console.rounds import read_rare
from opsconsole.console.state import HostState, Root
from opsconsole.data.host import Command, Facts, Host, Output, SudoPasswordError, SudoPolicy
from opsconsole.panels.certificates import follow
from opsconsole.panels.certificates.reading import CertificatesReading, Endpoint
from opsconsole.panels.certificates.settings import CertificatesSettings

CAPTURED = Path(__file__).parent / "captured"


class Captured:
    """A host that answers as tls1 did."""

    def __init__(self, policy: SudoPolicy = SudoPolicy.PASSWORDLESS, *, ready: bool = True) -> None:
        self.host = Host("tls1", "tls1", sudo=policy)
        self.ready = ready
        self.ran: list[tuple[str, bool]] = []
        self.asked = b""

    async def facts(self) -> Facts:
        return Facts(user="ops", user_id=1000, sudo_ready=self.ready)

    async def run(self, command: Command) -> Output:
        if command.sudo and not self.ready:
            raise SudoPasswordError("tls1: none was given")
        said = command.stdin or b""
        if b"\n@@paths\n" in said:
            self.ran.append(("files", command.sudo))
            self.asked = said.partition(b"\n@@paths\n")[2]
            answer = (CAPTURED / "tls1.files").read_bytes()
        else:
            self.ran.append(("host", command.sudo))
            nonce = re.findall(rb"@@([0-9a-f]{16}) 0", said)[0]
            host = (CAPTURED / "tls1.host").read_bytes()
            answer = b"\n@@%s 0\n%s\n@@%s end 0\n" % (nonce, host, nonce)
        return Output(0, answer, b"", 0.01)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[CertificatesReading]:
    """Return the readings with which the host's web servers were asked."""
    readings: list[CertificatesReading] = []

    async def found(
        shell: Any, host: Any, settings: Any, reading: CertificatesReading
    ) -> tuple[Endpoint, ...]:
        readings.append(reading)
        return (Endpoint("shop", "shop:443", (), "nginx"),)

    monkeypatch.setattr(follow, "found_endpoints", found)
    return readings


async def read(shell: Captured, **settings: Any) -> tuple[HostReadings, list[Mapping[str, float]]]:
    loaded = sections.load_panels(["certificates"])
    entry = HostEntry(shell.host, panel_settings={"certificates": CertificatesSettings(**settings)})
    known = HostReadings(HostState(entry), loaded, tick_seconds=2.0, slow_seconds=30.0)
    recorded: list[Mapping[str, float]] = []

    def record(name: str, at: datetime, values: Mapping[str, float]) -> None:
        recorded.append(values)

    await read_rare(shell, known, loaded, record=record)  # type: ignore[arg-type]  # a fake
    return known, recorded


async def test_files_are_read_and_then_their_servers_asked(seen: list[CertificatesReading]) -> None:
    shell = Captured()
    known, recorded = await read(shell, files=("/etc/postfix/tls/*", "/etc/x.pem"))
    assert shell.ran == [("host", True), ("files", True)]
    lines = shell.asked.split(b"\n")
    assert lines[:2] == [b"g/etc/postfix/tls/*", b"c/etc/x.pem"]
    assert b"h/etc/haproxy/certs/lb.pem" in lines
    assert b"k/etc/nginx/tls/api.lab.test.key" in lines
    (reading,) = seen
    assert len(reading.files or ()) == 6  # the servers are asked with the files in hand
    shown: CertificatesReading = known.state.panels["certificates"].reading
    assert shown.files == reading.files
    assert [one.name for one in shown.endpoints or ()] == ["shop"]
    assert all("certificate_days_left" in values for values in recorded)
    assert recorded


async def test_without_the_password_it_is_read_as_it_is(seen: list[CertificatesReading]) -> None:
    shell = Captured(SudoPolicy.ASK, ready=False)
    known, _ = await read(shell)
    assert shell.ran == [("host", False), ("files", False)]
    assert known.state.root is Root.PASSWORD_WANTED
    assert len(seen) == 1


async def test_too_many_files_are_said(
    seen: list[CertificatesReading], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsconsole.panels.certificates.files_command.MOST_FILES", 3)
    known, _ = await read(Captured())
    shown: CertificatesReading = known.state.panels["certificates"].reading
    assert any("only the first 3 of" in note.why for note in shown.unread)
