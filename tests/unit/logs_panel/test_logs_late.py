"""The scripts with tools that end too late: what they did not tell is unknown, and no fact."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.panels.logs import PANEL
from opsconsole.panels.logs.limits import LogsLimits
from opsconsole.panels.logs.probe import DELETED, ERRORS, JOURNAL_SIZE, PRELUDE
from opsconsole.panels.logs.reading import LogsReading, UnitErrors
from opsconsole.panels.logs.view_topics import TOPICS
from opsconsole.panels.panel import Level
from tests.unit.logs_panel.logs_samples import NOW, framed, read

SHELLS = [["dash"], ["busybox", "ash"], ["bash"]]
IDS = [shell[-1] for shell in SHELLS]
TOO_LATE = "journalctl timed out"

# What is named in LATE says what it has, and is ended by the clock.
TIMEOUT = """#!/bin/sh
shift
case "$*" in *$LATE*) "$@"; exit 124 ;; esac
exec "$@"
"""
JOURNALCTL = """#!/bin/sh
entry='{"_SYSTEMD_UNIT":"orders.service","_TRANSPORT":"journal"}'
case "$*" in
*--since=-49h*) echo '1795586400.123456 host orders[7]: end 0' ;;
*--since=-25h*) for one in 1 2 3; do echo "$entry"; done ;;
*) for one in 1 2 3 4 5 6 7 8; do echo "$entry"; done ;;
esac
exit ${FAILS:-0}
"""


@pytest.fixture(params=SHELLS, ids=IDS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    first, *rest = request.param
    return [shutil.which(first) or first, *rest]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    add_tool(folder, "timeout", TIMEOUT)
    add_tool(folder, "journalctl", JOURNALCTL)
    return folder


def add_tool(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(script)
    (folder / name).chmod(0o755)


def said(shell: list[str], tools: Path, script: str, *, late: str = "nothing", **more: str) -> LogsReading:
    """Return the reading of a piece of the `host` section, run with these tools."""
    done = subprocess.run(
        [*shell, "-c", PRELUDE + script],
        capture_output=True,
        timeout=60,
        env={"PATH": f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin", "LATE": late, **more},
        check=True,
    )
    return read({"host": framed(who=b"0 1795671421 1795673622") + done.stdout})


def unread(reading: LogsReading) -> dict[str, str]:
    """Return what is unread, which is never ok."""
    told = PANEL.judge(reading, LogsLimits())
    assert [one.subject for one in told if one.level is Level.UNKNOWN] == [one.what for one in reading.unread]
    return {one.what: one.why for one in reading.unread}


def answer(reading: LogsReading, topic: str) -> str | None:
    return next(one.words(reading, NOW) for one in TOPICS if one.name == topic)


# Errors by unit ----------------------------------------------------------------------------------


@pytest.fixture
def errors(tmp_path: Path) -> str:
    return ERRORS.replace("/run/systemd/system", str(tmp_path)).replace("may=$(access)", "may=readable")


def test_errors_that_were_all_read_are_compared(shell: list[str], tools: Path, errors: str) -> None:
    reading = said(shell, tools, errors)
    assert unread(reading) == {}
    assert reading.errors == (UnitErrors("orders.service", 8, 3),)
    assert reading.errors_compared is True


@pytest.mark.parametrize("late", ["--since=-25h", "--since=-49h"])
def test_errors_are_not_held_against_a_yesterday_that_came_too_late(
    shell: list[str], tools: Path, errors: str, late: str
) -> None:
    reading = said(shell, tools, errors, late=late)
    assert unread(reading) == {"yesterday's errors": TOO_LATE}
    assert reading.errors == (UnitErrors("orders.service", 8, None),)
    assert reading.errors_compared is False
    assert PANEL.judge(reading, LogsLimits(errors_floor=1, errors_times=0.1))[0].level is Level.UNKNOWN
    assert not any(note.what == "yesterday's errors" for note in reading.notes)


@pytest.mark.parametrize(
    ("late", "fails", "why"),
    [("--since=-1h", "0", TOO_LATE), ("nothing", "1", "journalctl failed with status 1")],
)
def test_errors_that_were_not_all_read_are_unknown(
    shell: list[str], tools: Path, errors: str, late: str, fails: str, why: str
) -> None:
    reading = said(shell, tools, errors, late=late, FAILS=fails)
    assert unread(reading) == {"errors by unit": why}
    assert reading.errors is reading.errors_compared is None
    assert answer(reading, "errors") is None


# Deleted files -----------------------------------------------------------------------------------


@pytest.fixture
def deleted(tmp_path: Path) -> Iterator[str]:
    """Return the link of a file that this very process holds open and that is deleted."""
    path = tmp_path / "gone.log"
    with path.open("wb") as file:
        file.write(b"x" * 65536)
        file.flush()
        os.fsync(file.fileno())
        path.unlink()
        yield f"/proc/{os.getpid()}/fd/{file.fileno()}"


def find(listed: str, *, gnu: bool) -> str:
    """Return a `find` that lists one link, or none: as GNU's does, or with `ls` as BusyBox' does."""
    line = listed if gnu or not listed else f"l-wx------ 1 root root 64 Nov 26 06:15 {listed} -> /x (deleted)"
    return (
        f"#!/bin/sh\ncase $1 in /) exit {0 if gnu else 1} ;; esac\n"
        f"[ -z '{line}' ] || printf '%s\\n' '{line}'\nexit 1\n"  # some process is always gone meanwhile
    )


@pytest.mark.parametrize("gnu", [True, False], ids=["gnu", "busybox"])
def test_deleted_files_are_found(shell: list[str], tools: Path, deleted: str, gnu: bool) -> None:
    add_tool(tools, "find", find(deleted, gnu=gnu))
    reading = said(shell, tools, DELETED)
    assert unread(reading) == {}
    assert [(one.pids, one.path.endswith("/gone.log")) for one in reading.deleted or ()] == [
        ((os.getpid(),), True)
    ]


@pytest.mark.parametrize("gnu", [True, False], ids=["gnu", "busybox"])
def test_none_are_held_open_where_all_was_looked_at(shell: list[str], tools: Path, gnu: bool) -> None:
    add_tool(tools, "find", find("", gnu=gnu))
    reading = said(shell, tools, DELETED)
    assert (reading.deleted, unread(reading)) == ((), {})


@pytest.mark.parametrize("gnu", [True, False], ids=["gnu", "busybox"])
def test_deleted_files_are_unknown_where_the_search_came_too_late(
    shell: list[str], tools: Path, deleted: str, gnu: bool
) -> None:
    why = {"deleted files": "to look for them took too long: some may be missing"}
    add_tool(tools, "find", find("", gnu=gnu))
    nothing = said(shell, tools, DELETED, late="find")
    assert (nothing.deleted, unread(nothing)) == (None, why)
    assert answer(nothing, "deleted files") is None
    add_tool(tools, "find", find(deleted, gnu=gnu))
    some = said(shell, tools, DELETED, late="find")
    assert (len(some.deleted or ()), unread(some)) == (1, why)


def test_of_very_many_links_the_first_are_looked_at_and_the_end_is_known(
    shell: list[str], tools: Path, deleted: str
) -> None:
    lines = f"i=0; while [ $i -lt 4000 ]; do echo /proc/1/fd/$i; i=$((i + 1)); done; echo {deleted}"
    add_tool(tools, "find", f"#!/bin/sh\n[ $1 = / ] && exit 0\n{lines}\n")
    add_tool(tools, "stat", "#!/bin/sh\nprintf '0 8 %s 1 7 /proc/self/fd/0\\n' $#\n")
    reading = said(shell, tools, DELETED, late="find")
    assert [one.what for one in reading.unread] == ["deleted files"]


# The journal's size ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late", "there", "size", "why"),
    [
        ("nothing", True, 4096, {}),
        ("nothing", False, None, {}),
        ("du", True, None, {"size of the journal": "du timed out"}),
    ],
)
def test_a_journal_whose_size_came_too_late_is_not_called_absent(
    shell: list[str], tools: Path, late: str, there: bool, size: int | None, why: dict[str, str]
) -> None:
    add_tool(tools, "du", "#!/bin/sh\nprintf '4\\t%s\\n' \"$3\"\n")
    if there:
        (tools / "journal").mkdir()
    script = JOURNAL_SIZE.replace("/var/log/journal", str(tools / "journal"))
    script = script.replace("/run/log/journal", str(tools / "none"))
    reading = said(shell, tools, script, late=late)
    assert (reading.journal_bytes, unread(reading)) == (size, why)
    assert reading.is_noted("journal") is not there
    assert answer(reading, "journal") == ("journal 4.0K" if size else None if there else "")
