"""Where the configuration is looked for, its defaults, and who else could write it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from opsconsole.console.settings import Settings
from tests.unit.inventory.sources import PANELS, Limits, load


def test_defaults_without_a_file(own_home: Path) -> None:
    settings = Settings.load()
    assert (settings.path, settings.configured, settings.ssh_configs) == (None, False, ())
    assert (settings.interval_seconds, settings.slow_interval_seconds) == (2.0, 30.0)
    assert (settings.max_handshakes, settings.keepalive_interval_seconds, settings.keepalive_count_max) == (
        50,
        5,
        2,
    )
    assert settings.history_path == own_home / ".local/state/opsconsole/history.sqlite"
    assert settings.ledger_path == own_home / ".local/state/opsconsole/ledger.sqlite"
    assert settings.signing_key is None


def test_the_trail_and_the_key_that_signs_it(tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "id_sign").touch()
    (tmp_path / "ops.toml").write_text('[audit]\nledger = "trail.db"\nsigning_key = "id_sign"\n')
    settings = Settings.load(tmp_path / "ops.toml", panels=PANELS)
    assert (settings.ledger_path, settings.signing_key) == (tmp_path / "trail.db", tmp_path / "id_sign")
    (tmp_path / "ops.toml").write_text("[audit]\nsigning_key = false\n")
    settings = Settings.load(tmp_path / "ops.toml", panels=PANELS)
    assert settings.ledger_path == own_home / ".local/state/opsconsole/ledger.sqlite"
    assert settings.signing_key is False


def test_the_user_folder_then_the_environment_then_the_option(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = own_home / ".config" / "opsconsole"
    folder.mkdir(parents=True)
    (folder / "opsconsole.toml").write_text('[console]\ntheme = "of-the-folder"\n')
    assert Settings.load().theme == "of-the-folder"
    (tmp_path / "env.toml").write_text('[console]\ntheme = "of-the-environment"\n')
    monkeypatch.setenv("OPSCONSOLE_CONFIG", str(tmp_path / "env.toml"))
    assert Settings.load().theme == "of-the-environment"
    (tmp_path / "option.toml").write_text('[console]\ntheme = "of-the-option"\n')
    assert Settings.load(tmp_path / "option.toml").theme == "of-the-option"


def test_every_key_of_console(tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "my_ssh").touch()
    (tmp_path / "ops.toml").write_text(
        """
        [console]
        interval = "1500ms"
        slow_interval_seconds = 60
        max_handshakes = 10
        keepalive_interval = 3
        keepalive_count_max = 4
        theme = "nord"
        read_only = true
        ssh_config = "my_ssh"
        ansible_inventory = ["a.ini", "~/b.yml"]
        history = "h.db"
        ignore = "github.com"
        """
    )
    settings = Settings.load(tmp_path / "ops.toml", panels=PANELS)
    assert (settings.interval_seconds, settings.slow_interval_seconds) == (1.5, 60.0)
    assert (settings.max_handshakes, settings.keepalive_interval_seconds, settings.keepalive_count_max) == (
        10,
        3,
        4,
    )
    assert (settings.theme, settings.read_only, settings.ignore) == ("nord", True, ("github.com",))
    assert settings.ssh_configs == (tmp_path / "my_ssh",)
    assert settings.ansible_inventories == (tmp_path / "a.ini", own_home / "b.yml")
    assert settings.history_path == tmp_path / "h.db"


def test_history_and_ssh_config_can_be_switched_off(tmp_path: Path) -> None:
    (tmp_path / "ops.toml").write_text("[console]\nhistory = false\nssh_config = false\n")
    settings = Settings.load(tmp_path / "ops.toml")
    assert (settings.history_path, settings.ssh_configs) == (None, ())


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "ops.toml").write_bytes(b'\xef\xbb\xbf[console]\r\ntheme = "x"\r\n')
    assert Settings.load(tmp_path / "ops.toml").theme == "x"


def test_limits_and_settings_are_laid_over_each_other(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        """
        [limits.demo]
        warn_percent = 10
        hold = "5m"
        nested = { name = "top", depth_percent = 5 }
        [groups.g]
        hosts = ["web1"]
        [groups.g.limits.demo]
        warn_percent = 20
        crit_percent = 50
        [groups.g.limits.demo.nested]
        depth_percent = 6
        [groups.g.demo]
        checks = [{ name = "one", url = "group" }, { name = "two", url = "group" }]
        tags = { a = "group", b = "group" }
        words = ["group"]
        [hosts.web1.limits.demo]
        crit_percent = 60
        [hosts.web1.demo]
        checks = [{ name = "two", url = "host" }, { name = "three" }]
        tags = { b = "host" }
        words = "host"
        [hosts.web2]
        """,
    )
    web1, web2 = inventory.entries["web1"], inventory.entries["web2"]
    limits = web1.limits["demo"]
    assert (limits.warn_percent, limits.crit_percent, limits.hold_seconds) == (20.0, 60.0, 300.0)
    assert (limits.nested.name, limits.nested.depth_percent) == ("top", 6.0)
    told = web1.panel_settings["demo"]
    assert [(check.name, check.url) for check in told.checks] == [
        ("one", "group"),
        ("two", "host"),
        ("three", ""),
    ]
    assert (told.tags, told.words) == ({"a": "group", "b": "host"}, ("host",))
    assert web1.origins["limits.demo.crit_percent"].line == 17
    assert web1.origins["limits.demo.nested.depth_percent"].line == 11
    assert web2.limits["demo"].warn_percent == 10.0
    assert web2.panel_settings["demo"].checks == ()
    assert inventory.entries["localhost"].limits["demo"].hold_seconds == 300.0


def test_without_a_word_limits_are_the_defaults_of_the_panel(tmp_path: Path) -> None:
    assert load(tmp_path, "[hosts.web1]\n").entries["web1"].limits == {"demo": Limits()}


def warnings_of(file: Path) -> list[str]:
    return [warning.replace(str(file.parent), "DIR") for warning in Settings.load(file).warnings]


def test_a_configuration_that_others_can_write_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "ops.toml"
    file.touch()
    file.chmod(0o666)
    assert warnings_of(file) == [
        "DIR/ops.toml can be changed by everybody (mode 0666): chmod go-w DIR/ops.toml"
    ]
    file.chmod(0o644)
    assert warnings_of(file) == []


def test_a_folder_that_others_can_write_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "ops.toml"
    file.touch(0o600)
    tmp_path.chmod(0o777)
    assert warnings_of(file) == ["DIR can be changed by everybody (mode 0777): chmod go-w DIR"]
    tmp_path.chmod(0o777 | stat.S_ISVTX)
    assert warnings_of(file) == []
    tmp_path.chmod(0o700)


def test_a_group_of_others_is_warned_of_and_the_owners_own_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import grp
    from types import SimpleNamespace

    file = tmp_path / "ops.toml"
    file.touch()
    file.chmod(0o660)
    own = grp.getgrgid(file.stat().st_gid).gr_name
    members: list[str] = []
    monkeypatch.setattr(grp, "getgrgid", lambda _gid: SimpleNamespace(gr_name=own, gr_mem=members))
    assert warnings_of(file) == []
    members.append("mallory")
    assert warnings_of(file) == [
        f"DIR/ops.toml can be changed by its group ({own}) (mode 0660): chmod go-w DIR/ops.toml"
    ]


def test_a_configuration_of_another_user_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ops.toml"
    file.touch(0o600)
    real = os.stat(file)
    if real.st_uid == 0:
        os.chown(file, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: real.st_uid + 1)
    assert any("ops.toml belongs to another user" in warning for warning in warnings_of(file))
