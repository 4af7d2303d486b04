"""The facts of the acme driver: the certificate in use whose place a new one takes, and who shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from opsconsole.data.certbot import HOME
from opsconsole.data.host import Shell
from opsconsole.recipes.certificate_renewal import find, host_files, sheet_parts
from opsconsole.recipes.certificate_renewal.files_look import look
from opsconsole.recipes.certificate_renewal.files_place import key_paths, place, users
from opsconsole.recipes.certificate_renewal.lineages import Found
from opsconsole.recipes.certificate_renewal.options import Options
from opsconsole.recipes.certificate_renewal.served import Serving
from opsconsole.recipes.recipe import FactSheet, PlanError

HOOKS = f"{HOME}/renewal-hooks/deploy"
"""certbot runs every program there after a renewal."""


@dataclass(frozen=True, slots=True)
class _Replaced:
    """What is replaced.

    Attributes:
        files: The certificate, and its key; one file when it holds both.
        fingerprint: SHA-256 of the certificate in use.
        serving: Who shows it.
        warnings: What an engineer should know of the files.
    """

    files: tuple[str, ...] = ()
    fingerprint: str = ""
    serving: Serving = field(default_factory=Serving)
    warnings: tuple[str, ...] = ()


async def read(shell: Shell, options: Options, found: Found) -> FactSheet:
    """Read what a plan by an ACME server needs; changes nothing.

    Raises:
        ShellError: The host could not be asked.
        PlanError: What it answered does not allow a plan.
    """
    name = options.names[0] if options.names else options.domains[0]
    if any(one.name == name for one in found.kept) or name in found.broken:
        raise PlanError(f"name: certbot keeps {name} already; driver=certbot renews it, or set another name")
    await _free(shell, name)
    replaced = await _replaced(shell, options, f"{HOOKS}/opsconsole-{name}") if options.replace else None
    was = replaced or _Replaced()
    binding: dict[str, Any] = {
        "driver": options.driver,
        "certbot": found.certbot.version,
        "name": name,
        "live": f"{HOME}/live/{name}",
        "archive": f"{HOME}/archive/{name}",
        "conf": f"{HOME}/renewal/{name}.conf",
        "replace": list(was.files) or None,
        "hook": f"{HOOKS}/opsconsole-{name}" if len(was.files) == 1 else "",
        "fingerprint": was.fingerprint,
        "serving": was.serving.as_json(),
        "timer": sheet_parts.timer(found.certbot.timer),
    }
    shown = sheet_parts.shown(found, [], options, {name: list(options.domains)})
    return FactSheet(binding, {**shown, "file_warnings": list(was.warnings)})


async def _free(shell: Shell, name: str) -> None:
    """Be sure that nothing is in the new lineage's place: certbot makes none over what is left of another.

    It would find that out after the CA gave the certificate, and an undo takes these places away.

    Raises:
        PlanError: Something is there; the message says what to do.
    """
    folders = [f"{HOME}/{folder}/{name}" for folder in ("live", "archive")]
    files = (await look(shell, folders)).files
    for one in folders:
        if one not in files or files[one].kind != "missing":
            raise PlanError(
                f"name: {one} is there, though certbot keeps no {name}: move it away, or set another name"
            )


async def _replaced(shell: Shell, options: Options, hook: str) -> _Replaced:
    target = options.replace
    servers = await find.look(shell)
    files = await host_files.certificates(shell, [target, *servers.certificate_paths])
    file = files.get(target)
    if file is None or not file.print:
        raise PlanError(f"replace: {target} is not there, or holds no certificate")
    serving = await find.serving(shell, {target: frozenset({file.print})}, servers)
    keys = {
        pair.key
        for _, sites in servers.sites
        for server in sites.servers
        for pair in server.pairs
        if pair.certificate == target
    }
    warnings: tuple[str, ...] = ()
    if not keys - {"", target}:
        paths, warnings = await _combined(shell, target, hook, servers, files)
    elif len(keys) == 1:
        paths = (target, *keys)
    else:
        raise PlanError(
            f"replace: {target} must have one key in a file of its own, or in itself; "
            f"found {', '.join(sorted(keys))}"
        )
    own = tuple(one for one in serving.targets if one.certificate == target)
    missing = sorted({one.name for one in own if one.name} - set(options.domains))
    if missing:
        raise PlanError(f"domains: servers show {target} for {', '.join(missing)} too: name them")
    kinds = {one.kind for one in own}
    programs = tuple(one for one in serving.programs if one.kind in kinds)
    return _Replaced(paths, file.print, Serving(programs, own, (), serving.notes), warnings)


async def _combined(
    shell: Shell,
    target: str,
    hook: str,
    servers: find.Servers,
    files: Mapping[str, host_files.CertificateAt],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the files of a certificate that HAProxy has, with its key in it or beside it, and warnings.

    Raises:
        PlanError: They cannot be replaced; the message says what to do.
    """
    used = users(servers, target, files)
    if not used:
        in_use = ", ".join(servers.certificate_paths[:8]) or "none"
        raise PlanError(
            f"replace: no running nginx, Apache or HAProxy is told to show {target}; they show: {in_use}"
        )
    paths = key_paths((pair for _, pair in used), target, "")
    found = await look(shell, [target, *paths, hook])
    try:
        at = place(found, target, paths, used)
    except PlanError as error:
        raise PlanError(
            str(error).replace("target:", "replace:").replace("target_key:", "replace:")
        ) from None
    if not at.combined:
        return (target, at.key.path), at.warnings
    if found.files[hook].kind != "missing":
        raise PlanError(f"replace: {hook} is there already, left by another certificate: remove it first")
    return (target,), at.warnings
