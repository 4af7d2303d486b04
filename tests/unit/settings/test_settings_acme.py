# ruff: noqa: E501 - the messages stand here as a person sees them, each on one line
"""`[acme.NAME]`: what it says, and what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from opsconsole.console.inventory import load_inventory
from opsconsole.console.settings import Settings, SettingsError
from opsconsole.console.settings.reading import key_names
from opsconsole.console.settings.tables import AcmeTable

DOCUMENT = Path(__file__).parents[3] / "docs" / "CONFIGURATION.md"
GOOD = '[acme.a]\ndirectory = "https://ca.test/dir"\n'


def load(folder: Path, text: str) -> Settings:
    file = folder / "ops.toml"
    file.write_text(text)
    file.chmod(0o600)
    return Settings.load(file, panels={})


def test_a_server_as_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("x")
    more = 'ca_bundle = "/ca.pem"\nemail = "o@p.test"\neab_key_id = "i"\neab_key_file = "k"\ndefault_for = "all"\n'
    assert load(tmp_path, GOOD + more).acme == {
        "a": AcmeTable("https://ca.test/dir", "", "/ca.pem", "o@p.test", "i", tmp_path / "k", ("all",))
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[acme.a]\n", "ops.toml:1: acme.a: found no `directory`, expected `directory = …` in this table"),
        ('[acme.a]\ndirectory = "http://ca.test/d"', 'ops.toml:2: acme.a.directory: found \'http://ca.test/d\', expected the https:// address of an ACME directory'),
        ('[acme.a]\ndirectory = "https://u:p@ca.test/d"', "acme.a.directory: found an address with a user or password, expected the https:// address of an ACME directory"),
        ('[acme.a]\ndirectory = ""', "acme.a.directory: found an empty text, expected the https:// address of an ACME directory"),
        (GOOD + 'test_directory = "ca.test"', 'ops.toml:3: acme.a.test_directory: found \'ca.test\', expected the https:// address of an ACME directory'),
        (GOOD + 'ca_bundle = "ca.pem"', 'acme.a.ca_bundle: found "ca.pem" (text), expected an absolute path: it is a file of the host'),
        (GOOD + 'email = "ops"', 'acme.a.email: found "ops" (text), expected an e-mail address'),
        (GOOD + 'email = "--x @y"', 'acme.a.email: found "--x @y" (text), expected a text without blanks that begins with no dash'),
        (GOOD + 'eab_key_id = "k"', "ops.toml:3: acme.a.eab_key_id: found no `eab_key_file` beside it, expected both, for an external account binding"),
        (GOOD + 'eab_key_file = "k"', "acme.a.eab_key_file: found no `eab_key_id` beside it, expected both, for an external account binding"),
        (GOOD + 'eab_key_id = "k"\neab_key_file = "none"', "acme.a.eab_key_file: found FOLDER/none, expected a file that exists"),
        (GOOD + 'eab_hmac = "c2VjcmV0"', 'ops.toml:3: acme.a.eab_hmac: found a key (not shown), expected eab_key_file = "FILE": no key stands in the configuration, where others read it'),
        (GOOD + 'mail = "x"', "acme.a.mail: found an unknown key (did you mean email?)"),
        ('[acme."a b"]\ndirectory = "https://ca.test/d"', "acme.\"a b\": found the name 'a b', expected a name of letters, digits and . _ -"),
        ("acme = 3", "acme: found 3, expected a table"),
        ("[acme]\na = 3", "acme.a: found 3, expected a table"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as told:
        load(tmp_path, text)
    [problem, *_] = told.value.problems
    said = (
        str(problem)
        .replace(f"{tmp_path}/", "")
        .replace(str(tmp_path), "FOLDER")
        .replace("found none", "found FOLDER/none")
    )
    assert said.endswith(message)
    assert "c2VjcmV0" not in str(told.value)


def test_every_mistake_of_a_table_is_told_at_once(tmp_path: Path) -> None:
    text = '[acme.a]\ndirectory = "x"\nca_bundle = "y"\nemail = 5\neab_key = "s"\neab_key_id = 7\neab_key_file = "k"\n'
    with pytest.raises(SettingsError) as told:
        load(tmp_path, text)
    keys = [problem.key for problem in told.value.problems]
    assert keys == [
        "acme.a.directory",
        "acme.a.ca_bundle",
        "acme.a.email",
        "acme.a.eab_key",
        "acme.a.eab_key_id",
    ]


def test_a_default_for_nobody_is_a_warning(tmp_path: Path) -> None:
    text = (
        GOOD
        + 'default_for = ["@wbe", "web1", "all"]\n[console]\nssh_config = false\n[groups.web]\nhosts = ["web1"]\n[hosts.web1]\n'
    )
    (warning,) = load_inventory(load(tmp_path, text), panels={}).warnings
    place, _, words = warning.partition(": ")
    assert place.endswith(f"ops.toml:{GOOD.count(chr(10)) + 1}")
    assert words == "acme.a.default_for: found '@wbe', expected a host, @group or all (did you mean @web?)"


def test_every_key_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    said = set(re.findall(r"(\w+) = ", text))
    assert {field.name for field in key_names(AcmeTable).values()} <= said
