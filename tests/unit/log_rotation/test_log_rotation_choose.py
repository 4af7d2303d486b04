"""Which files go, which are compressed, and what really comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.recipes.log_rotation.choose import MOST_FILES, choose, cutoff, fits, freed_bytes
from opsconsole.recipes.log_rotation.files import File
from opsconsole.recipes.log_rotation.opened import Opened, OpenFile
from opsconsole.recipes.recipe import PlanError
from tests.unit.log_rotation.log_rotation_samples import DAY, MIB, NOW, disk, host, old, values, wanted


def paths(files: list[File]) -> list[str]:
    return [one.path.decode() for one in files]


def test_old_ones_go_the_newest_of_each_log_stay() -> None:
    family = [old(f"/var/log/a.log.{n}", days=20 + 10 * n) for n in range(1, 6)]
    other = [old("/var/log/b.log.1.gz", days=400), old("/var/log/b.log.2.gz", days=500)]
    chosen = choose(host(*family, *other).look, Opened(), wanted(keep="2"))
    assert paths(chosen.delete) == [f"/var/log/a.log.{n}" for n in (5, 4, 3)]
    assert choose(host(*family, *other).look, Opened(), wanted(keep="0", older_than="450d")).delete == [
        other[1]
    ]
    assert choose(host(*family).look, Opened(), wanted(delete="no")).delete == []


@pytest.mark.parametrize(
    "name", ["app.2024-01-{:02}.{}.log.gz", "app-2024-01-{:02}-{}.log.gz", "app-01-{:02}-2024-{}.log.gz"]
)
def test_what_java_rolls_by_day_and_number_is_of_one_log(name: str) -> None:
    files = [old(f"/var/log/{name.format(day, n)}", days=90 - day) for day in range(1, 29) for n in range(3)]
    assert len(choose(host(*files).look, Opened(), wanted(keep="3")).delete) == len(files) - 3


def test_what_only_keep_holds_back_is_told() -> None:
    dumps = [old(f"/var/log/dump-{n:02}.hprof", days=60 + n) for n in range(20)]
    young = old("/var/log/young.hprof", days=1)
    chosen = choose(host(*dumps, young).look, Opened(), wanted(patterns="*.hprof"))
    assert (chosen.delete, chosen.kept) == ([], dumps)
    assert choose(host(*dumps, young).look, Opened(), wanted(keep="0")).kept == []
    assert choose(host(*dumps).look, Opened(), wanted(delete="no")).kept == []
    holder = OpenFile(7, *dumps[0].identity, 1, 1, 1, writes=False, path=dumps[0].path)
    assert choose(host(*dumps).look, Opened([holder]), wanted()).kept == dumps[1:]


def test_what_a_process_holds_open_stays_and_is_told() -> None:
    one, two = old("/var/log/a.log.1"), old("/var/log/a.log.2")
    holder = OpenFile(7, one.device, one.inode, 1, 1, 1, writes=False, path=one.path)
    chosen = choose(host(one, two).look, Opened([holder]), wanted(keep="0"))
    assert (chosen.delete, chosen.open, chosen.compress) == ([two], [one], [])


def test_until_the_target_is_reached_oldest_first() -> None:
    files = [old(f"/var/log/a.log.{n}", days=40 + n, size=100 * MIB) for n in range(5)]
    room = disk(total=1000 * MIB, free=100 * MIB)
    chosen = choose(host(*files, disks=(room,)).look, Opened(), wanted(keep="0", target_free="25%"))
    assert sorted(paths(chosen.delete)) == ["/var/log/a.log.3", "/var/log/a.log.4"]
    assert chosen.short == []
    chosen = choose(host(*files, disks=(room,)).look, Opened(), wanted(keep="0", target_free="90%"))
    assert len(chosen.delete) == 5
    assert chosen.short == [51]


def test_hard_links_give_back_only_when_all_names_go() -> None:
    one = old("/var/log/a.log.1", links=2, inode=7)
    two = old("/var/log/b.log.1", links=2, inode=7)
    assert freed_bytes([one]) == 0
    assert freed_bytes([one, two]) == one.allocated_bytes
    hole = old("/var/log/c.log.1", size=100 * MIB, allocated_bytes=4096)
    assert freed_bytes([hole]) == 4096


def test_more_files_than_a_plan_names_the_largest_are_named() -> None:
    files = [old(f"/var/log/d/s{n}.log.1", size=4096 * (1 + n % 7)) for n in range(MOST_FILES + 50)]
    chosen = choose(host(*files).look, Opened(), wanted(keep="0"))
    assert (len(chosen.delete), chosen.left_out) == (MOST_FILES, 50)
    assert chosen.left_out_bytes == 50 * 4096
    assert freed_bytes(chosen.delete) + chosen.left_out_bytes == freed_bytes(files)


def test_what_is_compressed() -> None:
    files = [
        old("/var/log/b.log.2", days=3, size=2 * MIB),
        old("/var/log/b.log.1", days=3),
        old("/var/log/b.log.3.gz", days=3),
        old("/var/log/tiny.log.1", days=3, size=100),
        old("/var/log/today.log.1", days=0.5),
        old("/var/log/twin.log.1", days=3, links=2),
        old("/var/log/both.log.1", days=3),
        old("/var/log/both.log.1.gz", days=3),
    ]
    chosen = choose(host(*files).look, Opened(), wanted())
    assert paths(chosen.compress) == ["/var/log/b.log.1", "/var/log/b.log.2"]
    assert choose(host(*files).look, Opened(), wanted(compress="no")).compress == []


def test_compressing_goes_smallest_first_as_far_as_there_is_room() -> None:
    files = [
        old("/var/log/a.log.1", size=MIB),
        old("/var/log/b.log.1", size=4 * MIB),
        old("/var/log/c.log.1", size=50 * MIB),
    ]
    some = fits(files, {51: MIB}, 0.25)
    assert paths(some.files) == ["/var/log/a.log.1", "/var/log/b.log.1"]
    assert paths(some.left_out) == ["/var/log/c.log.1"]
    assert fits(files, {51: 0}, 0.25).files == []
    assert len(fits(files, {51: 500 * MIB}, 0.25).files) == 3


@given(age=st.floats(0, 400 * DAY), now=st.integers(10**9, 2 * 10**9))
def test_the_cutoff_is_never_younger_than_the_age(age: float, now: int) -> None:
    found = cutoff(now, age)
    assert found <= now - age + 1
    assert found > now - age - 3601
    if age >= DAY:
        assert (
            cutoff(found + int(age), age) == cutoff(found + int(age) + 3599 - found % 1, age)
            or found % 3600 == 0
        )


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 100), st.integers(0, 2**20)), max_size=30))
def test_nothing_young_is_ever_chosen_and_each_log_keeps_its_newest(made: list[tuple[int, int, int]]) -> None:
    files = [
        old(f"/var/log/l{log}.log.{n}", days=days, size=size) for n, (log, days, size) in enumerate(made)
    ]
    chosen = choose(host(*files).look, Opened(), wanted(keep="1"))
    assert all(NOW - one.modified_at >= 30 * DAY for one in chosen.delete)
    for log in {log for log, _, _ in made}:
        family = [one for one in files if one.path.startswith(b"/var/log/l%d." % log)]
        assert max(family, key=lambda one: one.modified_at).modified_at in {
            one.modified_at for one in family if one not in chosen.delete
        }
    assert not {one.path for one in chosen.delete} & {one.path for one in chosen.compress}


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"paths": "/"}, "paths: / is no folder of logs"),
        ({"paths": "/var"}, "/var is no folder"),
        ({"paths": "/var/log/../../etc"}, "/etc is no folder"),
        ({"paths": "/usr/share/doc"}, "no folder of logs"),
        ({"paths": "var/log"}, "not an absolute path"),
        ({"patterns": "*"}, "matches live files too"),
        ({"patterns": "*.?*"}, "matches live files too"),
        ({"patterns": "../x"}, "has a slash"),
        ({"docker": "volumes"}, "volumes are never touched"),
        ({"drop_in": "app"}, "go together"),
        ({"logs": "/var/log/a.log"}, "go together"),
        ({"logs": "/var/log/a b.log", "drop_in": "app"}, "without blanks"),
        ({"logs": "/var/log/a{.log", "drop_in": "app"}, "braces"),
        ({"logs": "/var/log/a.log", "drop_in": "../app"}, "plain name"),
        ({"rotate": "drop-in"}, "needs drop_in"),
        ({"rotate": "/etc/passwd"}, "a file in /etc/logrotate.d"),
        ({"rotate": "/etc/logrotate.d/../passwd"}, "a file in /etc/logrotate.d"),
        ({"reopen": "orders=KILL"}, "reopen"),
        ({"reopen": "orders.service=TERM"}, "HUP, USR1, USR2"),
        ({"quarantine": "old"}, "not an absolute path"),
    ],
)
def test_parameters_that_contradict_or_are_dangerous(given_: dict[str, str], said: str) -> None:
    with pytest.raises(PlanError, match=said.replace("(", r"\(")):
        wanted(**given_)


def test_folders_below_others_are_looked_at_once() -> None:
    assert wanted(paths="/var/log/app,/var/log,/srv/app/logs,/usr/local/x/log").paths == (
        b"/srv/app/logs", b"/usr/local/x/log", b"/var/log")  # fmt: skip
    assert values()["paths"] == ("/var/log",)
