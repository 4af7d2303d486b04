"""From all that was read to the facts of a plan by certbot or an ACME server: what binds it, what is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from opsconsole.data.certbot import HOME
from opsconsole.data.host import Shell
from opsconsole.recipes.certificate_renewal import find, lineages
from opsconsole.recipes.certificate_renewal.lineages import Certbot, Found, Kept, Timer
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
        return await _acme(shell, options, found)
    chosen = _named(found, options)
    wanted = {one.lineage.fullchain: frozenset(one.versions) for one in chosen}
    serving = await find.serving(shell, wanted) if chosen else Serving()
    copies = await find.certificates(shell, [path for path, _ in serving.copies])
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
        "timer": _timer(found.certbot.timer),
    }
    return FactSheet(binding, _shown(found, idle, options, {one["name"]: one["names"] for one in acting}))


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
        "authenticator": said.authenticator,
        "installer": said.installer,
        "hooks": [hook for hook in (said.pre_hook, said.post_hook, said.deploy_hook) if hook],
    }


def _timer(timer: Timer | None) -> dict[str, Any] | None:
    if timer is None:
        return None
    return {"unit": timer.unit, "masked": timer.masked, "enabled": timer.enabled, "active": timer.active}


def _shown(found: Found, idle: list[str], options: Options, acting: dict[str, list[str]]) -> dict[str, Any]:
    host = found.certbot
    return {
        "now": host.now,
        "next_run": host.timer.next_run if host.timer else "",
        "crons": list(host.crons),
        "broken": dict(found.broken),
        "idle": {
            one.name: [int(one.current.not_after.timestamp()), one.renewed_before_seconds(host.version)]
            for one in found.kept
            if one.name in idle
        },
        "identical": {name: found.identical_this_week(names) for name, names in acting.items()},
        "weekly_limit": options.weekly_limit,
    }


async def _acme(shell: Shell, options: Options, found: Found) -> FactSheet:
    name = options.names[0] if options.names else options.domains[0]
    if any(one.name == name for one in found.kept) or name in found.broken:
        raise PlanError(f"name: certbot keeps {name} already; driver=certbot renews it, or set another name")
    key, serving, fingerprint = "", Serving(), ""
    if options.replace:
        servers = await find.look(shell)
        files = await find.certificates(shell, [options.replace])
        file = files.get(options.replace)
        if file is None or not file.print:
            raise PlanError(f"replace: {options.replace} is not there, or holds no certificate")
        fingerprint = file.print
        serving = await find.serving(shell, {options.replace: frozenset({fingerprint})}, servers)
        keys = {
            pair.key
            for _, sites in servers.sites
            for server in sites.servers
            for pair in server.pairs
            if pair.certificate == options.replace
        }
        if len(keys) != 1 or keys & {"", options.replace}:
            raise PlanError(
                f"replace: {options.replace} must have one key in a file of its own; "
                f"found {', '.join(sorted(keys)) or 'none'}"
            )
        (key,) = keys
        serving = Serving(
            serving.programs,
            tuple(one for one in serving.targets if one.certificate == options.replace),
            (),
            serving.notes,
        )
        missing = sorted({one.name for one in serving.targets if one.name} - set(options.domains))
        if missing:
            raise PlanError(
                f"domains: servers show {options.replace} for {', '.join(missing)} too: name them"
            )
    live, archive = f"{HOME}/live/{name}", f"{HOME}/archive/{name}"
    binding = {
        "driver": options.driver,
        "certbot": found.certbot.version,
        "name": name,
        "live": live,
        "archive": archive,
        "conf": f"{HOME}/renewal/{name}.conf",
        "replace": [options.replace, key] if options.replace else None,
        "fingerprint": fingerprint,
        "serving": serving.as_json(),
        "timer": _timer(found.certbot.timer),
    }
    return FactSheet(binding, _shown(found, [], options, {name: list(options.domains)}))
