"""When a line of a crontab runs next."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_MOST_DAYS = 366 * 5  # 29 February comes every four years, or eight
_LAST_YEAR = 9990  # of a clock that is wrong: beyond, dates end
_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(?:\*|(\w{1,9})(?:-(\w{1,9}))?)(?:/(\d{1,4}))?")


def next_run(schedule: str, after: datetime) -> datetime | None:
    """Return when five fields, or a nickname such as `@daily`, match next; in `after`'s own time zone.

    None where they are no schedule, or `@reboot`, or match never. Changes of summer time are not looked at.
    """
    fields = _NICKNAMES.get(schedule.strip().lower(), schedule).lower().split()
    if len(fields) != 5:
        return None
    minutes, hours = _values(fields[0], 0, 59), _values(fields[1], 0, 23)
    days, months = _values(fields[2], 1, 31), _values(fields[3], 1, 12, _MONTHS, first=1)
    weekdays = _values(fields[4], 0, 7, _DAYS)
    if not (minutes and hours and days and months and weekdays) or after.year > _LAST_YEAR:
        return None
    weekdays = {number % 7 for number in weekdays}
    # As cron(5) says: where both are restricted, either will do.
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    moment = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    for _ in range(_MOST_DAYS):
        on_day, on_weekday = moment.day in days, (moment.isoweekday() % 7) in weekdays
        if moment.month in months and ((on_day or on_weekday) if either else (on_day and on_weekday)):
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    if (hour, minute) >= (moment.hour, moment.minute):
                        return moment.replace(hour=hour, minute=minute)
        moment = moment.replace(hour=0, minute=0) + timedelta(days=1)
    return None


def _values(field: str, least: int, most: int, names: tuple[str, ...] = (), first: int = 0) -> set[int]:
    """Return the numbers that a field means; empty where it is wrong."""
    found: set[int] = set()
    for part in field.split(",")[:100]:
        one = _PART.fullmatch(part)
        if one is None:
            return set()
        step = int(one[3] or 1)
        start = least if one[1] is None else _number(one[1], names, first)
        end = most if one[1] is None or (one[3] and one[2] is None) else start
        end = end if one[2] is None else _number(one[2], names, first)
        if start is None or end is None or not least <= start <= end <= most or step == 0:
            return set()
        found.update(range(start, end + 1, step))
    return found


def _number(word: str, names: tuple[str, ...], first: int) -> int | None:
    if word in names:
        return names.index(word) + first
    return int(word) if word.isascii() and word.isdigit() else None
