"""The process that opens one PKCS#12 file: that and its password on standard input, certificates out."""

from __future__ import annotations

import sys

WITH_KEY, WITHOUT_KEY, OTHER_PASSWORD, BROKEN = b"K", b"C", b"P", b"B"
_NO_PASSWORD = 0xFFFFFFFF
_MOST_CPU_SECONDS = 12


def question(data: bytes, password: bytes | None) -> bytes:
    """Return what the process is to be told."""
    size = _NO_PASSWORD if password is None else len(password)
    return size.to_bytes(4, "big") + (password or b"") + data


def packed(parts: list[bytes]) -> bytes:
    """Return byte strings as one."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def unpacked(data: bytes) -> list[bytes]:
    """Return what `packed` was given."""
    parts, at = [], 0
    while at + 4 <= len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        parts.append(data[at + 4 : end])
        at = end
    return parts


def answer(asked: bytes) -> bytes:
    """Return what is to be said to a question."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

    size = int.from_bytes(asked[:4], "big")
    end = 4 if size == _NO_PASSWORD else 4 + size
    # "No password" is written in two ways (RFC 7292 appendix B): absent and empty.
    passwords = [None, b""] if size == _NO_PASSWORD else [asked[4:end]]
    why = ""
    for password in passwords:
        try:
            store = pkcs12.load_pkcs12(asked[end:], password)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            why = str(error)
            continue
        found = [store.cert, *store.additional_certs]
        certificates = [one.certificate.public_bytes(Encoding.DER) for one in found if one is not None]
        return (WITH_KEY if store.key else WITHOUT_KEY) + packed(certificates)
    return OTHER_PASSWORD if "password" in why.lower() else BROKEN + why.encode()


def main() -> None:
    """Answer once. What it may use is bounded, and it leaves no core file with a password in it."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_SECONDS, _MOST_CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass  # the parent's deadline holds all the same
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
