"""Finding the blocks of a PEM file (RFC 7468), as OpenSSL does, in time in proportion to its length.

Bytes of private keys are stepped over: no copy of them is made.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from opsconsole.data.text import clean_line

CERTIFICATES = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"})
_MOST_LABEL = 64
_MOST_BLOCK = 3 * 1024 * 1024
# A boundary stands at the beginning of its line: OpenSSL sees none behind blanks or a byte order mark.
_BOUNDARY = re.compile(
    rb"^(\xef\xbb\xbf|[ \t]+)?-----(BEGIN|END) ([A-Za-z0-9][A-Za-z0-9 ._/#+]{0,63})-----[ \t\r]*$",
    re.MULTILINE,
)
_BEGIN = b"-----BEGIN "


class BlockError(ValueError):
    """A block cannot be used; the message says which and why, without a byte of it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its label, and where its text is; `why` says what is wrong with it, or is empty."""

    label: str
    start: int
    body: int
    end: int
    why: str = ""

    @property
    def is_certificate(self) -> bool:
        """Whether it is or was meant to be a certificate."""
        return self.label in CERTIFICATES

    @property
    def is_private_key(self) -> bool:
        """Whether it is a private key of any kind."""
        return self.label.endswith("PRIVATE KEY")


def is_pem(data: bytes) -> bool:
    """Return whether there is a block in it."""
    return _BEGIN in data


def blocks(data: bytes) -> Iterator[Block]:
    """Yield the blocks in their order, the broken ones too."""
    begun: tuple[str, int, int] | None = None
    for match in _BOUNDARY.finditer(data):
        label = match[3].decode("ascii")
        if match[2] == b"BEGIN":
            if begun is not None:
                yield Block(begun[0], begun[1], begun[2], match.start(), "it has no END line")
            begun = (label, match.start(), match.end())
            if match[1]:
                yield Block(label, match.start(), match.end(), match.end(), _indented(match[1]))
                begun = None
        elif begun is not None:
            why = "" if label == begun[0] else f"it ends as {clean_line(label, _MOST_LABEL)}"
            yield Block(begun[0], begun[1], begun[2], match.start(), why)
            begun = None
    if begun is not None:
        yield Block(begun[0], begun[1], begun[2], len(data), "it has no END line")


def decoded(data: bytes, block: Block) -> bytes:
    """Return the bytes of a block.

    Raises:
        BlockError: It is not base64, or too long, or broken.
    """
    if block.why:
        raise BlockError(block.why)
    if block.end - block.body > _MOST_BLOCK:
        raise BlockError(f"it is {block.end - block.body:,} bytes long")
    try:
        return binascii.a2b_base64(b"".join(data[block.body : block.end].split()), strict_mode=True)
    except binascii.Error:
        raise BlockError("it is not base64") from None


def _indented(before: bytes) -> str:
    what = "blanks" if before.strip() == b"" else "a byte order mark"
    return f"there are {what} before its BEGIN, so OpenSSL does not see it"
