"""The other parts of the `host` section: deleted files, containers, the journal, errors by unit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from opsconsole.data.text import clean_line
from opsconsole.panels.frames import Part, number, path_text, shown_path, size
from opsconsole.panels.logs.reading import ContainerLog, DeletedFile, UnitErrors

_NAME_CHARS = 128
_BLOCK_BYTES = 512
_DELETED = " (deleted)"
# Memory, not disk: memfd, System V shared memory, /dev/zero, POSIX shared memory, the graphics driver's.
_IN_MEMORY = ("/memfd:", "/SYSV", "/dev/", "/drm", "/i915", "/[aio]")


def deleted(part: Part) -> tuple[DeletedFile, ...]:
    """Return the deleted files that are held open, largest first, each once with all its holders."""
    by_inode: dict[tuple[bytes, bytes], list[tuple[int, int, str, str, str]]] = {}
    for head, fields in _records(part):
        numbers = head.split(b" ")
        pid, taken = number(numbers[0]), size(numbers[1], _BLOCK_BYTES) if len(numbers) == 5 else None
        path = path_text(fields.get(b"*", b"")).rstrip("\n").removesuffix(_DELETED)
        if pid is None or taken is None or not path.startswith("/") or path.startswith(_IN_MEMORY):
            continue
        name = clean_line(fields.get(b"=", b""), _NAME_CHARS) or "?"
        unit = clean_line(fields.get(b"+", b""), _NAME_CHARS)
        by_inode.setdefault((numbers[3], numbers[4]), []).append((pid, taken, path, name, unit))
    made = []
    for holders in by_inode.values():
        _, taken, path, name, unit = min(holders)
        pids = tuple(sorted({holder[0] for holder in holders}))
        made.append(DeletedFile(shown_path(path), taken, name, pids, unit))
    return tuple(sorted(made, key=lambda one: (-one.size_bytes, one.path)))


def journal_bytes(part: Part) -> int | None:
    """Return what the journal's folders take."""
    sizes = [size(line.partition(b"\t")[0], 1024) for line in part.lines]
    known = [one for one in sizes if one is not None]
    return sum(known) if known else None


def containers(part: Part) -> tuple[ContainerLog, ...]:
    """Return the json-file logs of containers, largest first."""
    made = []
    for head, fields in _records(part):
        numbers = head.split(b" ")
        taken = size(numbers[0], _BLOCK_BYTES)
        if taken is None or len(numbers) != 3:
            continue
        name = clean_line(fields.get(b"=", b"").removeprefix(b'"Name":"/').rstrip(b'"'), _NAME_CHARS)
        config = _json(b"{" + fields.get(b"+", b"") + b"}").get("LogConfig")
        made.append(
            ContainerLog(name or clean_line(numbers[2][:12], 12), taken, _limit(config, "Type", "Config"))
        )
    return tuple(sorted(made, key=lambda one: (-one.size_bytes, one.name)))


def new_containers_limit(part: Part | None) -> str | None:
    """Return the limit that dockerd gives new containers: empty for none, which is its default too."""
    if part is None:
        return ""
    text = b"\n".join(line.removeprefix(b"|") for line in part.lines)
    config = _json(text)
    if not config and text.strip() not in {b"", b"{}"}:
        return None
    return _limit(config, "log-driver", "log-opts")


def _limit(config: Any, driver: str, options: str) -> str | None:
    """Return the size limit of a log configuration; a driver that keeps no json-file has one of its own."""
    if not isinstance(config, dict):
        return None
    kind = config.get(driver, "json-file")
    if kind != "json-file":
        return clean_line(f"{kind} driver", 64)
    given = config.get(options)
    limit = given.get("max-size", "") if isinstance(given, dict) else ""
    limit = clean_line(str(limit), 32)
    return "" if limit == "-1" else limit


def reaches(part: Part | None) -> bool:
    """Return whether the journal has a line of the day before yesterday's hours that were looked at."""
    return part is not None and any(line.isdigit() for line in part.lines)


def errors(now: Part, yesterday: Part | None) -> tuple[UnitErrors, ...]:
    """Return the errors by unit, most first; `yesterday` only where the journal reaches back so far."""
    before = None if yesterday is None else _counts(yesterday)
    found = [
        UnitErrors(unit, count, None if before is None else before.get(unit, 0))
        for unit, count in _counts(now).items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, one.unit)))


def _counts(part: Part) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for line in part.lines:
        head, _, unit = line.partition(b" ")
        count = number(head)
        if count is not None and count <= 1_000_000 and unit not in {b"", b"="}:
            counts[clean_line(unit, _NAME_CHARS) or "?"] = count
    return counts


def _records(part: Part) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Return records of a head line (`-…`) and lines that begin with a sign each."""
    records: list[tuple[bytes, dict[bytes, bytes]]] = []
    for line in part.lines:
        if line.startswith(b"-"):
            records.append((line[1:], {}))
        elif records:
            records[-1][1].setdefault(line[:1], line[1:])
    return records


def _json(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
