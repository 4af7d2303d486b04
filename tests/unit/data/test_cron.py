"""When a line of a crontab runs next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.cron import next_run

NOW = datetime(2026, 11, 26, 11, 40, 5, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("* * * * *", datetime(2026, 11, 26, 11, 41, tzinfo=UTC)),
        ("40 11 * * *", datetime(2026, 11, 27, 11, 40, tzinfo=UTC)),  # this minute has begun
        ("0 */12 * * *", datetime(2026, 11, 26, 12, 0, tzinfo=UTC)),
        ("@daily", datetime(2026, 11, 27, 0, 0, tzinfo=UTC)),
        ("@weekly", datetime(2026, 11, 29, 0, 0, tzinfo=UTC)),
        ("30 4 * * mon", datetime(2026, 11, 30, 4, 30, tzinfo=UTC)),
        ("30 4 * * 7", datetime(2026, 11, 29, 4, 30, tzinfo=UTC)),
        ("5-7,9 1 1 * 5", datetime(2026, 11, 27, 1, 5, tzinfo=UTC)),  # day or weekday
        ("0 0 1 * *", datetime(2026, 12, 1, tzinfo=UTC)),
        ("0 0 29 2 *", datetime(2028, 2, 29, tzinfo=UTC)),
        ("10/20 11 * * *", datetime(2026, 11, 26, 11, 50, tzinfo=UTC)),
        ("0 0 * JAN *", datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_next_run(schedule: str, expected: datetime) -> None:
    assert next_run(schedule, NOW) == expected


@pytest.mark.parametrize(
    "schedule",
    [
        "0 0 31 2 *",
        "@reboot",
        "",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "*/0 * * * *",
        "5-3 * * * *",
        "x * * * *",
    ],
)
def test_never(schedule: str) -> None:
    assert next_run(schedule, NOW) is None


def test_the_end_of_time() -> None:
    assert next_run("0 0 1 1 *", datetime(9999, 12, 31, 23, 59, tzinfo=UTC)) is None


FIELD = st.text("0123456789*/,-adnosu", max_size=8)


@given(st.one_of(st.text(max_size=40), st.lists(FIELD, min_size=5, max_size=5).map(" ".join)))
def test_any_text(schedule: str) -> None:
    found = next_run(schedule, NOW)
    assert found is None or found > NOW
