"""Which host names a certificate is good for (RFC 9525), as clients of OpenSSL judge it.

Only the subject alternative name counts, never the common name. A wildcard is the whole left-most label and
stands for exactly one; at least two labels must follow it (OpenSSL and curl refuse `*.org`). Addresses match
addresses alone.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from opsconsole.data.tls.certificate import Certificate

_MOST_HOST_CHARS = 1024
_MOST_NAME_CHARS = 253  # RFC 1035 §2.3.4
# Underscores are in no host name by RFC 952, but in many certificates, and clients take them.
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
_LEAST_LABELS_OF_WILDCARD = 3


def covers(certificate_names: Iterable[str], host_name: str) -> bool:
    """Return whether one of the names (DNS names and IP addresses) is good for the host name or address.

    Args:
        certificate_names: As in `Certificate.names`.
        host_name: A host name (Unicode becomes A-labels; a dot at its end does not matter), an IPv4 or IPv6
            address (also in brackets), or a wildcard such as a server block has, which only the same wildcard
            covers.

    >>> covers(["*.example.org"], "www.example.org"), covers(["*.example.org"], "a.b.example.org")
    (True, False)
    """
    host_name = host_name.strip()[:_MOST_HOST_CHARS]
    address = _address(host_name)
    if address is not None:
        return any(_address(name) == address for name in certificate_names)
    host = normal(host_name)
    if host is None:
        return False
    _, _, parent = host.partition(".")
    good = {host}
    if len(parent.split(".")) >= _LEAST_LABELS_OF_WILDCARD - 1:
        good.add(f"*.{parent}")
    return any(name.lower() in good for name in certificate_names)


def certificate_covers(certificate: Certificate, host_name: str) -> bool | None:
    """Return whether a certificate is good for a host name; None: its names could not be read.

    Names beyond the `MOST_NAMES` that are kept are looked at as well.
    """
    if covers(certificate.names, host_name):
        return True
    if not certificate.names_known:
        return None
    if certificate.names_total > len(certificate.names):
        from opsconsole.data.tls.parse import all_names

        return covers(all_names(certificate), host_name)
    return False


def normal(host_name: str) -> str | None:
    """Return a host name (or wildcard) in lower case, with A-labels and no dot at its end; or None."""
    name = host_name.removesuffix(".").lower() if host_name.isascii() else _with_a_labels(host_name)
    if name is None or len(name) > _MOST_NAME_CHARS or not _NAME.fullmatch(name):
        return None
    return name


def _with_a_labels(host_name: str) -> str | None:
    import idna

    star, rest = ("*.", host_name[2:]) if host_name.startswith("*.") else ("", host_name)
    try:
        # UTS 46 maps what people type (capitals, the ideographic full stop) before IDNA 2008 judges it.
        return star + idna.encode(rest.removesuffix("."), uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        # A zone (`fe80::1%eth0`) is of the machine that asks, not of the certificate.
        return ipaddress.ip_address(inner.partition("%")[0])
    except ValueError:
        return None
