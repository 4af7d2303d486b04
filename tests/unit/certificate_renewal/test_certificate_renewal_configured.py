"""An ACME server of the configuration by its name: what it fills in, what wins over it, its key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from opsconsole.console.given import prepared
from opsconsole.console.presets import from_files, presets
from opsconsole.console.settings import Settings
from opsconsole.data.host import Host
from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE, options
from opsconsole.recipes.recipe import HIDDEN, Given, ParameterError, Plan

DIRECTORY = "https://ca.test/acme/directory"
KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
CONFIG = f"""
[acme.company]
directory = "{DIRECTORY}"
ca_bundle = "/etc/ssl/company.pem"
email = "ops@example.test"
eab_key_id = "kid-1"
eab_key_file = "company.key"
default_for = ["@web"]

[acme.public]
directory = "https://public.test/directory"
test_directory = "https://staging.public.test/directory"
default_for = ["all"]

[acme.own]
directory = "https://own.test/directory"
default_for = ["web9"]
"""
WEB = Host("web1", "web1", groups=("web",))
ACME = {"driver": "acme", "domains": "a.test", "webroot": "/var/www"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "company.key").write_text(KEY + "\n")
    (tmp_path / "company.key").chmod(0o600)
    (tmp_path / "ops.toml").write_text(CONFIG)
    return Settings.load(tmp_path / "ops.toml", panels={})


def given(settings: Settings, *hosts: Host, **texts: str) -> Given:
    names = tuple(host.name for host in hosts or (WEB,))
    offered = presets(RECIPE, settings, hosts or (WEB,))
    secrets = {"eab_hmac": texts["eab_hmac"]} if "eab_hmac" in texts else {}
    shown = {**texts, **dict.fromkeys(secrets, HIDDEN)}
    return prepared(RECIPE, Given(shown, secrets, presets=offered, hosts=names))


def test_a_name_stands_for_all_that_the_configuration_says(settings: Settings) -> None:
    one = given(settings, server="company", **ACME)
    wanted = options.read(parameters.read_all(RECIPE.parameters, one.texts))
    assert (wanted.server, wanted.ca_bundle, wanted.email) == (
        DIRECTORY,
        "/etc/ssl/company.pem",
        "ops@example.test",
    )
    assert (wanted.eab_kid, wanted.eab_hmac) == ("kid-1", True)
    assert one.secrets == {"eab_hmac": KEY}
    assert KEY not in repr(one)
    assert one.warnings == ()
    assert prepared(RECIPE, one) == one  # a second time changes nothing


def test_what_is_said_beside_it_wins(settings: Settings) -> None:
    one = given(settings, server="company", email="me@example.test", ca_bundle="/x.pem", **ACME)
    assert (one.texts["email"], one.texts["ca_bundle"]) == ("me@example.test", "/x.pem")
    one = given(settings, server="company", eab_kid="mine", eab_hmac="my-key", **ACME)
    assert (one.texts["eab_kid"], one.secrets["eab_hmac"]) == ("mine", "my-key")


def test_one_half_of_a_binding_is_never_filled_up_with_the_configurations_other_half(
    settings: Settings,
) -> None:
    one = given(settings, server="company", eab_kid="mine", **ACME)
    assert (one.texts.get("eab_hmac", ""), one.secrets) == ("", {})
    one = given(settings, server="company", eab_hmac="my-key", **ACME)
    assert (one.texts.get("eab_kid", ""), one.secrets) == ("", {"eab_hmac": "my-key"})


def test_the_nearest_default_counts(settings: Settings) -> None:
    assert given(settings, **ACME).texts["server"] == DIRECTORY
    assert given(settings, Host("db1", "db1"), **ACME).texts["server"] == "https://public.test/directory"
    web9 = Host("web9", "web9", groups=("web",))
    assert given(settings, web9, **ACME).texts["server"] == "https://own.test/directory"


def test_hosts_with_different_defaults_are_not_planned_together(settings: Settings) -> None:
    with pytest.raises(ParameterError, match=r"web1: company, db1: public\); set server, or plan"):
        given(settings, WEB, Host("db1", "db1"), **ACME)
    assert (
        given(settings, WEB, Host("db1", "db1"), server="public", **ACME)
        .texts["server"]
        .endswith("public.test/directory")
    )


def test_without_any_default_the_server_must_be_said(settings: Settings) -> None:
    bare = replace(settings, acme={})
    values = parameters.read_all(RECIPE.parameters, given(bare, **ACME).texts)
    with pytest.raises(options.PlanError, match=r"such as https://.*\[acme\.NAME\]"):
        options.read(values)


def test_certbot_takes_no_default_and_no_account_but_a_name(settings: Settings) -> None:
    assert "server" not in given(settings, force="yes").texts
    one = given(settings, server="public")
    assert one.texts["test_server"] == "https://staging.public.test/directory"
    one = given(settings, server="company")
    assert (one.texts["ca_bundle"], "email" in one.texts, one.secrets) == ("/etc/ssl/company.pem", False, {})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "compny",
            r'found "compny", expected an https:// address or one of company, own, public .*mean company',
        ),
        ("x", r"one of company, own, public"),
        ("http", r"one of company, own, public"),
    ],
)
def test_an_unknown_name_is_told_with_those_that_there_are(settings: Settings, name: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        given(settings, server=name, **ACME)
    with pytest.raises(ParameterError, match=r"the configuration has no \[acme\.NAME\]"):
        given(replace(settings, acme={}), server=name, **ACME)


def test_a_key_file_is_looked_at_when_it_is_needed(settings: Settings, tmp_path: Path) -> None:
    key = tmp_path / "company.key"
    key.chmod(0o644)
    assert any("chmod 600" in one for one in given(settings, server="company", **ACME).warnings)
    key.write_text("two lines\nof text\n")
    with pytest.raises(ParameterError, match="expected a key on one line") as told:
        given(settings, server="company", **ACME)
    assert "two lines" not in str(told.value)
    key.unlink()
    with pytest.raises(ParameterError, match=r"eab_hmac: cannot read .*company\.key"):
        given(settings, server="company", **ACME)
    assert given(settings, server="public", **ACME).texts["server"] == "https://public.test/directory"


def a_plan(**texts: object) -> Plan:
    return Plan("certificate-renewal", 1, "web1", {"eab_hmac": HIDDEN, **texts}, {}, (), "s")


def test_a_run_that_is_taken_up_finds_its_key_again(settings: Settings) -> None:
    offered = presets(RECIPE, settings, ())
    one = given(settings, server="company", **ACME)
    plan = a_plan(**{name: text for name, text in one.texts.items() if name != "eab_hmac"})
    assert from_files(RECIPE, ["eab_hmac"], [plan], offered, {}) == {"eab_hmac": KEY}
    # Of another account the configuration has no key; what was given is not asked for twice.
    other = a_plan(**{**one.texts, "eab_kid": "kid-2"})
    assert from_files(RECIPE, ["eab_hmac"], [other], offered, {}) == {}
    assert from_files(RECIPE, ["eab_hmac"], [plan], offered, {"eab_hmac": "x"}) == {"eab_hmac": "x"}
