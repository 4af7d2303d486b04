"""The logs panel on real hosts, read as the console reads it, against the hosts' own tools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from opsconsole.console.inventory import HostEntry
from opsconsole.console.readings import HostReadings
from opsconsole.console.rounds import read_rare
from opsconsole.console.state import HostState
from opsconsole.data.host import Command, Shell
from opsconsole.data.logrotate import parse
from opsconsole.panels.logs import PANEL, probe
from opsconsole.panels.logs.reading import DiskUse, LogsReading
from opsconsole.panels.panel import Finding, SectionOutput
from tests.lab import claims, faults
from tests.lab.conftest import Lab
from tests.lab.shells import connected
from tests.unit.logrotate.test_logrotate_parse import CASES

pytestmark = pytest.mark.lab

LOADED = {"logs": PANEL}


async def read(shell: Shell) -> tuple[LogsReading, dict[str, Finding]]:
    """Read the host once; return the reading and its findings by `rule:subject`."""
    state = HostState(HostEntry(shell.host))
    readings = HostReadings(state, LOADED, tick_seconds=2.0, slow_seconds=30.0, at_once=True)
    await read_rare(shell, readings, LOADED, record=None)
    panel = state.panels["logs"]
    return panel.reading, {f"{one.rule}:{one.subject}": one for one in panel.findings}


def root(name: str, script: str) -> str:
    return faults.execute(name, ["timeout", "60", "sh", "-c", script]).stdout


@contextmanager
def broken(name: str, breaks: str, cures: str) -> Iterator[str]:
    """Break a claimed host by a script run as root, and cure it by another; yields what the first said."""
    claims.claim(name, "logs")
    try:
        yield root(name, breaks)
    finally:
        root(name, cures)
        claims.release(name, "logs")


def disk(reading: LogsReading, mount: str) -> DiskUse:
    return next(one for one in reading.disks or () if one.mount == mount)


@pytest.mark.parametrize("name", ["web2", "db1", "trixie1", "busy1", "nosystemd1", "ro1", "inner"])
async def test_a_healthy_host_has_no_finding(lab: Lab, name: str) -> None:
    async with connected(lab, name) as shell:
        reading, findings = await read(shell)
    assert findings == {}
    assert reading.unread == ()
    assert disk(reading, "/").directories
    assert reading.deleted is not None
    assert reading.uncovered is not None


@pytest.mark.parametrize("name", ["busy1", "nosystemd1", "ro1"])
async def test_without_systemd_and_logrotate_they_do_not_apply(lab: Lab, name: str) -> None:
    async with connected(lab, name) as shell:
        reading, _ = await read(shell)
    assert reading.rotation is reading.journal_bytes is reading.errors is reading.containers is None
    assert {"logrotate", "journal", "errors by unit"} <= {note.what for note in reading.notes}


async def test_the_sizes_are_those_that_du_df_and_journalctl_say(lab: Lab) -> None:
    async with connected(lab, "web2") as shell:
        reading, _ = await read(shell)
    known = disk(reading, "/")
    said = root("web2", "df -Pk / | tail -n 1; df -Pi / | tail -n 1").split()
    assert known.used_bytes == pytest.approx(int(said[2]) * 1024, rel=0.1)
    assert known.used_percent == pytest.approx(int(said[4].rstrip("%")), abs=5)
    assert known.file_count == pytest.approx(int(said[8]), rel=0.05)
    for entry in (*known.directories[:5], *known.files[:5]):
        kilobytes = int(root("web2", f"du -xsk '{entry.path}'").split()[0])
        assert entry.size_bytes == pytest.approx(kilobytes * 1024, rel=0.02), entry.path
    largest = root("web2", "find / -xdev -type f -size +1M -printf '%k\\n' | sort -rn | head -n 5").split()
    assert [entry.size_bytes for entry in known.files[:5]] == [int(size) * 1024 for size in largest]
    journal = re.search(r"take up ([\d.]+)M", root("web2", "journalctl --disk-usage 2>&1"))
    assert journal is not None
    assert reading.journal_bytes == pytest.approx(float(journal[1]) * 2**20, rel=0.2)
    rules = root("web2", "logrotate -d /etc/logrotate.conf 2>&1 | grep -c 'rotating pattern'")
    assert reading.rotation is not None
    assert (reading.rotation.rule_count, reading.rotation.proved_by) == (int(rules), "logrotate -d")
    assert reading.rotation.version == root("web2", "logrotate --version 2>&1 | head -n 1").split()[1]


async def test_the_walk_stays_on_its_file_system_and_follows_no_link(lab: Lab) -> None:
    breaks = """
    mkdir -p /var/log/app/lab-logs/sub
    ln -s /usr /var/log/app/lab-logs/usr; ln -s /etc/passwd /var/log/app/p.log
    head -c 300000 /dev/zero >/var/log/app/lab-logs/sub/own.bin
    """
    with broken("web1", breaks, "rm -rf /var/log/app/lab-logs /var/log/app/p.log"):
        async with connected(lab, "web1") as shell:
            reading, _ = await read(shell)
    app = disk(reading, "/var/log/app")
    assert [one.path for one in app.files] == ["/var/log/app/lab-logs/sub/own.bin"]
    assert app.walk == "whole"
    rest = [one.path for known in reading.disks or () for one in (*known.files, *known.directories)]
    assert not [path for path in rest if path.startswith("/var/log/app/lab-logs/usr")]
    assert not [one for one in disk(reading, "/").files if one.path.startswith("/var/log/app")]
    assert "/var/log/app/p.log" not in {log.path for log in reading.uncovered or ()}


NAMES = (
    "'new\nline.log' ' -rf.log' '$(reboot).log' 'quote\".log' \"it's.log\" "
    "\"$(printf 'x\\377\\033[31m')y.log\" big.log covered.log own.log own.log.1"
)
UNCOVERED = f"""
mkdir -p /var/log/app/lab-logs; cd /var/log/app/lab-logs
for name in {NAMES}; do head -c 1200000 /dev/zero >"./$name"; done
printf '/var/log/app/lab-logs/covered.log {{\\n  missingok\\n}}\\n' >/etc/logrotate.d/lab-logs
"""
UNCOVERED_CURE = "rm -rf /var/log/app/lab-logs /etc/logrotate.d/lab-logs"


async def test_logs_that_nothing_rotates_are_found_whatever_their_names(lab: Lab) -> None:
    with broken("web1", UNCOVERED, UNCOVERED_CURE):
        async with connected(lab, "web1") as shell:
            reading, findings = await read(shell)
    home = "/var/log/app/lab-logs/"
    logs = {log.path: log for log in reading.uncovered or () if log.path.startswith(home)}
    alone = {"new line.log", "-rf.log", "$(reboot).log", 'quote".log', "it's.log", "x\ufffdy.log", "big.log"}
    assert {path.removeprefix(home).strip() for path, log in logs.items() if not log.rotated} == alone
    assert logs[home + "own.log"].rotated == 1
    big = logs[home + "big.log"]
    assert big.size_bytes == pytest.approx(1_200_000, rel=0.01)
    assert (big.mount, round(big.share_percent or 0)) == ("/var/log/app", 6)
    finding = findings[f"log-uncovered:{home}big.log"]
    assert finding.summary == f"{home}big.log is rotated by nothing: 1.1M, 6 % of /var/log/app"
    assert finding.suggests == "log-rotation"
    assert f"log-uncovered:{home}covered.log" not in findings
    assert f"log-uncovered:{home}own.log" not in findings


HOLDER = """
rm -f /tmp/lab-logs-ready
setsid sh -c 'exec 9>"$1"; head -c 2000000 /dev/zero >&9; rm "$1"; : >/tmp/lab-logs-ready; exec sleep 600' \
  holder DIR/lab-logs-gone >/dev/null 2>&1 </dev/null &
