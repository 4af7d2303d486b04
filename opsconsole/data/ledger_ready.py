"""From an entry to what is written of it: no secrets in it, bounded, its body as text. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from opsconsole.data.ledger_entry import Entry, LedgerError
from opsconsole.data.redact import is_clean, redact, redact_text

BODY_LIMIT_BYTES = 1024 * 1024
TEXTS = (
    *("kind", "host", "address", "host_key", "run_id", "plan_id", "step"),
    *("recipe", "verdict", "reason", "incident"),
)
"""The texts of an entry, in the order of their columns."""
_TEXT_LIMIT_CHARS = 4096
_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_texts_of = attrgetter(*TEXTS)
_who_of = attrgetter("local_user", "ssh_user", "key_fingerprint")


class Ready(NamedTuple):
    """An entry as it may be written.

    Attributes:
        texts: Of the columns `TEXTS`.
        who: Local user, SSH user, fingerprint.
        text: The body as JSON.
    """

    texts: tuple[str, ...]
    who: tuple[str, ...]
    text: str


def ready(entry: Entry, hidden: tuple[str, ...], path: Path) -> Ready:
    """Return an entry as it may be written.

    Args:
        entry: What happened, or is about to.
        hidden: The secrets that are known, as `redact.spellings` returns them.
        path: The ledger's, for what is told.

    Raises:
        LedgerError: Its body is no JSON, or too large.
    """
    texts: tuple[str, ...] = _texts_of(entry)
    who: tuple[str, ...] = _who_of(entry.operator)
    text = canonical(entry.body, path)
    whole = "\n".join((*texts, text))
    if not is_clean(whole, hidden):
        texts = tuple(redact_text(one, hidden) for one in texts)
        # Of what was written, not of what was given: a key that is no text is one in JSON.
        text = canonical(redact(json.loads(text), hidden), path)
        whole = "\n".join((*texts, text))
    if len(text) > BODY_LIMIT_BYTES:
        raise LedgerError(f"ledger {path}: a {entry.kind} event of {len(text)} bytes is too large to be kept")
    # Nearly always all of them together are shorter than one may be.
    if not whole.isascii() or len(whole) - len(text) > _TEXT_LIMIT_CHARS:
        texts = tuple(map(_bounded, texts))
    names = "".join(who)
    if not names.isascii() or len(names) > _TEXT_LIMIT_CHARS:
        who = tuple(map(_bounded, who))
    return Ready(texts, who, text)


def canonical(document: Mapping[str, Any], path: Path) -> str:
    """Return a document as JSON, the same for the same values.

    Raises:
        LedgerError: It is none.
    """
    try:
        return _ENCODE(document)
    except (TypeError, ValueError, RecursionError) as error:
        raise LedgerError(f"ledger {path} keeps JSON values only: {error}") from error


def _bounded(text: str) -> str:
    """Return the text as the file can hold it: no lone surrogates, not too long."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= _TEXT_LIMIT_CHARS else text[: _TEXT_LIMIT_CHARS - 1] + "…"
