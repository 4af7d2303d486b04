"""What the console says of a busy host beside the host's own tools: cores, pressure, disks, cards, clock."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from opsconsole.panels.resources import fast
from opsconsole.panels.resources.reading import ResourcesReading
from tests.lab import claims, faults
from tests.lab.altered import altered
from tests.lab.conftest import Lab
from tests.lab.consoles import CALM, checked, configure
from tests.lab.resourceroom import opened, process

pytestmark = pytest.mark.lab

WITH_PSUTIL = ("web1", "db1", "trixie1")
OTHERS = ("nosystemd1", "busy1")
WINDOW_SECONDS = 10
FULL_SCALE = 2.0  # percent of full scale within which shares must agree

# One JSON line for each line it is sent. psutil works out the shares since the line before by itself.
PSUTIL = r"""
import json, psutil, sys, time
psutil.cpu_percent(percpu=True)
psutil.cpu_times_percent(percpu=True)
for line in sys.stdin:
    print(json.dumps({
        "at": time.monotonic(),
        "busy": psutil.cpu_percent(percpu=True),
        "cores": [one._asdict() for one in psutil.cpu_times_percent(percpu=True)],
        "disks": {name: one._asdict() for name, one in psutil.disk_io_counters(perdisk=True).items()},
        "pressure": {name: open("/proc/pressure/" + name).read() for name in ("cpu", "io", "memory")},
        "conntrack": int(open("/proc/sys/net/netfilter/nf_conntrack_count").read()),
    }), flush=True)
"""

# procps and BusyBox print one report at once, and one over the time since.
OWN_TOOLS = {
    "nosystemd1": f"exec stdbuf -oL vmstat -n {WINDOW_SECONDS} 2",
    "busy1": f"exec top -b -d {WINDOW_SECONDS} -n 2",
}

# The first core alone is kept busy, and the disk with small writes that are waited for.
LOAD = (
    f"exec timeout {WINDOW_SECONDS + 30} stress-ng --quiet --cpu 1 --cpu-load 80 --taskset 0"
    " --hdd 1 --hdd-bytes 16m --hdd-opts fsync --temp-path /var/tmp"
)


@contextmanager
def own(name: str) -> Iterator[None]:
    """Keep other tests from breaking a host meanwhile."""
    claims.claim(name, "values")
    try:
        yield
    finally:
        claims.release(name, "values")


@dataclass(frozen=True)
class Window:
    """Some seconds of a host: the reading over them, and psutil's words at their start, their end and after.

    The last two lie before and after the reading.
    """

    reading: ResourcesReading
    start: Mapping[str, Any]
    end: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def seconds(self) -> float:
        """How long it was, by the host's clock."""
        return float(self.end["at"] - self.start["at"])


async def _with_psutil(lab: Lab, name: str) -> Window:
    ssh = ("ssh", "-F", str(lab.ssh_config), name, f"exec python3 -u -c {shlex.quote(PSUTIL)}")
    async with opened(lab, name) as host, process(*ssh, pipes=True) as witness:
        assert witness.stdin is not None
        assert witness.stdout is not None
        answers = witness.stdout

        async def ask() -> dict[str, Any]:
            witness.stdin.write(b"now\n")  # type: ignore[union-attr]  # seen above
            answer: dict[str, Any] = json.loads(await answers.readline())
            return answer

        await ask()  # it is there, and its shares begin here
        start = await ask()
        await host.tick()
        await asyncio.sleep(WINDOW_SECONDS)  # the time that is measured
        end = await ask()
        reading = await host.tick()
        return Window(reading, start, end, await ask())


async def _with_own_tool(lab: Lab, name: str) -> tuple[ResourcesReading, str]:
    """Return the reading over a window, and what the tool says of the same time."""
    ssh = ("ssh", "-F", str(lab.ssh_config), name, OWN_TOOLS[name])
    start = re.compile(rb"^ *\d+ +\d+ +\d+ |^CPU:")
    async with opened(lab, name) as host, process(*ssh, pipes=True) as tool:
        assert tool.stdout is not None
        seen = []
        for _ in range(2):
            line = await tool.stdout.readline()
            while not start.match(line):
                assert line, "the tool ended"
                line = await tool.stdout.readline()
            seen.append(line.decode())
            reading = await host.tick()
    return reading, seen[-1]


