"""A recipe for the runner's own tests: three reversible steps on small files of one folder.

Each step writes its name to the file `ran` when it begins, so that what ran twice is seen. `ran` is not part
of the folder's state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opsconsole.data.host import Command, Host, Shell
from opsconsole.recipes.parameters import as_json
from opsconsole.recipes.recipe import Check, FactSheet, Kind, Parameter, Plan, PlanError, Step, Undo
from tests.lab import faults, matrix

NAMES = ("write", "edit", "append")

_STATE = 'cd "$1" && for f in a b c; do echo "$f: $(cat "$f" 2>&1)"; done; ls -A | grep -v "^ran$"'
_APPLY = {
    "write": 'echo write >>"$1/ran"; printf "new\\n" >"$1/a"',
    "edit": 'echo edit >>"$1/ran"; cp -p "$1/b" "$1/b.kept" && sed "s/old/new/" "$1/b.kept" >"$1/b"',
    "append": 'echo append >>"$1/ran"; cp -p "$1/c" "$1/c.kept" && echo more >>"$1/c"',
}
_CHECK = {
    "write": 'grep -qx new "$1/a" && echo "a has $(wc -c <"$1/a") bytes"',
    "edit": 'grep -qx "new b" "$1/b" && echo "b says $(cat "$1/b")"',
    "append": '[ "$(wc -l <"$1/c")" = 2 ] && echo "c has 2 lines"',
}
_UNDO = {
    "write": 'rm -f "$1/a"',
    "edit": '[ ! -e "$1/b.kept" ] || mv -f "$1/b.kept" "$1/b"',
    "append": '[ ! -e "$1/c.kept" ] || mv -f "$1/c.kept" "$1/c"',
}
_UNDONE = {
    "write": '[ ! -e "$1/a" ] && echo "a is gone"',
    "edit": '[ ! -e "$1/b.kept" ] && grep -qx "old b" "$1/b" && echo "b says $(cat "$1/b")"',
    "append": '[ ! -e "$1/c.kept" ] && [ "$(wc -l <"$1/c")" = 1 ] && echo "c has 1 line"',
}


class TrioRecipe:
    """Writes a file, edits another, appends to a third."""

    name = "trio"
    version = 1
    title = "Three files"
    summary = "writes a, edits b, appends to c"
    parameters = (
        Parameter("folder", Kind.TEXT, None, "where"),
        Parameter("sudo", Kind.FLAG, "no", "as root"),
    )

    async def facts(self, shell: Shell, values: Mapping[str, Any]) -> FactSheet:
        command = Command(("sh", "-c", _STATE, "sh", values["folder"]), sudo=values["sudo"])
        output = await shell.run(command)
        if not output.ok:
            raise PlanError(f"no such folder: {values['folder']}")
        return FactSheet({"state": output.stdout.decode()})

    def plan(self, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
        def command(script: str) -> Command:
            return Command(("sh", "-c", script, "sh", values["folder"]), sudo=values["sudo"])

        steps = tuple(
            Step(
                name=name,
                title=f"{name} in {values['folder']}",
                commands=(command(_APPLY[name]),),
                effect="1 file",
                check=Check(f"{name} worked", command(_CHECK[name])),
                undo=Undo(
                    f"take {name} back", (command(_UNDO[name]),), Check("as before", command(_UNDONE[name]))
                ),
                deadline_seconds=30.0,
            )
            for name in NAMES
        )
        return Plan(
            self.name, self.version, host.name, as_json(values), facts.binding, steps, "3 files in order"
        )


RECIPE = TrioRecipe()


def subject(host: str, folder: str, *, sudo: bool = True, user: str = "ops") -> matrix.Subject:
    """Return the recipe on a folder of a lab host."""

    def prepare() -> None:
        script = (
            f'mkdir -p "{folder}"; cd "{folder}" && rm -rf [abc]* ran .opsconsole*; echo old b >b'
            "; echo one >c; chmod 777 . && chmod 666 b c && chown 1000 b c"
        )
        assert faults.execute(host, ["sh", "-c", script]).returncode == 0

    def state() -> str:
        script = f'cd "{folder}" && ls -A | grep -v "^ran$"; for f in [abc]*; do echo "$f:"; cat "$f"; done'
        return faults.execute(host, ["sh", "-c", script]).stdout

    def ran() -> dict[str, int]:
        lines = faults.execute(host, ["cat", f"{folder}/ran"]).stdout.split()
        return {name: lines.count(name) for name in NAMES}

    values = {"folder": folder, "sudo": sudo}
    return matrix.Subject(
        RECIPE,
        values,
        host,
        prepare,
        state,
        full=folder,
        user=user,
        ran=ran,
        load="tests.lab.recipe_trio:RECIPE",
    )
