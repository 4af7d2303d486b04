"""Walking DER where `cryptography` gives no bytes, or gives up: one element at a time, as deep as asked.

Only what certificates need: definite lengths and one-byte tags (X.690 §8.1, §10.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

INTEGER, BIT_STRING, OCTET_STRING, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30
_VERSION, _EXTENSIONS = 0xA0, 0xA3  # explicit tags of TBSCertificate


class DerError(ValueError):
    """The bytes are not DER, or not of the shape that was asked for."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a larger buffer: `start` is where its tag is, `body` where its content begins."""

    tag: int
    start: int
    body: int
    end: int


def element(data: bytes, at: int, end: int) -> Element:
    """Return the element at an offset; it ends at or before `end`.

    Raises:
        DerError: There is none.
    """
    if at + 2 > end:
        raise DerError("ends in the middle of an element")
    tag, length, body = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F or length == 0x80:
        raise DerError("a tag or length that certificates do not have")
    if length > 0x80:
        size = length & 0x7F
        if size > 4 or body + size > end:
            raise DerError("a length that is too large")
        length, body = int.from_bytes(data[body : body + size], "big"), body + size
    if body + length > end:
        raise DerError("ends in the middle of an element")
    return Element(tag, at, body, body + length)


def children(data: bytes, parent: Element) -> Iterator[Element]:
    """Yield the elements of which the content of another is made.

    Raises:
        DerError: It is not made of elements.
    """
    at = parent.body
    while at < parent.end:
        child = element(data, at, parent.end)
        yield child
        at = child.end


@dataclass(frozen=True, slots=True)
class Parts:
    """Where parts of a certificate are that are needed as bytes; `extensions` is the SEQUENCE, or None."""

    serial: Element
    public_key: Element
    extensions: Element | None


def parts(data: bytes) -> Parts:
    """Find the parts of a whole certificate.

    Raises:
        DerError: It has not the shape of one.
    """
    tbs = next(children(data, _expect(element(data, 0, len(data)), SEQUENCE)), None)
    fields = list(_up_to(12, data, _expect(tbs, SEQUENCE)))
    if fields and fields[0].tag == _VERSION:
        fields = fields[1:]
    if len(fields) < 6:
        raise DerError("too few parts for a certificate")
    wrapped = next((one for one in fields[6:] if one.tag == _EXTENSIONS), None)
    extensions = next(children(data, wrapped), None) if wrapped else None
    return Parts(_expect(fields[0], INTEGER), _expect(fields[5], SEQUENCE), extensions)


def extension_values(data: bytes, extensions: Element, oid: bytes) -> list[Element]:
    """Return the values (the content of the OCTET STRING, still DER) of the extensions of one OID.

    Raises:
        DerError: They are not a list of extensions.
    """
    found = []
    for extension in children(data, extensions):
        inside = list(_up_to(3, data, extension))
        if len(inside) < 2 or inside[0].tag != OID or inside[-1].tag != OCTET_STRING:
            raise DerError("an extension without name or value")
        if data[inside[0].body : inside[0].end] == oid:
            found.append(inside[-1])
    return found


def is_certificate(data: bytes) -> bool:
    """Return whether the bytes begin as a certificate does: a sequence in a sequence."""
    return _begins(data, SEQUENCE)


def is_pkcs12(data: bytes) -> bool:
    """Return whether the bytes begin as PKCS#12 does: a sequence, version 3, a sequence (RFC 7292 §4)."""
    if data[:5] == b"\x30\x80\x02\x01\x03":  # BER with an open length, as Java and Windows write it
        return True
    return _begins(data, INTEGER, b"\x03")


def _begins(data: bytes, tag: int, content: bytes | None = None) -> bool:
    try:
        outer = element(data, 0, len(data))
        first = element(data, outer.body, outer.end)
        second = element(data, first.end, outer.end)
    except DerError:
        return False
    same = content is None or data[first.body : first.end] == content
    return outer.tag == SEQUENCE and first.tag == tag and second.tag == SEQUENCE and same


def _expect(one: Element | None, tag: int) -> Element:
    if one is None or one.tag != tag:
        raise DerError("a part of a certificate is missing or of another kind")
    return one


def _up_to(most: int, data: bytes, parent: Element) -> Iterator[Element]:
    for count, child in enumerate(children(data, parent)):
        if count >= most:
            raise DerError("too many parts")
        yield child
