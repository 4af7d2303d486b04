"""`opsconsole doctor`: its lines, its document against its schema, its exit statuses."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from opsconsole.console import doctor, doctor_trail
from opsconsole.console.cli.main import run
from opsconsole.console.diagnosis import Diagnosis
from opsconsole.console.settings import Settings
from opsconsole.panels.panel import Level

Capture = pytest.CaptureFixture[str]


def test_the_document_is_as_its_schema_says_and_nothing_is_made(own_home: Path, capsys: Capture) -> None:
    text = resources.files("opsconsole.console.cli").joinpath("schemas/doctor.schema.json").read_text()
    assert run(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads(text))
    subjects = [check["subject"] for check in document["checks"]]
    assert subjects[-3:] == ["history", "ledger", "signing"]
    assert list(own_home.iterdir()) == []


def test_the_status_is_1_when_something_will_not_work(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def broken(_settings: Settings) -> list[Diagnosis]:
        return [Diagnosis(Level.CRITICAL, doctor_trail.LEDGER, "it is gone", "look for it")]

    monkeypatch.setattr(doctor, "trail", broken)
    assert run(["doctor"]) == 1
    *_, last, advice = capsys.readouterr().out.splitlines()
    assert last.split(maxsplit=2)[1:] == ["ledger", "it is gone"]
    assert advice.split() == ["→", "look", "for", "it"]
