"""The plan of the files driver: keep what is there, put the new in its place, reload, prove."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opsconsole.data.host import Host
from opsconsole.recipes.certificate_renewal import files_options, options, reload, served
from opsconsole.recipes.certificate_renewal.files_steps import install, keep
from opsconsole.recipes.certificate_renewal.served import Serving
from opsconsole.recipes.document import token
from opsconsole.recipes.parameters import as_json
from opsconsole.recipes.recipe import FactSheet, Plan, Step


def plan(name: str, version: int, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
    """Return the plan; see `Recipe.plan`.

    Raises:
        PlanError: A parameter cannot be used.
    """
    wanted = files_options.read(values)
    proofs = options.proofs(values)
    bound, shown = facts.binding, facts.shown
    serving = served.from_json({**bound["serving"], "notes": []})
    name_of_copies = token(bound, {"certificate": wanted.certificate, "key_public": wanted.key_public})
    in_place = _in_place(wanted, bound, shown)
    current = {one.served for one in serving.targets} == {shown["new_print"]}
    steps: tuple[Step, ...] = ()
    if not in_place:
        steps = (
            keep(bound["files"], name_of_copies),
            install(wanted, bound, shown, serving, name_of_copies),
            reload.step(serving, name_of_copies, proofs),
        )
    elif not current:
        steps = (reload.step(serving, name_of_copies, proofs),)
    return Plan(
        recipe=name,
        version=version,
        host=host.name,
        parameters=as_json(values),
        facts=bound,
        steps=steps,
        summary=_summary(wanted.target, serving, shown, in_place, current),
        shown=shown,
        warnings=tuple(shown["warnings"]),
    )


def _in_place(wanted: files_options.Options, bound: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    """Whether the host's files hold what was given already."""
    files = bound["files"]
    public = files.get("key", files["target"])["public"]
    return bool(public == wanted.key_public and list(bound["chain_in_use"]) == list(shown["new_prints"]))


def _summary(target: str, serving: Serving, shown: Mapping[str, Any], in_place: bool, current: bool) -> str:
    kinds = " and ".join(dict.fromkeys(one.kind for one in serving.programs))
    if in_place and current:
        return f"nothing to do: {target} has this certificate and key, and {kinds} shows it everywhere"
    if in_place:
        return f"{target} has this certificate and key already, {kinds} does not show it everywhere: reload"
    return f"replaces the certificate in {target} for {kinds}, proved by {len(serving.targets)} handshakes"
