"""The command line under test: a configuration of its own, hosts that only pretend, the real schemas."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from opsconsole.console.cli import main, reach
from opsconsole.data.host import Shell, ShellError

from .conftest import FakeShell
from .demo import FakeRunner

CONFIG = """
[console]
ssh_config = false
[audit]
ledger = "ledger.sqlite"
signing_key = false
[groups.web]
hosts = ["web1", "web2", "web3"]
[hosts.web1]
[hosts.web2]
[hosts.web3]
[hosts.broken]
[hosts.hostile]
[hosts.away]
"""


def valid(name: str, document: object) -> None:
    text = files("opsconsole.console.cli").joinpath(f"schemas/{name}.schema.json").read_text()
    jsonschema.validate(document, json.loads(text))


@dataclass
class Answer:
    status: int
    out: str
    err: str

    def json(self, schema: str) -> Any:
        document = json.loads(self.out)
        valid(schema, document)
        return document


@pytest.fixture
def call(
    tmp_path: Path,
    runner: type[FakeRunner],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Answer]:
    """Call the command line with a configuration of its own."""
    config = tmp_path / "ops.toml"
    config.write_text(CONFIG)
    config.chmod(0o600)

    async def connect(_self: reach.Reach, name: str) -> None:
        if name == "away":
            raise ShellError("away: connection refused")

    def shell(self: reach.Reach, name: str) -> Shell:
        return FakeShell(self._inventory.host(name))  # type: ignore[return-value]

    monkeypatch.setattr(reach.Reach, "connect", connect)
    monkeypatch.setattr(reach.Reach, "shell", shell)
    monkeypatch.chdir(tmp_path)

    def called(*argv: str) -> Answer:
        capsys.readouterr()
        try:
            status = main.run([*argv, "--config", str(config)])
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = capsys.readouterr()
        return Answer(status, out, err)

    return called


Call = Callable[..., Answer]


def planned(call: Call, *argv: str) -> str:
    """Return the id of a plan."""
    return str(json.loads(call("plan", "demo", *argv, "--json").out)["plan_id"])


class Interrupting:
    """Presses ctrl+c when a run has begun; a runner's `holds` entry."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def wait(self) -> None:
        for _ in range(self.times):
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0)  # the loop hears of the signal
            await asyncio.sleep(0.01)
        if self.times > 1:
            await asyncio.Event().wait()
