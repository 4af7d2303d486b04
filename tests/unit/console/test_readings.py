"""What is read by one road says nothing of what is read by another: neither its age nor its trouble."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsconsole.console import sections
from opsconsole.console.inventory import HostEntry
from opsconsole.console.readings import Brought, HostReadings
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.console.state import HostState, PanelState
from opsconsole.data.host import Host
from opsconsole.panels.certificates.observed import Observed
from opsconsole.panels.panel import Cadence, Level, SectionOutput

T0 = datetime(2026, 11, 27, 5, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DF = SectionOutput(
    b"==> mounts <==\n/dev/sda1 / ext4 rw\n==> df <==\n/dev/sda1 100 10 90 10% /\n"
    b"==> inodes <==\n/dev/sda1 100 10 90 10% /\n"
)


def proc(uptime: int) -> SectionOutput:
    """Return a tick's answer of a host that does a tenth of what it could."""
    files = {
        "/proc/stat": f"cpu  {10 * uptime} 0 0 {90 * uptime} 0 0 0 0\nbtime 1",
        "/proc/meminfo": "MemTotal: 1000 kB\nMemAvailable: 900 kB",
        "/proc/loadavg": "0.1 0.1 0.1 1/1 1",
        "/proc/uptime": f"{uptime} 0",
        "/proc/net/dev": "",
        "/proc/diskstats": "",
    }
    return SectionOutput("".join(f"==> {name} <==\n{text}\n\n" for name, text in files.items()).encode())


class Known:
    """The readings of a host that is up."""

    def __init__(self, *panels: str, at_once: bool = False) -> None:
        self.state = HostState(
            HostEntry(Host("a", "a")), status=ConnectionStatus(ConnectionState.UP, since=T0)
        )
        self.readings = HostReadings(
            self.state, sections.load_panels(panels), tick_seconds=2, slow_seconds=30, at_once=at_once
        )

    @property
    def panel(self) -> PanelState:
        return next(iter(self.state.panels.values()))

    def tick(self, at: datetime) -> None:
        uptime = 1000 + int((at - T0).total_seconds())
        self.readings.apply(Brought({"resources": {"fast": proc(uptime)}}, at, 0.1, Cadence.FAST))
        self.readings.worked(Cadence.FAST)

    def slow(self, at: datetime) -> None:
        self.readings.apply(Brought({"resources": {"slow": DF}}, at, 0.1, Cadence.SLOW))
        self.readings.worked(Cadence.SLOW)

    def look(self, at: datetime) -> None:
        seen = {"certificates": Observed(endpoints=(), endpoints_taken_at=at)}
        self.readings.apply(Brought({}, at, 0.1, Cadence.SLOW, seen))
        self.readings.worked(Cadence.SLOW)


@pytest.fixture
def resources() -> Known:
    known = Known("resources")
    for at in (T0 - 2 * SECOND, T0):
        known.tick(at)
    known.slow(T0)
    assert known.state.level(T0) is Level.OK
    return known


def test_ticks_do_not_make_old_file_systems_fresh(resources: Known) -> None:
    now = T0 + HOUR
    resources.tick(now)
    assert resources.panel.is_stale(now)
    assert resources.state.level(now) is Level.UNKNOWN
    assert resources.state.why(now) == "resources: no fresh reading of a part of it"
    assert not resources.panel.is_stale_by(Cadence.FAST, now)
    assert resources.panel.is_stale_by(Cadence.SLOW, now)
    resources.slow(now)
    assert resources.state.level(now) is Level.OK


def test_what_is_slow_may_be_three_of_its_own_periods_old(resources: Known) -> None:
    for age, level in ((90 * SECOND, Level.OK), (91 * SECOND, Level.UNKNOWN)):
        resources.tick(T0 + age)
        assert resources.state.level(T0 + age) is level


def test_a_df_does_not_make_an_old_cpu_fresh(resources: Known) -> None:
    now = T0 + 10 * MINUTE
    resources.readings.fail("no answer within 30 s", road=Cadence.FAST)
    resources.slow(now)
    assert resources.panel.problem == "no answer within 30 s"
    assert resources.panel.is_stale(now)
    assert resources.panel.age_seconds(now) == 600
    assert resources.state.level(now) is Level.UNKNOWN
    resources.tick(now)
    assert (resources.panel.problem, resources.state.level(now)) == ("", Level.OK)


def test_trouble_of_the_slow_road_stays_while_ticks_go_on(resources: Known) -> None:
    resources.readings.fail("no session", road=Cadence.SLOW)
    now = T0 + 2 * SECOND
    resources.tick(now)
    assert resources.state.level(now) is Level.UNKNOWN
    assert resources.state.why(now) == "resources: no session"
    resources.slow(now)
    assert (resources.panel.problem, resources.state.level(now)) == ("", Level.OK)


def test_without_its_slow_part_a_panel_is_not_read_yet() -> None:
    known = Known("resources")
    known.tick(T0)
    assert known.panel.is_unread
    assert known.state.level(T0) is Level.UNKNOWN
    assert known.state.why(T0) == "reading resources…"
    known.slow(T0)
    assert not known.panel.is_unread
    assert known.state.level(T0) is Level.OK


def test_a_look_at_endpoints_does_not_cure_the_rare_road() -> None:
    known = Known("certificates")
    known.readings.fail("no session", road=Cadence.RARE)
    known.look(T0)
    assert known.panel.problem == "no session"
    assert (known.panel.taken_at, known.panel.is_unread) == (None, True)
    assert known.state.level(T0) is Level.UNKNOWN


def test_looks_that_fail_leave_certificates_unknown() -> None:
    known = Known("certificates")
    known.readings.apply(Brought({"certificates": {"host": SectionOutput(b"")}}, T0, 0.1, Cadence.RARE))
    known.look(T0)
    for age, stale in ((900 * SECOND, False), (901 * SECOND, True)):  # they are due every 300 s
        assert known.panel.is_stale(T0 + age) is stale
    known.readings.fail("no session", road=Cadence.SLOW)
    assert known.panel.problem == "no session"
    # The road works again, and it is not its turn to look: nothing stands in its way any more.
    known.readings.apply(Brought({}, T0, 0.1, Cadence.SLOW))
    known.readings.worked(Cadence.SLOW)
    assert known.panel.problem == ""


def test_what_is_read_once_does_not_grow_stale_while_others_are_waited_for() -> None:
    known = Known("resources", at_once=True)
    assert known.panel.is_stale(T0)  # what is not there yet is not known
    known.tick(T0)
    known.slow(T0)
    assert known.state.level(T0 + HOUR) is Level.OK
