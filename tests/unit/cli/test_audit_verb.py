"""`opsconsole audit`: what it prints, its documents against their schemas, its exit statuses."""

from __future__ import annotations

import json
import sqlite3
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from opsconsole.console.cli.main import run
from opsconsole.data.ledger import Ledger

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))
from ledger_room import EVENTS, entry, tell


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the ledger of the configuration will be."""
    path = tmp_path / "state" / "ledger.db"
    config = tmp_path / "opsconsole.toml"
    config.write_text(f'[audit]\nledger_path = "{path}"\n')
    config.chmod(0o600)
    monkeypatch.setenv("OPSCONSOLE_CONFIG", str(config))
    return path


@pytest.fixture
def ledger(path: Path) -> Ledger:
    ledger = Ledger.open(path)
    tell(ledger)
    return ledger


def schema(name: str) -> Any:
    text = resources.files("opsconsole.console.cli").joinpath("schemas", f"{name}.schema.json").read_text()
    return json.loads(text)


def audit(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = run(["audit", *words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.usefixtures("ledger")
class TestThere:
    def test_list(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, _ = audit(capsys)
        assert status == 0
        title, newest, oldest = out.splitlines()
        assert title.split()[:2] == ["started", "(UTC)"]
        assert "bob" in newest
        assert "↶ undone" in newest
        assert "ada as ops" in oldest
        assert "INC-7 disk alarm" in oldest

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            (["--host", "db1"], ["r2"]),
            (["--recipe", "log-rotation"], ["r1"]),
            (["--operator", "bob"], ["r2"]),
            (["--verdict", "done"], ["r1"]),
            (["--verdict", "open"], []),
            (["--incident", "INC-7"], ["r1"]),
            (["--since", "1h"], ["r2", "r1"]),
            (["--until", "2000-01-01"], []),
            (["--since", "2000-01-01T00:00:00+02:00", "--limit", "1"], ["r2"]),
        ],
    )
    def test_list_is_filtered(
        self, capsys: pytest.CaptureFixture[str], words: list[str], found: list[str]
    ) -> None:
        status, out, _ = audit(capsys, "list", *words, "--json")
        document = json.loads(out)
        jsonschema.validate(document, schema("audit-list"))
        assert (status, [row["run_id"] for row in document["runs"]]) == (0, found)

    def test_list_says_when_there_are_more(self, capsys: pytest.CaptureFixture[str]) -> None:
        for form in ([], ["--json"]):
            status, out, err = audit(capsys, "list", "--limit", "1", *form)
            assert (status, "r2" in out, "r1" in out) == (0, True, False)
            assert "only the newest 1 run of more; --limit N lists N" in err
            assert audit(capsys, "list", "--limit", "2", *form)[2] == ""

    def test_show_is_a_story_and_a_document(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, _ = audit(capsys, "show", "r1")
        assert status == 0
        for words in ("planned", "$ logrotate -v", "│ rotated 3", "✓ proved", "✓ verdict: done and verified"):
            assert words in out
        status, out, _ = audit(capsys, "show", "r1", "--json")
        document = json.loads(out)
        jsonschema.validate(document, schema("audit-show"))
        kinds = [event["kind"] for event in document["events"]]
        assert kinds == ["start", "intent", "outcome", "check", "verdict"]
        assert document["plan"]["summary"] == "frees 11.8 GiB of /var"

    def test_show_takes_options_between_and_the_beginning_of_an_id(
        self, capsys: pytest.CaptureFixture[str], path: Path
    ) -> None:
        Ledger.open(path).append(entry("start", run_id="20261126-1"))
        assert audit(capsys, "show", "-v", "2026")[0] == 0
        assert audit(capsys, "show", "r")[0] == 2  # two runs begin so
        assert audit(capsys, "show", "zz")[0] == 1

    def test_verify(self, capsys: pytest.CaptureFixture[str], path: Path) -> None:
        status, out, _ = audit(capsys, "verify")
        assert status == 0
        assert out.startswith(f"chain intact, {EVENTS} events, head unsigned\n")
        assert audit(capsys, "verify", "--offline", "--signer", "SHA256:x")[0] == 1
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("DROP TRIGGER events_no_update")
        connection.execute("UPDATE events SET step = 'x' WHERE seq = 4")
        connection.close()
        status, out, _ = audit(capsys, "verify", "--json")
        document = json.loads(out)
        jsonschema.validate(document, schema("audit-verify"))
        assert (status, document["intact"], document["first_bad"]) == (1, False, 4)

    @pytest.mark.parametrize("words", [[], ["--format", "csv"], ["--format", "ocsf"]])
    def test_export(self, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
        status, out, _ = audit(capsys, "export", *words)
        assert status == 0
        assert len(out.splitlines()) == EVENTS + ("csv" in words)
        if not words:
            for line in out.splitlines():
                jsonschema.validate(json.loads(line), schema("audit-event"))
        _, out, _ = audit(capsys, "export", *words, "--verdict", "done")
        assert len(out.splitlines()) == 5 + ("csv" in words)

    def test_a_changed_ledger_is_told_of_at_first_sight(
        self, capsys: pytest.CaptureFixture[str], path: Path
    ) -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("DROP TRIGGER events_no_delete")
        connection.execute("DELETE FROM events WHERE seq = 11")
        connection.close()
        assert "is not what it was" in audit(capsys, "list")[2]


def test_where_there_is_no_ledger_yet(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    status, out, _ = audit(capsys)
    assert (status, "no ledger yet" in out) == (0, True)
    document = json.loads(audit(capsys, "--json")[1])
    jsonschema.validate(document, schema("audit-list"))
    for words in (["verify"], ["show", "r1"], ["export"]):
        assert audit(capsys, *words)[0] == 1
    assert not path.exists()


def test_a_ledger_that_is_gone_is_not_taken_for_none(
    capsys: pytest.CaptureFixture[str], ledger: Ledger, path: Path
) -> None:
    ledger.close()
    for file in path.parent.glob("ledger.db*"):
        if "anchors" not in file.name:
            file.unlink()
    said = f"the ledger {path} is gone; its anchors know {EVENTS} events"
    for words in ([], ["--json"], ["show", "r1"], ["export"], ["verify"]):
        status, out, err = audit(capsys, *words)
        assert (status, said in out + err) == (1, True), words
    assert not path.exists()


@pytest.mark.parametrize("change", ["at_us = 'yesterday'", "host = x'ff'", "local_user = x'00'"])
def test_a_damaged_ledger_is_said_to_be(
    capsys: pytest.CaptureFixture[str], ledger: Ledger, path: Path, change: str
) -> None:
    ledger.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER events_no_update")
    connection.execute(f"UPDATE events SET {change}")  # noqa: S608 - our own words
    connection.close()
    for words in ([], ["--json"], ["show", "r1"], ["export"]):
        status, _, err = audit(capsys, *words)
        assert (status, f"ledger {path} is damaged: `opsconsole audit verify` says more" in err) == (1, True)
    assert audit(capsys, "verify")[0] == 1


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("words", [["show"], ["list", "r1"], ["--since", "yesterday"]])
def test_mistakes_are_told(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    status, out, err = audit(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith("opsconsole: ")
