"""Process lists: odd names, reused ids, hidden processes, cut lists, page sizes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsconsole.panels.panel import Cadence
from opsconsole.panels.resources import processes
from opsconsole.panels.resources.probe import SECTIONS
from opsconsole.panels.resources.processes import ProcessReader

T0 = datetime(2026, 11, 20, tzinfo=UTC)


def line(pid: int, name: str, ticks: int = 0, start: int = 5, pages: int = 10) -> str:
    return f"{pid} ({name}) S 1 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1 0 {start} 1000 {pages} 1 1 1 1"


def listing(uptime: float, count: int, *lines: str) -> bytes:
    return "\n".join([f"{uptime} {count}", *lines, ""]).encode()


def reader(page: bytes = b"4096\n100\n") -> ProcessReader:
    made = ProcessReader()
    made.set_units(page)
    return made


def test_cpu_is_of_one_core_by_the_hosts_clock_and_summed_by_name() -> None:
    one = reader()
    first = one.read(listing(100, 3, line(1, "init"), line(7, "php-fpm", 50), line(8, "php-fpm", 60)), T0)
    assert first is not None
    assert first.by_cpu == ()
    assert first.names_by_cpu == ()
    second = one.read(listing(102, 3, line(1, "init"), line(7, "php-fpm", 150), line(8, "php-fpm", 260)), T0)
    assert second is not None
    assert [(p.pid, p.cpu_percent) for p in second.by_cpu] == [(8, 100), (7, 50), (1, 0)]
    assert second.names_by_cpu[0] == ("php-fpm", 150)
    assert second.by_rss[0].rss_bytes == 40960


@pytest.mark.parametrize("name", ["tmux: server", "a) S (b", "((x))", "a b c d"])
def test_odd_names(name: str) -> None:
    table = reader().read(listing(1, 1, line(1, name, pages=3)), T0)
    assert table is not None
    assert (table.by_rss[0].name, table.by_rss[0].rss_bytes) == (name, 3 * 4096)


@pytest.mark.parametrize(
    "name", ["a\nb", "\n7 (evil", "x) y\n7 (evil", "a\n\nb\nc", "\n\n\n", "1 (\n2 (\n3 ("]
)
def test_a_name_of_several_lines_is_one_process(name: str) -> None:
    text = listing(1, 3, line(1, "init", pages=2), line(810, name, pages=3), line(811, "sh", pages=1))
    table = reader().read(text, T0)
    assert table is not None
    assert table.read_count == 3
    assert [(one.pid, one.rss_bytes) for one in table.by_rss] == [(810, 12288), (1, 8192), (811, 4096)]
    assert table.by_rss[0].name.split() == name.split()


def test_a_reused_id_is_a_new_process() -> None:
    one = reader()
    one.read(listing(100, 1, line(7, "old", 50, start=5)), T0)
    table = one.read(listing(102, 1, line(7, "new", 90, start=9)), T0)
    assert table is not None
    assert table.by_cpu == ()


def test_cut_and_hidden_lists_say_so() -> None:
    cut = reader().read(listing(1, 9000, line(1, "a"), line(2, "b"))[:-10], T0)
    assert cut is not None
    assert (cut.count, cut.read_count, cut.only_own) == (9000, 2, False)
    assert [one.pid for one in cut.by_rss] == [1]  # The other's size was cut: it is not known.
    own = reader().read(listing(1, 1, line(812, "sshd")), T0)
    assert own is not None
    assert own.only_own


def test_large_pages_and_unknown_pages() -> None:
    large = reader(b"65536\n100\n").read(listing(1, 1, line(1, "a", pages=2)), T0)
    assert large is not None
    assert large.by_rss[0].rss_bytes == 131072
    unknown = ProcessReader().read(listing(1, 1, line(1, "a", pages=2)), T0)
    assert unknown is not None
    assert unknown.by_rss == ()


def test_a_page_size_that_comes_later_sizes_the_table_there_is() -> None:
    one = ProcessReader()
    one.read(listing(1, 1, line(1, "a", pages=2)), T0)
    assert one.sized() is None
    one.set_units(b"4096\n100\n")
    table = one.sized()
    assert table is not None
    assert (table.taken_at, table.by_rss[0].rss_bytes, table.names_by_rss) == (T0, 8192, (("a", 8192),))
    assert one.sized() is None


def test_a_list_is_cut_when_many_are_missing_and_not_when_a_few_have_ended() -> None:
    def table(count: int) -> bool:
        lines = [line(pid, "a") for pid in range(1, 101)]
        found = reader().read(listing(1, count, *lines), T0)
        assert found is not None
        return found.is_cut

    assert [table(count) for count in (100, 110, 111, 4000)] == [False, False, True, True]


NAMED = """
import pathlib, sys
pathlib.Path("/proc/self/comm").write_text(sys.argv[1])
print(flush=True)
sys.stdin.read()
"""


NAMES = ["plain", "a) S 1 2 (b", "x\ny) z", "1 (\n2 (\n3 ("]


@pytest.fixture
def named(request: pytest.FixtureRequest) -> Iterator[tuple[int, str]]:
    """Run a process of that name."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", NAMED, request.param], stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        yield process.pid, request.param
        process.stdin.close()


@pytest.mark.parametrize(
    ("named", "awk"),
    [(name, awk) for name in NAMES for awk in (True, False)] + [("a b c d e f g h", True)],
    indirect=["named"],
)
@pytest.mark.parametrize("shell", [["dash"], ["busybox", "ash"], ["bash"]], ids=lambda shell: shell[-1])
def test_the_script_tells_of_every_process_with_awk_and_without(
    shell: list[str],
    awk: bool,
    named: tuple[int, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pid, name = named
    shell = [str(shutil.which(shell[0])), *shell[1:]]
    for tool in ("cut", "head", *(["awk"] if awk else [])):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    script = next(one.script for one in SECTIONS if one.cadence is Cadence.FOCUS)
    told = subprocess.run(
        [*shell, "-c", script], env={"PATH": str(tmp_path)}, capture_output=True, check=True
    )
    assert told.stdout.split(b"\n", 1)[0].endswith(b" short") is awk
    monkeypatch.setattr(processes, "_TOP", 100_000)
    table = reader(b"%d\n100\n" % os.sysconf("SC_PAGE_SIZE")).read(told.stdout, T0)
    assert table is not None
    assert not table.is_cut
    [mine] = [one for one in table.by_rss if one.pid == pid]
    pages = int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[21])
    assert (mine.name.split(), mine.rss_bytes) == (name.split(), pages * os.sysconf("SC_PAGE_SIZE"))