echo $!; while [ ! -e /tmp/lab-logs-ready ]; do :; done
"""


HOLDERS = """for p in /proc/[0-9]*; do
  case $(readlink "$p/fd/9") in */lab-logs-gone*) echo "${p#/proc/}" ;; esac
done"""


@pytest.mark.parametrize("name", ["web1", "busy1", "nosystemd1", "trixie1"])
async def test_a_deleted_file_that_is_held_open_is_found_with_its_process(lab: Lab, name: str) -> None:
    folder = "/var/log/app" if name == "web1" else "/tmp"
    with broken(name, HOLDER.replace("DIR", folder), f"kill $({HOLDERS})"):
        pids = root(name, HOLDERS)
        said = root(name, probe.HOST)  # as root: some of these hosts give the console none
        async with connected(lab, name) as shell:
            reading, findings = await read(shell)
    for one in [
        PANEL.reader(lab.hosts[name]).read({"host": SectionOutput(said.encode())}, datetime.now(UTC))
    ] + ([reading] if reading.all_processes else []):
        (gone,) = [file for file in one.deleted or () if file.path == f"{folder}/lab-logs-gone"]
        assert gone.pids == tuple(int(pid) for pid in pids.split())
        assert (gone.process, gone.size_bytes) == ("sleep", pytest.approx(2_000_000, rel=0.01))
    assert reading.all_processes is (name in {"web1", "nosystemd1"})
    if name == "web1":
        assert gone.mount == folder
        assert f"pid {gone.pids[0]}" in findings["deleted-open:sleep"].summary


async def test_a_broken_drop_in_is_found_with_file_and_line(lab: Lab) -> None:
    drop_in = "/var/log/lab-logs/x {\\n  dailly\\n  rotate 3\\n}\\n\\n/var/log/lab-logs/y {\\n  rotate\\n}\\n"
    breaks = f"printf '{drop_in}' >/etc/logrotate.d/lab-logs"
    with broken("web1", breaks, "rm -f /etc/logrotate.d/lab-logs"):
        async with connected(lab, "web1") as shell:
            _, as_root = await read(shell)
        async with connected(lab, "web1", user="plain") as shell:
            reading, as_user = await read(shell)
    assert reading.rotation is not None
    assert reading.rotation.proved_by == "our own reading"
    for findings in (as_root, as_user):
        ours = {key: one.summary for key, one in findings.items() if key.startswith("logrotate-broken:")}
        assert set(ours) == {
            "logrotate-broken:/etc/logrotate.d/lab-logs:2",
            "logrotate-broken:/etc/logrotate.d/lab-logs:7",
        }
        assert "dailly" in ours["logrotate-broken:/etc/logrotate.d/lab-logs:2"]
        assert "the line is ignored" in ours["logrotate-broken:/etc/logrotate.d/lab-logs:2"]
        assert "the whole rule is skipped" in ours["logrotate-broken:/etc/logrotate.d/lab-logs:7"]


async def test_a_dry_run_that_would_make_folders_is_not_done(lab: Lab) -> None:
    drop_in = "/var/log/dpkg.log.x {\\n missingok\\n olddir /var/log/lab-logs-old\\n"
    drop_in += " createolddir 755 root root\\n}\\n"
    breaks = f"printf '{drop_in}' >/etc/logrotate.d/lab-logs; : >/var/log/dpkg.log.x"
    cures = "rm -rf /etc/logrotate.d/lab-logs /var/log/lab-logs-old /var/log/dpkg.log.x"
    with broken("web1", breaks, cures):
        async with connected(lab, "web1") as shell:
            reading, _ = await read(shell)
        there = root("web1", "ls -d /var/log/lab-logs-old 2>/dev/null; true")
        root("web1", "logrotate -d /etc/logrotate.conf >/dev/null 2>&1; true")
        made_by_dry_run = root("web1", "ls -d /var/log/lab-logs-old 2>/dev/null; true")
    assert reading.rotation is not None
    assert (reading.rotation.proved_by, there) == ("our own reading", "")
    assert made_by_dry_run  # else the caution is no longer needed


def test_our_reading_finds_what_logrotate_finds_on_the_same_lines(lab: Lab) -> None:
    """Each case of the parser's tests through the real `logrotate -d`."""
    script = "".join(
        f"cat >/tmp/lab-logs/{name} <<'END'\n{text}END\n"
        f"echo '== {name}'; logrotate -d -s /tmp/lab-logs/state /tmp/lab-logs/{name} 2>&1\n"
        for name, (text, _, _) in CASES.items()
    )
    claims.claim("web1", "logs")
    try:
        said = root("web1", f"mkdir -p /tmp/lab-logs; {script} rm -r /tmp/lab-logs")
    finally:
        claims.release("web1", "logs")
    answers = dict(zip(CASES, said.split("== ")[1:], strict=True))
    for name, answer in answers.items():
        theirs = {
            int(line) for line in re.findall(rf"^(?:error|warning): /tmp/lab-logs/{name}:(\d+)", answer, re.M)
        }
        found = parse({"/x": CASES[name][0].encode()}, "/x")
        ours = {one.line for one in found.problems if one.kind not in {"unclosed-brace", "missing-endscript"}}
        assert ours == theirs, (name, answer)
        assert len(re.findall("^rotating pattern", answer, re.M)) == len(found.rules), (name, answer)
        assert ("without endscript" in answer) == any(
            one.kind == "missing-endscript" for one in found.problems
        )


