"""What the console says of a host beside what the host's own tools say, by the system's own ssh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.lab.conftest import Lab
from tests.lab.consoles import CALM, checked, configure

pytestmark = pytest.mark.lab

NAMES = ("web2", "db1", "trixie1", "busy1", "nosystemd1", "ro1")
WITH_SYSTEMD = ("web2", "db1", "trixie1")
MIB = 1024 * 1024

# BusyBox has all of these too; what a host lacks is an empty part.
WITNESS = """
part() { echo "== $1"; }
part free; free -k
part uptime; cat /proc/uptime
part load; uptime
part cores; nproc
part df; df -Pk / /tmp /run 2>/dev/null
part inodes; df -Pi / 2>/dev/null
part files; cat /proc/sys/fs/file-nr
part conntrack; cat /proc/sys/net/netfilter/nf_conntrack_max
part processes; ls -d /proc/[0-9]* | wc -l
part one; cat /proc/1/comm
part rss; grep VmRSS: /proc/1/status
part state; systemctl is-system-running
part failed; systemctl list-units --state=failed --no-legend --plain
part units; systemctl list-units --all --no-legend --plain | wc -l
part began; stat -c %Y /proc/1
part now; date +%s
part kernel; uname -r
part mounts; grep ' / ' /proc/mounts | tail -n 1
part clock; chronyc -n tracking
part daemons; cat /proc/[0-9]*/comm | grep -E 'chronyd|timesyn|ntpd|ptp4l' | sort -u
"""


@dataclass(frozen=True)
class Seen:
    """One host: the panels' readings, and the host's own words just before and just after."""

    resources: Mapping[str, Any]
    health: Mapping[str, Any]
    before: Mapping[str, list[list[str]]]
    after: Mapping[str, list[list[str]]]

    def between(self, value: float, part: str, line: int, field: int, slack: float, scale: float = 1) -> None:
        """Assert that a value lies between what the host said before and after, give or take the slack."""
        told = [float(one[part][line][field].strip(",")) * scale for one in (self.before, self.after)]
        assert min(told) - slack <= value <= max(told) + slack, (part, told, value)


def witness(lab: Lab, name: str) -> dict[str, list[list[str]]]:
    """Return what the host's own tools say: part -> lines of words."""
    parts: dict[str, list[list[str]]] = {}
    for line in lab.ssh(name, WITNESS).splitlines():
        if line.startswith("== "):
            lines = parts.setdefault(line[3:], [])
        else:
            lines.append(line.split())
    return parts


