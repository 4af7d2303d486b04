"""A whole run of log-rotation on a lab host: beside the same commands typed, ansible-playbook and pyinfra."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.measure import PEERS, ROOT, BenchError, Ran, middle, module, run
from tests.bench.recipe_scene import CONFIRM_WORDS, HOST, STATE, configuration, proved, scene, set_scene
from tests.bench.table import Aim, Column, Row, Table, ratio

ROUNDS = 5
PEER_ROUNDS = 2  # of half a minute each: their figures are far from the aim
OURS, TYPED = "opsconsole: one run, proved", "the same commands, typed"
WHOLE, PYINFRA = "opsconsole run, whole program", "pyinfra, shell operations, whole"
ANSIBLE, SHELLS = "ansible-playbook, ordinary modules, whole", "ansible-playbook, shell tasks, whole"
COLUMNS = (Column("seconds", "s"), Column("ours", "× opsconsole"))


def tables() -> Iterator[Table]:
    """Measure.

    Raises:
        BenchError: There is no lab: `make lab`.
    """
    if not (STATE / "inventory.json").exists():
        raise BenchError("the lab of real hosts is not there: make lab")
    with tempfile.TemporaryDirectory(prefix="opsconsole-bench-") as name, scene():
        folder = Path(name)
        seconds: dict[str, list[float]] = defaultdict(list)
        failed: dict[str, str] = {}
        for turn in range(ROUNDS):
            for what, measure in _measured(folder).items():
                if turn >= PEER_ROUNDS and what in {ANSIBLE, SHELLS, PYINFRA}:
                    continue
                try:
                    set_scene()
                    seconds[what].append(measure())
                    proved()
                except BenchError as error:
                    failed[what] = str(error)
    yield _table(seconds, failed)


def _measured(folder: Path) -> dict[str, Callable[[], float]]:
    config = configuration(folder)
    found: dict[str, Callable[[], float]] = {
        OURS: lambda: float(run(module("recipe_ours", str(config))).json()["seconds"]),
        TYPED: lambda: float(run(module("recipe_typed", str(config))).json()["seconds"]),
        WHOLE: lambda: _whole(config),
    }
    here = Path(__file__).parent
    ssh = f"-F {STATE / 'ssh_config'}"
    if (PEERS / "ansible-playbook").exists():
        (folder / "hosts.ini").write_text(f"{HOST} ansible_ssh_common_args='{ssh}' ansible_user=ops\n")
        playbook = [str(PEERS / "ansible-playbook"), "-i", str(folder / "hosts.ini")]
        found[ANSIBLE] = lambda: _peer([*playbook, str(here / "recipe_ansible_modules.yml")], folder)
        found[SHELLS] = lambda: _peer([*playbook, str(here / "recipe_ansible.yml")], folder)
    if (PEERS / "pyinfra").exists():
        (folder / "hosts.py").write_text(f'bench = ["{HOST}"]\n')  # a bare name would do nothing, and exit 0
        found[PYINFRA] = lambda: _peer(
            [
                *(str(PEERS / "pyinfra"), "-y", str(folder / "hosts.py"), "--user", "ops"),
                *("--data", f"ssh_config_file={STATE / 'ssh_config'}"),
                str(here / "recipe_pyinfra.py"),
            ],
            folder,
        )
    return found


def _whole(config: Path) -> float:
    """Return the seconds of `opsconsole run --confirm`; the plan was made before, as a person would."""
    program = [str(Path(sys.executable).with_name("opsconsole"))]
    planned = run([*program, "plan", *CONFIRM_WORDS, "--config", str(config), "--json"])
    plan_id = json.loads(planned.stdout)["plan_id"]
    ran = run([*program, "run", *CONFIRM_WORDS, "--config", str(config), "--confirm", plan_id])
    return ran.seconds


def _peer(argv: list[str], folder: Path) -> float:
    home = {"HOME": str(folder), "ANSIBLE_HOST_KEY_CHECKING": "True", "ANSIBLE_PIPELINING": "True"}
    ran: Ran = run(argv, env=home, cwd=ROOT)
    return ran.seconds


def _table(seconds: dict[str, list[float]], failed: dict[str, str]) -> Table:
    table = Table("recipe", f"One run of log-rotation on {HOST}", COLUMNS)
    at = {what: middle(seconds[what]) for what in (OURS, TYPED, WHOLE, ANSIBLE, SHELLS, PYINFRA)}
    for what in (OURS, TYPED, WHOLE, ANSIBLE, SHELLS, PYINFRA):
        base = OURS if what in {OURS, TYPED} else WHOLE
        note = failed.get(what, "" if seconds[what] else "not available")
        table.rows.append(Row(what, {"seconds": at[what], "ours": ratio(at[what], at[base])}, note))
    table.aims = [
        Aim(
            "a run against the same commands typed over one open connection",
            ratio(at[OURS], at[TYPED]),
            1.3,
            "×",
        ),
        Aim(
            "ansible-playbook (ordinary modules) against opsconsole run",
            ratio(at[ANSIBLE], at[WHOLE]),
            5.0,
            "×",
            at_least=True,
        ),
    ]
    table.notes = [
        f"medians of {ROUNDS} rounds in turns ({PEER_ROUNDS} of the peers); 60 files deleted, 12 compressed",
        "typed: facts, steps and checks with sudo over one open connection; no lock, ledger or undo",
        "ansible, ordinary modules: facts gathered, find, then file and command for each file; pipelining on",
        "ansible, shell tasks, and pyinfra: seven shell commands in all, none for each file, no facts",
    ]
    return table
