# ruff: noqa: E501 - the messages stand here as a person sees them, each on one line
"""What a person sees of each mistake in opsconsole.toml: every message as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.console.settings import Settings, SettingsError
from tests.unit.inventory.sources import PANELS, problems


def told(folder: Path, content: str | bytes) -> list[str]:
    """Return the messages that loading this configuration gives, without the folder's name."""
    file = folder / "ops.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(SettingsError) as caught:
        Settings.load(file, panels=PANELS)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[console]\ntheme = \n", "ops.toml:2:9: not valid TOML: invalid value"),
        ("[console\n", "ops.toml:1:9: not valid TOML: expected ']' at the end of a table declaration"),
        (
            '[console]\ntheme = "dark\n',
            "ops.toml:2:14: not valid TOML: a quoted text does not end on its line",
        ),
        ("[hosts.a]\nport = 1\nport = 2\n", "ops.toml:3:9: not valid TOML: cannot overwrite a value"),
        (
            "[hosts.a]\n[hosts.b]\n[hosts.a] # again\n",
            "ops.toml:3:9: not valid TOML: hosts.a is declared twice (first on line 1; put both into one section)",
        ),
        ('[console]\ntheme = """abc\n', "ops.toml:2:1: not valid TOML: unterminated string"),
        (b"[console]\n# caf\xe9\n", "ops.toml:2: byte 0xe9 is not UTF-8 (save the file as UTF-8)"),
    ],
)
def test_broken_toml_names_line_and_column(text: str | bytes, message: str, tmp_path: Path) -> None:
    assert told(tmp_path, text) == [message]


def test_a_broken_section_hides_no_other(tmp_path: Path) -> None:
    text = """[console]
interval = "2 parsecs"
[hosts.a]
port = = 22
[hosts.b]
prot = 22
[hosts.b]
user = "x"
"""
    assert told(tmp_path, text) == [
        'ops.toml:2: console.interval: found "2 parsecs" (text), expected a number of seconds or a duration such as'
        " 30s, 15m or 1h 30m from 0.5 to 3600",
        "ops.toml:4:8: not valid TOML: invalid value",
        "ops.toml:6: hosts.b.prot: found an unknown key (did you mean port?)",
        "ops.toml:7:9: not valid TOML: hosts.b is declared twice (first on line 5; put both into one section)",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[hosts.a]\nport = "22"', 'hosts.a.port: found "22" (text), expected a whole number from 1 to 65535 (write it without quotes)'),
        ("[hosts.a]\nport = 70000", "hosts.a.port: found 70000, expected a whole number from 1 to 65535"),
        ("[hosts.a]\nport = 22.0", "hosts.a.port: found 22.0, expected a whole number from 1 to 65535"),
        ("[hosts.a]\nport = true", "hosts.a.port: found true, expected a whole number from 1 to 65535"),
        ("[hosts.a]\nuser = 5", 'hosts.a.user: found 5, expected a text in quotes (write "5")'),
        ("[hosts.a]\nread_only = 1", "hosts.a.read_only: found 1, expected true or false"),
        ('[hosts.a]\nread_only = "yes"', 'hosts.a.read_only: found "yes" (text), expected true or false'),
        ('[hosts.a]\nsudo = "asks"', 'hosts.a.sudo: found "asks" (text), expected one of never, passwordless, ask (did you mean ask?)'),
        ("[hosts.a]\ngroups = 3", "hosts.a.groups: found 3, expected a list of texts"),
        ('[hosts.a]\ngroups = ["x",\n 3]', 'hosts.a.groups[2]: found 3, expected a text in quotes (write "3")'),
        ("[hosts.a]\nidentity_file = 3", "hosts.a.identity_file: found 3, expected a list of paths"),
        ('[hosts.a]\nidentity_file = "~nobody-here/k"', 'hosts.a.identity_file: found "~nobody-here/k" (text), expected a path (there is no such user)'),
        ("hosts = 3", "hosts: found 3, expected a table"),
        ("[hosts]\na = 3", "hosts.a: found 3, expected a table"),
        ('[hosts]\n"a b" = {}', "hosts.\"a b\": found the name 'a b', expected a name of letters, digits and . _ : @ -"),
        ("[host.a]", "host: found an unknown key (did you mean hosts?)"),
        ("[hosts.a]\nzzzzz = 1", "hosts.a.zzzzz: found an unknown key, expected one of environment, port, user, jump, identity_file, identity_files, certificate_file, certificate_files, identities_only, identity_agent, known_hosts, known_hosts_files, …"),
        ('[hosts.a]\nidentity_file = "a"\nidentity_files = ["b"]', "hosts.a.identity_files: found a second value for the same thing (the first is on line 2)"),
        ('[hosts.a]\nconnect_timeout = "-5s"', 'hosts.a.connect_timeout: found "-5s" (text), expected a number of seconds or a duration such as 30s, 15m or 1h 30m from 0.1 to 600'),
        ("[hosts.a]\nconnect_timeout = inf", "hosts.a.connect_timeout: found inf, expected a number of seconds or a duration such as 30s, 15m or 1h 30m from 0.1 to 600"),
        ("[hosts.a]\nconnect_timeout = nan", "hosts.a.connect_timeout: found nan, expected a number of seconds or a duration such as 30s, 15m or 1h 30m from 0.1 to 600"),
        ("[hosts.a]\nport = 2026-01-01", "hosts.a.port: found 2026-01-01 (a date or time), expected a whole number from 1 to 65535"),
        ("[console]\nssh_config = true", "console.ssh_config: found true, expected a path in quotes or false"),
        ("[console]\nmax_handshakes = 0", "console.max_handshakes: found 0, expected a whole number from 1 to 1000"),
        ("[limits.dmeo]", "limits.dmeo: found an unknown key (did you mean demo?)"),
        ("[limits.demo]\nwarn_percent = 120", "limits.demo.warn_percent: found 120, expected a number from 0 to 100"),
        ('[limits.demo]\nwarn_percent = "80 %"', 'limits.demo.warn_percent: found "80 %" (text), expected a number from 0 to 100'),
        ("[limits.demo]\nhold = -1", "limits.demo.hold: found -1, expected a number of seconds or a duration such as 30s, 15m or 1h 30m, 0 or more"),
        ("[limits.demo.nested]\ndepht_percent = 1", "limits.demo.nested.depht_percent: found an unknown key (did you mean depth_percent?)"),
        ("[groups.g.demo]\nwords = [[]]", "groups.g.demo.words[1]: found a list of 0, expected a text in quotes"),
        ("[hosts.a.demo]\ntags = { a = 1 }", 'hosts.a.demo.tags.a: found 1, expected a text in quotes (write "1")'),
        pytest.param("[limits.demo]\nwarn_percent = " + "9" * 400, f"limits.demo.warn_percent: found {'9' * 60}…, expected a number from 0 to 100", id="huge"),
        ("[[hosts.a.demo.checks]]\nname = 'x'\ntoken = 12345", "hosts.a.demo.checks[1].token: found a number (not shown), expected a text in quotes"),
    ],
)  # fmt: skip
def test_wrong_types_units_ranges_and_keys(text: str, message: str, tmp_path: Path) -> None:
    [found] = told(tmp_path, text)
    line, _, rest = found.removeprefix("ops.toml:").partition(": ")
    assert rest == message
    assert int(line) == text.count("\n") + 1