async def _loaded(lab: Lab) -> tuple[dict[str, Window], dict[str, tuple[ResourcesReading, str]]]:
    stress = ("ssh", "-F", str(lab.ssh_config), "web1", LOAD)
    async with process(*stress):
        # All lab hosts are on one machine: web1's load is what the kernel tells each of them.
        windows = asyncio.gather(*(_with_psutil(lab, name) for name in WITH_PSUTIL))
        others = asyncio.gather(*(_with_own_tool(lab, name) for name in OTHERS))
        return dict(zip(WITH_PSUTIL, await windows, strict=True)), dict(
            zip(OTHERS, await others, strict=True)
        )


Loaded = tuple[dict[str, Window], dict[str, tuple[ResourcesReading, str]]]


@pytest.fixture(scope="module")
def loaded(lab: Lab) -> Loaded:
    with own("web1"):
        return asyncio.run(_loaded(lab))


@pytest.fixture(params=WITH_PSUTIL)
def one(loaded: Loaded, request: pytest.FixtureRequest) -> Window:
    return loaded[0][request.param]


def test_every_core_and_where_its_time_went(one: Window) -> None:
    assert [core.name for core in one.reading.cores] == [
        f"cpu{number}" for number in range(len(one.end["busy"]))
    ]
    assert one.end["busy"][0] > 50, "the first core was not loaded"
    for core, busy, told in zip(one.reading.cores, one.end["busy"], one.end["cores"], strict=True):
        expected = {
            "cpu_percent": busy,
            "user_percent": told["user"] + told["nice"],
            "system_percent": told["system"] + told["irq"] + told["softirq"],
            "iowait_percent": told["iowait"],
            "steal_percent": told["steal"],
        }
        assert {name: getattr(core, name) for name in expected} == pytest.approx(expected, abs=FULL_SCALE)


def test_waiting_for_disks_and_time_taken_by_the_hypervisor(one: Window) -> None:
    # The machine's shares are the means of its cores'.
    for name in ("iowait", "steal"):
        told = [core[name] for core in one.end["cores"]]
        mine = getattr(one.reading, f"cpu_{name}_percent")
        assert mine == pytest.approx(sum(told) / len(told), abs=FULL_SCALE / 2), name


@pytest.mark.parametrize("name", OTHERS)
def test_shares_by_the_tools_of_a_host_without_python(loaded: Loaded, name: str) -> None:
    reading, line = loaded[1][name]
    if name == "busy1":  # CPU:  12% usr   3% sys   0% nic  80% idle   2% io   0% irq   0% sirq
        shares = {word: float(share) for share, word in re.findall(r"([\d.]+)% (\w+)", line)}
        idle, iowait, steal = shares["idle"], shares["io"], None
    else:  # … us sy id wa st, perhaps gu
        fields = line.split()
        idle, iowait, steal = (float(field) for field in fields[14:17])
    assert reading.cpu_percent == pytest.approx(100 - idle - iowait, abs=1.5 * FULL_SCALE)
    assert reading.cpu_iowait_percent == pytest.approx(iowait, abs=1.5 * FULL_SCALE)
    if steal is not None:
        assert reading.cpu_steal_percent == pytest.approx(steal, abs=FULL_SCALE)


def test_pressure(one: Window) -> None:
    fields = {
        "psi_cpu_some_percent": ("cpu", "some", "avg10"),
        "psi_io_some_percent": ("io", "some", "avg10"),
        "psi_io_full_percent": ("io", "full", "avg10"),
        "psi_io_full_5m_percent": ("io", "full", "avg300"),
        "psi_memory_some_percent": ("memory", "some", "avg10"),
        "psi_memory_full_percent": ("memory", "full", "avg10"),
        "psi_memory_full_5m_percent": ("memory", "full", "avg300"),
    }
    told = {
        name: [
            float(re.search(rf"^{row} .*?\b{column}=([\d.]+)", seen["pressure"][part], re.M)[1])  # type: ignore[index]
            for seen in (one.end, one.after)
        ]
        for name, (part, row, column) in fields.items()
    }
    assert told["psi_io_some_percent"][0] > 1, "there was no pressure"
    for name, both in told.items():
        # The kernel works them out anew every two seconds: the reading is one of the two, or between them.
        assert min(both) <= getattr(one.reading, name) <= max(both), (name, both)


