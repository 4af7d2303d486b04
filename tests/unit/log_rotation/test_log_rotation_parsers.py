"""What hosts answered, and what anybody could answer."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opsconsole.recipes.log_rotation import facts, host_tools, look, opened
from opsconsole.recipes.log_rotation.files import File, of_token
from opsconsole.recipes.log_rotation.names import show
from opsconsole.recipes.log_rotation.scripts import script
from opsconsole.recipes.paths import escape, unescape
from opsconsole.recipes.recipe import PlanError
from tests.unit.log_rotation import log_rotation_samples as samples
from tests.unit.log_rotation.log_rotation_samples import HOSTS, captured
from tests.work import lines_run

FOLDER = b"/run/lab-d-cap/"
PATHS = st.binary(max_size=300).map(lambda raw: b"/" + raw.replace(b"\0", b""))


@pytest.mark.parametrize("host", HOSTS)
def test_the_files_of_a_real_host(host: str) -> None:
    seen = look.parse(captured(host, "look"))
    assert seen.complete
    assert seen.problems == [(b"/nowhere", "there is no such folder")]
    (room,) = seen.file_systems.values()
    assert room.mount == b"/run"
    assert room.total_bytes == 64 * 1024 * 1024
    assert 0 < room.free_bytes < room.total_bytes
    assert 0 < room.used_percent < 10
    by_path = {one.path: one for one in seen.files}
    assert len(by_path) == len(seen.files) == 15
    first = by_path[FOLDER + b"a.log.1"]
    assert (first.size_bytes, first.allocated_bytes, first.links) == (13893, 16384, 1)
    assert first.mode == 0o100644
    assert by_path[FOLDER + b"a.log.3"].identity == by_path[FOLDER + b"same.log.3"].identity
    assert by_path[FOLDER + b"a.log.3"].freed_bytes == 0
    assert FOLDER + b"new\nline.log.1" in by_path
    assert FOLDER + b"bytes \xff\xfe\x81\x88.log.1" in by_path
    assert max(len(one.name) for one in seen.files) == 255
    assert {
        one.modified_at for one in seen.files if b"a.log" not in one.path and b"same" not in one.path
    } == {1577836800}


@pytest.mark.parametrize("host", HOSTS)
def test_the_open_files_of_a_real_host(host: str) -> None:
    seen = opened.parse(captured(host, "open"))
    assert seen.complete
    ours = {one.path: one for one in seen.files if one.path.startswith(FOLDER)}
    assert set(ours) == {FOLDER + b"a.log", FOLDER + b"gone.log", FOLDER + b"a.log.3"}
    assert ours[FOLDER + b"a.log"].writes
    assert not ours[FOLDER + b"a.log.3"].writes
    gone = ours[FOLDER + b"gone.log"]
    assert (gone.links, gone.size_bytes, gone.allocated_bytes) == (0, 8, 4096)
    process = seen.processes[gone.pid]
    assert process.command == "sleep"
    assert process.program in {b"/usr/bin/sleep", b"/bin/busybox"}
    assert process.start > 0
    assert seen.holders()[gone.device, gone.inode] == [gone]


def test_the_tools_of_real_hosts() -> None:
    tool = host_tools.logrotate(captured("web1", "logrotate"))
    assert (tool.version, tool.errors, tool.said) == ("logrotate 3.21.0", 0, ())
    assert "/etc/logrotate.conf" in tool.files
    assert tool.files["/etc/logrotate.conf"].startswith(b'# see "man logrotate"')
    assert host_tools.logrotate(captured("busy1", "logrotate")).version == ""
    assert host_tools.journals(captured("busy1", "journal")) is None
    journals = host_tools.journals(captured("web1", "journal"))
    assert journals is not None
    assert (journals[0].folder, journals[0].active_bytes, journals[0].active_files) == (
        "/var/log/journal",
        50339840,
        6,
    )
    logs = {one.file.path: one for one in host_tools.live_logs(captured("web1", "logs"))}
    nginx = logs[b"/var/log/nginx/error.log"]
    assert (nginx.file.mode, nginx.parent_group, nginx.needs_su) == (0o100640, "adm", False)
    assert nginx.free_bytes > 0
    room = facts._room(captured("web1", "room"))
    assert (room.state, room.sets) == ("ok", ())


def blob(status: int, files: int = 0) -> bytes:
    """Return what look.sh writes when find ended so."""
    record = [b"now 1700000000", b"folder ok 51 /var/log", b"space 4096 1000 500 400 100 50", b"mount /var"]
    record += [b"file 51 %d 1 9 8 1600000000.5 644 d/a.log.%d" % (n, n) for n in range(files)]
    return b"\0".join([*record, b"done %d" % status, b"end", b""])


@pytest.mark.parametrize(
    ("status", "complete"), [(0, True), (1, True), (2, False), (137, False), (141, False)]
)
def test_how_find_ended_is_heeded(status: int, complete: bool) -> None:
    seen = look.parse(blob(status))
    assert seen.complete is complete
    said = [(b"/var/log", f"find ended with status {status}: not all of it was seen")]
    assert seen.problems == (said if status else [])


def test_the_event_loop_reads_no_list_of_files() -> None:
    """However many there are: what reads and sorts them is not run in its thread."""
    from opsconsole.recipes.log_rotation import RECIPE

    given_ = samples.values(compress="no")
    answers = {what: captured("web1", what) for what in ("open", "logrotate")}

    def lines(files: int) -> int:
        shell = samples.AnsweringShell(answers | {"look": blob(0, files)})
        return lines_run(lambda: asyncio.run(RECIPE.facts(shell, given_)))  # type: ignore[arg-type]

    lines(1)  # what is imported late
    assert lines(1000) - lines(10) < 500


PARSERS: list[Callable[[bytes], Any]] = [
    look.parse,
    opened.parse,
    host_tools.logrotate,
    host_tools.live_logs,
    host_tools.journals,
    host_tools.docker,
    facts._room,
]
WORDS = st.sampled_from(
    b"now|folder ok|space|mount|file|done|open|link|process|group|errors|conf|log|parent|journal|container|"
    b"image|volume|cache|record|uses|room ok|set|end|end\n".split(b"|")
)
NUMBERS = st.integers(-(2**70), 2**70).map(lambda number: str(number).encode())
RECORD = st.tuples(WORDS, st.lists(st.one_of(NUMBERS, st.binary(max_size=20)), max_size=9)).map(
    lambda pair: b" ".join([pair[0], *pair[1]])
)


@pytest.mark.parametrize("parse", PARSERS)
@given(
    raw=st.one_of(
        st.binary(max_size=400), st.lists(RECORD, max_size=12).map(lambda parts: b"\0".join(parts) + b"\0")
    )
)
@settings(max_examples=60, deadline=None)
@example(raw=b"")
@example(raw=b"conf /etc/logrotate.conf\0")
@example(raw=b"now " + b"9" * 5000 + b"\0")
def test_whatever_a_host_answers_there_are_facts_or_a_declared_error(
    parse: Callable[[bytes], Any], raw: bytes
) -> None:
    try:
        parse(raw)
    except PlanError as error:
        assert len(str(error)) < 1000


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(("what", "parse"), [("look", look.parse), ("open", opened.parse)])
def test_an_answer_that_was_cut_anywhere_is_never_taken_for_whole(
    host: str, what: str, parse: Callable[[bytes], Any]
) -> None:
    raw = captured(host, what)
    for length in range(0, len(raw), 37):
        try:
            assert not parse(raw[:length]).complete
        except PlanError:
            continue


@given(path=PATHS)
def test_a_path_survives_being_a_line(path: bytes) -> None:
    line = escape(path)
    assert line.isprintable()
    assert " " not in line
    assert unescape(line) == path
    assert show(path).isprintable()


@given(text=st.text(max_size=60))
def test_what_is_no_escaped_path_is_refused(text: str) -> None:
    try:
        path = unescape(text)
    except ValueError:
        return
    assert unescape(escape(path)) == path


@given(
    path=PATHS,
    numbers=st.lists(st.integers(0, 2**62), min_size=5, max_size=5),
    mode=st.integers(0, 0o7777),
    blocks=st.integers(0, 2**40),
)
def test_a_file_survives_being_a_line(path: bytes, numbers: list[int], mode: int, blocks: int) -> None:
    device, inode, size, modified, links = numbers
    one = File(path, device, inode, size, modified, 0o100000 | mode, links, blocks * 512)
    assert of_token(one.token) == one


@given(paths=st.lists(PATHS, min_size=1, max_size=40))
@settings(max_examples=15, deadline=None)
def test_sh_reads_back_every_byte_of_every_path(paths: list[bytes]) -> None:
    """The scripts' own `decode`, in the sh of this machine."""
    text = script("nothing") + 'while read -r escaped; do decode "$escaped"; printf "%s\\0" "$path"; done'
    lines = "".join(f"{escape(path)}\n" for path in paths)
    done = subprocess.run(["sh", "-c", text], input=lines.encode(), capture_output=True, check=True)
    assert done.stdout.split(b"\0")[:-1] == paths


