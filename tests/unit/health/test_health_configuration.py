"""The panel's settings and limits as a configuration file says them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from opsconsole.console.inventory import load_inventory
from opsconsole.console.settings import Settings, SettingsError
from opsconsole.panels import load
from opsconsole.panels.health.limits import HealthLimits
from opsconsole.panels.health.settings import HealthSettings
from opsconsole.panels.panel import Cadence


def test_the_panel_is_found_and_keeps_to_the_contract() -> None:
    panel = load("health")
    assert (panel.name, panel.title, panel.order) == ("health", "health", 20)
    assert panel.limits_type is HealthLimits
    assert panel.settings_type is HealthSettings
    assert {section.cadence for section in panel.sections} == {Cadence.SLOW, Cadence.ONCE}
    assert len({section.name for section in panel.sections}) == len(panel.sections)


def test_every_limit_and_setting_has_a_default() -> None:
    for type_ in (HealthLimits, HealthSettings):
        assert type_() == type_()
        assert dataclasses.is_dataclass(type_)
        assert type_.__dataclass_params__.frozen


CONFIGURATION = """
[console]
ssh_config = false

[groups.shops]
hosts = ["web1"]
[groups.shops.limits.health]
http_p95_warning = "500ms"
journal_errors_warning = 3

[hosts.web1]
address = "192.0.2.7"
[hosts.web1.health]
units = ["nginx"]
[[hosts.web1.health.http]]
name = "shop"
url = "https://shop.example/health"
headers = { Authorization = "Bearer s3cret-t0ken" }
expect_status = "200"
expect_json = { status = "ok", "nodes[0].up" = true, lag = 0.5, count = 3 }
timeout = "2s"
[[hosts.web1.health.tcp]]
name = "db"
port = 5432
via = "console"
"""


def test_a_configuration_says_checks_and_limits(tmp_path: Path) -> None:
    file = tmp_path / "opsconsole.toml"
    file.write_text(CONFIGURATION)
    entry = load_inventory(Settings.load(file)).entries["web1"]
    limits, settings = entry.limits["health"], entry.panel_settings["health"]
    assert (limits.http_p95_warning_seconds, limits.journal_errors_warning) == (0.5, 3)
    assert limits.skew_critical_seconds == 5.0
    assert settings.units == ("nginx",)
    assert settings.http[0].expect_json == {"status": "ok", "nodes[0].up": True, "lag": 0.5, "count": 3}
    assert settings.http[0].timeout_seconds == 2.0
    assert (settings.tcp[0].port, settings.tcp[0].via) == (5432, "console")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('url = "gopher://:s3cret-t0ken@x/"', "check 'shop': url is not http://host[:port]/"),
        ('url = "http://x/"\nexpect_status = "ok"', "expect_status 'ok' is not like 200 or 2xx"),
        ('url = "http://x/"\nvia = "moon"', "host"),
        ('url = "http://x/"\nexpect_bdy = "x"', "expect_body"),
    ],
)
def test_a_mistake_in_a_check_is_named_without_its_secrets(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "opsconsole.toml"
    file.write_text(f'[console]\nssh_config = false\n[[hosts.web1.health.http]]\nname = "shop"\n{line}\n')
    with pytest.raises(SettingsError) as wrong:
        load_inventory(Settings.load(file))
    assert words in str(wrong.value)
    assert "s3cret" not in str(wrong.value)
