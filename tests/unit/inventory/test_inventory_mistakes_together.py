"""All mistakes of a configuration are told at once: jumps in a circle beside those of the file itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.console.cli.main import run
from opsconsole.console.inventory import load_configuration
from opsconsole.console.settings import SettingsError
from tests.unit.inventory.sources import write

CIRCLE = '[hosts.a]\njump = "b"\n[hosts.b]\njump = "a"\n'


def told(folder: Path, toml: str) -> list[str]:
    write(folder, {"ops.toml": toml})
    with pytest.raises(SettingsError) as caught:
        load_configuration(folder / "ops.toml")
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("mistake", "told_as"),
    [
        ('[hosts.c]\nport = "ssh"\n', 'hosts.c.port: found "ssh" (text), expected a whole number'),
        ("[hosts.c]\nprot = 22\n", "hosts.c.prot: found an unknown key"),
        ("[console\n", "ops.toml:5"),
        ("[limits.resources]\ncpu_percent = 900\n", "limits.resources.cpu_percent"),
    ],
    ids=["type", "unknown key", "syntax", "limit"],
)
def test_a_circle_is_told_beside_another_mistake(tmp_path: Path, mistake: str, told_as: str) -> None:
    found = told(tmp_path, CIRCLE + mistake)
    assert len(found) == 2, found
    assert told_as in found[0]
    assert "ops.toml:2: the jump hosts lead in a circle: a → b → a" in found[1]


def test_of_a_configuration_with_mistakes_nothing_else_is_concluded(tmp_path: Path) -> None:
    """The host whose name is refused is not also missing from its group."""
    found = told(tmp_path, '[hosts."-x"]\n[groups.web]\nhosts = ["-x"]\n')
    assert len(found) == 1, found
    assert "the name '-x'" in found[0]


def test_the_command_line_tells_both(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"ops.toml": CIRCLE + "[hosts.c]\nprot = 22\n"})
    with pytest.raises(SystemExit):
        run(["--config", str(tmp_path / "ops.toml"), "hosts"])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "unknown key" in lines[0]
    assert "lead in a circle" in lines[1]


def test_what_is_sound_loads_and_read_only_is_kept(own_home: Path, tmp_path: Path) -> None:
    write(tmp_path, {"ops.toml": "[hosts.a]\n"})
    settings, inventory = load_configuration(tmp_path / "ops.toml", read_only=True)
    assert settings.read_only
    assert inventory.host("a").read_only
    assert not load_configuration(tmp_path / "ops.toml")[0].read_only
