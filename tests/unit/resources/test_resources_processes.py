"""Process lists: odd names, reused ids, hidden processes, cut lists, page sizes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

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