def test_a_table_without_a_key_that_it_must_have(tmp_path: Path) -> None:
    assert told(tmp_path, "[[hosts.a.demo.checks]]\nurl = 'x'") == [
        "ops.toml:1: hosts.a.demo.checks[1]: found no `name`, expected `name = …` in this table"
    ]


def test_all_mistakes_are_told_together_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = """[console]
theme = 3
[groups.g]
hostz = []
[hosts.a]
port = 0
[hosts.b.limits.demo]
warn_percent = -1
[limits]
nothing = {}
"""
    lines = [int(message.split(":")[1]) for message in told(tmp_path, text)]
    assert lines == [2, 4, 6, 8, 10]


def test_limits_that_contradict_each_other_once_laid_over(tmp_path: Path) -> None:
    text = "[limits.demo]\ncrit_percent = 70\nwarn_percent = 60\n[hosts.a.limits.demo]\nwarn_percent = 75\n"
    assert problems(tmp_path, text) == ["ops.toml:4: hosts.a.limits.demo: warn_percent is above crit_percent"]


def test_a_group_that_names_an_unknown_host(tmp_path: Path) -> None:
    assert problems(tmp_path, '[hosts.web1]\n[groups.g]\nhosts = ["web1", "wbe1", "elsewhere"]\n') == [
        'ops.toml:3: groups.g.hosts[2]: found "wbe1", expected a host of the inventory (did you mean web1?)',
        'ops.toml:3: groups.g.hosts[3]: found "elsewhere", expected a host of the inventory'
        " (add [hosts.elsewhere]; it may be empty)",
    ]


def test_localhost_cannot_be_another_machine(tmp_path: Path) -> None:
    assert problems(tmp_path, '[hosts.localhost]\naddress = "10.0.0.1"\n') == [
        'ops.toml:2: hosts.localhost.address: found "10.0.0.1", expected no address'
        " (localhost is always this machine; give the other host a name of its own)"
    ]


def test_an_address_that_would_be_an_option_of_ssh(tmp_path: Path) -> None:
    assert problems(tmp_path, '[hosts.a]\naddress = "-oProxyCommand=id"\n') == [
        'ops.toml:2: a: address: found "-oProxyCommand=id", expected a host name or address'
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read: No such file or directory"):
        Settings.load(tmp_path / "none.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        Settings.load(tmp_path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root every file can be read, so the refusal of the system is made here."""
    file = tmp_path / "ops.toml"
    file.write_text("[console]\n")

    def refuse(*_args: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SettingsError, match=r"ops\.toml: cannot be read: Permission denied"):
        Settings.load(file)


def test_control_characters_of_a_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    [message] = told(tmp_path, '[hosts.a]\nport = "\\u001b]0;title\\u0007\\u202e22"\n')
    assert message.isprintable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ledger = false", "audit.ledger: found false, expected a path in quotes"),
        (
            'signing_key = "id_gone"',
            "audit.signing_key: found id_gone, expected a file that exists",
        ),
        ("signing_key = true", "audit.signing_key: found true, expected a path in quotes or false"),
        ('leger = "x"', "audit.leger: found an unknown key (did you mean ledger or ledger_path?)"),
    ],
)
def test_mistakes_in_audit(text: str, message: str, tmp_path: Path) -> None:
    assert told(tmp_path, f"[audit]\n{text}\n") == [f"ops.toml:2: {message}"]
