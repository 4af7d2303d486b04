"""A recipe for the lab: writes files into a folder of its own, slowly or badly as it is told.

It is no part of the console: `tests/lab/console_with_recipes.py` adds this folder to the recipes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opsconsole.data.host import Command, Host, Shell, ShellError
from opsconsole.recipes.parameters import as_json
from opsconsole.recipes.recipe import (
    Check,
    FactSheet,
    Kind,
    Parameter,
    Plan,
    PlanError,
    Step,
    Undo,
    secret_mark,
)

FOLDERS = "/var/tmp/opsconsole-lab-"
_LIST = 'for name in one two three; do [ -e "$1/$name" ] && printf "%s " "$name"; done; exit 0'
_WRITE = 'mkdir -p "$1" && echo "$2" >"$1/$2" && sleep "$3" && echo end >>"$1/$2" && echo "wrote $1/$2"'
_SECRET = 'mkdir -p "$1" && cat | cksum >"$1/$2" && sleep "$3" && echo "wrote $1/$2"'
_CHECK = '[ -s "$1/$2" ] && echo "$1/$2 has $(wc -c <"$1/$2") bytes"'
_UNDO = 'rm -f "$1/$2"; rmdir "$1" 2>/dev/null; true'
_GONE = '[ ! -e "$1/$2" ] && echo "$1/$2 is gone"'


class Marker:
    """Writes three files, one a step."""

    name = "lab-marker"
    version = 1
    title = "Lab marker"
    summary = "writes three files, for the tests of the lab"
    parameters = (
        Parameter("folder", Kind.TEXT, "marker", "name of the folder"),
        Parameter("slow", Kind.DURATION, "0ms", "how long step two takes"),
        Parameter("broken", Kind.FLAG, "no", "whether step three fails"),
        Parameter("forever", Kind.FLAG, "no", "whether step three cannot be undone"),
        Parameter("word", Kind.SECRET, "", "what step one keeps the check sum of"),
    )

    async def facts(self, shell: Shell, values: Mapping[str, Any]) -> FactSheet:
        """Read which files are there."""
        folder = FOLDERS + values["folder"]
        found = await shell.run(Command(("sh", "-c", _LIST, "marker", folder)))
        if not found.ok:
            raise ShellError(f"{shell.host.name}: cannot look at {folder}")
        return FactSheet({"files": found.stdout.decode().split()})

    def plan(self, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
        """Plan one step a file."""
        if "/" in values["folder"]:
            raise PlanError("folder: a name, without /")
        there = facts.binding["files"]
        steps = tuple(self._step(name, values) for name in ("one", "two", "three") if name not in there)
        summary = f"writes {len(steps)} files into {FOLDERS}{values['folder']}"
        return Plan(self.name, self.version, host.name, as_json(values), facts.binding, steps, summary)

    def _step(self, name: str, values: Mapping[str, Any]) -> Step:
        folder = FOLDERS + values["folder"]
        seconds = f"{values['slow']:g}" if name == "two" else "0"
        secret = name == "one" and bool(values["word"])
        script = _SECRET if secret else _WRITE
        if name == "three" and values["broken"]:
            script += "; echo it is broken on purpose >&2; exit 7"
        last = name == "three" and values["forever"]
        undo = Undo(
            "remove it",
            (Command(("sh", "-c", _UNDO, "marker", folder, name)),),
            Check("it is gone", Command(("sh", "-c", _GONE, "marker", folder, name))),
        )
        return Step(
            name=name,
            title=f"write {name}",
            commands=(
                Command(
                    ("sh", "-c", script, "marker", folder, name, seconds),
                    stdin=secret_mark("word") if secret else None,
                ),
            ),
            effect="0 → 1 files",
            check=Check("the file is there", Command(("sh", "-c", _CHECK, "marker", folder, name))),
            undo=None if last else undo,
            irreversible="it is meant to stay" if last else "",
            deadline_seconds=60,
        )


RECIPE = Marker()
