"""Errors of a connection in the words of a check."""

from __future__ import annotations

import socket

import pytest

from opsconsole.data.tls.connect import told_apart
from opsconsole.panels.health.reach import failure_of


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (socket.EAI_NONAME, "name not found"),
        (socket.EAI_AGAIN, "name not looked up: no answer from the name servers"),
    ],
)
def test_a_name_that_nobody_looked_up_is_not_called_unknown(number: int, words: str) -> None:
    failure = failure_of(socket.gaierror(number, "in the system's words"))
    assert (failure.kind, failure.words) == ("name", words)
    error = told_apart(socket.gaierror(number, "in the system's words"))
    assert (error.kind, str(error)) == ("name", words)
