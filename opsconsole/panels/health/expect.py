"""Holds a body against what a check expects of it. Runs in a thread; the body is hostile."""

from __future__ import annotations

import json
from collections.abc import Sequence

from opsconsole.data.text import clean_line
from opsconsole.panels.health.settings import HttpCheck, JsonScalar, json_steps

REGEX_SECONDS = 1.0
_MISSING = object()


def unmet(check: HttpCheck, body: bytes, *, whole: bool) -> tuple[str, str]:
    """Return (error, words) of the first expectation that the body does not meet; empty when all are met."""
    text = body.decode("utf-8", "replace")
    if check.expect_body and check.expect_body not in text:
        return "body", f"the body has no {clean_line(check.expect_body, 60)!r}; it begins {_begins(text)}"
    if check.expect_body_regex:
        found = _matches(check.expect_body_regex, text)
        if found is None:
            return "body", f"matching the body took over {REGEX_SECONDS:g} s"
        if not found:
            pattern = clean_line(check.expect_body_regex, 60)
            return "body", f"the body does not match {pattern!r}; it begins {_begins(text)}"
    if check.expect_json:
        return _json_unmet(check, body, whole=whole)
    return "", ""


def _begins(text: str) -> str:
    return repr(clean_line(text, 60)) if text.strip() else "with nothing: it is empty"


def _matches(pattern: str, text: str) -> bool | None:
    """Return whether the pattern matches, or None when it takes too long (it may backtrack for ever)."""
    import regex

    try:
        # concurrent: lets other threads run meanwhile.
        return regex.search(pattern, text, timeout=REGEX_SECONDS, concurrent=True) is not None
    except TimeoutError:
        return None


def _json_unmet(check: HttpCheck, body: bytes, *, whole: bool) -> tuple[str, str]:
    if not whole:
        return "size", "the body is larger than 1 MiB, too large to read as JSON"
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return "json", f"the body is not JSON; it begins {_begins(body.decode('utf-8', 'replace'))}"
    for path, expected in check.expect_json.items():
        found = _at(document, json_steps(path))
        if found is _MISSING:
            return "json", f"{path} is missing, expected {_shown(expected)}"
        if not _equal(found, expected):
            return "json", f"{path} is {_shown(found)}, expected {_shown(expected)}"
    return "", ""


def _at(document: object, steps: Sequence[str | int]) -> object:
    for step in steps:
        if isinstance(document, list):
            if not isinstance(step, int) or step >= len(document):
                return _MISSING
            document = document[step]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return _MISSING
    return document


def _equal(found: object, expected: JsonScalar) -> bool:
    """Compare as JSON does: `true` is not 1, though Python says so."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    return found == expected


def _shown(value: object) -> str:
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, str):
        return repr(clean_line(value, 80))
    return clean_line(json.dumps(value), 80)
