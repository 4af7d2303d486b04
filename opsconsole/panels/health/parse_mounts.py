"""Mounts that are read-only, missing or damaged, and whether somebody meant them to be so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from opsconsole.data.text import clean_line
from opsconsole.panels.frames import Part
from opsconsole.panels.health.parts import moment, real, whole
from opsconsole.panels.health.reading import FilesystemErrors, MissingMount, Mounts, Problem, ReadOnlyMount

# These cannot be written to, whatever their mount options say.
_READ_ONLY_TYPES = frozenset({"squashfs", "iso9660", "erofs", "cramfs", "romfs", "udf"})
_AT_MOST = 64
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class _Mounted:
    """One line of /proc/self/mountinfo (proc_pid_mountinfo(5))."""

    number: str
    mount: str
    options: frozenset[str]
    type: str
    device: str
    super_options: frozenset[str]


def mounts(found: Mapping[str, Part], *, container: bool) -> tuple[Mounts | None, list[Problem]]:
    """Return what is notable about the mounts, or None and why it cannot be known."""
    part = found.get("mounts")
    mounted = [] if part is None else [one for line in part.text_lines if (one := _mounted(line)) is not None]
    if part is None or not mounted:
        return None, [Problem("mounts", "no /proc/self/mountinfo" if part is None else part.reason("grep"))]
    problems = [] if part.status is not None else [Problem("mounts", "more of them than are read")]
    wanted = {} if container else _fstab(found.get("fstab"))
    points = found.get("mountpoints")
    if wanted and (points is None or points.status != 0):
        problems.append(Problem("missing mounts", "the list of mount points is cut"))
    return Mounts(
        tuple(_read_only(mounted, wanted, container=container))[:_AT_MOST],
        () if container else tuple(_missing(found, wanted, mounted))[:_AT_MOST],
        tuple(_errors(found.get("ext4"), mounted))[:_AT_MOST],
    ), problems


def _mounted(line: str) -> _Mounted | None:
    left, dash, right = line.partition(" - ")
    fields, rest = left.split(" "), right.split(" ")
    if not dash or len(fields) < 6 or len(rest) < 3:
        return None
    return _Mounted(
        fields[2],
        _path(fields[4]),
        frozenset(fields[5].split(",")),
        rest[0],
        _path(rest[1]),
        frozenset(rest[2].split(",")),
    )


def _path(escaped: str) -> str:
    r"""Undo the `\040` escapes of mountinfo and fstab."""
    return _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), escaped)


def _fstab(part: Part | None) -> dict[str, tuple[str, str, frozenset[str]]]:
    """Return mount point -> (device, type, options) of fstab."""
    wanted = {}
    for line in part.text_lines if part is not None and part.status == 0 else []:
        fields = line.split()
        if line.lstrip().startswith("#") or len(fields) < 3 or not fields[1].startswith("/"):
            continue
        options = fields[3] if len(fields) > 3 else "defaults"
        mount = _path(fields[1]).rstrip("/") or "/"
        wanted[mount] = (_path(fields[0]), fields[2], frozenset(options.split(",")))
    return wanted


def _read_only(
    mounted: Iterable[_Mounted], wanted: Mapping[str, tuple[str, str, frozenset[str]]], *, container: bool
) -> Iterable[ReadOnlyMount]:
    """Tell apart a file system that somebody mounted read-only from one that became so.

    A mount has flags of its own beside those of the file system it shows. `mount -o ro` and a remount set
    both; a read-only bind mount sets the mount's only; when the kernel gives up writing after an error
    (`errors=remount-ro`) it sets the file system's only. So "mount rw, file system ro" is a fault.
    """
    for one in mounted:
        own, whole_filesystem = "ro" in one.options, "ro" in one.super_options
        if not own and not whole_filesystem:
            continue
        expected = wanted.get(one.mount)
        fault = False
        if one.type in _READ_ONLY_TYPES:
            why = f"{one.type} is always read-only"
        elif own and not whole_filesystem:
            why = "mounted read-only over a writable file system"
        elif not own:
            fault, why = True, "the kernel stopped writing to it after it was mounted"
        elif container:
            why = "mounted read-only into the container"
        elif expected is None:
            why = "mounted read-only, and fstab does not name it"
        elif "ro" in expected[2]:
            why = "fstab says ro"
        else:
            fault, why = True, "fstab wants it writable"
        yield ReadOnlyMount(
            clean_line(one.mount),
            clean_line(one.device),
            clean_line(one.type, 32),
            by_design=not fault,
            why=clean_line(why),
        )


def _missing(
    found: Mapping[str, Part],
    wanted: Mapping[str, tuple[str, str, frozenset[str]]],
    mounted: Iterable[_Mounted],
) -> Iterable[MissingMount]:
    points = found.get("mountpoints")
    if points is None or points.status != 0:
        return
    there = {_path(line) for line in points.text_lines} | {one.mount for one in mounted}
    links = dict(_link(line) for line in found["unmounted"].text_lines) if "unmounted" in found else {}
    for mount, (device, type_, options) in wanted.items():
        if type_ == "swap" or options & {"noauto", "x-systemd.automount"}:
            continue
        if mount not in there and links.get(mount, mount) not in there:
            yield MissingMount(clean_line(mount), clean_line(device), nofail="nofail" in options)


def _link(line: str) -> tuple[str, str]:
    name, _, target = line.partition(" ")
    return _path(name).rstrip("/"), target or _path(name)


def _errors(part: Part | None, mounted: Iterable[_Mounted]) -> Iterable[FilesystemErrors]:
    """Read `device major:minor errors_count last_error_time` lines (Documentation/ABI, sysfs-fs-ext4)."""
    places = {one.number: one.mount for one in reversed(list(mounted))}
    for line in part.text_lines if part is not None else []:
        device, number, count_text, *last = line.split(" ")[:4] if line.count(" ") >= 3 else ("", "", "")
        count = whole(count_text)
        if count and number in places:
            yield FilesystemErrors(
                clean_line(device, 64), clean_line(places[number]), count, moment(real("".join(last)))
            )
