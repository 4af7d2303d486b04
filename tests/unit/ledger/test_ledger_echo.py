"""Echoes: what hosts remember of the ledger's head is held against it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.ledger import Ledger
from opsconsole.data.ledger_echo import Echo, echo_command, read_echoes
from opsconsole.data.ledger_verify import verify


def test_what_is_echoed_is_read_back_from_journal_and_syslog() -> None:
    words = echo_command("ab" * 16, 12, "cd" * 32).argv[-1]
    lines = f"{words}\nNov 26 14:05:12 web1 opsconsole: {words}\nsomething else\n"
    assert list(read_echoes(lines.encode())) == [Echo("ab" * 16, 12, "cd" * 32)] * 2


@given(st.binary(max_size=400))
def test_any_bytes_are_read(output: bytes) -> None:
    list(read_echoes(output))


def test_echoes_agree_differ_and_are_missed(path: Path) -> None:
    ledger = Ledger.open(path)
    fifth = ledger.all_events()[4]
    good = Echo(ledger.ledger_id, 5, fifth.hash)
    stranger = Echo("00" * 16, 5, "11" * 32)
    found = verify(path, echoes={"web1": [good, stranger, good], "db1": [stranger]})
    assert (found.intact, found.echoes) == (True, 1)
    assert "db1 remembers no echo of this ledger" in found.notes
    bad = Echo(ledger.ledger_id, 7, "22" * 32)
    found = verify(path, echoes={"web1": [good, bad, good, bad]})  # in the journal, and in syslog's file
    assert (found.first_bad, len(found.problems), found.echoes) == (7, 1, 1)
    assert "web1 remembers it" in found.problems[0].text


def test_a_whole_rewrite_with_its_anchors_is_seen_by_the_hosts(path: Path, tmp_path: Path) -> None:
    """Who can write the ledger and its anchors can rewrite both, but not the logs of the hosts."""
    ledger = Ledger.open(path)
    echo = Echo(ledger.ledger_id, 12, "33" * 32)
    assert verify(path).intact
    found = verify(path, echoes={"web1": [echo]})
    assert found.first_bad == 12
    assert "is missing here" in found.problems[0].text
