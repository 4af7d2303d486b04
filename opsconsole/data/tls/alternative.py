"""The names of a certificate, as text that cannot pass for another name."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from opsconsole.data.text import clean_line
from opsconsole.data.tls.der import (
    SEQUENCE,
    DerError,
    Element,
    children,
    element,
    extension_values,
    parts,
)

if TYPE_CHECKING:
    from cryptography import x509

_DNS, _IP = 0x82, 0x87  # tags of GeneralName, RFC 5280 §4.2.1.6
_SAN = bytes.fromhex("551d11")  # 2.5.29.17
_BASIC_CONSTRAINTS = bytes.fromhex("551d13")  # 2.5.29.19
_MOST_NAME_CHARS = 253  # of a DNS name
_NUMERIC = re.compile(r"[0-9.]+|.*:.*")
_NOT_DNS = re.compile(r"[^!-~]")  # a DNS name is ASCII without blanks; others are shown as not a name


def shown(text: str, limit_chars: int = 512) -> str:
    """Return text of a certificate to show: each character that is not printable becomes U+FFFD.

    Nothing is dropped silently, as `clean` does: `bank` with a zero-width space in it is another name.
    """
    if len(text) <= limit_chars and text.isascii() and text.isprintable() and text == " ".join(text.split()):
        return text  # nearly all: nothing to do
    cut = text[:limit_chars]
    if not cut.isprintable():
        cut = "".join(one if one.isprintable() else "\ufffd" for one in cut)
    return clean_line(cut, limit_chars) + ("…" if len(text) > limit_chars else "")


def of_extension(extension: x509.SubjectAlternativeName, most: int) -> tuple[tuple[str, ...], int]:
    """Return at most so many names, and how many there are."""
    from cryptography import x509

    names: list[str] = []
    total = 0
    for name in extension:
        if not isinstance(name, x509.DNSName | x509.IPAddress):
            continue
        total += 1
        if total <= most:
            names.append(dns_text(name.value) if isinstance(name, x509.DNSName) else str(name.value))
    return tuple(names), total


def of_bytes(der: bytes, most: int) -> tuple[tuple[str, ...], int]:
    """Return the names, as `of_extension`, of a certificate whose extensions `cryptography` refuses.

    Raises:
        DerError: They cannot be told apart here either.
    """
    san = _value(der, _SAN)
    names: list[str] = []
    total = 0
    for name in children(der, san) if san else ():
        if name.tag not in (_DNS, _IP):
            continue
        total += 1
        if total <= most:
            content = der[name.body : name.end]
            names.append(_ip_text(content) if name.tag == _IP else dns_text(content.decode("latin-1")))
    return tuple(names), total


def is_ca_of_bytes(der: bytes) -> bool:
    """Return what the basic constraints say, of a certificate as in `of_bytes`.

    Raises:
        DerError: They cannot be read.
    """
    constraints = _value(der, _BASIC_CONSTRAINTS)
    first = next(children(der, constraints), None) if constraints else None
    return first is not None and first.tag == 0x01 and der[first.body : first.end] == b"\xff"


def _value(der: bytes, oid: bytes) -> Element | None:
    extensions = parts(der).extensions
    values = extension_values(der, extensions, oid) if extensions else []
    if len(values) > 1:
        raise DerError("the extension is there twice")
    if not values:
        return None
    value = element(der, values[0].body, values[0].end)
    if value.tag != SEQUENCE:
        raise DerError("the extension is of another kind")
    return value


def dns_text(name: str) -> str:
    """Return a DNS name of a certificate: lower case, A-labels as they are.

    An address written as a DNS name is marked: by RFC 9525 §6.2 it is good for no address.
    """
    text = shown(_NOT_DNS.sub("\ufffd", name).lower(), _MOST_NAME_CHARS)
    return f"{text} (as a DNS name)" if _NUMERIC.fullmatch(text) else text


def _ip_text(content: bytes) -> str:
    try:
        return str(ipaddress.ip_address(content))
    except ValueError:
        return f"(address of {len(content)} bytes)"
