# ruff: noqa: E501 - configurations and messages stand here as they are, each on one line
"""`opsconsole hosts` and `opsconsole init`, as a person calls them."""

from __future__ import annotations

import json
import os
import re
import stat
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from opsconsole.console.cli.main import run
from opsconsole.console.inventory import load_inventory
from opsconsole.console.settings import Settings
from tests.unit.inventory.sources import write

Capture = pytest.CaptureFixture[str]

SSH = """
Host web1
    HostName 10.0.0.1
    User deploy
    ProxyJump bastion
Host bastion
    Port 2200
Host github.com
    User git
Host gitlab
    HostName gitlab.com
"""

TOML = """
[groups.web]
hosts = ["web1"]
environment = "production"
read_only = true
[groups.web.limits.resources]
cpu_percent = 70
[[groups.web.health.http]]
name = "home"
url = "http://127.0.0.1/?token=s3cret"
headers = { Authorization = "Bearer s3cret" }
"""


@pytest.fixture
def home(own_home: Path) -> Path:
    write(own_home, {".ssh/config": SSH})
    return own_home


@pytest.fixture
def config(home: Path) -> Path:
    write(home, {".config/opsconsole/opsconsole.toml": TOML})
    return home / ".config" / "opsconsole" / "opsconsole.toml"


