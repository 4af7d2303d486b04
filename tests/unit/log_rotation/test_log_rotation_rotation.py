"""Rotating now: what can be taken back, and that its undo knows every name and every writer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data import logrotate
from opsconsole.recipes.log_rotation.opened import Opened
from opsconsole.recipes.log_rotation.rotation import MOST_OLDER, Rotated, moved, rotated
from tests.unit.log_rotation.log_rotation_samples import (
    CONFIG,
    MIB,
    NGINX,
    RULE,
    host,
    live,
    named,
    old,
    planned,
    writing,
)

LOG = "/var/log/nginx/access.log"
OLDER = ("access.log.1", "access.log.2.gz")


def of(rule: bytes, *older: str, **changes: object) -> Rotated:
    """Return how the log is rotated by this rule when it has these rotated logs."""
    one = live(LOG, older=tuple(name.removeprefix("access.log") for name in older), **changes)
    (found,) = rotated(logrotate.parse(CONFIG | {NGINX: rule}).rules, [one], writing(one))
    return found


def with_(*lines: bytes) -> bytes:
    return RULE.replace(b"  daily\n", b"  daily\n" + b"".join(b"  %s\n" % line for line in lines))


@pytest.mark.parametrize(
    ("rule", "older", "why"),
    [
        (RULE, OLDER, ""),
        (RULE, ("access.log.3.gz",), "deletes the oldest"),
        (RULE, ("access.log.3",), "deletes the oldest"),
        (RULE, ("access.log.4.gz",), "deletes the oldest"),
        (RULE, ("access.log.5.gz",), ""),
        (RULE.replace(b"delaycompress", b"sharedscripts"), (), "compresses the log at once"),
        (RULE.replace(b"create", b"copytruncate"), (), "lines written while it copies are lost"),
        (RULE.replace(b"rotate 3", b""), (), "deletes the oldest"),
        (RULE.replace(b"rotate 3", b"rotate -1"), OLDER, ""),
        (with_(b"maxage 3"), (), "deletes by age"),
        (with_(b"olddir old"), (), "another folder"),
        (with_(b"copy"), (), "copies the log"),
        (with_(b"shred"), (), "shreds"),
        (with_(b"dateext"), ("access.log-20260101", "access.log-20260102"), ""),
        (with_(b"dateext"), ("access.log-1", "access.log-2", "access.log-3"), "deletes the oldest"),
        (with_(b"dateext", b"dateformat .%Y%m%d"), (), "names rotated logs in a way of its own"),
        (with_(b"dateformat .%Y%m%d"), (), ""),
        (with_(b"extension .log"), (), "names rotated logs in a way of its own"),
        (with_(b"addextension .log"), (), "names rotated logs in a way of its own"),
        (with_(b"start 0"), (), "names rotated logs in a way of its own"),
        (with_(b"compressext .xz"), (), "compresses in a way of its own"),
        (with_(b"compresscmd /usr/bin/xz"), (), "compresses in a way of its own"),
        (with_(b"compressext .xz").replace(b"  compress\n", b""), (), ""),
        (with_(b"lastaction", b"reload", b"endscript"), (), "lastaction"),
        (with_(b"firstaction", b"stop", b"endscript"), (), "firstaction"),
        (with_(b"prerotate", b"true", b"endscript"), (), ""),
        (RULE.replace(b"reload", b"kill -USR1 $(cat /run/a.pid)"), (), ""),
        (RULE.replace(b"reload", b'reload "$1"'), (), "asks which log"),
        (RULE, ("access.log.1", "access.log.1.gz"), "the same name"),
        (RULE, ("access.log.0.gz",), "the same name"),
        (RULE, tuple(f"access.log-x{n}" for n in range(MOST_OLDER + 1)), "too many rotated logs"),
    ],
)
def test_whether_a_rotation_can_be_taken_back(rule: bytes, older: tuple[str, ...], why: str) -> None:
    found = of(rule, *older)
    assert why in found.why_not if why else not found.why_not
    assert found.written


@pytest.mark.parametrize(
    ("older", "compress", "dated", "names"),
    [
        ([".2", ".1"], False, False, {".1": ".2", ".2": ".3"}),
        ([".1", ".2.gz", ".10.gz"], True, False, {".1": ".2.gz", ".2.gz": ".3.gz", ".10.gz": ".11.gz"}),
        # What the rule would not have written it does not move.
        ([".1.gz", ".2"], False, False, {".1.gz": ".1.gz", ".2": ".3"}),
        ([".1", ".2", "-20260101"], True, False, {".1": ".2.gz", ".2": ".2", "-20260101": "-20260101"}),
        (["-20260101", "-20260102.gz", ".1"], True, True,
         {"-20260101": "-20260101.gz", "-20260102.gz": "-20260102.gz", ".1": ".1"}),
        (["-20260101", "-2026010112"], False, True, {"-20260101": "-20260101", "-2026010112": "-2026010112"}),
    ],
)  # fmt: skip
def test_how_rotated_logs_are_moved(
    older: list[str], compress: bool, dated: bool, names: dict[str, str]
) -> None:
    assert moved(older, compress=compress, dated=dated) == names


@given(
    numbers=st.sets(st.integers(1, 60)),
    compress=st.booleans(),
)
def test_the_way_back_is_free_when_the_lowest_comes_first(numbers: set[int], compress: bool) -> None:
    ending = ".gz" if compress else ""
    names = moved([f".{number}{ending}" for number in numbers], compress=compress, dated=False)
    there = set(names.values())
    for was, then in names.items():
        there.remove(then)
        assert was not in there
        there.add(was)
    assert there == set(names)


def test_the_undo_knows_the_names_that_the_steps_before_it_leave() -> None:
    one = live(LOG, older=(".1", ".2", ".3"))
    rules = logrotate.parse(CONFIG | {NGINX: RULE.replace(b"rotate 3", b"rotate 9")}).rules
    files = [old(f"{LOG}.1", days=2), old(f"{LOG}.2", days=5), old(f"{LOG}.3", days=90)]
    plan = planned(host(*files), rotated(rules, [one], writing(one)), keep="0", rotate=NGINX)
    assert [step.name for step in plan.steps] == ["compress-rotated", "delete-old", "rotate", "prove"]
    undo = named(plan, "rotate").undo
    assert undo is not None
    log = f"51 {one.file.inode} {LOG}"
    assert undo.commands[0].stdin == f"{log} .1.gz<.2.gz .2.gz<.3.gz\n".encode()
    assert undo.check.command.stdin == f"yes {log} .1.gz .2.gz\n".encode()
    # Tried, and not worth it: then they are not compressed.
    plain = planned(host(files[0]), rotated(rules, [one], writing(one)), compress="no", rotate=NGINX)
    undo = named(plain, "rotate").undo
    assert undo is not None
    assert undo.check.command.stdin == f"yes {log} .1 .2 .3\n".encode()


def test_the_undo_tells_the_writers_of_every_rule() -> None:
    rule = b"""/var/log/a.log {
      rotate 4
      postrotate
        kill -USR1 $(cat /run/a.pid)
      endscript
    }
    /var/log/b.log /var/log/c.log {
      rotate 4
      postrotate
        kill -USR1 $(cat /run/b.pid)
      endscript
    }
    """
    logs = [live(f"/var/log/{name}.log") for name in "abc"]
    rules = logrotate.parse(CONFIG | {NGINX: rule}).rules
    plan = planned(host(), rotated(rules, logs, Opened()), rotate=NGINX)
    undo = named(plan, "rotate").undo
    assert undo is not None
    scripts = [word.strip() for word in undo.commands[0].argv[5:]]
    assert scripts == ["kill -USR1 $(cat /run/a.pid)", "kill -USR1 $(cat /run/b.pid)"]


def test_copytruncate_without_room_for_the_copy_is_not_planned_and_figures_that_change_do_not_bind() -> None:
    rule = RULE.replace(b"create", b"copytruncate")
    plans = [planned(host(), [of(rule, free_bytes=free)], rotate=NGINX) for free in (1000, 2000, 100 * MIB)]
    assert plans[0].steps == ()
    assert any("copytruncate needs 1.0M for the copy and 1000B are free" in one for one in plans[0].warnings)
    assert plans[0].warnings != plans[1].warnings
    one, other, enough = ([one | {"line": ""} for one in plan.facts["rotate"]] for plan in plans)
    assert one == other
    assert one != enough
