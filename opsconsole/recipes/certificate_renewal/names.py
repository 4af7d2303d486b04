"""Texts on one line of ASCII: paths exactly as this program holds them, and the names of a certificate."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable

from opsconsole.recipes.paths import escape


def escaped(path: str) -> str:
    """Return the exact text of a path, as this program holds it, for a line of a script's input."""
    return escape(path.encode("utf-8", "surrogateescape"))


def spelt(names: Iterable[str]) -> list[str]:
    """Return DNS names and IP addresses of a certificate as `names_of` in `sh/names.sh` has them, in order.

    >>> spelt(["a.test", "2001:db8::1", "192.0.2.1", "A.test", "::ffff:192.0.2.9"])
    ['0:0:0:0:0:ffff:c000:209', '192.0.2.1', '2001:db8:0:0:0:0:0:1', 'a.test']
    """
    return sorted({_spelt(name.lower()) for name in names})


def _spelt(name: str) -> str:
    """Return a name as openssl writes it: of IPv6 every group, without leading zeros."""
    if ":" not in name:
        return name
    try:
        packed = ipaddress.IPv6Address(name).packed  # as text, Python 3.13 spells some otherwise than 3.12
    except ValueError:
        return name
    return ":".join(f"{group:x}" for (group,) in struct.iter_unpack("!H", packed))