CONTAINER = """
folder=/var/lib/docker/containers/aaaabbbbcccc1111; mkdir -p "$folder"
head -c 200000 /dev/zero >"$folder/aaaabbbbcccc1111-json.log"
echo '{"ID":"x","Name":"/shop","Config":{"Name":"/no"}}' >"$folder/config.v2.json"
echo '{"Binds":null,"LogConfig":{"Type":"json-file","Config":{}},"X":1}' >"$folder/hostconfig.json"
"""


async def test_logs_of_containers_without_limit_are_told(lab: Lab) -> None:
    with broken("web1", CONTAINER, "rm -rf /var/lib/docker"):
        async with connected(lab, "web1") as shell:
            reading, _ = await read(shell)
    (log,) = reading.containers or ()
    assert (log.name, log.limit) == ("shop", "")
    assert log.size_bytes == pytest.approx(200_000, rel=0.05)


async def test_errors_are_counted_by_unit_as_journalctl_counts(lab: Lab) -> None:
    breaks = """for i in 1 2 3 4 5 6 7; do
      logger -p user.err -t lab-logs-errors 'broken "_SYSTEMD_UNIT":"x"'
    done; journalctl --sync"""
    with broken("web1", breaks, "true"):
        async with connected(lab, "web1") as shell:
            reading, findings = await read(shell)
        counted = root(
            "web1", "journalctl -q --no-pager -o cat -p err --since=-1h -t lab-logs-errors | wc -l"
        )
        faults.forget_journal("web1")
    by_unit = {one.unit: one.count for one in reading.errors or ()}
    assert by_unit["lab-logs-errors"] == int(counted) >= 7
    assert "x" not in by_unit
    if not reading.errors_compared:  # the lab's journal is younger than a day
        assert not [key for key in findings if key.startswith("errors-unusual")]


