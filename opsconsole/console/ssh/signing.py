"""Signatures over the ledger's heads: SSHSIG, by a key of the agent or of a file, as of `ssh-keygen -Y`.

What is signed proves nothing but itself: the namespace keeps it from being taken for anything else.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import Coroutine
from pathlib import Path
from threading import Thread
from typing import TypeVar

import asyncssh
from asyncssh.agent import SSHAgentKeyPair
from asyncssh.public_key import decode_ssh_public_key
from asyncssh.sshsig import import_allowed_signers

from opsconsole.console.ssh.identities import DEFAULT_FILES
from opsconsole.data.ledger_entry import Signature, Signer, SigningError
from opsconsole.data.text import clean_line

NAMESPACE = "opsconsole-ledger"
AGENT_SECONDS = 20.0
"""How long the agent may take: it may ask a person."""
_PRINCIPAL = "operator"
_HASH = b"sha512"
_MAGIC = b"SSHSIG"
_LIMIT_BYTES = 256 * 1024
_Result = TypeVar("_Result")


def find_signer(key: Path | None = None, agent: str | None = None) -> tuple[Signer | None, str]:
    """Return who signs, or None and why nobody does. Asks the agent; never asks for a passphrase. Blocks.

    Args:
        key: A private key file, or a public one whose private key the agent holds. None: the agent's first
            key that needs no touch, else the first of OpenSSH's default files that has no passphrase.
        agent: Path of the agent's socket; None: SSH_AUTH_SOCK.
    """
    socket = os.environ.get("SSH_AUTH_SOCK", "") if agent is None else agent
    held, trouble = _held_keys(socket)
    if key is not None:
        return _named_signer(key.expanduser(), socket, held, trouble)
    for public in held:
        if not public.algorithm.startswith(b"sk-"):
            return AgentSigner(socket, public), ""
    for name in DEFAULT_FILES:
        private = _open(Path(name).expanduser())
        if isinstance(private, asyncssh.SSHKey) and not private.use_executor:
            return FileSigner(private), ""
    return None, trouble or "the agent holds no key, and there is no key file without a passphrase"


class FileSigner:
    """Signs with an opened private key."""

    def __init__(self, key: asyncssh.SSHKey) -> None:
        self._key = key

    @property
    def fingerprint(self) -> str:
        """`SHA256:…` of the key."""
        return self._key.get_fingerprint()

    def sign(self, message: bytes) -> Signature:
        """Return a signature over the message."""
        pair = asyncssh.load_keypairs([self._key])[0]
        try:
            armored = asyncssh.create_sshsig(pair, message, namespace=NAMESPACE)
        except (ValueError, asyncssh.Error) as error:
            raise SigningError(f"cannot sign: {clean_line(str(error), 120)}") from error
        return Signature(self.fingerprint, armored.decode("ascii"))


class AgentSigner:
    """Signs with a key that the agent holds."""

    def __init__(self, socket: str, public: asyncssh.SSHKey) -> None:
        self._socket = socket
        self._public = public

    @property
    def fingerprint(self) -> str:
        """`SHA256:…` of the key."""
        return self._public.get_fingerprint()

    def sign(self, message: bytes) -> Signature:
        """Return a signature over the message; a person may have to say yes to the agent.

        Raises:
            SigningError: The agent did not sign.
        """
        armored = _run(self._sign(message))
        return Signature(self.fingerprint, armored.decode("ascii"))

    def _is_of(self, pair: asyncssh.SSHKeyPair) -> bool:
        return pair.key_public_data == self._public.public_data and not pair.has_cert

    async def _sign(self, message: bytes) -> bytes:
        agent = asyncssh.SSHAgentClient(self._socket)
        try:
            async with asyncio.timeout(AGENT_SECONDS):
                for pair in await agent.get_keys():
                    if isinstance(pair, SSHAgentKeyPair) and self._is_of(pair):
                        return await _sshsig(pair, message)
        except TimeoutError:
            raise SigningError(f"the agent did not sign within {AGENT_SECONDS:.0f} s") from None
        except (OSError, ValueError, asyncssh.Error) as error:
            raise SigningError(f"the agent did not sign: {clean_line(str(error), 120)}") from error
        finally:
            agent.close()
        raise SigningError("the agent holds the key no more")


def check_signature(message: bytes, signature: Signature) -> str:
    """Return what is wrong with a signature over a message; empty: nothing, its key made it.

    Whether that key is one to be trusted is for the reader to say: its fingerprint is checked to be the one
    that the signature names.
    """
    armored = signature.armored.encode("ascii", "replace")
    try:
        public = _signers_key(armored)
    except (ValueError, IndexError, asyncssh.Error):
        return "the signature cannot be read"
    if public.get_fingerprint() != signature.fingerprint:
        return f"the signature is by another key than it says: {public.get_fingerprint()}"
    line = f'{_PRINCIPAL} namespaces="{NAMESPACE}" {public.export_public_key().decode()}'
    try:
        allowed = import_allowed_signers(line)
        good = asyncssh.validate_sshsig(message, armored, _PRINCIPAL, allowed)
    except (ValueError, asyncssh.Error):
        good = False
    return "" if good else "the signature is not over this head"


def _named_signer(
    key: Path, socket: str, held: list[asyncssh.SSHKey], trouble: str
) -> tuple[Signer | None, str]:
    opened = _open(key)
    if isinstance(opened, asyncssh.SSHKey):
        return FileSigner(opened), ""
    for path in (key, key.with_name(f"{key.name}.pub")):
        try:
            public = asyncssh.read_public_key(str(path))
        except (OSError, ValueError):
            continue
        if any(public.public_data == one.public_data for one in held):
            return AgentSigner(socket, public), ""
    because = f"; {trouble}" if trouble else "; the agent does not hold it"
    return None, f"{opened}{because}"


def _open(path: Path) -> asyncssh.SSHKey | str:
    """Return the private key of a file, or why there is none."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_LIMIT_BYTES)
        return asyncssh.import_private_key(data)
    except OSError as error:
        return f"cannot read the signing key {path}: {error.strerror or error}"
    except (ValueError, asyncssh.Error) as error:
        return f"cannot open the signing key {path}: {clean_line(str(error), 120)}"


