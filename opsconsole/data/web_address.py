"""Whether a text is an https address that may be shown, kept and handed to a host's tools."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from opsconsole.data.text import clean_line

_SHOWN_CHARS = 200

WITH_LOGIN = "an address with a user or password"


def https_trouble(text: str) -> str:
    """Return what was found in the place of an https address; empty: one is there.

    A password that stands in an address is not repeated.

    >>> https_trouble("https://ca.example.org/directory")
    ''
    >>> https_trouble("http://ca.example.org/directory")
    "'http://ca.example.org/directory'"
    """
    if "@" in text.partition("//")[2].partition("/")[0]:
        return WITH_LOGIN
    try:
        parts = urlsplit(text)
        good = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    bad = re.search(r"[\s\x00-\x1f\"'\\]", text) or not text.isascii()
    return "" if good and not bad else repr(clean_line(text, _SHOWN_CHARS))