def test_utilisation_and_latency_of_disks(one: Window) -> None:
    busiest = one.reading.disks[0]
    told = {
        name: {key: value - one.start["disks"][name][key] for key, value in counters.items()}
        for name, counters in one.end["disks"].items()
        if name in one.start["disks"]
    }
    spent = told[busiest.name]
    assert spent["busy_time"] == max(counters["busy_time"] for counters in told.values())
    requests = spent["read_count"] + spent["write_count"]
    assert requests > 100, "the disk was not loaded"
    milliseconds = 1000 * one.seconds
    assert busiest.utilisation_percent == pytest.approx(
        100 * spent["busy_time"] / milliseconds, abs=1.5 * FULL_SCALE
    )
    # Some of the last requests are in one of the two only.
    waited = (spent["read_time"] + spent["write_time"]) / requests
    assert busiest.await_ms == pytest.approx(waited, rel=0.1)
    fastest = max(spent["read_bytes"], spent["write_bytes"]) / one.seconds
    assert busiest.read_bytes_per_second == pytest.approx(
        spent["read_bytes"] / one.seconds, abs=0.05 * fastest
    )
    assert busiest.write_bytes_per_second == pytest.approx(
        spent["write_bytes"] / one.seconds, abs=0.05 * fastest
    )


# Packets that nobody takes are dropped at the end of a pair of cards; a tunnel to where there is no way
# counts an error for each. Nothing leaves the host.
CARDS = """
set -e
ip route add unreachable 198.51.100.0/24
ip link add lab-err type vxlan id 42 remote 198.51.100.9 dstport 4789
ip link add lab-out type veth peer name lab-drop
for card in lab-err lab-out lab-drop; do ip link set $card up; done
"""
NO_CARDS = "ip link del lab-err; ip link del lab-out; ip route del unreachable 198.51.100.0/24"
UNTAKEN = """
import socket, sys
for card, peer, count in (("lab-err", "lab-err", 300), ("lab-out", "lab-drop", 700)):
    mac = open(f"/sys/class/net/{peer}/address").read().strip().replace(":", "")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((card, 0x88B5))
        for _ in range(count):
            raw.send(bytes.fromhex(mac) + bytes(6) + b"\\x88\\xb5" + bytes(46))
"""


def _counted(name: str, card: str) -> dict[str, int]:
    """Return errors and drops of a card of both directions, as `ip` says."""
    said = json.loads(faults.execute(name, ["ip", "-json", "-s", "link", "show", card]).stdout)[0]["stats64"]
    return {word: said["rx"][word] + said["tx"][word] for word in ("errors", "dropped")}


async def test_errors_and_drops_of_the_network(lab: Lab) -> None:
    with altered("web1", "cards", CARDS, NO_CARDS):
        async with opened(lab, "web1") as host:
            earlier, began = await host.tick(), time.monotonic()
            before = {card: _counted("web1", card) for card in ("lab-err", "lab-drop")}
            sent = await asyncio.to_thread(faults.execute, "web1", ["python3", "-c", UNTAKEN])
            assert sent.returncode == 0, sent.stderr
            after = {card: _counted("web1", card) for card in ("lab-err", "lab-drop")}
            # Two readings that are closer are no measure of a rate, and are not taken for one.
            while time.monotonic() - began < 2 * fast._SHORTEST_SECONDS:
                await asyncio.sleep(0.05)
            reading = await host.tick()
    assert earlier.uptime_seconds is not None
    assert reading.uptime_seconds is not None
    seconds = reading.uptime_seconds - earlier.uptime_seconds
    cards = {card.name: card for card in reading.interfaces}
    counts = {card: {word: after[card][word] - before[card][word] for word in after[card]} for card in after}
    assert counts["lab-err"]["errors"] == 300
    assert counts["lab-drop"]["dropped"] >= 700
    for card, words in counts.items():
        # `ip` leaves some single packets of the kernel's own out or in, by the moment it is asked.
        assert cards[card].errors_per_second == pytest.approx(words["errors"] / seconds, abs=10 / seconds)
        assert cards[card].drops_per_second == pytest.approx(words["dropped"] / seconds, abs=10 / seconds)


HOLD = """
import socket, sys
held = [socket.create_connection(("127.0.0.1", 80)) for _ in range(200)]
print("held", flush=True)
sys.stdin.readline()
"""