@pytest.mark.parametrize("name", ["web1", "busy1", "nosystemd1"])
async def test_it_gives_way_to_everything_else(lab: Lab, name: str) -> None:
    async with connected(lab, name) as shell:
        output = await shell.run(
            Command(
                (
                    "sh",
                    "-c",
                    probe.PRELUDE + "cut -d ' ' -f 19 /proc/self/stat; ionice -p \"$me\" 2>/dev/null",
                )
            )
        )
    said = output.stdout.decode().split("\n")
    assert said[0] == "19"
    assert "idle" in said[1]


async def test_reading_changes_nothing_on_the_host(lab: Lab) -> None:
    listing = "find / /tmp /run -xdev -newer /tmp/lab-logs-before -type f"
    # What any login writes, and the journal.
    login = re.compile(r"/var/log/(journal|nginx|lastlog|[bw]tmp|auth)|/run/|/proc/|/var/lib/sudo")
    units = "systemctl list-units --all --plain --no-legend | grep -v session- | cut -d ' ' -f 1,4 | sort"

    async with connected(lab, "web2") as shell:
        await shell.facts()
        before = root("web2", units)
        root("web2", ": >/tmp/lab-logs-before")
        await read(shell)
        changed = {line for line in root("web2", listing).splitlines() if not login.match(line)}
        after = root("web2", units)
    root("web2", "rm -f /tmp/lab-logs-before")
    assert changed == set()
    assert before == after


async def test_the_age_of_a_reading_is_the_hosts_look(lab: Lab) -> None:
    began = datetime.now(UTC)
    async with connected(lab, "web2") as shell:
        reading, _ = await read(shell)
    assert began <= (reading.disks_taken_at or began) <= datetime.now(UTC)
    assert reading.rotation is not None
    started = int(root("web2", "stat -c %Y /proc/1"))
    assert reading.rotation.host_started_at == datetime.fromtimestamp(started, UTC)
