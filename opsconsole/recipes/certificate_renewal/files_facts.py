"""The facts of the files driver: what was given against what is on the host and what its servers serve."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from opsconsole.data.host import Shell
from opsconsole.data.tls.certificate import Certificate, CertificateError
from opsconsole.recipes.certificate_renewal import files_checks, files_options, find, host_files
from opsconsole.recipes.certificate_renewal.files_look import FileAt, Look, look
from opsconsole.recipes.certificate_renewal.files_options import Options
from opsconsole.recipes.certificate_renewal.files_place import Place, key_paths, place, users
from opsconsole.recipes.certificate_renewal.served import Serving
from opsconsole.recipes.certificate_renewal.targets import Known, targets
from opsconsole.recipes.recipe import FactSheet, PlanError

_CLOCK_SECONDS = 300
_MOST_FILES = 500


async def facts(shell: Shell, values: Mapping[str, Any]) -> FactSheet:
    """Read what the plan needs; changes nothing.

    Raises:
        ShellError: The host could not be asked.
        PlanError: What was given cannot take the place of what is there; every reason is in it.
    """
    wanted = files_options.read(values)
    new = given(wanted)
    servers = await find.look(shell)
    files = await host_files.certificates(shell, [wanted.target, *servers.certificate_paths[:_MOST_FILES]])
    used = users(servers, wanted.target, files)
    keys = key_paths((pair for _, pair in used), wanted.target, wanted.target_key)
    found = await look(shell, [wanted.target, *keys])
    if not found.has_openssl:
        raise PlanError(
            "the host has no openssl: whether the key belongs to the certificate cannot be proved"
        )
    at = place(found, wanted.target, keys, used)
    if not used:
        in_use = ", ".join(servers.certificate_paths[:8]) or "none"
        raise PlanError(
            f"target: no running nginx, Apache or HAProxy is told to show {wanted.target}, so nothing could"
            f" be proved; they show: {in_use}"
        )
    now = datetime.now(UTC)
    old = files[wanted.target].certificates if wanted.target in files else ()
    from opsconsole.data.tls.trust import system_roots

    verdict = files_checks.judge(
        new,
        old,
        key_public=wanted.key_public,
        servers=at.servers,
        now=now,
        roots=system_roots(),
        allow_weaker=wanted.allow_weaker,
    )
    errors = [*verdict.errors, *_clock(new[0], found, now)]
    if errors:
        raise PlanError("\n".join(errors))
    serving = await _serving(shell, servers, files, wanted.target, new)
    warnings = [
        *at.warnings,
        *verdict.warnings,
        *_copies(files, old, wanted.target),
        *_of_certbot(old, found),
    ]
    return _sheet(wanted, at, new, old, serving, warnings)


def given(wanted: Options) -> tuple[Certificate, ...]:
    """Return the certificates that were given.

    Raises:
        PlanError: They cannot be read.
    """
    from opsconsole.data.tls.read import read

    try:
        return read(wanted.certificate.encode())
    except CertificateError as error:
        raise PlanError(f"certificate: {error}") from None


async def _serving(
    shell: Shell,
    servers: find.Servers,
    files: Mapping[str, host_files.CertificateAt],
    target: str,
    new: tuple[Certificate, ...],
) -> Serving:
    """Return who shows the target, asked for what the new certificate is good for, and what they show now."""
    after = {**files, target: replace(files[target], certificates=new)}
    handshakes, notes = targets(servers, Known(after, {target: frozenset()}))
    handshakes = await find.shown(shell, handshakes)
    kept = tuple(one for one in handshakes if one.served)
    silent = [one.shown for one in handshakes if not one.served]
    if silent:
        notes.append(f"nothing answers there now, so nothing is proved there: {', '.join(silent[:5])}")
    if not kept:
        raise PlanError(f"target: nothing shows {target} at any address now, so nothing could be proved")
    kinds = {one.kind for one in kept}
    programs = tuple(one.program for one, _ in servers.sites if one.program.kind in kinds)
    return Serving(programs, kept, (), tuple(dict.fromkeys((*servers.notes, *notes))))


def _clock(leaf: Certificate, found: Look, now: datetime) -> list[str]:
    """Return what is wrong by the host's clock, when that is another one."""
    if found.now is None or abs(found.now - now.timestamp()) < _CLOCK_SECONDS:
        return []
    theirs = datetime.fromtimestamp(found.now, UTC)
    if leaf.is_valid_at(theirs):
        return []
    return [
        f"certificate: it is not valid by the host's clock ({theirs:%Y-%m-%d %H:%M} UTC), which is"
        f" {abs(found.now - now.timestamp()):.0f} s from this machine's"
    ]


def _copies(
    files: Mapping[str, host_files.CertificateAt], old: tuple[Certificate, ...], target: str
) -> list[str]:
    real = files[target].real if target in files else target
    others = [
        path
        for path, one in files.items()
        if old and one.print == old[0].fingerprint_sha256 and one.real != real
    ]
    return [
        f"the same certificate is in {path} as well, which is not replaced" for path in sorted(others)[:5]
    ]


def _of_certbot(old: tuple[Certificate, ...], found: Look) -> list[str]:
    name = found.lineages.get(old[0].fingerprint_sha256) if old else None
    if not name:
        return []
    return [
        f"the certificate in use is a copy of certbot's lineage {name}: its next renewal may put its own back"
        f" (driver=certbot name={name} renews it)"
    ]


def _sheet(
    wanted: Options,
    at: Place,
    new: tuple[Certificate, ...],
    old: tuple[Certificate, ...],
    serving: Serving,
    warnings: list[str],
) -> FactSheet:
    files = {"target": _file(at.target)} | ({} if at.combined else {"key": _file(at.key)})
    asked = serving.as_json()
    notes = asked.pop("notes")
    return FactSheet(
        binding={
            "files": files,
            "combined": at.combined,
            "chain_in_use": [one.fingerprint_sha256 for one in old],
            "serving": asked,
        },
        shown={
            "old": files_checks.words(old[0]) if old else "it cannot be read",
            "new": files_checks.words(new[0]),
            "new_print": new[0].fingerprint_sha256,
            "new_prints": [one.fingerprint_sha256 for one in new],
            "chain": [one.title for one in new[1:]],
            "sha256": hashlib.sha256(wanted.certificate.encode()).hexdigest(),
            "warnings": [*warnings, *notes],
        },
    )


def _file(one: FileAt) -> dict[str, Any]:
    return {
        "path": one.path,
        "stat": one.stat,
        "owner": one.owner,
        "context": one.context,
        "labels": sorted(one.labels),
        "sha256": one.sha256,
        "public": one.public,
    }
