"""The words of logrotate's configuration, and what the arguments behind them must look like."""

from __future__ import annotations

import re

TABOO_ENDS = (
    ",v", ".bak", ".cfsaved", ".disabled", ".dpkg-bak", ".dpkg-del", ".dpkg-dist", ".dpkg-new", ".dpkg-old",
    ".dpkg-tmp", ".new", ".old", ".orig", ".pacnew", ".pacorig", ".pacsave", ".rhn-cfg-tmp-*", ".rpmnew",
    ".rpmorig", ".rpmsave", ".swp", ".ucf-dist", ".ucf-new", ".ucf-old", "~",
)  # fmt: skip
FLAGS = {
    "hourly", "daily", "yearly", "ifempty", "notifempty", "mailfirst", "maillast", "noolddir", "nomail",
    "nocreate", "nocreateolddir", "ignoreduplicates",
} | {
    prefix + name
    for prefix in ("", "no")
    for name in (
        "compress", "delaycompress", "shred", "allowhardlink", "sharedscripts", "copytruncate", "renamecopy",
        "copy", "dateext", "dateyesterday", "datehourago", "missingok",
    )
}  # fmt: skip
OPTIONAL = frozenset({"create", "createolddir", "su", "weekly", "monthly", "compressoptions"})
PATHS = frozenset({"olddir", "compresscmd", "uncompresscmd", "compressext"})
NUMBERS = frozenset({"rotate", "start", "minage", "maxage", "shredcycles", "minutes"})
SIZES = frozenset({"size", "minsize", "maxsize"})
TABOO = frozenset({"tabooext", "taboopat"})
VALUES = PATHS | NUMBERS | SIZES | {"dateformat", "mail", "include", "extension", "addextension"} | TABOO
SCRIPTS = frozenset({"prerotate", "postrotate", "firstaction", "lastaction", "preremove"})
# What an argument must look like; without it logrotate skips the rule. Numbers as strtol(…, 0) reads them.
_NUMBER = re.compile(r"\s*[+-]?(?:0[xX][0-9a-fA-F]+|\d+)")
_SIZE = re.compile(r"\s*\+?(?:0[xX][0-9a-fA-F]+|\d+)[kKMG]?")
_DAY = re.compile(r"\s*\+?0*(\d{1,2})")


def is_number(argument: str) -> bool:
    """Whether logrotate takes it for a number."""
    return _NUMBER.fullmatch(argument) is not None


def is_size(argument: str) -> bool:
    """Whether logrotate takes it for a size."""
    return _SIZE.fullmatch(argument) is not None


def is_day(argument: str, most: int) -> bool:
    """Whether it is a day of a week (7) or of a month (31), or nothing."""
    found = _DAY.fullmatch(argument)
    return not argument or (found is not None and int(found[1]) <= most)
