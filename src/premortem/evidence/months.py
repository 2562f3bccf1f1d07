"""Months and years of records: counted, dated and written. A month is its number from the year 0, 12 a year."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Mapping

PER_YEAR = 12
DAYS_IN_YEAR = 365
WEEKS_IN_YEAR = 52.18  # of the calendar; a model year is 52 weeks
KG_PER_POUND = 0.45359237


def of(text: str) -> int:
    """Return the month of a date or month written as ISO 8601.

    >>> of("2024-02-29") - of("2023-12")
    2
    """
    year, month = (int(part) for part in text.split("-")[:2])
    return year * PER_YEAR + month - 1


def of_day(day: datetime.date) -> int:
    """Return the month in which a day lies."""
    return day.year * PER_YEAR + day.month - 1


def text(month: int) -> str:
    """Return a month as ISO 8601."""
    return f"{month // PER_YEAR}-{month % PER_YEAR + 1:02d}"


def first(month: int) -> datetime.date:
    """Return the first day of a month."""
    return datetime.date(month // PER_YEAR, month % PER_YEAR + 1, 1)


def days(month: int) -> int:
    """Return the number of days of a month."""
    return calendar.monthrange(month // PER_YEAR, month % PER_YEAR + 1)[1]


def of_year(year: int) -> range:
    """Return the months of a year."""
    return range(year * PER_YEAR, (year + 1) * PER_YEAR)


def whole_years(counted: Mapping[str, Mapping[int, float]]) -> dict[int, dict[str, float]]:
    """Return year -> place -> sum of its months, for the years whose months are all counted at every place, in order.

    >>> whole_years({"MX-SIN": {month: 2.0 for month in of_year(2024)} | {of("2025-01"): 3.0}})
    {2024: {'MX-SIN': 24.0}}
    """
    common = set.intersection(*(set(months) for months in counted.values())) if counted else set[int]()
    years = sorted({month // PER_YEAR for month in common})
    return {
        year: {place: sum(months[month] for month in of_year(year)) for place, months in counted.items()}
        for year in years
        if common.issuperset(of_year(year))
    }


def last_day(text: str) -> datetime.date:
    """Return the last day of a year, month or day written as ISO 8601.

    >>> last_day("2024-02")
    datetime.date(2024, 2, 29)
    """
    parts = [int(part) for part in text.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else PER_YEAR
    return datetime.date(year, month, parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1])


def year_of(day: datetime.date) -> float:
    """Return a day as a year with a fraction."""
    return day.year + (day - datetime.date(day.year, 1, 1)).days / DAYS_IN_YEAR


def day_of(year: float) -> datetime.date:
    """Return a year with a fraction as a day."""
    whole = int(year)
    return datetime.date(whole, 1, 1) + datetime.timedelta(days=round((year - whole) * DAYS_IN_YEAR))


def mid_year(day: datetime.date) -> tuple[int, float]:
    """Return the last year whose middle is not after a day, and the part of a year passed since."""
    middle = 7
    year = day.year - (day < datetime.date(day.year, middle, 1))
    return year, (day - datetime.date(year, middle, 1)).days / 365.25
