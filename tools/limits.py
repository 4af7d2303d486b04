"""Write docs/LIMITS.md: every limit and every setting of the panels, out of their dataclasses' docstrings."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opsconsole import panels
from opsconsole.console.settings.reading import key_names
from opsconsole.panels.certificates.settings import EndpointSetting
from opsconsole.panels.health.settings import HttpCheck, TcpCheck

DOCUMENT = Path(__file__).parents[1] / "docs" / "LIMITS.md"
_TABLES_OF = {
    "health": (("`http = [{ … }]`", HttpCheck), ("`tcp = [{ … }]`", TcpCheck)),
    "certificates": (("`[[hosts.NAME.certificates.endpoints]]`", EndpointSetting),),
}
_HEAD = """\
# Limits and checks

Every limit of the panels, and everything else that a host's configuration can say to them, with its default.
This page is written by `python -m tools.limits` out of the code; a test holds it to that.

Limits stand in `[limits.PANEL]` for every host, in `[groups.NAME.limits.PANEL]` for a group, and in
`[hosts.NAME.limits.PANEL]` for one; the narrower wins, key by key. A duration is a text such as `"90s"`,
`"15m"`, `"2h"`, `"1d"`, or a number of seconds.
"""


def document() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *(line for name in panels.names() for line in _panel(name))])


def _panel(name: str) -> Iterator[str]:
    panel = panels.load(name)
    yield from (f"## {name.capitalize()}", "", f"`[limits.{name}]`", "")
    yield from _table(panel.limits_type)
    if dataclasses.fields(panel.settings_type):
        yield from (f"What is looked at: `[hosts.NAME.{name}]`, `[groups.NAME.{name}]`", "")
        yield from _table(panel.settings_type)
    for title, kind in _TABLES_OF.get(name, ()):
        yield from (f"Each of {title}", "")
        yield from _table(kind)


def _table(kind: type[Any]) -> Iterator[str]:
    meanings = attributes(kind)
    preferred = {field.name: key for key, field in reversed(key_names(kind).items())}
    preferred |= {field.name: key for key, field in key_names(kind).items() if key != field.name}
    yield from ("| key | default | |", "|---|---|---|")
    for field in dataclasses.fields(kind):
        yield f"| `{preferred[field.name]}` | {_default(field)} | {meanings[field.name].replace('|', '/')} |"
    yield ""


def attributes(kind: type[Any]) -> dict[str, str]:
    """Return what the docstring of a dataclass says of each of its attributes."""
    _, _, part = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:\n")
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?= {4}\S)", part.split("\n\n")[0]):
        name, _, meaning = entry.strip().partition(": ")
        found[name] = " ".join(meaning.split())
    return found


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
        return "(must be said)"
    value = field.default if field.default is not dataclasses.MISSING else field.default_factory()  # type: ignore[misc]
    if value is None or value in ("", (), {}):
        return ""
    if field.name.endswith("_seconds") and value >= 1:
        return f'`"{_duration(value)}"`'
    if field.name.endswith("_bytes") and value % 1024 == 0:
        return f"`{value}` ({_binary(value)})"
    if isinstance(value, float):
        return f"`{value:.0f}`" if value.is_integer() else f"`{round(value, 2):g}`"
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"


def _binary(size: int) -> str:
    return f"{size // 2**20} MiB" if size % 2**20 == 0 else f"{size // 1024} KiB"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT}\n")
