"""Whether somebody else could change a file that decides where we connect and what is allowed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from opsconsole.console.sources.origin import short_path


def writable_by_others(file: Path) -> list[str]:
    """Return a warning for the file and for its folder, each when others than its owner can write it.

    A group whose only member is the owner is nobody else (`umask 002` of Debian and Fedora). In a folder
    with the sticky bit, such as /tmp, others cannot replace the file.
    """
    warnings = []
    for path, what in ((file, "file"), (file.resolve().parent, "folder")):
        try:
            status = path.stat()
        except OSError:
            continue
        who = _others(status)
        sticky = what == "folder" and status.st_mode & stat.S_ISVTX
        if who and not sticky:
            mode = stat.S_IMODE(status.st_mode)
            remedy = f"chmod go-w {short_path(path)}"
            warnings.append(f"{short_path(path)} can be changed by {who} (mode {mode:04o}): {remedy}")
        elif status.st_uid not in (0, os.geteuid()) and not sticky:
            warnings.append(f"{short_path(path)} belongs to another user ({_user(status.st_uid)})")
    return warnings


def _others(status: os.stat_result) -> str:
    if status.st_mode & stat.S_IWOTH:
        return "everybody"
    if status.st_mode & stat.S_IWGRP and not _is_private_group(status):
        return f"its group ({_group(status.st_gid)})"
    return ""


def _is_private_group(status: os.stat_result) -> bool:
    """Whether the group is the owner's own: of the same name, and nobody else in it."""
    import grp
    import pwd

    try:
        owner, group = pwd.getpwuid(status.st_uid), grp.getgrgid(status.st_gid)
    except KeyError:
        return False
    own = owner.pw_gid == status.st_gid and owner.pw_name == group.gr_name
    return own and set(group.gr_mem) <= {owner.pw_name}


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    import grp

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
