"""The graphs of the resources panel: 24 h and 10 min are that long, however little is known of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from opsconsole.panels.resources.reading import ResourcesReading
from opsconsole.panels.resources.view_tables import trends
from opsconsole.panels.view import Showing

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def test_six_minutes_do_not_fill_a_day_and_gaps_stay() -> None:
    minutes = [(NOW - timedelta(minutes=minute), 50.0) for minute in range(6, 0, -1)]
    before = [(NOW - timedelta(hours=12), 100.0)]
    showing = Showing(
        ResourcesReading(taken_at=NOW, cpu_percent=50.0),
        NOW,
        series={"cpu_percent": [50.0] * 30},  # of 2 s each: a minute
        past={"cpu_percent": [*before, *minutes]},
        series_length=300,
    )
    width = 180
    line = next(line.plain for line in trends(showing, width) if line.plain.startswith("cpu"))
    ten_minutes, day = re.findall(r"[▁-█](?:[ ▁-█]*[▁-█])?", line)
    room = (width - 37) // 2
    assert len(ten_minutes) == round(room / 10)
    assert day.count("█") == 1
    assert re.fullmatch(rf"█ {{{room // 2 - 2},{room // 2}}}▅", day)