def _held_keys(socket: str) -> tuple[list[asyncssh.SSHKey], str]:
    if not socket or socket == "none":
        return [], "there is no SSH agent"

    async def ask() -> list[asyncssh.SSHKey]:
        agent = asyncssh.SSHAgentClient(socket)
        try:
            async with asyncio.timeout(AGENT_SECONDS):
                blobs = [pair.key_public_data for pair in await agent.get_keys() if not pair.has_cert]
            return [decode_ssh_public_key(blob) for blob in blobs]
        finally:
            agent.close()

    try:
        return _run(ask()), ""
    except (OSError, ValueError, TimeoutError, asyncssh.Error) as error:
        return [], f"the SSH agent does not answer: {clean_line(str(error), 120) or 'it took too long'}"


async def _sshsig(pair: SSHAgentKeyPair, message: bytes) -> bytes:
    """Return what `create_sshsig` would; that one cannot wait for an agent (format: PROTOCOL.sshsig)."""
    if pair.sig_algorithm == b"ssh-rsa":
        pair.set_sig_algorithm(b"rsa-sha2-512")
    wrapped = _strings(NAMESPACE.encode(), b"", _HASH)
    signed = await pair.sign_async(_MAGIC + wrapped + _strings(hashlib.sha512(message).digest()))
    blob = _MAGIC + (1).to_bytes(4, "big") + _strings(pair.public_data) + wrapped + _strings(signed)
    return _armoured(blob)


def _strings(*values: bytes) -> bytes:
    return b"".join(len(value).to_bytes(4, "big") + value for value in values)


def _armoured(blob: bytes) -> bytes:
    text = base64.b64encode(blob)
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])


def _signers_key(armored: bytes) -> asyncssh.SSHKey:
    """Return the public key that stands in a signature."""
    inner = b"".join(armored.strip().splitlines()[1:-1])
    blob = base64.b64decode(inner, validate=True)
    if not blob.startswith(_MAGIC):
        raise ValueError("not a signature")
    at = len(_MAGIC) + 4
    length = int.from_bytes(blob[at : at + 4], "big")
    return decode_ssh_public_key(blob[at + 4 : at + 4 + length])


def _run(work: Coroutine[None, None, _Result]) -> _Result:
    """Run a coroutine to its end from a thread that may or may not have a loop of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    results: list[_Result] = []
    troubles: list[BaseException] = []

    def other() -> None:
        try:
            results.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001 - it is raised again by who waits
            troubles.append(error)

    thread = Thread(target=other, name="signing")
    thread.start()
    thread.join()
    if troubles:
        raise troubles[0]
    return results[0]
