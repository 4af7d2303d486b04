"""`opsconsole init --json`: the document is as its schema says; there is none when nothing was written."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from opsconsole.console.cli.main import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(own_home: Path) -> Path:
    (own_home / ".ssh").mkdir(mode=0o700, exist_ok=True)
    (own_home / ".ssh" / "config").write_text("Host web1\n HostName 10.0.0.1\nHost db1\n")
    return own_home


def schema() -> Any:
    text = resources.files("opsconsole.console.cli").joinpath("schemas", "init.schema.json").read_text()
    made = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(made)
    return made


def document(capsys: Capture) -> Any:
    made = json.loads(capsys.readouterr().out)
    jsonschema.validate(made, schema())
    return made


def test_the_document_is_as_its_schema_says(home: Path, capsys: Capture) -> None:
    file = home / ".config" / "opsconsole" / "opsconsole.toml"
    assert run(["init", "--json"]) == 0
    assert document(capsys) == {"version": 1, "path": str(file), "backup": None, "hosts": ["web1", "db1"]}
    assert run(["init", "--json", "--force"]) == 0
    backup = document(capsys)["backup"]
    assert Path(backup).parent == file.parent


def test_where_nothing_was_written_there_is_no_document(home: Path, capsys: Capture) -> None:
    assert run(["init"]) == 0
    capsys.readouterr()
    assert run(["init", "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "is there already" in err
