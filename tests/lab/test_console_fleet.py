"""The real console in a real terminal, on all hosts of the lab: what it shows, its keys, its looks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.lab.conftest import Lab
from tests.lab.consoles import CALM, FLEET, chosen, configure, console, live, names, row

pytestmark = pytest.mark.lab

EVERYONE = (*FLEET, "localhost")
RGB = re.compile(r"[34]8;2;(\d+);(\d+);(\d+)")


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["80x24", "200x60"])
def test_all_hosts_are_live_and_every_key_does_its_work(
    lab: Lab, tmp_path: Path, size: tuple[int, int]
) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", more=CALM)
    with console(config, tmp_path / "terminal", size=size) as terminal:
        terminal.wait_for("11 hosts", *map(live, EVERYONE))

        terminal.keys("H")
        terminal.wait_until(lambda: names(terminal) == sorted(EVERYONE), "sorted by name")
        terminal.keys("H")
        terminal.wait_until(
            lambda: names(terminal) == sorted(EVERYONE, reverse=True), "sorted by name, turned round"
        )

        terminal.keys("/")
        terminal.type("^web")
        terminal.wait_until(lambda: names(terminal) == ["web2", "web1"], "filtered")
        terminal.keys("C-u")
        terminal.type("!^(web|b)")
        terminal.wait_until(
            lambda: set(names(terminal)) == {name for name in EVERYONE if name[0] not in "wb"}, "inverted"
        )
        terminal.keys("Enter")
        terminal.wait_for(r"^ /!\^\(web")
        terminal.keys("Escape")
        terminal.wait_until(lambda: set(names(terminal)) == set(EVERYONE), "all again")

        chosen(terminal, "db1")
        terminal.keys("Space")
        terminal.wait_for(r"^ ?◆.* db1 ")
        chosen(terminal, "db1")  # a mark goes on to the next
        terminal.keys("Enter")
        # Where it is and who logs in stay; the name of the system is what a narrow terminal has no room for.
        system = "Debian GNU/Linux 12.*" if size[0] > 80 else ""
        terminal.wait_for(
            rf"^ db1 .*ops@127\.0\.0\.1:\d+ .*{system}read \d+s ago", "findings", r"─ . resources ─"
        )
        terminal.wait_for(r"─ . health ─", r"cpu +\d+%", r"mem +\d+%", r"\d+ units, 0 failed")

        terminal.keys("Tab", "Enter")
        terminal.wait_for(r"^ db1 › resources", "10 min", "24 h", r"user \d+%  system \d+%")
        terminal.keys("Escape")
        terminal.wait_for(r"─ . health ─")
        terminal.keys("?")
        terminal.wait_for("on this screen", r"esc +Go back", "─ Help ─")
        terminal.keys("Escape")
        terminal.wait_gone("─ Help ─")
        terminal.keys("Escape")
        terminal.wait_for(row("web1"), row("db1"))

        terminal.keys("q")
        assert terminal.ended() == 0
        assert terminal.is_as_before()
        assert terminal.program_pids() == []


@pytest.mark.parametrize(
    "environ",
    [
        {"NO_COLOR": "1", "COLORTERM": "truecolor"},
        {"TERM": "dumb"},
        {"TERM": "vt100"},
        {"TERM": "xterm-mono", "NO_COLOR": "1"},
    ],
    ids=str,
)
def test_a_terminal_without_colours_shows_as_much(
    lab: Lab, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web2"], more=CALM)
    with console(config, tmp_path / "terminal", "web2", environ=environ) as terminal:
        terminal.wait_for(r"1 host .*critical .*ok", live("web2"))
        colours = RGB.findall(terminal.styled())
        assert colours or "COLORTERM" not in environ
        assert "NO_COLOR" not in environ or all(red == green == blue for red, green, blue in colours)
        terminal.keys("q")
        assert terminal.ended() == 0
        assert terminal.is_as_before()


def test_the_light_theme_is_light_and_the_dark_one_dark(lab: Lab, tmp_path: Path) -> None:
    grounds = []
    for theme in ("opsconsole-light", "opsconsole-dark"):
        config = configure(lab, tmp_path / f"{theme}.toml", ["web2"], console={"theme": theme}, more=CALM)
        environ = {"COLORTERM": "truecolor"}
        with console(config, tmp_path / theme, "web2", environ=environ) as terminal:
            terminal.wait_for(live("web2"))
            found = re.findall(r"48;2;(\d+);(\d+);(\d+)", terminal.styled())
            grounds.append(max(set(found), key=found.count))
    light, dark = ([int(value) for value in ground] for ground in grounds)
    assert min(light) > 200
    assert max(dark) < 60


def test_a_first_start_shows_this_machine_and_how_to_go_on(tmp_path: Path) -> None:
    with console(None, tmp_path / "terminal", size=(80, 24)) as terminal:
        terminal.wait_for("1 host ", live("localhost"), "opsconsole init")
        terminal.keys("Enter")
        terminal.wait_for(r"^ localhost .*read \d+s ago", r"cpu +\d+%")
        terminal.keys("q")
        assert terminal.ended() == 0
        assert terminal.is_as_before()