def test_the_table_says_where_each_host_is_from(config: Path, capsys: Capture) -> None:
    assert run(["hosts", "localhost", "web1", "bastion"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "host       connects to         via      env                     groups  sudo          from",
        "localhost  this machine        -        -                       -       passwordless  default",
        "web1       deploy@10.0.0.1:22  bastion  production (read-only)  web     passwordless  ~/.ssh/config:1",
        "bastion    bastion:2200        -        -                       -       passwordless  ~/.ssh/config:5",
    ]
    assert err == ""


def test_origins_say_where_each_value_is_from(config: Path, capsys: Capture) -> None:
    assert run(["hosts", "-v", "web1"]) == 0
    out = capsys.readouterr().out
    rows = [re.split(r"\s{2,}", line.strip()) for line in out.splitlines()]
    assert rows[0] == ["web1"]
    assert ["address", "10.0.0.1", "~/.ssh/config:2"] in rows
    assert ["port", "22", "default"] in rows
    assert ["environment", "production", "~/.config/opsconsole/opsconsole.toml:3 (group web)"] in rows
    assert ["read_only", "yes", "~/.config/opsconsole/opsconsole.toml:4"] in rows
    assert ["limits.resources.cpu_percent", "70.0", "~/.config/opsconsole/opsconsole.toml:6"] in rows
    assert ["health.http", "(set)", "~/.config/opsconsole/opsconsole.toml:7"] in rows
    assert "s3cret" not in out


def test_json_is_as_its_schema_says(config: Path, capsys: Capture) -> None:
    assert run(["hosts", "--json"]) == 0
    out = capsys.readouterr().out
    document = json.loads(out)
    schema = json.loads(
        resources.files("opsconsole.console.cli")
        .joinpath("schemas/hosts.schema.json")
        .read_text(encoding="utf-8")
    )
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    assert document["config"] == str(config)
    assert [host["name"] for host in document["hosts"]] == [
        "localhost",
        "web1",
        "bastion",
        "github.com",
        "gitlab",
    ]
    web1 = document["hosts"][1]
    assert (web1["address"], web1["jump"], web1["groups"], web1["read_only"]) == (
        "10.0.0.1",
        ["bastion"],
        ["web"],
        True,
    )
    assert web1["limits"]["resources"]["cpu_percent"] == 70.0
    assert web1["origins"]["user"] == {"file": f"{config.parents[2]}/.ssh/config", "line": 3, "note": ""}
    assert document["groups"] == {"web": ["web1"]}
    assert "s3cret" not in out


def test_json_of_some_hosts_names_no_others(config: Path, capsys: Capture) -> None:
    assert run(["hosts", "--json", "bastion"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert ([host["name"] for host in document["hosts"]], document["groups"]) == (["bastion"], {})


def test_a_target_that_is_none(config: Path, capsys: Capture) -> None:
    assert run(["hosts", "wbe1"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "opsconsole: there is no host 'wbe1'; did you mean web1?\n")


def test_mistakes_go_to_stderr_all_of_them(config: Path, capsys: Capture) -> None:
    config.write_text("[console]\ntheme = 1\n[hosts.a]\nprot = 1\n")
    with pytest.raises(SystemExit) as ended:
        run(["hosts"])
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "opsconsole: ~/.config/opsconsole/opsconsole.toml:2: console.theme: found 1, expected a text in quotes"
        ' (write "1")',
        "opsconsole: ~/.config/opsconsole/opsconsole.toml:4: hosts.a.prot: found an unknown key (did you mean port?)",
    ]


def test_without_a_configuration_it_is_this_machine_and_a_hint(home: Path, capsys: Capture) -> None:
    assert run(["hosts"]) == 0
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["host", "localhost"]
    assert err == (
        "opsconsole: no ~/.config/opsconsole/opsconsole.toml: this machine only; `opsconsole init` writes one\n"
    )


def test_init_writes_a_configuration_that_loads(home: Path, capsys: Capture) -> None:
    assert run(["init"]) == 0
    file = home / ".config" / "opsconsole" / "opsconsole.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert capsys.readouterr().out.splitlines() == [
        f"wrote {file}",
        "2 hosts from ssh_config, and this machine; `opsconsole hosts` lists them",
    ]
    settings = Settings.load()
    assert (settings.path, settings.warnings) == (file, ())
    inventory = load_inventory(settings)
    assert list(inventory.entries) == ["localhost", "web1", "bastion"]
    assert inventory.warnings == ()
    assert 'ignore = ["github.com", "gitlab"]\n' in file.read_text()
    assert "# [hosts.web1]  # deploy@10.0.0.1:22 via bastion; ~/.ssh/config:1\n" in file.read_text()
    assert [path.name for path in file.parent.iterdir()] == ["opsconsole.toml"]


def test_every_example_of_init_is_right(home: Path) -> None:
    """Take the comment signs away, and it must still load: examples that are wrong are worse than none."""
    assert run(["init"]) == 0
    file = home / ".config" / "opsconsole" / "opsconsole.toml"
    lines = [
        re.sub(r"^# ?(?=[\[a-z_]+[\w.\" ]*(?:=|\]))", "", line)
        for line in file.read_text().splitlines()
        if not line.startswith("# ignore")
    ]
    text = (
        "\n".join(lines).replace('"~/infrastructure/hosts.yml"', "").replace('"web2", "app-*"', '"bastion"')
    )
    assert text.count("\n[") >= 7
    file.write_text(text)
    settings = Settings.load()
    host = load_inventory(settings).host("web1")
    assert settings.read_only
    assert (host.environment, host.sudo.value) == ("production", "ask")


def test_init_overwrites_nothing(config: Path, capsys: Capture) -> None:
    assert run(["init"]) == 1
    assert config.read_text() == TOML.lstrip()
    assert capsys.readouterr().err == (
        f"opsconsole: {config} is there already; --force replaces it and keeps a backup\n"
    )
    assert [path.name for path in config.parent.iterdir()] == ["opsconsole.toml"]


def test_init_with_force_keeps_every_backup(config: Path, capsys: Capture) -> None:
    assert run(["init", "--force", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert run(["init", "--force"]) == 0
    backup = Path(document["backup"])
    assert backup.read_text() == TOML.lstrip()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert document["path"] == str(config)
    assert document["hosts"] == ["web1", "bastion"]
    assert len(list(config.parent.glob("*.bak"))) == 2


def test_init_follows_a_link_and_keeps_it(home: Path) -> None:
    folder = home / ".config" / "opsconsole"
    folder.mkdir(parents=True)
    (home / "dotfiles").mkdir()
    (folder / "opsconsole.toml").symlink_to(home / "dotfiles" / "ops.toml")
    assert run(["init"]) == 0
    assert (folder / "opsconsole.toml").is_symlink()
    assert (home / "dotfiles" / "ops.toml").read_text().startswith("# The configuration")


def test_init_writes_where_it_is_told(home: Path, tmp_path: Path) -> None:
    assert run(["init", "--output", str(tmp_path / "new" / "o.toml")]) == 0
    assert Settings.load(tmp_path / "new" / "o.toml").configured
    assert run(["--config", str(tmp_path / "c.toml"), "init"]) == 0
    assert (tmp_path / "c.toml").exists()


def test_init_without_ssh_config_shows_how_to_say_a_host(own_home: Path, capsys: Capture) -> None:
    assert run(["init"]) == 0
    text = (own_home / ".config" / "opsconsole" / "opsconsole.toml").read_text()
    assert "# [hosts.web1]\n" in text
    assert list(load_inventory(Settings.load()).entries) == ["localhost"]


def test_init_with_a_circle_in_ssh_config_says_so_and_writes_what_loads(home: Path, capsys: Capture) -> None:
    (home / ".ssh" / "config").write_text("Host a\n ProxyJump b\nHost b\n ProxyJump a\n")
    assert run(["init"]) == 0
    assert "the jump hosts lead in a circle: a → b → a" in capsys.readouterr().err
    assert list(load_inventory(Settings.load()).entries) == ["localhost"]


def test_init_where_it_may_not_write(home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "link", refuse)
    assert run(["init", "--output", str(home / "o.toml")]) == 1
    assert "o.toml cannot be written: Permission denied" in capsys.readouterr().err
    assert not [path for path in home.iterdir() if "o.toml" in path.name]


def test_names_of_ssh_config_cannot_break_the_written_file(home: Path) -> None:
    (home / ".ssh" / "config").write_bytes(
        b'Host a.b "c]d" \'e"f\' \xff \x1b[31m g\n HostName x\x1b]0;t\x07y"\n User "]\n'
    )
    assert run(["init"]) == 0
    text = (home / ".config" / "opsconsole" / "opsconsole.toml").read_text()
    assert "\x1b" not in text
    assert '# [hosts."a.b"]' in text
