"""Whatever is in an ssh_config: reading it ends with values or warnings, soon, and runs nothing."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsconsole.console.sources.ssh_config import HopError, SshConfig, parse_hop
from tests.work import light

KEYWORDS = [
    "Host",
    "Match",
    "Include",
    "ProxyJump",
    "IdentityFile",
    "Port",
    "HostName",
    "exec",
    "final",
    "host",
]
SIGNS = ["a", "*", "!a", '"', "'", "\\", "=", "#", "%h", "%", "${X}", "~", "~x", "none", ",", "@", "ssh://"]
WHITE = ["\n", "\n ", "\t", "\0"]
WORDS = st.sampled_from([*KEYWORDS, *SIGNS, *WHITE])
CONTENTS = st.one_of(
    st.binary(max_size=200), st.lists(WORDS, max_size=30).map(lambda words: " ".join(words).encode())
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=CONTENTS, name=st.text(max_size=8))
def test_any_bytes_are_values_or_warnings(content: bytes, name: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_bytes(content)
    config = SshConfig.read([file], home=tmp_path)
    for host in [name, "a", *config.names()]:
        resolved = config.resolve(host)
        for located in resolved.fields.values():
            assert located.origin.file == file
            assert located.origin.line is not None
    for hop in (hop for host in config.names() for hop in _jump(config, host)):
        parse_hop(hop)


def _jump(config: SshConfig, host: str) -> tuple[str, ...]:
    located = config.resolve(host).fields.get("jump")
    return () if located is None or "%" in str(located.value) else located.value


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_is_a_hop_or_none(text: str) -> None:
    try:
        hop = parse_hop(text)
    except HopError:
        return
    assert hop.host
    assert not hop.host.startswith("-")
    assert not any(character.isspace() for character in hop.host)
    assert hop.port is None or 0 < hop.port < 65536


def test_files_that_include_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(f"Include {tmp_path}/b\nInclude {tmp_path}/b\nHost h\n User u\n")
    (tmp_path / "b").write_text(f"Include {tmp_path}/a\nInclude {tmp_path}/a\n")
    config = light(200, lambda: SshConfig.read([tmp_path / "a"], home=tmp_path))
    assert light(200, lambda: config.resolve("h")).fields["user"].value == "u"
    assert any("more than 16 includes within each other" in warning for warning in config.warnings)
    assert any("more than 1000 files are included" in warning for warning in config.warnings)
    assert len(config.warnings) <= 200


def test_patterns_made_to_be_slow_are_not(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("Host " + "*a" * 30 + "b\n User u\n")
    config = SshConfig.read([tmp_path / "a"], home=tmp_path)
    assert light(20, lambda: config.resolve("a" * 60)).fields == {}


def test_includes_are_relative_to_the_ssh_folder_of_the_home(tmp_path: Path) -> None:
    (tmp_path / ".ssh" / "conf.d").mkdir(parents=True)
    (tmp_path / ".ssh" / "conf.d" / "one").write_text("Host h\n Port 1\n")
    (tmp_path / "tilde").write_text("Host h\n User t\n")
    (tmp_path / "config").write_text("Include conf.d/* ~/tilde\n")
    fields = SshConfig.read([tmp_path / "config"], home=tmp_path).resolve("h").fields
    assert (fields["port"].value, fields["user"].value) == (1, "t")


def test_an_unreadable_include_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(f"Include {tmp_path}\nHost h\n")
    config = SshConfig.read([tmp_path / "config"], home=tmp_path)
    assert config.warnings == (f"{tmp_path}: cannot be read: Is a directory",)
    assert list(config.names()) == ["h"]


def test_hosts_that_no_block_lets_match_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "inc").write_text("Host a\nHost b\n")
    (tmp_path / "config").write_text(f"Host a\n Include {tmp_path}/inc\nHost c !c\nHost d*\nHost e f\n")
    assert list(SshConfig.read([tmp_path / "config"], home=tmp_path).names()) == ["a", "e", "f"]
