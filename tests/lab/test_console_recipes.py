"""The recipe screens in a real terminal, on a real host: from the key to the verdict, and into the trail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.data.ledger import Ledger
from tests.lab import faults
from tests.lab.conftest import Lab
from tests.lab.consoles import CALM, configure, console, live
from tests.lab.terminal import Terminal

pytestmark = pytest.mark.lab

HOST = "web1"
FOLDER = "/var/log/lab-screens"
MAKE = """
rm -rf "$1"; mkdir -p "$1"
for n in 1 2 3 4 5 6; do
    seq 1 20000 >"$1/orders.log.$n"
    touch -d "$((40 + n)) days ago" "$1/orders.log.$n"
done
echo live >"$1/orders.log"
"""


def on_host(script: str, *argv: str) -> str:
    done = faults.execute(HOST, ["sh", "-c", script, "sh", *argv])
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def old_logs() -> Iterator[str]:
    """A folder with six old rotated logs; the recipe keeps the three newest by default."""
    on_host(MAKE, FOLDER)
    yield FOLDER
    on_host('rm -rf "$1"', FOLDER)


def files() -> list[str]:
    return on_host('ls "$1"', FOLDER).split()


@pytest.fixture
def config(lab: Lab, tmp_path: Path) -> Path:
    more = f"{CALM}\n[audit]\nledger = {json.dumps(str(tmp_path / 'ledger.sqlite'))}\n"
    return configure(lab, tmp_path / "opsconsole.toml", [HOST], more=more)


def set_paths(terminal: Terminal) -> None:
    """Fill in the form's first field, and ask for the plan."""
    terminal.wait_for(r"paths +/var/log")
    terminal.keys("C-u")
    terminal.wait_gone(r"paths +/")
    terminal.type(FOLDER)
    terminal.wait_for(rf"paths +{FOLDER}")
    terminal.keys("Enter")


def choose(terminal: Terminal) -> None:
    """Choose log-rotation, the second of the two recipes."""
    terminal.keys("r")
    terminal.wait_for(rf"to be done to {HOST}\?", "certificate-renewal", "log-rotation")
    terminal.keys("Down", "Enter")


def to_plan(terminal: Terminal) -> str:
    """Go from the Fleet to the plan of the folder's logs."""
    terminal.wait_for(live(HOST))
    choose(terminal)
    set_paths(terminal)
    return terminal.wait_for(
        rf"log-rotation on {HOST} .*plan [0-9a-f]{{16}} .*facts read \d+s ago", "r runs it"
    )


@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=["80x24", "160x50"])
def test_log_rotation_from_the_key_to_the_verdict_and_into_the_trail(
    lab: Lab, config: Path, tmp_path: Path, old_logs: str, size: tuple[int, int]
) -> None:
    with console(config, tmp_path / "terminal", HOST, size=size) as terminal:
        to_plan(terminal)
        terminal.wait_for("IRREVERSIBLE", rf"r runs it: asks to type {HOST}")
        assert len(files()) == 7  # planning changed nothing

        terminal.keys("r")
        terminal.wait_for(rf"type {HOST} \(the name of the host\)", "Run on web1")
        terminal.keys("Enter")  # the focus is on No
        terminal.wait_gone("the name of the host")
        assert len(files()) == 7

        terminal.keys("r")
        terminal.wait_for("the name of the host")
        terminal.type("web2")
        terminal.keys("Enter")
        terminal.wait_for('found "web2", expected "web1"')
        terminal.keys("BSpace")
        terminal.type("1")
        terminal.keys("Enter")
        terminal.wait_for("enter: Run on web1 · ← or esc is No")
        terminal.keys("Enter")
        terminal.wait_for(r"✓ done and verified")
        assert sorted(files())[:1] == ["orders.log"]
        assert not {f"orders.log.{n}" for n in (4, 5, 6)} & set(files())
        terminal.wait_for("proved: ")

        terminal.keys("Escape")
        terminal.wait_for(live(HOST))
        terminal.keys("a")
        terminal.wait_for(r"log-rotation .*done|done .*log-rotation")
        terminal.keys("q")
        assert terminal.ended() == 0
        assert terminal.is_as_before()

    ledger = Ledger.read(tmp_path / "ledger.sqlite")
    (run,) = ledger.runs()
    ledger.close()
    assert (run.recipe, run.host, run.verdict) == ("log-rotation", HOST, "done")


def test_read_only_runs_nothing(lab: Lab, config: Path, tmp_path: Path, old_logs: str) -> None:
    with console(config, tmp_path / "terminal", "--read-only", HOST) as terminal:
        terminal.wait_for(live(HOST))
        choose(terminal)
        set_paths(terminal)
        terminal.wait_for("It cannot be run: the console is read-only")
        terminal.keys("r")
        terminal.wait_for("Refused: the console is read-only")
        assert len(files()) == 7
        terminal.keys("q")
        assert terminal.ended() == 0
