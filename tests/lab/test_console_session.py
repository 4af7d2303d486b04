"""`s` and `l` in the real console: a session of one's own on a host, and its journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab import faults
from tests.lab.conftest import Lab
from tests.lab.consoles import CALM, chosen, configure, console, live, row

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("name", ["web2", "deep1"])
def test_a_session_has_the_terminal_and_gives_it_back(lab: Lab, tmp_path: Path, name: str) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web2", "bastion", "inner", "deep1"], more=CALM)
    with console(config, tmp_path / "terminal") as terminal:
        terminal.wait_for(live(name))
        chosen(terminal, name)
        terminal.keys("s")
        terminal.wait_for(f"opsconsole: session on {name}", r":~\$$")
        terminal.type('echo "here is $(hostname), $((40 + 2)), $(tput cols 2>/dev/null || stty size)"\n')
        terminal.wait_for(f"^here is {name}, 42, ")
        terminal.type("exit\n")
        terminal.wait_for(live(name), "critical")
        terminal.keys("q")
        assert terminal.ended() == 0
        assert terminal.is_as_before()


def test_the_journal_is_followed_filtered_and_held(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web2"], more=CALM)

    def write(words: str) -> None:
        assert faults.execute("web2", ["logger", "-t", "opsconsole-lab", words]).returncode == 0

    with console(config, tmp_path / "terminal") as terminal:
        terminal.wait_for(live("web2"))
        chosen(terminal, "web2")
        terminal.keys("l")
        terminal.wait_for("web2 +journal, all units", "following")
        write("orders are late, parcel 4711")
        terminal.wait_for("opsconsole-lab.*orders are late, parcel 4711")

        terminal.keys("/")
        terminal.type("parcel 47")
        terminal.keys("Enter")
        terminal.wait_for(r"/parcel 47 +\d+ of \d+ lines")
        write("nothing of interest")
        write("parcel 4712 is late, too")
        text = terminal.wait_for("parcel 4712")
        assert "nothing of interest" not in text

        terminal.keys("Space")
        terminal.wait_for("paused")
        write("parcel 4713 came while nobody looked")
        terminal.wait_for(r"paused.*\d+")
        assert "4713" not in terminal.text()
        terminal.keys("Space")
        terminal.wait_for("parcel 4713 came")

        terminal.keys("Escape")
        terminal.wait_for("nothing of interest")
        terminal.keys("Escape")
        terminal.wait_for(row("web2"))
        terminal.keys("q")
        assert terminal.ended() == 0
