"""Secrets taken out of what is remembered: values that we know, and text that looks like a secret.

Every pattern begins where a word begins and never goes back over what it took (possessive quantifiers), so
that the time grows with the length of the text only, whatever a host writes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from opsconsole.data.redact_patterns import (
    FIRST_HINTS,
    HINTS,
    MARK,
    PATTERNS,
    PLAN_PATTERNS,
    Pattern,
    is_secret_name,
    is_secret_option,
    shown_as_hidden,
)

__all__ = ["MARK", "find_secret", "is_clean", "looks_secret", "redact", "redact_text", "spellings"]

_SHORT_CHARS = 6


def redact_text(text: str, secrets: Collection[str] = ()) -> str:
    """Return the text with `[redacted]` for each of the secret values and for what looks like a secret.

    What is to be cut for length must go through here first: half a secret is not known as one.
    """
    return _text(text, spellings(secrets), PATTERNS)


def redact(value: Any, secrets: Collection[str] = ()) -> Any:
    """Return a JSON value without secrets, in keys as well; tuples become lists.

    A text under a key such as `password`, and the word after `--password` in a list, is a secret whatever
    it looks like. What is under `argv` comes out of a plan, and is read as one. What is no JSON value is
    returned as it is.
    """
    return _redacted(value, spellings(secrets), PATTERNS)


def looks_secret(text: str) -> bool:
    """Return whether something in the text of a plan looks like a secret; it cannot be part of one then."""
    return _text(text, spellings(()), PLAN_PATTERNS) != text


def find_secret(document: Any, secrets: Collection[str] = ()) -> str | None:
    """Return where in a plan document something looks like a secret, such as `steps[0].title`; None: nowhere.

    What commands are given on standard input is looked at as well. `password=$1` is none here, though in what
    a host says it would be redacted.
    """
    spelt = spellings(secrets)
    return next(_differences(document, _redacted(document, spelt, PLAN_PATTERNS), "", spelt), None)


def spellings(secrets: Collection[str]) -> tuple[str, ...]:
    """Return the secrets, longest first, as they are and as they stand in a URL, in JSON and in base64."""
    if isinstance(secrets, Spelt):
        return secrets
    spelt: set[str] = set()
    for secret in secrets:
        if not secret:
            continue
        spelt.add(secret)
        spelt.add(quote(secret, safe="", errors="replace"))
        spelt.add(json.dumps(secret)[1:-1])
        spelt.add(json.dumps(secret, ensure_ascii=False)[1:-1])
        spelt.add(secret.replace("'", "'\\''"))
        spelt.add(secret.replace("'", "'\"'\"'"))
        if len(secret) >= _SHORT_CHARS:  # Of a shorter one the base64 could stand in any text.
            spelt.add(base64.b64encode(secret.encode("utf-8", "replace")).decode().rstrip("="))
    return Spelt(sorted(spelt - {MARK}, key=lambda text: (-len(text), text)))


class Spelt(tuple[str, ...]):
    """What `spellings` returned: given as secrets it is taken as it is."""

    __slots__ = ()


def is_clean(text: str, secrets: Collection[str] = ()) -> bool:
    """Return whether there is surely nothing to redact: quick, and for JSON documents as text too."""
    holds = text.lower().__contains__
    if any(map(holds, FIRST_HINTS)) and any(map(holds, HINTS)):
        return False
    return not any(map(text.__contains__, spellings(secrets)))


def _text(text: str, spelt: tuple[str, ...], patterns: tuple[Pattern, ...]) -> str:
    for secret in spelt:
        text = text.replace(secret, MARK)
    folded = text.lower()
    for pattern in patterns:
        if any(hint in folded for hint in pattern.hints):
            text = pattern.redact(text)
    return text


def _redacted(value: Any, secrets: tuple[str, ...], patterns: tuple[Pattern, ...]) -> Any:
    match value:
        case str():
            return _text(value, secrets, patterns)
        case Mapping():
            return {
                _text(str(key), secrets, patterns): _under(str(key), item, secrets, patterns)
                for key, item in value.items()
            }
        case list() | tuple():
            return _list(value, secrets, patterns)
        case bool() | None:
            return value
        case int() | float():
            return MARK if str(value) in secrets else value
    return value


def _under(key: str, item: Any, secrets: tuple[str, ...], patterns: tuple[Pattern, ...]) -> Any:
    if not is_secret_name(key) or isinstance(item, bool):
        return _redacted(item, secrets, PLAN_PATTERNS if key == "argv" else patterns)
    match item:
        case str() | int() | float():
            return item if shown_as_hidden(str(item)) else MARK
        case list() | tuple() if patterns is PATTERNS:
            return [_under(key, one, secrets, patterns) for one in item]
    return _redacted(item, secrets, patterns)


def _list(
    items: list[Any] | tuple[Any, ...], secrets: tuple[str, ...], patterns: tuple[Pattern, ...]
) -> list[Any]:
    found: list[Any] = []
    after_option = False
    for item in items:
        if after_option and isinstance(item, str) and not shown_as_hidden(item):
            found.append(MARK)
        else:
            found.append(_redacted(item, secrets, patterns))
        after_option = isinstance(item, str) and is_secret_option(item)
    return found


def _differences(before: Any, after: Any, place: str, secrets: tuple[str, ...]) -> Iterator[str]:
    match before, after:
        case Mapping(), Mapping():
            if list(map(str, before)) != list(after):
                yield f"{place}: a key"
                return
            for key, item in before.items():
                where = f"{place}.{key}" if place else str(key)
                if key == "stdin_base64" and isinstance(item, str):
                    if _is_secret_input(item, secrets):
                        yield where
                else:
                    yield from _differences(item, after[str(key)], where, secrets)
        case list() | tuple(), list():
            for number, (one, other) in enumerate(zip(before, after, strict=True)):
                yield from _differences(one, other, f"{place}[{number}]", secrets)
        case _ if before != after:
            yield place


def _is_secret_input(encoded: str, secrets: tuple[str, ...]) -> bool:
    try:
        text = base64.b64decode(encoded).decode("utf-8", "replace")
    except ValueError:
        return False
    return _text(text, secrets, PLAN_PATTERNS) != text
