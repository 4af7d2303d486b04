"""The last steps of certbot's two drivers: reload, renewal timer, and the proof of the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from opsconsole.recipes.certificate_renewal import reload
from opsconsole.recipes.certificate_renewal.draft import Draft
from opsconsole.recipes.certificate_renewal.names import escaped
from opsconsole.recipes.certificate_renewal.options import CERTBOT
from opsconsole.recipes.certificate_renewal.scripts import command
from opsconsole.recipes.certificate_renewal.served import NOTHING
from opsconsole.recipes.recipe import Check, Step, Undo


def reload_(draft: Draft) -> list[Step]:
    """Return the step that reloads the servers and proves what they show."""
    if not draft.serving.targets:
        return []
    made = reload.step(draft.serving, draft.token, draft.options.proofs)
    if draft.options.driver != CERTBOT or draft.renewing or draft.copies:
        return [made]
    # Nothing was changed on disk: what was served can only be had back by way of the versions that are kept.
    swaps = _swaps(draft)
    if swaps is None:
        why = "what is served now is in no file any more"
        return [replace(made, undo=None, irreversible=why)]
    undo = Undo(
        "have the earlier version served again; the files stay as they are",
        (command("unserve", draft.token, lines=[*draft.serving.lines, *swaps], deadline_seconds=60),),
        Check(
            "what was served is served, and the files are as they were",
            command("unserved", draft.token, lines=[*draft.serving.lines, *swaps], deadline_seconds=60),
            within_seconds=15,
        ),
    )
    return [replace(made, undo=undo)]


def _swaps(draft: Draft) -> list[str] | None:
    """Return which version of each certificate is served; None: not one alone, or one that is not kept."""
    lines = []
    for one in draft.lineages:
        served = {target.served for target in draft.serving.targets if target.certificate in one["files"]}
        versions = {one["versions"].get(print_) for print_ in served}
        if len(versions) != 1 or None in versions:
            return None
        (version,) = versions
        lines.append(f"swap {escaped(one['live'])} {one['version']} {version}")
    return lines


def enable_timer(draft: Draft) -> list[Step]:
    """Return the step that turns certbot's own timer on."""
    timer: dict[str, Any] | None = draft.bound["timer"]
    if (
        timer is None
        or not draft.options.enable_timer
        or timer["masked"]
        or (timer["enabled"] and timer["active"])
    ):
        return []
    unit = timer["unit"]
    was = ["yes" if timer[key] else "no" for key in ("enabled", "active")]
    return [
        Step(
            name="enable-timer",
            title=f"Enable {unit}",
            commands=(command("timer", unit, "yes", "yes"),),
            effect="certificates are renewed by themselves when they are due",
            check=Check(
                f"{unit} is enabled and active", command("timer_is", unit, "yes", "yes"), within_seconds=5
            ),
            undo=Undo(
                "set it as it was",
                (command("timer", unit, *was),),
                Check(f"{unit} is as it was", command("timer_is", unit, *was), within_seconds=5),
            ),
            details=(f"now: enabled {was[0]}, active {was[1]}",),
        )
    ]


def prove(draft: Draft) -> Step:
    """Return the last step, which changes nothing and proves the whole."""
    timer = draft.bound["timer"]
    must = timer is not None and (
        (timer["enabled"] and timer["active"]) or (draft.options.enable_timer and not timer["masked"])
    )
    unit = timer["unit"] if timer is not None and must else NOTHING
    nothing = command("nothing")
    return Step(
        name="prove",
        title="Prove the whole",
        commands=(nothing,),
        effect="nothing changes",
        check=Check(
            "every handshake shows the new certificate" + (f", and {unit} is on" if must else ""),
            command("prove", draft.token, unit, lines=draft.serving.lines, deadline_seconds=60),
            within_seconds=5,
        ),
        undo=Undo("nothing to take back", (nothing,), Check("nothing was changed", nothing)),
    )
