"""Private key files: read once, opened with a passphrase only when a server wants the key, kept in memory."""

from __future__ import annotations

import asyncio
import base64
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from opsconsole.console.ssh.attempt import Attempt
from opsconsole.console.ssh.prompts import Prompter
from opsconsole.data.text import clean_line

PASSPHRASE_TRIES = 3
_LIMIT_BYTES = 256 * 1024
_MAGIC = b"openssh-key-v1\0"
_ARMOUR = re.compile(rb"-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END OPENSSH PRIVATE KEY-----", re.DOTALL)


@dataclass(slots=True, eq=False)
class KeyFile:
    """One file.

    Attributes:
        path: As it was named.
        problem: Why it cannot be used, naming it; empty when it can.
        is_missing: Whether that is because there is none.
        public: Its public half, where that can be had without a passphrase.
        is_private: Whether it holds a private key; a public one only names a key of the agent.
        certificate: That of the `-cert.pub` beside it.
    """

    path: str
    problem: str = ""
    is_missing: bool = False
    public: asyncssh.SSHKey | None = field(default=None, repr=False)
    is_private: bool = False
    certificate: asyncssh.SSHCertificate | None = field(default=None, repr=False)
    data: bytes = field(default=b"", repr=False)
    opened: asyncssh.SSHKey | None = field(default=None, repr=False)
    declined: bool = False
    opening: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)


class KeyFiles:
    """The key files of this session, shared by all connections: a passphrase is asked once for a file."""

    def __init__(self, prompter: Prompter) -> None:
        self._prompter = prompter
        self._files: dict[str, tuple[tuple[int, ...], KeyFile]] = {}

    def get(self, path: str) -> KeyFile:
        """Return a file, read anew when it changed on disk."""
        full = Path(path).expanduser()
        try:
            stat = full.stat()
            stamp: tuple[int, ...] = (stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_mode)
        except OSError:
            stamp = ()
        known = self._files.get(path)
        if known is None or known[0] != stamp:
            known = self._files[path] = stamp, _read(path, full)
        return known[1]

    async def public_half(self, file: KeyFile, attempt: Attempt) -> asyncssh.SSHKey | None:
        """Return the public half; old key formats must be opened for it. None: nobody opened it."""
        return file.public or await self.open(file, attempt)

    async def open(self, file: KeyFile, attempt: Attempt) -> asyncssh.SSHKey | None:
        """Return the private key, asking for its passphrase at most three times; None when it stays shut."""
        if file.opened is not None:
            return file.opened
        with attempt.paused():
            async with file.opening:
                question = f"passphrase for key {file.path}"
                for _ in range(PASSPHRASE_TRIES):
                    if file.opened is not None or file.declined:
                        break
                    passphrase = await self._prompter.secret(attempt.host.name, question)
                    if passphrase is None:
                        file.declined = True
                        break
                    try:  # bcrypt takes a tenth of a second and more
                        file.opened = await asyncio.to_thread(
                            asyncssh.import_private_key, file.data, passphrase
                        )
                    except ValueError:  # wrong passphrases are KeyImportError or KeyEncryptionError
                        question = f"wrong passphrase; once more for key {file.path}"
        if file.opened is None:
            attempt.warnings.append(f"key {file.path} stayed locked: no right passphrase was given")
        return file.opened

    def allow_questions(self) -> None:
        """Ask again for passphrases that were declined: a person wants another try."""
        for _, file in self._files.values():
            file.declined = False


class KeyPair(asyncssh.SSHKeyPair):
    """A key of a file as asyncssh offers it; opened when the server wants a signature of it."""

    _key_type = "local"

    def __init__(
        self,
        file: KeyFile,
        public: asyncssh.SSHKey,
        certificate: asyncssh.SSHCertificate | None,
        key_files: KeyFiles,
        attempt: Attempt,
    ) -> None:
        super().__init__(
            public.algorithm,
            public.algorithm,
            public.sig_algorithms,
            public.sig_algorithms,
            public.public_data,
            None,
            certificate,
        )
        self._file = file
        self._key_files = key_files
        self._attempt = attempt

    async def sign_async(self, data: bytes) -> bytes:
        """Sign, after opening the file.

        Raises:
            ValueError: It stayed shut; asyncssh goes on to the next key.
        """
        key = await self._key_files.open(self._file, self._attempt)
        if key is None:
            raise ValueError("the key stayed locked")
        if key.use_executor:  # a security key waits for a touch
            with self._attempt.paused():
                return await asyncio.to_thread(key.sign, data, self.sig_algorithm)
        return key.sign(data, self.sig_algorithm)


def _read(path: str, full: Path) -> KeyFile:
    file = KeyFile(path)
    try:
        with full.open("rb") as stream:
            mode = os.fstat(stream.fileno())
            file.data = stream.read(_LIMIT_BYTES)
    except OSError as error:
        file.is_missing = isinstance(error, FileNotFoundError)
        file.problem = f"cannot read key {path}: {error.strerror or error}"
        return file
    file.certificate = _beside(full, "-cert.pub")
    if b"PRIVATE KEY" not in file.data:
        try:
            file.public = asyncssh.import_public_key(file.data)
        except ValueError:
            file.problem = f"cannot use key {path}: it holds no key"
        return file
    file.is_private = True
    if mode.st_mode & 0o077 and mode.st_uid == os.getuid():
        file.problem = f"key {path} can be read by others (mode {mode.st_mode & 0o777:04o}); chmod 600 it"
        return file
    try:
        file.opened = asyncssh.import_private_key(file.data)
        file.public = file.opened.convert_to_public()
    except ValueError as error:
        if "assphrase" not in str(error):
            file.problem = f"cannot use key {path}: {clean_line(str(error), 120)}"
        file.public = _public_part(file.data) or _public_beside(full)
    return file


def _public_part(data: bytes) -> asyncssh.SSHKey | None:
    """Return the public half of an encrypted OpenSSH key; it stands there in clear (PROTOCOL.key)."""
    match = _ARMOUR.search(data)
    if match is None:
        return None
    try:
        rest = base64.b64decode(match.group(1)).removeprefix(_MAGIC)
        for _ in range(3):  # cipher, key derivation, its options
            rest = rest[4 + int.from_bytes(rest[:4], "big") :]
        blob = rest[8 : 8 + int.from_bytes(rest[4:8], "big")]  # after the number of keys
        algorithm = blob[4 : 4 + int.from_bytes(blob[:4], "big")]
        return asyncssh.import_public_key(algorithm + b" " + base64.b64encode(blob))
    except ValueError:
        return None


def _public_beside(full: Path) -> asyncssh.SSHKey | None:
    try:
        return asyncssh.read_public_key(f"{full}.pub")
    except (OSError, ValueError):
        return None


def _beside(full: Path, suffix: str) -> asyncssh.SSHCertificate | None:
    try:
        return asyncssh.read_certificate(f"{full}{suffix}")
    except (OSError, ValueError):
        return None
