"""Keys that a bad link brings in one packet, in the real console at a real terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.conftest import Lab
from tests.lab.consoles import CALM, configure, console, live, names

pytestmark = pytest.mark.lab


def test_each_key_of_a_burst_has_its_effect_before_the_next(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web1", "web2"], more=CALM)
    with console(config, tmp_path / "terminal", size=(120, 30)) as terminal:
        terminal.wait_for(live("web1"), live("web2"))
        terminal.type(":host web2\r")
        terminal.wait_for(r"^ web2 .*read \d+s ago")
        terminal.type(
            "\x1b/web1\r"
        )  # esc and slash, not alt and slash; s, a, e, l and q would be keys of the Fleet
        terminal.wait_for(r"^ /web1 ")
        terminal.wait_until(lambda: names(terminal) == ["web1"], "web1 alone")
        terminal.type("?\x1b\r")  # the help, back, and the host under the cursor
        terminal.wait_for(r"^ web1 .*read \d+s ago")
        terminal.type("\x1b\x1bq")
        assert terminal.ended() == 0
