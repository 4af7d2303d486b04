"""Whether a server that is told to have a certificate of each kind of key has them at the socket. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.data.text import clean_line
from opsconsole.panels.certificates.judge_expiry import HELPS
from opsconsole.panels.certificates.judge_held import by_label, listed, place
from opsconsole.panels.certificates.judge_served import is_expected
from opsconsole.panels.certificates.reading import CertificatesReading
from opsconsole.panels.panel import Finding, Level


def findings(reading: CertificatesReading) -> Iterator[Finding]:
    """Yield where a file's kind of key is not served at all; one that is served is held against its file."""
    files = {file.path: file for file in reading.files or ()}
    for words, looks in by_label(reading).items():
        missing = [
            (endpoint, one)
            for endpoint, one in looks
            if one.error_kind == "key" and is_expected(endpoint, one, files) is False
        ]
        if not missing:
            continue
        endpoint, first = missing[0]
        kind = clean_line(first.key_kind, 16)
        yield Finding(
            Level.WARNING,
            "served-not-file",
            words,
            f"{words} serves no {kind} certificate although its file is one: "
            "the server was not reloaded, or its ciphers forbid it",
            "\n".join(
                [
                    *(f"{place(one)}: {clean_line(one.error, 200)}" for _, one in missing[:10]),
                    f"in {listed(endpoint.expects)}",
                ]
            ),
            suggests=HELPS,
        )
