"""One command on 100 and 300 hosts: opsconsole, the tools people use, and bare asyncssh as the floor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.fanout_peers import AT_ONCE, SAYS, Peer, peers
from tests.bench.farm import Farm, farm
from tests.bench.measure import BenchError, Ran, middle, module, run
from tests.bench.table import Aim, Column, Row, Table, ratio

COUNTS = (100, 300)
ROUNDS = 3
OURS = "opsconsole"
FLOORS = {"asyncssh, 50 at once": 50, "asyncssh, all at once": 0}
OUR_HANDSHAKES_AT_ONCE = 50

COLUMNS = (
    Column("seconds", "whole s"),
    Column("cpu", "CPU s"),
    Column("inner", "without start s"),
    Column("floors", "× floor"),
    Column("ours", "whole × opsconsole"),
)


@dataclass
class Runs:
    """The rounds of one tool."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    inner: list[float] = field(default_factory=list)
    failed: str = ""


def tables() -> Iterator[Table]:
    """Measure, one table for each number of hosts."""
    with farm() as one:
        for count in COUNTS:
            yield measure(one, count)


def measure(one: Farm, count: int) -> Table:
    """Measure all tools on `count` hosts, in interleaved rounds so that all meet the same weather."""
    hosts = Path(one.folder) / f"hosts_{count}"
    hosts.write_text("".join(f"{host}\n" for host in one.hosts[:count]))
    found = peers()
    runs: dict[str, Runs] = defaultdict(Runs)
    for number in range(ROUNDS):
        _try(runs[OURS], count, module("fanout_ours", str(one.file), str(count)))
        for name, at_once in FLOORS.items():
            _try(runs[name], count, module("fanout_floor", str(one.file), str(count), str(at_once)))
        for peer in found:
            if peer.program is not None and (number == 0 or not peer.slow):
                argv = peer.argv(one, hosts, count)
                _try(runs[peer.name], count, argv, {"HOME": one.folder, **peer.env}, peer.start)
    return _table(count, runs, found)


def _try(
    runs: Runs, count: int, argv: list[str], env: dict[str, str] | None = None, start: tuple[str, ...] = ()
) -> None:
    """Run a tool once. What it takes beside its start: ours tell it, of others their start is taken off."""
    try:
        ran = run(argv, env=env)
        _all_answered(ran, count)
        inner = ran.json()["seconds"] if not start else ran.seconds - run(start, env=env).seconds
    except BenchError as error:
        runs.failed = str(error)
        return
    runs.seconds.append(ran.seconds)
    runs.cpu.append(ran.cpu_seconds)
    runs.inner.append(inner)


def _all_answered(ran: Ran, count: int) -> None:
    lines = (ran.stdout + ran.stderr).splitlines()  # pyinfra writes results to stderr
    answered = sum(line.split()[-1:] == [SAYS] for line in lines)
    if answered != count:
        raise BenchError(f"only {answered} of {count} hosts answered")


def _table(count: int, runs: dict[str, Runs], found: list[Peer]) -> Table:
    table = Table(f"fanout-{count}", f"One command on {count} loopback hosts", COLUMNS)
    inner = {name: middle(runs[name].inner) for name in (OURS, *FLOORS, "clush")}
    floor_name, floor = min(
        ((name, value) for name in FLOORS if (value := inner[name]) is not None),
        key=lambda pair: pair[1],
        default=("", None),
    )
    whole = middle(runs[OURS].seconds)
    notes = {peer.name: peer.note if peer.program else f"not available: {peer.package}" for peer in found}
    notes[OURS] = f"{OUR_HANDSHAKES_AT_ONCE} handshakes at once, as the console does"
    if floor_name:
        notes[floor_name] = "the floor: the faster of the two"
    for name in (*FLOORS, OURS, *(peer.name for peer in found)):
        ran = runs[name]
        figures = {
            "seconds": middle(ran.seconds),
            "cpu": middle(ran.cpu),
            "inner": middle(ran.inner),
            "floors": ratio(middle(ran.inner), floor),
            "ours": ratio(middle(ran.seconds), whole),
        }
        note = f"failed: {ran.failed}" if ran.failed else notes.get(name, "")
        if name != OURS and len(ran.seconds) == 1:
            note = "; ".join(filter(None, [note, "one round"]))
        table.rows.append(Row(name, figures, note))
    table.aims = [
        Aim("opsconsole against the floor", ratio(inner[OURS], floor), 1.15, "×"),
        Aim("clush against opsconsole", ratio(inner["clush"], inner[OURS]), 4.0, "×", at_least=True),
    ]
    table.notes = [
        f"median of {ROUNDS} interleaved rounds; the hosts' sshd share the machine's cores with the tools",
        f"whole: the whole process; CPU: the client's, with its ssh children; peers have {AT_ONCE} at once",
        "aims are held without the start of Python (peers: less `TOOL --version`): a console starts once",
    ]
    return table
