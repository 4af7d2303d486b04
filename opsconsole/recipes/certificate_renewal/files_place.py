"""Which files are replaced: found in the servers' configuration, links told, certbot's left alone. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from opsconsole.data.text import clean_line
from opsconsole.data.webserver.model import Pair, Server
from opsconsole.recipes.certificate_renewal.files_look import FileAt, Look
from opsconsole.recipes.certificate_renewal.find import Servers
from opsconsole.recipes.certificate_renewal.host_files import CertificateAt
from opsconsole.recipes.recipe import PlanError


@dataclass(frozen=True)
class Place:
    """Where a certificate and its key are.

    Attributes:
        target: The certificate's file.
        key: The key's; the same when one file holds both.
        servers: Server blocks that show it.
        warnings: What an engineer should know.
    """

    target: FileAt
    key: FileAt
    servers: tuple[Server, ...]
    warnings: tuple[str, ...] = ()

    @property
    def combined(self) -> bool:
        """Whether one file holds both, as HAProxy has it."""
        return self.target is self.key


def users(servers: Servers, target: str, files: Mapping[str, CertificateAt]) -> list[tuple[Server, Pair]]:
    """Return the server blocks that show a file: by its path, through links, or from its folder."""
    real = files[target].real if target in files else target
    found = []
    for _, sites in servers.sites:
        for server in sites.servers:
            for pair in server.pairs:
                path = pair.certificate
                same = path == target or (path in files and files[path].real == real)
                if same or path.rstrip("/") in {posixpath.dirname(target), posixpath.dirname(real)}:
                    found.append((server, pair))
    return found


def key_paths(pairs: Iterable[Pair], target: str, given: str) -> list[str]:
    """Return the files that may hold the key, the likeliest first; the target itself when none else is named.

    Raises:
        PlanError: The servers name different ones.
    """
    if given:
        return [given]
    named = sorted({pair.key for pair in pairs if pair.key and pair.key != pair.certificate})
    if len(named) > 1:
        raise PlanError(
            f"target: found servers that show {_shown(target)} with different keys"
            f" ({', '.join(map(_shown, named))}), expected one: target_key=FILE says which"
        )
    # HAProxy takes a key from FILE.key when FILE has none.
    return [*named, target] if named else [target, f"{target}.key"]


def place(found: Look, target: str, keys: list[str], used: Sequence[tuple[Server, Pair]]) -> Place:
    """Return what is replaced.

    Raises:
        PlanError: It is not there, is no file of its own, or is certbot's; the message says what to do.
    """
    certificate = found.files[target]
    warnings: list[str] = []
    _usable("target", certificate, warnings)
    if not certificate.has_certificate:
        raise PlanError(f"target: found {_shown(target)} without a certificate, expected one in PEM")
    key = (
        certificate
        if certificate.has_key
        else next((found.files[path] for path in keys if path != target and found.files[path].has_key), None)
    )
    if key is None:
        some = ", ".join(_shown(path) for path in keys)
        raise PlanError(f"target_key: found no private key in {some}, expected it there: target_key=FILE")
    if key is certificate and keys[0] != target and found.files[keys[0]].has_key:
        raise PlanError(
            f"target: found a key in {_shown(target)} and one in {_shown(keys[0])}, expected it in one"
        )
    if key is not certificate:
        _usable("target_key", key, warnings)
    if key.mode & 0o004:
        warnings.append(
            f"everybody on the host can read {_shown(key.path)} (mode {key.mode:o}); the mode is kept"
        )
    chains = sorted({pair.chain for _, pair in used if pair.chain and pair.chain != target})
    warnings += (
        f"the intermediates in {_shown(one)} are sent behind it as well, and that file is not replaced"
        for one in chains
    )
    return Place(certificate, key, tuple(dict.fromkeys(server for server, _ in used)), tuple(warnings))


def _usable(name: str, one: FileAt, warnings: list[str]) -> None:
    shown, real = _shown(one.path), _shown(one.real)
    if one.lineage:
        raise PlanError(
            f"{name}: found {shown} of certbot's lineage {one.lineage} ({real}), expected a file that nobody"
            f" renews: certbot would put its own back; use driver=certbot name={one.lineage}"
        )
    if one.kind == "missing" or (one.kind == "link" and not one.stat):
        raise PlanError(f"{name}: {shown} is not there, expected the file to replace")
    if one.kind == "other":
        raise PlanError(f"{name}: {shown} is no plain file, expected one")
    if one.real != one.path:
        raise PlanError(
            f"{name}: {shown} is a link, or below one, and leads to {real}; links are not followed:"
            f" {name}={real} if that file is meant"
        )
    if one.locked:
        raise PlanError(f"{name}: nothing can be written in the folder of {shown}: it is read-only")
    if one.links > 1:
        warnings.append(f"{shown} has {one.links} names (hard links): the others keep what it holds now")


def _shown(path: str) -> str:
    return clean_line(path.encode("utf-8", "surrogateescape"), 300)
