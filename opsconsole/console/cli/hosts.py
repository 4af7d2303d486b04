"""`opsconsole hosts`: the inventory as resolved, and where each value came from."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from rich.text import Text

    from opsconsole.console.inventory import HostEntry, Inventory, Origin
    from opsconsole.console.settings import Settings
    from opsconsole.data.host import Host

NAME = "hosts"
HELP = "list the hosts as resolved, and where each value came from"
HEADINGS = ("host", "connects to", "via", "env", "groups", "sudo", "from")
SHOWN_CHARS = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help="host, @group, localhost or all (default: all)"
    )
    parser.add_argument(
        "-v", "--origins", action="store_true", help="show every value with the file and line it came from"
    )


def run(args: argparse.Namespace) -> int:
    """Print the hosts."""
    from opsconsole.console.cli.context import fail, load, tell, warn
    from opsconsole.console.cli.printing import print_json, print_lines
    from opsconsole.console.inventory import TargetError

    settings, inventory = load(args)
    try:
        entries = inventory.select(args.targets or ["all"])
    except TargetError as error:
        return fail(str(error), status=2)
    warn(settings, inventory)
    if args.json:
        print_json(document(settings, inventory, entries))
        return 0
    print_lines(origins(entries) if args.origins else table(entries))
    if not settings.configured:
        tell(f"no {_short(_default_path())}: this machine only; `opsconsole init` writes one")
    return 0


def document(settings: Settings, inventory: Inventory, entries: Sequence[HostEntry]) -> dict[str, Any]:
    """Return the hosts document (see `schemas/hosts.schema.json`)."""
    chosen = {entry.host.name for entry in entries}
    return {
        "version": 1,
        "config": str(settings.path) if settings.path else None,
        "hosts": [_host(entry) for entry in entries],
        "groups": {
            name: kept
            for name, members in inventory.groups.items()
            if (kept := [member for member in members if member in chosen])
        },
        "warnings": [*settings.warnings, *inventory.warnings],
    }


def _host(entry: HostEntry) -> dict[str, Any]:
    import dataclasses

    host = entry.host
    values = {field.name: getattr(host, field.name) for field in dataclasses.fields(host)}
    return {
        **{name: list(value) if isinstance(value, tuple) else value for name, value in values.items()},
        "limits": {panel: dataclasses.asdict(limits) for panel, limits in entry.limits.items()},
        "origins": {name: _origin(origin) for name, origin in entry.origins.items()},
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "file": str(origin.file) if origin.file else None,
        "line": origin.line,
        "note": origin.note,
    }


def table(entries: Sequence[HostEntry]) -> Iterator[Text | str]:
    """Yield one line a host."""
    from rich.text import Text

    from opsconsole.console.cli.printing import columns

    head, *lines = columns([HEADINGS, *map(_row, entries)])
    yield Text(head, style="dim")
    yield from lines


def _row(entry: HostEntry) -> tuple[str, ...]:
    host = entry.host
    badges = f"{_clean(host.environment)}{' (read-only)' if host.read_only else ''}".strip()
    return (
        _clean(host.name),
        target(host),
        _clean(" → ".join(host.jump)) or "-",
        badges or "-",
        _clean(", ".join(host.groups)) or "-",
        host.sudo.value,
        _place(entry.origins["name"]),
    )


def target(host: Host) -> str:
    """Return `user@address:port` in short; the local shell for this machine."""
    if host.is_local:
        return "this machine"
    address = f"[{host.address}]" if ":" in host.address else host.address
    return _clean((f"{host.user}@" if host.user else "") + f"{address}:{host.port}")


def origins(entries: Sequence[HostEntry]) -> Iterator[Text]:
    """Yield every value of each host with the place it came from."""
    from rich.text import Text

    from opsconsole.console.cli.printing import columns

    for entry in entries:
        yield Text(_clean(entry.host.name), style="bold")
        rows = _values(entry)
        for line, (_name, _value, place) in zip(columns(rows), rows, strict=True):
            yield Text(f"  {line}", style="dim" if place == "default" else "")


def _values(entry: HostEntry) -> list[tuple[str, str, str]]:
    rows = []
    for name, origin in entry.origins.items():
        value = _value(entry, name)
        if name != "groups":  # they come from many places; each group's own lines say from where
            rows.append((name, _clean(value) or "-", _place(origin)))
    return rows


def _value(entry: HostEntry, name: str) -> str:
    """Return a value of `Host`, or of a limit; what is told to a panel may be secret and is not shown."""
    if "." not in name:
        value = getattr(entry.host, name)
    elif name.startswith("limits."):
        value = entry.limits
        for part in name.split(".")[1:]:
            value = value[part] if isinstance(value, dict) else getattr(value, part)
    else:
        return "(set)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)


def _place(origin: Origin) -> str:
    note = f" ({origin.note})" if origin.note and origin.file is not None else ""
    return _clean(f"{origin}{note}")


def _clean(text: str) -> str:
    from opsconsole.data.text import clean_line

    return clean_line(text, SHOWN_CHARS)


def _default_path() -> Path:
    from opsconsole.console.settings import default_path

    return default_path()


def _short(path: Path) -> str:
    from opsconsole.console.sources.origin import short_path

    return short_path(path)
