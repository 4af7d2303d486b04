"""Whether a person's undo of a run is still wise: no certificate comes back that has ended meanwhile.

A failing run goes back without being asked: what it puts back was there some minutes ago.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from opsconsole.data.host import Command, Shell
from opsconsole.data.text import clean_line
from opsconsole.recipes.certificate_renewal.facts import RENEW
from opsconsole.recipes.certificate_renewal.names import escaped
from opsconsole.recipes.certificate_renewal.records import ask, records
from opsconsole.recipes.certificate_renewal.scripts import LABEL, command
from opsconsole.recipes.certificate_renewal.served import NOTHING
from opsconsole.recipes.recipe import Plan

_INSTEAD = "renew it again instead, or put back by hand what you need of"


async def trouble(shell: Shell, plan: Plan, steps: Set[str]) -> str:
    """Return why the steps should not be taken back now; see `Recipe`. Changes nothing.

    Raises:
        ShellError: The host could not be asked.
        PlanError: Its answer cannot be read.
    """
    asked: dict[str, list[str]] = {}
    for step in plan.steps:
        if step.name in steps and step.undo is not None:
            for one in step.undo.commands:
                asked.setdefault(_token(one), []).extend(_lines(one, plan))
    against: list[str] = []
    for token, lines in asked.items():
        if lines:
            wanted = command("before_undo", token, lines=dict.fromkeys(lines), deadline_seconds=60)
            against += _said(await ask(shell, wanted))
    return "; ".join(against)


def _said(raw: bytes) -> list[str]:
    """Return in words what `sh/before_undo.sh` found."""
    said: dict[str, list[str]] = {"against": [], "gone": [], "kept": []}
    for word, rest in records(raw):
        if word in said:
            said[word].append(clean_line(rest, 400))
    if said["gone"]:
        return [f"there is no copy any more of {', '.join(said['gone'])}"]
    instead = [f"{_INSTEAD} {folder}" for folder in said["kept"]] if said["against"] else []
    return [*said["against"], *instead]


def _token(one: Command) -> str:
    """Return the first argument of a script: `sh -c TEXT LABEL TOKEN`."""
    return one.argv[4] if len(one.argv) > 4 else ""


def _lines(one: Command, plan: Plan) -> Iterator[str]:
    """Return what `sh/before_undo.sh` reads of a command that puts something back."""
    script = one.argv[3].removeprefix(LABEL)
    if script not in {"restore", "files-restore", "unserve"}:
        return
    lineages = {each["name"]: each for each in plan.facts.get("lineages", ())}
    for line in (one.stdin or b"").decode("ascii").splitlines():
        word, first, *rest = line.split(" ")
        if script == "restore" and word == "copy":
            yield f"back copy.{first} {rest[0]} {NOTHING}"
        elif script == "restore" and word == "lineage":
            live, archive, _ = rest
            if first in lineages:  # else the run made it
                yield f"back {first}/archive/cert{lineages[first]['version']}.pem {live}/cert.pem {NOTHING}"
            yield f"own {archive} {_newest(lineages.get(first))}"
        elif script == "files-restore":
            yield f"back {first} {word} {plan.shown['new_print'] if first == 'target' else NOTHING}"
        elif script == "unserve" and word == "swap":
            for each in lineages.values():
                if escaped(each["live"]) == first:
                    archive = escaped(each["archive"])
                    yield f"back {archive}/cert{rest[1]}.pem {first}/cert.pem {NOTHING}"
                    yield f"own {archive} {_newest(each)}"


def _newest(lineage: Mapping[str, Any] | None) -> int:
    """Return the number of the newest version that the run knows: all that were there, and its own."""
    if lineage is None:
        return 1
    newest: int = max(lineage["versions"].values())
    return newest + 1 if lineage["action"] == RENEW else newest