async def test_tracked_connections(lab: Lab, loaded: Loaded) -> None:
    for window in loaded[0].values():
        both = sorted((window.end["conntrack"], window.after["conntrack"]))
        assert both[0] - 5 <= (window.reading.conntrack or 0) <= both[1] + 5
    ssh = ("ssh", "-F", str(lab.ssh_config), "web1", f"exec python3 -c {shlex.quote(HOLD)}")
    with own("web1"):
        async with opened(lab, "web1") as host:
            before = (await host.tick()).conntrack
            async with process(*ssh, pipes=True) as holder:
                assert holder.stdout is not None
                assert await holder.stdout.readline() == b"held\n"
                held = (await host.tick()).conntrack
    assert before is not None
    assert held is not None
    assert held - before == pytest.approx(200, abs=40)  # ended ones are still known for a while


# As lxcfs does it: other memory figures over the machine's own, for the tools of the host as for us.
SWAP = r"""
sed 's/^SwapTotal:.*/SwapTotal:       2097148 kB/;s/^SwapFree:.*/SwapFree:        1500000 kB/' /proc/meminfo \
    >/run/opsconsole-lab-meminfo && mount --bind /run/opsconsole-lab-meminfo /proc/meminfo && free -k
"""
NO_SWAP = "umount /proc/meminfo; rm -f /run/opsconsole-lab-meminfo"


async def test_swap_in_use(lab: Lab) -> None:
    with altered("web1", "swap", SWAP, NO_SWAP) as free:
        async with opened(lab, "web1") as host:
            reading = await host.tick()
    said = next(line.split() for line in free.splitlines() if line.startswith("Swap:"))
    assert said[2] == "597148"
    assert reading.swap_total_bytes == int(said[1]) * 1024
    assert reading.swap_used_bytes == int(said[2]) * 1024
    assert reading.swap_used_percent == pytest.approx(100 * int(said[2]) / int(said[1]))


CHRONY = "/run/opsconsole-lab/chrony.conf"
KNOWS = "chronyc waitsync {tries} 0 0 0.25 >/dev/null"
OWN_SOURCE = f"mv {CHRONY}.own {CHRONY}; systemctl restart chrony; {KNOWS.format(tries=20)}"


@contextmanager
def chrony_with(source: str) -> Iterator[str]:
    """Let a script give chrony on web1 another time source; yields what it then says of itself."""
    breaks = f"cp {CHRONY} {CHRONY}.own; {source}; systemctl restart chrony; {KNOWS.format(tries=8)}"
    with altered("web1", "clock", f"{breaks}; chronyc tracking", OWN_SOURCE) as said:
        yield said


def clock_of(lab: Lab, tmp_path: Path, name: str) -> dict[str, Any]:
    """Return what the console says of a host's own clock."""
    config = configure(lab, tmp_path / "opsconsole.toml", [name], more=CALM)
    _, hosts = checked(config, "--panel", "health", name)
    clock: dict[str, Any] = hosts[name]["panels"]["health"]["reading"]["clock"]
    return clock


def test_a_clock_that_is_a_quarter_of_a_second_slow(lab: Lab, tmp_path: Path) -> None:
    behind = f"sed -i 's/^server bastion/& offset 0.25/' {CHRONY}"
    with chrony_with(behind) as said:
        clock = clock_of(lab, tmp_path, "web1")
    told = re.search(r"^System time +: ([\d.]+) seconds slow of NTP time$", said, re.M)
    assert told is not None, said
    assert clock["synchronised"] is True
    # chrony's is what the clock lacks; ours is negative when it is behind.
    assert clock["offset_seconds"] == pytest.approx(-float(told[1]), abs=0.01)
    assert clock["offset_seconds"] == pytest.approx(-0.25, abs=0.01)


def test_a_clock_that_follows_nobody(lab: Lab, tmp_path: Path) -> None:
    with chrony_with(f"echo 'server 127.0.0.1 port 9' >{CHRONY}") as said:
        clock = clock_of(lab, tmp_path, "web1")
    assert re.search(r"^Leap status +: Not synchronised$", said, re.M)
    assert (clock["daemon"], clock["synchronised"], clock["offset_seconds"]) == ("chrony", False, None)
