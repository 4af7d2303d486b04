"""CPU, network and disk rates between samples: resets, wraps, hotplug, reboot, names that count twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsconsole.data.host import Host
from opsconsole.panels.panel import SectionOutput
from opsconsole.panels.resources import PANEL, cpu, disks, network
from opsconsole.panels.resources.reading import ResourcesReading

T0 = datetime(2026, 11, 20, tzinfo=UTC)
HEADER = (
    "Inter-|   Receive                            |  Transmit\n face |bytes    packets errs drop fifo frame\n"
)


def net_dev(**received_sent: tuple[int, int]) -> bytes:
    lines = [
        f"{name:>6}: {received} 10 1 2 0 0 0 0 {sent} 20 3 4 0 0 0 0\n"
        for name, (received, sent) in received_sent.items()
    ]
    return (HEADER + "".join(lines)).encode()


def fast(uptime: float, idle: int, busy: int, rest: str = "") -> dict[str, SectionOutput]:
    text = (
        f"==> /proc/stat <==\ncpu  {busy} 0 0 {idle} 0 0 0 0 0 0\ncpu0 {busy} 0 0 {idle} 0 0 0 0 0 0\n"
        f"intr 1\nbtime 1795166116\n\n==> /proc/uptime <==\n{uptime} 1.0\n{rest}"
    )
    return {"fast": SectionOutput(text.encode())}


def test_shares_leave_out_guest_idle_and_iowait() -> None:
    before = (0, 0, 0, 0, 0, 0, 0, 0)
    found = cpu.shares((30, 10, 15, 20, 10, 2, 3, 10), before)
    assert found == pytest.approx((70, 40, 20, 10, 10))
    # guest (99) is within user already: the ninth column changes nothing.
    assert list(cpu.total_ticks(b"cpu  1 2 3 4 5 6 7 8 99 99\n") or ()) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_counter_that_steps_back_counts_as_still() -> None:
    assert cpu.shares((110, 0, 0, 190, 0, 0, 0, 0), (100, 0, 0, 100, 5, 0, 0, 0)) == pytest.approx(
        (10, 10, 0, 0, 0)
    )


def test_idle_that_jumps_back_over_three_seconds_is_a_reset() -> None:
    assert cpu.shares((200, 0, 0, 100, 0, 0, 0, 0), (100, 0, 0, 401, 0, 0, 0, 0)) is None


@pytest.mark.parametrize(
    "line", [b"cpu  1 2 3\n", b"cpu  1 2 x 4\n", b"cpu  -1 2 3 4\n", b"cpu  1 2 3 4", b""]
)
def test_ticks_that_are_none(line: bytes) -> None:
    assert cpu.total_ticks(line) is None


def test_old_kernel_with_four_columns() -> None:
    assert list(cpu.total_ticks(b"cpu  1 2 3 4\n") or ()) == [1, 2, 3, 4, 0, 0, 0, 0]


def test_a_machine_of_many_cores() -> None:
    def stat(step: int) -> bytes:
        lines = [f"cpu  {256 * step} 0 0 {256 * 100} 0 0 0 0 0 0\n"]
        lines += [f"cpu{n} {step * n} 0 0 {100 * step} 0 0 0 0 0 0\n" for n in range(256)]
        return ("".join(lines) + "intr " + "0 " * 9000 + "\nbtime 1795166116\n").encode()

    found = cpu.cores(stat(2), stat(1))
    assert len(found) == 256
    assert [one.name for one in found[:2]] == ["cpu0", "cpu1"]
    assert found[100].cpu_percent == pytest.approx(50)
    assert cpu.core_count(stat(1)) == 256


def test_a_core_that_came_on_line_is_unknown_first() -> None:
    now = b"cpu  9 9 9 9 9 9 9 9\ncpu0 20 0 0 20 0 0 0 0\ncpu1 5 0 0 5 0 0 0 0\n"
    before = b"cpu  9 9 9 9 9 9 9 9\ncpu0 10 0 0 10 0 0 0 0\n"
    zero, one = cpu.cores(now, before)
    assert zero.cpu_percent == pytest.approx(50)
    assert one.cpu_percent is None


def read(*samples: tuple[float, dict[str, SectionOutput]]) -> list[ResourcesReading]:
    reader = PANEL.reader(Host("a", "a"))
    return [reader.read(sections, T0 + timedelta(seconds=at)) for at, sections in samples]


def test_reboot_gives_no_rate() -> None:
    first, second, third = read((0, fast(1000, 1000, 1000)), (60, fast(20, 10, 10)), (62, fast(22, 110, 110)))
    assert first.cpu_percent is None
    assert second.cpu_percent is None
    assert third.cpu_percent == pytest.approx(50)


def test_reboot_while_nobody_looked_gives_no_rate_although_counters_grew() -> None:
    _, second = read((0, fast(100, 100, 100)), (7200, fast(500, 9000, 9000)))
    assert second.cpu_percent is None


def test_two_readings_at_once_are_compared_with_the_one_before() -> None:
    _, second, third = read((0, fast(100, 100, 100)), (2, fast(102, 200, 200)), (2.1, fast(102.1, 200, 210)))
    assert second.cpu_percent == pytest.approx(50)
    assert third.cpu_percent == pytest.approx(100 * 110 / 210)


def test_time_is_the_hosts_own_not_that_of_arrival() -> None:
    before = "\n==> /proc/net/dev <==\n" + net_dev(eth0=(0, 0)).decode()
    after = "\n==> /proc/net/dev <==\n" + net_dev(eth0=(4000, 2000)).decode()
    _, second = read((0, fast(100, 1, 1, before)), (9, fast(102, 2, 2, after)))  # arrived 7 s late
    assert second.network_rx_bytes_per_second == pytest.approx(2000)
    assert second.network_tx_bytes_per_second == pytest.approx(1000)


def test_mean_is_of_thirty_seconds_and_duration_is_told_for_any_limit() -> None:
    reader = PANEL.reader(Host("a", "a"))
    busy = idle = 0
    reading = None
    for tick in range(120):  # a minute idle, then three minutes at 90 %
        share = 0 if tick < 30 else 90
        busy += 2 * share
        idle += 2 * (100 - share)
        sections = fast(1000 + 2 * tick, 10_000 + idle, busy)
        reading = reader.read(sections, T0 + timedelta(seconds=2 * tick))
    assert reading is not None
    assert reading.cpu_mean_percent == pytest.approx(90)
    from opsconsole.panels.resources.sustained import above_since

    since = T0 + timedelta(seconds=above_since(reading.cpu_lows, 80, 0) - T0.timestamp())
    assert timedelta(seconds=60) < since - T0 < timedelta(seconds=100)
    assert above_since(reading.cpu_lows, 95, 0) == reading.taken_at.timestamp()


CARRIERS = [
    "lo",
    "veth1a2b",
    "docker0",
    "br-3e28e53658e8",
    "br0",
    "virbr0",
    "bond0",
    "eth0.100",
    "vlan10",
    "tun0",
    "wg0",
    "tailscale0",
    "cni0",
    "flannel.1",
    "cali12ab",
    "dummy0",
    "ifb0",
    "team0",
    "vmbr0",
    "tap1",
    "sit0",
]


@pytest.mark.parametrize("name", CARRIERS)
def test_names_that_carry_the_traffic_of_others_are_not_counted(name: str) -> None:
    assert network.counters(net_dev(**{name: (5, 5), "eth0": (1, 2)})) == ((b"eth0", 1, 2),)


@pytest.mark.parametrize(
    "name", ["eth0", "ens18", "enp1s0f0np0", "eno1", "wlan0", "wlp2s0", "ib0", "venet0", "usb0"]
)
def test_cards_are_counted(name: str) -> None:
    assert network.counters(net_dev(**{name: (1, 2)})) == ((name.encode(), 1, 2),)


def test_where_only_a_tunnel_exists_it_is_counted() -> None:
    assert network.counters(net_dev(lo=(9, 9), tun0=(1, 2))) == ((b"tun0", 1, 2),)


def test_totals_over_a_reset_or_wrap_are_unknown_and_new_interfaces_wait() -> None:
    before = ((b"eth0", 1000, 1000),)
    assert network.totals(((b"eth0", 3000, 2000), (b"eth1", 10**9, 10**9)), before, 2.0) == (1000, 500)
    assert network.totals(((b"eth0", 10, 2000),), before, 2.0) == (None, None)
    assert network.totals(((b"eth1", 10, 10),), before, 2.0) == (None, None)


def test_interfaces_have_errors_and_drops_of_both_directions() -> None:
    now = net_dev(eth0=(4000, 2000)).replace(b"10 1 2", b"30 5 8").replace(b"20 3 4", b"60 5 6")
    [one] = network.interfaces(now, net_dev(eth0=(0, 0)), 2.0)
    assert (one.name, one.counted) == ("eth0", True)
    assert (one.rx_bytes_per_second, one.tx_bytes_per_second) == (2000, 1000)
    assert (one.rx_packets_per_second, one.tx_packets_per_second) == (10, 20)
    assert (one.errors_per_second, one.drops_per_second) == (3, 4)


DISKS = (
    b"   7       0 loop0 9 0 900 9 0 0 0 0 0 9 9 0 0 0 0\n"
    b"   8       0 sda %d 0 %d %d 200 0 4000 400 0 %d %d 0 0 0 0 0 0\n"
    b"   8       1 sda1 %d 0 %d 0 200 0 4000 400 0 0 0 0 0 0 0\n"
    b" 253       0 dm-0 %d 0 %d 0 200 0 4000 0 0 0 0 0 0 0 0\n"
    b" 259       0 nvme0n1 5 0 50 5 0 0 0 0 0 5 5\n"
    b" 259       1 nvme0n1p1 5 0 50 5 0 0 0 0 0 5 5\n"
)


def test_disks_count_each_byte_once() -> None:
    before = DISKS % (100, 1000, 50, 500, 900, 100, 1000, 100, 1000)
    now = DISKS % (140, 5000, 130, 1500, 2900, 140, 5000, 140, 5000)
    assert disks.counters(now) == ((b"sda", 5000, 4000), (b"nvme0n1", 50, 0))
    found = {one.name: one for one in disks.disks(now, before, 2.0)}
    assert set(found) == {"sda", "dm-0", "nvme0n1"}
    sda = found["sda"]
    assert sda.read_bytes_per_second == pytest.approx(4000 * 512 / 2)
    assert sda.write_bytes_per_second == 0
    assert sda.utilisation_percent == pytest.approx(50)
    assert sda.await_ms == pytest.approx(80 / 40)
    assert sda.queue == pytest.approx(1)
    assert found["nvme0n1"].await_ms is None


def test_old_xen_guest_with_partitions_only() -> None:
    assert disks.counters(b" 202 1 xvda1 5 0 50 5 6 0 60 5 0 5 5\n 7 0 loop0 1 1 1 1 1 1 1 1 1 1 1\n") == (
        (b"xvda1", 50, 60),
    )