def test_docker_s_lists() -> None:
    raw = (
        "container " + "a" * 64 + " exited 2026-01-02T03:04:05.123456789Z 1234 /web-old\n"
        "container " + "b" * 64 + " created 0001-01-01T00:00:00Z 0 /never-ran\n"
        "image sha256:" + "c" * 64 + " 5000000 2026-01-02T03:04:05Z\n"
        "image $(reboot) 1 2026-01-02T03:04:05Z\n"
        "volume data\nvolume pg_data-1\ncache 1.5GB\nend\n"
    ).encode()
    records = (
        "uses sha256:" + "c" * 64 + " " + "a" * 64 + "\nuses sha256:" + "c" * 64 + " " + "d" * 64 + "\n"
        "record vfhjms4nbkae source.local false false 4.13MB\n"
        "record upepnhrjjcfr regular false false 3.15MB\n"
        "record q5czoo443zg9 regular false true 2B\n"  # an image shares it
        "record q5czoo443zg8* regular true false 9MB\n"  # a build uses it
        "record sr265r4jb8we internal false false 9MB\n"
        "record $(reboot) regular false false 1MB\n"
    ).encode()
    found = host_tools.docker(raw)
    assert found is not None
    assert [(one.kind, one.size_bytes, one.name) for one in found.things] == [
        ("container", 1234, "web-old"),
        ("container", 0, "never-ran"),
        ("image", 5000000, "c" * 12),
    ]
    assert found.things[1].since == float("inf")
    assert found.volumes == ("data", "pg_data-1")
    assert (found.cache_bytes, found.records, found.users) == (1_500_000_000, (), {})
    listed = host_tools.docker(raw.replace(b"end\n", records + b"end\n"))
    assert listed is not None
    # The records that go, and not docker's own sum over all of them.
    assert (listed.cache_bytes, listed.records) == (7_280_000, ("upepnhrjjcfr", "vfhjms4nbkae"))
    assert listed.users == {"sha256:" + "c" * 64: {"a" * 64, "d" * 64}}
    with pytest.raises(PlanError, match="cut"):
        host_tools.docker(raw[:-5])
    assert host_tools.docker(b"absent\nend\n") is None


async def test_facts_of_captured_answers() -> None:
    """From the raw bytes of a host to the same facts each time."""
    from opsconsole.recipes.log_rotation import RECIPE

    answers = {what: captured("web1", what) for what in ("look", "open", "logrotate", "journal", "room")}
    shell = samples.AnsweringShell(answers | {"sample": b"262144 52428\n"})
    given_ = samples.values(paths="/run/lab-d-cap", patterns="*.log.[0-9]*", keep="0")
    one = await RECIPE.facts(shell, given_)  # type: ignore[arg-type]
    assert one.binding["delete"] == (await RECIPE.facts(shell, given_)).binding["delete"]  # type: ignore[arg-type]
    assert len(one.binding["delete"]) == 11
    assert all(command.sudo for command in shell.commands)
    assert "sleep" in str(one.shown["writers"])
    assert [entry["path"] for entry in one.shown["deleted_open"]] == ["/run/lab-d-cap/gone.log"]
