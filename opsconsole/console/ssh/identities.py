"""Keys to log in with: from the agent and from files, offered in OpenSSH's order, opened only when wanted."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import asyncssh

from opsconsole.console.ssh.attempt import Attempt
from opsconsole.console.ssh.keyfile import KeyFile, KeyFiles, KeyPair
from opsconsole.data.host import Host
from opsconsole.data.text import clean_line

DEFAULT_FILES = (
    "~/.ssh/id_rsa",
    "~/.ssh/id_ecdsa",
    "~/.ssh/id_ecdsa_sk",
    "~/.ssh/id_ed25519",
    "~/.ssh/id_ed25519_sk",
)
"""As OpenSSH looks for them, in its order (ssh_config(5), IdentityFile)."""


async def offers(
    attempt: Attempt, key_files: KeyFiles, agent: asyncssh.SSHAgentClient | None
) -> AsyncGenerator[asyncssh.SSHKeyPair]:
    """Yield the key pairs to offer, in OpenSSH's order; a key's certificate comes before the bare key.

    First the keys that the agent holds, those of the named files leading (no passphrase is needed), all
    others of the agent only without `identities_only`; then the files that the agent does not hold.
    """
    host = attempt.host
    files = _files(host, key_files, attempt)
    certificates = _certificates(host, files, attempt)
    named = {file.public.public_data: index for index, file in enumerate(files) if file.public is not None}
    held = set()
    for pair in await _agent_pairs(agent, attempt):
        blob = pair.key_public_data
        if host.identities_only and blob not in named:
            continue
        held.add(blob)
    in_order = sorted(held, key=lambda blob: named.get(blob, len(named)))
    for blob in in_order:
        for certificate in (one for one in certificates if one.key.public_data == blob):
            # A pair is changed by its certificate, so the bare one is asked for anew.
            for pair in await _agent_pairs(agent, attempt):
                if pair.key_public_data == blob and not pair.has_cert:
                    pair.set_certificate(certificate)
                    yield pair
        for pair in await _agent_pairs(agent, attempt):
            if pair.key_public_data == blob:
                yield pair
    for file in files:
        if file.public is not None and file.public.public_data in held:
            continue
        public = await key_files.public_half(file, attempt)
        if public is None or not file.is_private:
            continue
        for certificate in (one for one in certificates if one.key.public_data == public.public_data):
            yield KeyPair(file, public, certificate, key_files, attempt)
        yield KeyPair(file, public, None, key_files, attempt)


def agent_path(host: Host) -> str | None:
    """Return the path of the agent's socket for a host, or None when there is none to ask."""
    path = host.identity_agent if host.identity_agent is not None else os.environ.get("SSH_AUTH_SOCK", "")
    if path == "SSH_AUTH_SOCK":  # the word that ssh_config uses for the default
        path = os.environ.get("SSH_AUTH_SOCK", "")
    return None if not path or path == "none" else str(Path(path).expanduser())


async def _agent_pairs(
    agent: asyncssh.SSHAgentClient | None, attempt: Attempt
) -> Sequence[asyncssh.SSHKeyPair]:
    if agent is None:
        return ()
    try:
        return await agent.get_keys()
    except (ValueError, OSError) as error:
        warning = f"the agent does not answer: {clean_line(str(error), 120)}"
        if warning not in attempt.warnings:
            attempt.warnings.append(warning)
        return ()


def _files(host: Host, key_files: KeyFiles, attempt: Attempt) -> list[KeyFile]:
    found = []
    for path in host.identity_files or DEFAULT_FILES:
        if path == "none":
            continue
        file = key_files.get(path)
        if file.problem and (host.identity_files or not file.is_missing):
            attempt.warnings.append(file.problem)
        elif not file.problem:
            found.append(file)
    return found


def _certificates(host: Host, files: list[KeyFile], attempt: Attempt) -> list[asyncssh.SSHCertificate]:
    """Return the certificates named by the host and those that stand beside its key files."""
    found = [file.certificate for file in files if file.certificate is not None]
    for path in host.certificate_files:
        try:
            found.append(asyncssh.read_certificate(str(Path(path).expanduser())))
        except (OSError, ValueError) as error:
            attempt.warnings.append(f"cannot use certificate {path}: {clean_line(str(error), 120)}")
    return found
