"""Time to full: growth is told when it is steady, and nothing is made of jumps, saw teeth or too little."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from opsconsole.data.host import Host
from opsconsole.panels.panel import SectionOutput
from opsconsole.panels.resources import PANEL
from opsconsole.panels.resources.trend import Trend

GIB = 1024**3
T0 = datetime(2026, 11, 20, tzinfo=UTC)


def grown(used: Callable[[float], float], seconds: float, step: float = 30) -> float | None:
    trend = Trend()
    at = 0.0
    while at <= seconds:
        trend.add(at, used(at))
        at += step
    return trend.grows_bytes_per_hour()


def test_linear_growth() -> None:
    assert grown(lambda at: 50 * GIB + at * GIB / 3600 * 2, 3600) == pytest.approx(2 * GIB)


def test_a_clock_that_is_set_back_stops_no_trend() -> None:
    trend = Trend()
    for step in range(20):
        trend.add(36_000 + step * 30, 50 * GIB + step * GIB)
    assert trend.grows_bytes_per_hour() == pytest.approx(120 * GIB)
    for step in range(20, 60):  # ten hours earlier by the clock, and it grows no more
        trend.add(step * 30, 69 * GIB)
    assert trend.grows_bytes_per_hour() is None


def test_growth_with_noise_and_one_outlier() -> None:
    def used(at: float) -> float:
        noise = (int(at) * 7919 % 13 - 6) * 0.001 * GIB
        return 50 * GIB + at / 3600 * GIB + noise + (20 * GIB if at == 1800 else 0)

    assert grown(used, 3600) == pytest.approx(GIB, rel=0.15)


def test_disk_that_began_to_fill_ten_minutes_ago() -> None:
    assert grown(lambda at: 50 * GIB + max(0.0, at - 3000) * GIB / 60, 3600) == pytest.approx(
        60 * GIB, rel=0.1
    )


@pytest.mark.parametrize(
    "used",
    [
        lambda at: 50.0 * GIB,
        lambda at: 50 * GIB - at * 1e6,
        lambda at: 50.0 * GIB if at < 1800 else 60.0 * GIB,
        lambda at: 50.0 * GIB if at < 3200 else 60.0 * GIB,
        lambda at: 50 * GIB + (at % 600) * 1e6,
    ],
    ids=["flat", "shrinking", "one jump", "one late jump", "saw teeth"],
)
def test_nothing_is_predicted_from(used: Callable[[float], float]) -> None:
    assert grown(used, 3570) is None


def test_too_little_is_no_trend() -> None:
    assert grown(lambda at: at * 1e6, 240) is None
    assert grown(lambda at: at * 1e6, 18, step=1) is None
    assert grown(lambda at: at * 1e6, 300) == pytest.approx(3.6e9)


def test_memory_is_bounded() -> None:
    trend = Trend()
    for at in range(0, 86_400, 2):
        trend.add(at, at)
    assert len(trend._recent) + len(trend._hour) <= 124


def slow(used_kib: int) -> dict[str, SectionOutput]:
    line = f"/dev/a 100000000 {used_kib} {100000000 - used_kib} 9% /var"
    text = f"==> mounts <==\n/dev/a /var ext4 rw\n==> df <==\n{line}\n"
    return {"slow": SectionOutput(text.encode())}


def test_reading_predicts_after_five_minutes_and_at_once_when_seeded() -> None:
    fresh, seeded = PANEL.reader(Host("a", "a")), PANEL.reader(Host("a", "a"))
    past = [(T0 - timedelta(seconds=30 * n), 1024.0 * (70_000_000 - 10_000 * n)) for n in range(40, 0, -1)]
    seeded.seed("filesystem_used_bytes:/var", past)
    seeded.seed("cpu_percent", past)
    first = seeded.read(slow(70_000_000), T0)
    assert first.filesystems[0].grows_bytes_per_hour == pytest.approx(1024 * 10_000 * 120)
    assert first.filesystems[0].full_in_seconds == pytest.approx(30_000_000 / 10_000 * 30)
    for n in range(10):
        reading = fresh.read(slow(70_000_000 + 10_000 * n), T0 + timedelta(seconds=30 * n))
        expected = None if n < 9 else pytest.approx(1024 * 10_000 * 120)
        assert reading.filesystems[0].grows_bytes_per_hour == expected
