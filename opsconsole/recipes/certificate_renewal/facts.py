"""From all that was read to the facts of a plan by certbot or an ACME server: what binds it, what is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from opsconsole.data.host import Shell
from opsconsole.recipes.certificate_renewal import facts_acme, find, host_files, lineages, sheet_parts
from opsconsole.recipes.certificate_renewal.lineages import Certbot, Found, Kept
from opsconsole.recipes.certificate_renewal.options import ACME, Options
from opsconsole.recipes.certificate_renewal.served import Serving
from opsconsole.recipes.recipe import FactSheet, PlanError

RENEW, RELOAD = "renew", "reload"


async def read(shell: Shell, options: Options) -> FactSheet:
    """Read what a plan by certbot needs; changes nothing.

    Raises:
        ShellError: The host could not be asked.
        PlanError: What it answered does not allow a plan.
    """
    found = await lineages.read(shell)
    if options.driver == ACME:
        return await facts_acme.read(shell, options, found)
    chosen = _named(found, options)
    wanted = {one.lineage.fullchain: frozenset(one.versions) for one in chosen}
    serving = await find.serving(shell, wanted) if chosen else Serving()
    copies = await host_files.certificates(shell, [path for path, _ in serving.copies])
    return sheet(found, chosen, serving, {path: one.print for path, one in copies.items()}, options)


def sheet(
    found: Found, chosen: Sequence[Kept], serving: Serving, copies: dict[str, str], options: Options
) -> FactSheet:
    """Return the facts of the certbot driver, as JSON values.

    Args:
        found: All that certbot keeps.
        chosen: What may be renewed.
        serving: Who shows those.
        copies: Path of a copy -> fingerprint of what is in it.
        options: The parameters.
    """
    acting: list[dict[str, Any]] = []
    idle: list[str] = []
    for one in chosen:
        action = _action(one, found.certbot, serving, copies, options)
        if action:
            acting.append(_lineage(one, action, serving, copies))
        else:
            idle.append(one.name)
    kept = {name for each in acting for name in each["files"]}
    serving = Serving(
        _programs(serving, kept),
        tuple(one for one in serving.targets if one.certificate in kept),
        tuple(one for one in serving.copies if one[0] in kept),
        serving.notes,
    )
    binding = {
        "driver": options.driver,
        "certbot": found.certbot.version,
        "lineages": acting,
        "serving": serving.as_json(),
        "timer": sheet_parts.timer(found.certbot.timer),
    }
    return FactSheet(
        binding, sheet_parts.shown(found, idle, options, {one["name"]: one["names"] for one in acting})
    )


def _named(found: Found, options: Options) -> list[Kept]:
    by_name = {one.name: one for one in found.kept}
    for name in options.names:
        if name in found.broken:
            raise PlanError(f"name: certbot's {name} cannot be renewed: {found.broken[name]}")
        if name not in by_name:
            raise PlanError(f"name: certbot keeps no {name}; it has: {', '.join(by_name) or 'none'}")
    return [by_name[name] for name in options.names] if options.names else list(found.kept)


def _action(one: Kept, host: Certbot, serving: Serving, copies: dict[str, str], options: Options) -> str:
    """Return what one certificate needs: RENEW, RELOAD, or nothing."""
    if options.force or (one.due(host) and (one.lineage.autorenew or options.names)):
        return RENEW
    current = one.current.fingerprint_sha256
    old_copy = any(print_ != current for path, print_ in copies.items() if print_ in one.versions)
    files = _files(one, serving, copies)
    stale = any(target.served != current for target in serving.targets if target.certificate in files)
    return RELOAD if stale or old_copy else ""


def _files(one: Kept, serving: Serving, copies: dict[str, str]) -> list[str]:
    """Return the files by which servers show one certificate."""
    folders = (one.lineage.live, one.lineage.archive)
    return sorted(
        {
            target.certificate
            for target in serving.targets
            if copies.get(target.certificate) in one.versions
            or (
                target.certificate not in copies
                and (target.certificate.rpartition("/")[0] in folders or target.served in one.versions)
            )
        }
    )


def _programs(serving: Serving, files: Iterable[str]) -> tuple[Any, ...]:
    kinds = {one.kind for one in serving.targets if one.certificate in files}
    return tuple(one for one in serving.programs if one.kind in kinds)


def _lineage(one: Kept, action: str, serving: Serving, copies: dict[str, str]) -> dict[str, Any]:
    said = one.lineage
    return {
        "name": one.name,
        "action": action,
        "conf": said.file,
        "conf_sha256": one.conf_sha256,
        "live": said.live,
        "archive": said.archive,
        "fullchain": said.fullchain,
        "files": _files(one, serving, copies),
        "names": list(one.current.names),
        "fingerprint": one.current.fingerprint_sha256,
        "version": one.version,
        "versions": dict(sorted(one.versions.items(), key=lambda each: each[1])),
        "not_after": int(one.current.not_after.timestamp()),
        "key": one.current.key_kind + (f" {one.current.key_bits}" if one.current.key_kind == "RSA" else ""),
        "key_public_sha256": one.key_public,
        "server": said.server,
        "autorenew": said.autorenew,
        "authenticator": said.authenticator,
        "installer": said.installer,
        "hooks": [hook for hook in (said.pre_hook, said.post_hook, said.deploy_hook) if hook],
    }
