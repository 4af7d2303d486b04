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
    return _text(text, spellings(secrets))


def redact(value: Any, secrets: Collection[str] = ()) -> Any:
    """Return a JSON value without secrets, in keys as well; tuples become lists.

    A text under a key such as `password`, and the word after `--password` in a list, is a secret whatever
    it looks like. What is no JSON value is returned as it is.
    """
    return _redacted(value, spellings(secrets))


def looks_secret(text: str) -> bool:
    """Return whether something in the text would be redacted; such a text cannot be part of a plan."""
    return redact_text(text) != text


def find_secret(document: Any, secrets: Collection[str] = ()) -> str | None:
    """Return where in a plan document something would be redacted, such as `steps[0].title`; None: nowhere.

    What commands are given on standard input is looked at as well.
    """
    spelt = spellings(secrets)
    return next(_differences(document, _redacted(document, spelt), "", spelt), None)


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


def _text(text: str, spelt: tuple[str, ...]) -> str:
    for secret in spelt:
        text = text.replace(secret, MARK)
    folded = text.lower()
    for pattern in PATTERNS:
        if any(hint in folded for hint in pattern.hints):
            text = pattern.redact(text)
    return text


def _redacted(value: Any, secrets: tuple[str, ...]) -> Any:
    match value:
        case str():
            return _text(value, secrets)
        case Mapping():
            return {_text(str(key), secrets): _under(str(key), item, secrets) for key, item in value.items()}
        case list() | tuple():
            return _list(value, secrets)
        case bool() | None:
            return value
        case int() | float():
            return MARK if str(value) in secrets else value
    return value


def _under(key: str, item: Any, secrets: tuple[str, ...]) -> Any:
    if is_secret_name(key) and not isinstance(item, bool) and isinstance(item, (str, int, float)):
        return item if shown_as_hidden(str(item)) else MARK
    return _redacted(item, secrets)


def _list(items: list[Any] | tuple[Any, ...], secrets: tuple[str, ...]) -> list[Any]:
    found: list[Any] = []
    after_option = False
    for item in items:
        if after_option and isinstance(item, str) and not shown_as_hidden(item):
            found.append(MARK)
        else:
            found.append(_redacted(item, secrets))
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
    return _text(text, secrets) != text
