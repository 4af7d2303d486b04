"""The plan: which steps, in which order, and what an engineer should know before saying yes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opsconsole.data.host import Host
from opsconsole.data.units import format_duration
from opsconsole.recipes.certificate_renewal import keeping, options, steps, steps_acme, steps_end
from opsconsole.recipes.certificate_renewal.draft import Draft
from opsconsole.recipes.certificate_renewal.options import DUPLICATES_A_WEEK, LETS_ENCRYPT
from opsconsole.recipes.parameters import as_json
from opsconsole.recipes.recipe import FactSheet, Plan, PlanError, Step


def make(name: str, version: int, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
    """Return the plan; see `Recipe.plan`."""
    if values["driver"] == options.FILES:
        from opsconsole.recipes.certificate_renewal import files_plan

        return files_plan.plan(name, version, host, values, facts)
    draft = Draft(options.read(values), as_json(values), facts)
    _guard(draft)
    made = _steps(draft)
    if made:
        _warn(draft)
    else:  # a run that keeps copies of its own removes old ones with them
        made = keeping.expire(draft.token, draft.shown["over"])
    return draft.plan(name, version, host, made, _summary(draft, made))


def _steps(draft: Draft) -> list[Step]:
    if draft.options.driver == options.ACME:
        first = (
            steps_acme.rehearse(draft)
            + steps_acme.keep(draft)
            + steps_acme.issue(draft)
            + steps_acme.place(draft)
        )
    elif draft.lineages:
        first = steps.rehearse(draft) + steps.keep(draft) + steps.renew(draft) + steps.copies(draft)
    else:
        first = []
    made = first + (steps_end.reload_(draft) if draft.acts else []) + steps_end.enable_timer(draft)
    return [*made, steps_end.prove(draft)] if made else []


def _guard(draft: Draft) -> None:
    """Refuse what the CA would count against us."""
    for one in draft.renewing:
        had = draft.shown["identical"].get(one["name"], 0)
        limit = draft.options.weekly_limit
        if (draft.options.server or one["server"]) in ("", LETS_ENCRYPT):
            limit = min(limit, DUPLICATES_A_WEEK)
        if draft.options.force and had >= limit:
            raise PlanError(
                f"force: {had} certificates of exactly the names of {one['name']} were issued in the last 7 "
                f"days; the CA gives {limit} (weekly_limit): it would refuse one more, and more for days"
            )
        if had >= limit:
            draft.warnings.append(
                f"{one['name']}: {had} certificates of exactly its names were issued in the last 7 days: the "
                f"CA may refuse one more (its limit: {limit})"
            )
        elif had and draft.forced(one):
            draft.warnings.append(
                f"{one['name']}: this is number {had + 1} of {limit} certificates of these names in 7 days"
            )


def _warn(draft: Draft) -> None:
    shown, warnings = draft.shown, draft.warnings
    warnings += shown.get("file_warnings", ())
    warnings += [f"certbot's {name} is left out: {why}" for name, why in shown["broken"].items()]
    warnings += [f"not followed: {note}" for note in draft.serving.notes]
    if draft.acts and not draft.serving.targets:
        warnings.append(
            "no running web server is told to show it: nothing is reloaded, nothing is proved at a socket"
        )
    if draft.acts and len(draft.renewing) > 1:
        warnings.append(f"{len(draft.renewing)} certificates in one run: when one fails all are taken back")
    timer = draft.bound["timer"]
    if timer is None:
        crons, unsure = ", ".join(shown["crons"]), ", ".join(shown.get("crons_unsure", ()))
        if crons:
            warnings.append(f"certbot has no timer here; cron calls it ({crons})")
        elif unsure:
            warnings.append(
                f"certbot has no timer here; cron names it ({unsure}), and whether that renews is not known"
            )
        else:
            warnings.append("nothing renews by itself on this host")
    elif timer["masked"]:
        warnings.append(f"{timer['unit']} is masked: nothing renews by itself")
    elif not (timer["enabled"] and timer["active"]) and not draft.options.enable_timer:
        warnings.append(f"{timer['unit']} is off and stays off (enable_timer=no)")
    warnings += [
        f"{name} is due and left alone, for autorenew is off: name={name} renews it"
        for name in shown.get("autorenew_off", ())
    ]
    for one in draft.renewing:
        if not one["autorenew"]:
            warnings.append(
                f"{one['name']}: autorenew is off: renewed with --force-renewal now, and never by itself"
            )
        if one["server"] and draft.options.server not in ("", one["server"]):
            warnings.append(
                f"{one['name']}: {draft.options.server} is asked instead of {one['server']}, also from now on"
            )


def _summary(draft: Draft, made: list[Step]) -> str:
    now = draft.shown["now"]
    if not made:
        left = [
            f"{name} has {format_duration(max(0, end - now))} left, due with {format_duration(due)}"
            + (f" (autorenew is off: name={name} renews it)" if name in draft.shown["autorenew_off"] else "")
            for name, (end, due) in draft.shown["idle"].items()
        ]
        some = "; ".join(left[:5]) + (f"; and {len(left) - 5} more" if len(left) > 5 else "")
        return (
            "nothing to do: "
            + (some or "certbot keeps no certificate here")
            + ("; all is served" if left else "")
        )
    where = len(draft.serving.targets)
    if draft.options.driver == options.ACME:
        what = f"a certificate for {', '.join(draft.options.domains[:3])} by {draft.options.server}"
        return f"{what}, proved by {where} handshakes" if where else what
    names = [one["name"] for one in draft.renewing]
    loads = [one["name"] for one in draft.lineages if one not in draft.renewing]
    parts = []
    if names:
        ends = min(one["not_after"] for one in draft.renewing) - now
        parts.append(
            f"renews {', '.join(names)} ({format_duration(ends) + ' left' if ends > 0 else 'expired'})"
        )
    if loads:
        parts.append(f"has {', '.join(loads)} served, which is renewed on disk and not shown")
    if not parts:
        return made[0].title
    return f"{'; '.join(parts)}, proved by {where} handshakes"