@pytest.fixture(scope="module")
def seen(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    config = configure(lab, tmp_path_factory.mktemp("values") / "opsconsole.toml", NAMES, more=CALM)
    before = {name: witness(lab, name) for name in NAMES}
    _, hosts = checked(config, *NAMES)
    after = {name: witness(lab, name) for name in NAMES}
    return {
        name: Seen(
            hosts[name]["panels"]["resources"]["reading"],
            hosts[name]["panels"]["health"]["reading"],
            before[name],
            after[name],
        )
        for name in NAMES
    }


@pytest.fixture(params=NAMES)
def one(seen: dict[str, Seen], request: pytest.FixtureRequest) -> Seen:
    return seen[request.param]


def test_memory_and_swap(one: Seen) -> None:
    # `free`: total used free shared buff/cache available; tests start and end meanwhile: 2 % of full scale.
    total = one.resources["memory_total_bytes"]
    assert total == int(one.before["free"][1][1]) * 1024
    one.between(one.resources["memory_available_bytes"], "free", 1, 6, total * 0.02, 1024)
    assert one.resources["memory_used_bytes"] == total - one.resources["memory_available_bytes"]
    share = 100 * one.resources["memory_used_bytes"] / total
    assert one.resources["memory_used_percent"] == pytest.approx(share, abs=0.01)
    swap = next(line for line in one.before["free"] if line[0] == "Swap:")
    assert one.resources["swap_total_bytes"] == int(swap[1]) * 1024
    one.between(one.resources["swap_used_bytes"], "free", one.before["free"].index(swap), 2, MIB, 1024)


def test_load_cores_and_uptime(one: Seen) -> None:
    assert one.resources["core_count"] == int(one.before["cores"][0][0])
    for name, field in (("load_1", -3), ("load_5", -2), ("load_15", -1)):
        # It is worked out anew every five seconds, in which a busy machine's moves by some of its own.
        one.between(one.resources[name], "load", 0, field, 0.5 + 0.2 * one.resources["load_1"])
    one.between(one.resources["uptime_seconds"], "uptime", 0, 0, 0)
    booted = datetime.fromisoformat(one.resources["booted_at"]).timestamp()
    now, up = float(one.before["now"][0][0]), float(one.before["uptime"][0][0])
    assert booted == pytest.approx(now - up, abs=3)


def test_file_systems_and_inodes(one: Seen) -> None:
    shown = {entry["mount"]: entry for entry in one.resources["filesystems"]}
    told = {line[5]: line for line in one.before["df"][1:]}
    assert "/" in shown
    for mount in told.keys() & shown.keys():
        entry = shown[mount]
        index = [line[5:6] for line in one.before["df"]].index([mount])
        assert entry["size_bytes"] == int(told[mount][1]) * 1024
        slack = 0.005 * entry["size_bytes"]
        one.between(entry["used_bytes"], "df", index, 2, slack, 1024)
        one.between(entry["available_bytes"], "df", index, 3, slack, 1024)
        # df rounds its share up to a whole percent.
        percent = float(told[mount][4].rstrip("%"))
        assert percent - 1.5 <= entry["used_percent"] <= percent + 0.5
    inodes = one.before["inodes"][1]
    assert shown["/"]["inodes"] == int(inodes[1])
    assert shown["/"]["inodes_used_percent"] == pytest.approx(100 * int(inodes[2]) / int(inodes[1]), abs=1)
    options = one.before["mounts"][0][3].split(",")
    assert shown["/"]["read_only"] == ("ro" in options)


def test_files_connections_and_processes(one: Seen) -> None:
    one.between(one.resources["open_files"], "files", 0, 0, 2000)
    assert one.resources["open_files_max"] == int(one.before["files"][0][2])
    assert one.resources["conntrack_max"] == int(one.before["conntrack"][0][0])
    # Others log in and out meanwhile, and so do we.
    one.between(one.resources["processes"]["count"], "processes", 0, 0, 25)
    init = next(
        process
        for process in [*one.resources["processes"]["by_rss"], *one.resources["processes"]["by_cpu"]]
        if process["pid"] == 1
    )
    assert init["name"] == one.before["one"][0][0]
    one.between(init["rss_bytes"], "rss", 0, 1, 2 * MIB, 1024)


def test_kernel_and_the_hosts_own_start(one: Seen) -> None:
    assert one.health["kernel"] == one.before["kernel"][0][0]
    began = one.before["began"]
    if began:
        age = float(one.before["now"][0][0]) - float(began[0][0])
        assert one.health["uptime_seconds"] == pytest.approx(age, abs=30)
    taken = datetime.fromisoformat(one.health["taken_at"])
    assert abs((datetime.now(UTC) - taken).total_seconds()) < 600
    assert abs(one.health["skew"]["offset_seconds"]) <= one.health["skew"]["uncertainty_seconds"] + 0.05


def test_time_synchronisation(one: Seen) -> None:
    clock, told = one.health["clock"], {line[0]: line for line in one.before["clock"]}
    if one.before["daemons"] != [["chronyd"]]:
        assert one.before["daemons"] == []
        assert clock is None  # a container without a time daemon has its machine's time
        return
    assert told["Leap"][-1] == "Normal"
    assert (clock["daemon"], clock["synchronised"]) == ("chrony", True)
    index = one.before["clock"].index(told["System"])
    # "System time : 0.000004784 seconds slow of NTP time"; it moves by microseconds.
    one.between(abs(clock["offset_seconds"]), "clock", index, 3, 0.001)


@pytest.mark.parametrize("name", WITH_SYSTEMD)
def test_units(seen: dict[str, Seen], name: str) -> None:
    health, told = seen[name].health, seen[name].before
    assert health["system_state"] == told["state"][0][0]
    assert [unit["name"] for unit in health["failed_units"]] == [line[0] for line in told["failed"]]
    assert health["unit_count"] == pytest.approx(int(told["units"][0][0]), abs=40)  # sessions come and go


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(WITH_SYSTEMD)))
def test_without_systemd_there_is_nothing_to_say_of_units(seen: dict[str, Seen], name: str) -> None:
    assert seen[name].health["has_systemd"] is False
    assert seen[name].health["failed_units"] is None
    assert seen[name].health["unit_count"] is None
