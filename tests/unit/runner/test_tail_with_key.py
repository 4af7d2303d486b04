"""The last words of a job that prints a private key: at no moment is a line of it shown."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.data.ledger import Entry, Ledger
from opsconsole.recipes.runner.book import Book
from opsconsole.recipes.runner.jobs import TAIL_BYTES, Fence, JobReport, JobState

LINES = [base64.b64encode(random.Random(n).randbytes(48)).decode() for n in range(100)]  # noqa: S311
BODY = "\n".join([*LINES, "c2hvcnQ="])


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    ledger = Ledger.open(tmp_path / "ledger.db")
    yield Book(ledger, Entry(kind=""), ())
    ledger.close()


def tail(book: Book, written: str) -> str:
    raw = written.encode()
    return book.tail(JobReport(JobState.RUNNING, Fence.OURS, output=raw[-TAIL_BYTES:], output_bytes=len(raw)))


@pytest.mark.parametrize("headers", ["", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0123\n\n"])
@pytest.mark.parametrize("indent", ["", "    "])
def test_of_a_key_that_is_being_printed_nothing_is_shown(book: Book, headers: str, indent: str) -> None:
    kind = "RSA PRIVATE KEY"
    whole = f"before\n-----BEGIN {kind}-----\n{headers}{BODY}\n-----END {kind}-----\nbehind\n"
    whole = whole.replace("\n", f"\n{indent}")
    for written in range(0, len(whole), 41):
        shown = tail(book, whole[:written])
        assert not any(line[:20] in shown or line[-20:] in shown for line in LINES)
        assert "c2hvcnQ" not in shown
    assert tail(book, whole).endswith("behind")


def test_nor_of_one_between_whose_lines_the_job_says_something_else(book: Book) -> None:
    shown = tail(book, "\n".join(["x" * 5000, *LINES[:20], "warning: slow", *LINES[20:40], ""]))
    assert shown == "[redacted]\nwarning: slow\n[redacted]"


def test_what_is_no_key_is_shown(book: Book) -> None:
    lines = [f"{number:064x}  file-{number}" for number in range(100)]
    assert tail(book, "\n".join([*lines, "downloaded"])).endswith(f"{lines[-1]}\ndownloaded")
