"""Opening PKCS#12 in a process of its own, which ends with it.

Two reasons: a hostile file can ask for billions of rounds of key derivation, which nothing inside a process
can stop; and `cryptography` decodes the private key as well, whose bytes are not to stay in our memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

from opsconsole.data.text import clean_line
from opsconsole.data.tls import pkcs12_child as child
from opsconsole.data.tls.certificate import CertificateError, PasswordNeeded

LONGEST_SECONDS = 15.0
LONGEST_SECONDS_TO_ASK = 5.0
"""Without a password, only to see whether one is needed: a host may hold many such files."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in it: certificates as DER, that of the key first; and whether there is a key."""

    certificates: tuple[bytes, ...]
    has_private_key: bool


def opened(data: bytes, password: bytes | None) -> Opened:
    """Open a PKCS#12 file. It takes a tenth of a second, so not on the thread that paints.

    Raises:
        PasswordNeeded: It needs a password, or another one.
        CertificateError: It is broken, or takes too long.
    """
    seconds = LONGEST_SECONDS_TO_ASK if password is None else LONGEST_SECONDS
    # The child must find the same packages as we do, however we were started.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
    try:
        ran = subprocess.run(  # noqa: S603  our own interpreter and module; the password goes by standard input
            [sys.executable, "-P", "-W", "ignore", "-m", child.__name__],
            input=child.question(data, password),
            capture_output=True,
            timeout=seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CertificateError(f"PKCS#12 that was not opened within {seconds:g} s: refused") from None
    except OSError as error:
        raise CertificateError(f"PKCS#12 was not opened: {error.strerror}") from None
    return _answer(ran.stdout, password is not None)


def _answer(said: bytes, given: bool) -> Opened:
    what, rest = said[:1], said[1:]
    if what in (child.WITH_KEY, child.WITHOUT_KEY):
        return Opened(tuple(child.unpacked(rest)), what == child.WITH_KEY)
    if what == child.OTHER_PASSWORD and given:
        raise PasswordNeeded(
            "the password of the PKCS#12 file is not right, or the file is damaged", given=True
        )
    if what == child.OTHER_PASSWORD:
        raise PasswordNeeded("a PKCS#12 file that needs a password")
    why = clean_line(rest, 200) if what == child.BROKEN else "it took too long, or ended without an answer"
    raise CertificateError(f"PKCS#12 that cannot be read: {why}")
