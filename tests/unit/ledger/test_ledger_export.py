"""What is exported can be read back, and its chain be computed anew from the export alone."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from ledger_room import EVENTS, appended, entry

from opsconsole.data.ledger import Entry, Ledger, Operator
from opsconsole.data.ledger_chain import COLUMNS, FORMAT, event_hash, genesis
from opsconsole.data.ledger_export import event_document, from_document, lines, ocsf
from opsconsole.data.ledger_query import to_us

FORMULA = "=HYPERLINK(evil)\nsecond line"


def test_a_line_of_json_is_the_event(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.append(entry("outcome", run_id="r3", body={"output": "\ud800 \u2028 é\n", "n": [1, 2.5, None]}))
    events = ledger.all_events()
    written = [json.loads(line) for line in lines(events, "jsonl")]
    assert [from_document(document) for document in written] == events


def test_the_chain_can_be_computed_from_an_export(path: Path) -> None:
    ledger = Ledger.open(path)
    previous = genesis(ledger.ledger_id)
    for line in lines(ledger.all_events(), "jsonl"):
        event = from_document(json.loads(line))
        assert event.previous == previous
        values = {
            "format": FORMAT,
            "at_us": to_us(event.at),
            "body": json.dumps(event.body, sort_keys=True, separators=(",", ":")),
            **event_document(event)["operator"],
        }
        covered = [values[name] if name in values else getattr(event, name) for name in COLUMNS[FORMAT]]
        assert event_hash(covered) == event.hash
        previous = event.hash
    assert previous == ledger.head()[1]


def test_csv_has_every_event_and_no_formula(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.append(entry("start", run_id="r3", host="-h", reason=FORMULA, recipe="\n=1", incident="＝1"))
    text = "\n".join(lines(ledger.all_events(), "csv"))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["seq"] for row in rows] == [str(seq) for seq in range(1, EVENTS + 2)]
    assert (rows[-1]["host"], rows[-1]["reason"]) == ("'-h", f"'{FORMULA}")
    assert (rows[-1]["recipe"], rows[-1]["incident"]) == ("'\n=1", "'＝1")
    assert rows[1]["local_user"] == "ada"
    assert json.loads(rows[2]["body"])["argv"][0] == "logrotate"


def test_csv_has_no_control_characters_but_those_of_text(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db")
    ledger.append(entry("start", reason="nul\0 esc\x1b[31m c1\x9b tab\t line\n é"))
    (row,) = csv.DictReader(io.StringIO("\n".join(lines(ledger.all_events(), "csv"))))
    assert row["reason"] == "nul\ufffd esc\ufffd[31m c1\ufffd tab\t line\n é"


def test_ocsf_is_api_activity_with_what_ocsf_requires(path: Path) -> None:
    documents = [json.loads(line) for line in lines(Ledger.open(path).all_events(), "ocsf")]
    assert len(documents) == EVENTS
    for document in documents:
        assert document["type_uid"] == document["class_uid"] * 100 + document["activity_id"]
        assert {"actor", "api", "category_uid", "metadata", "severity_id", "src_endpoint", "time"} <= set(
            document
        )
        assert document["metadata"]["product"]["name"] == "opsconsole"
    intent, outcome = documents[2], documents[3]
    assert (intent["activity_name"], intent["unmapped"]["body"]["argv"][0]) == ("Update", "logrotate")
    assert (outcome["status"], documents[8]["status"]) == ("Success", "Failure")


def test_ocsf_names_the_host_in_the_field_of_its_kind_and_leaves_out_what_is_not_known(
    tmp_path: Path,
) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db")
    for address, endpoint in (
        ("10.0.0.7", {"name": "web1", "ip": "10.0.0.7"}),
        ("fe80::1%eth0", {"name": "web1", "ip": "fe80::1%eth0"}),
        ("web1.example.org", {"name": "web1", "hostname": "web1.example.org"}),
        ("", {"name": "web1"}),
    ):
        assert ocsf(appended(ledger, entry("start", address=address)))["dst_endpoint"] == endpoint
    bare = ocsf(appended(ledger, Entry(kind="lock-broken", operator=Operator("ada"))))
    assert "dst_endpoint" not in bare
    assert "message" not in bare
    assert "correlation_uid" not in bare["metadata"]
    assert bare["actor"] == {"user": {"name": "ada"}}


def test_ocsf_tells_success_from_failure(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db")
    told = [
        ocsf(appended(ledger, one)).get("status_id", 0)
        for one in (
            entry("check", body={"holds": True}),
            entry("check", body={"holds": None}),
            entry("outcome", body={"exit_status": 0}),
            entry("outcome", body={"exit_status": 0, "failure": "late"}),
            entry("verdict", verdict="done"),
            entry("verdict", verdict="undone"),
            entry("refused"),
            entry("intent"),
        )
    ]
    assert told == [1, 2, 1, 2, 1, 2, 2, 0]
