"""Reading `[acme.NAME]`: the ACME servers that certificates can be asked of by a name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opsconsole.console.settings.fields import plain
from opsconsole.console.settings.reading import TableReader
from opsconsole.console.settings.tables import AcmeTable
from opsconsole.console.sources.problem import show
from opsconsole.console.sources.toml_lines import Key
from opsconsole.data.web_address import https_trouble

_KEYS_THAT_ARE_SECRET = ("eab_key", "eab_hmac", "eab_hmac_key")
_NAME_SIGNS = "._-"
_NAME_CHARS = 60


def read_acme(reader: TableReader, data: Mapping[str, Any]) -> dict[str, AcmeTable]:
    """Return name -> server; problems gather in the reader."""
    return {
        name: made
        for name, table in reader.subtables(("acme",), data).items()
        if (made := _server(reader, name, table)) is not None
    }


def _server(reader: TableReader, name: str, table: object) -> AcmeTable | None:
    key: Key = ("acme", name)
    count = len(reader.problems)
    good = name.isascii() and name[:1].isalnum() and len(name) <= _NAME_CHARS
    if not good or not all(one.isalnum() or one in _NAME_SIGNS for one in name):
        reader.problem(key, f"the name {name!r}", "a name of letters, digits and . _ -")
    fields = reader.fields(AcmeTable, key, table, others=_KEYS_THAT_ARE_SECRET)
    for word in _KEYS_THAT_ARE_SECRET:
        if isinstance(table, dict) and word in table:
            expected = 'eab_key_file = "FILE": no key stands in the configuration, where others read it'
            reader.problem((*key, word), "a key (not shown)", expected)
    # What is sound of a table with problems is looked at as well: all of them are told at once.
    said = {word: plain(located.value) for word, located in fields.values.items()}
    made = AcmeTable(**{"directory": _SOUND, **said})
    _check(reader, key, made, {*table} if isinstance(table, dict) else set())
    return made if len(reader.problems) == count else None


def _check(reader: TableReader, key: Key, made: AcmeTable, words: set[str]) -> None:
    for word, address in (("directory", made.directory), ("test_directory", made.test_directory)):
        wrong = https_trouble(address) if address else ""
        if wrong:
            reader.problem((*key, word), wrong, _ADDRESS)
    if not made.directory:
        reader.problem((*key, "directory"), "an empty text", _ADDRESS)
    if made.ca_bundle and not Path(made.ca_bundle).is_absolute():
        reader.problem(
            (*key, "ca_bundle"), show(made.ca_bundle), "an absolute path: it is a file of the host"
        )
    for word, text in (("email", made.email), ("eab_key_id", made.eab_key_id)):
        if text.startswith("-") or any(one.isspace() or not one.isprintable() for one in text):
            reader.problem((*key, word), show(text), "a text without blanks that begins with no dash")
    if made.email and "@" not in made.email:
        reader.problem((*key, "email"), show(made.email), "an e-mail address")
    if bool(made.eab_key_id) != (made.eab_key_file is not None):
        if {"eab_key_id", "eab_key_file"} <= words:
            return  # one of them has a problem of its own
        has, lacks = ("eab_key_id", "eab_key_file") if made.eab_key_id else ("eab_key_file", "eab_key_id")
        reader.problem((*key, has), f"no `{lacks}` beside it", "both, for an external account binding")
    elif made.eab_key_file is not None and not os.path.isfile(made.eab_key_file):
        reader.problem((*key, "eab_key_file"), f"{made.eab_key_file}", "a file that exists")


_SOUND = "https://localhost/"
_ADDRESS = "the https:// address of an ACME directory"
