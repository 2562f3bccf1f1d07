"""How many people go missing and stay so by state, on a day, from what the national register showed.

The register's last twelve months that were public stand for the start: the older they are, the less the level is known. Before it counted a
whole year, those missing are a share of homicides, as in the first years that were counted.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping

from premortem.evidence import months
from premortem.evidence.vintages import Vintage
from premortem.theatre.nowcast.settings import Missing
from premortem.theatre.nowcast.violence import sd

REGISTER, SERIES = "series.missing_persons", "still_missing"


def level(
    vintage: Vintage, rules: Missing, date: datetime.date, homicides: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    """Return those who go missing and stay so, person/year by state, and the standard deviation of the logarithm of their level.

    Parameters
    ----------
    homicides : by state, person/year, at the same day.
    """
    counts = vintage.months(REGISTER, series=SERIES)
    known = sorted({month for state in counts.values() for month in state})[-months.PER_YEAR :]
    if len(known) < months.PER_YEAR:
        return {iso: n * rules.over_homicides.value for iso, n in homicides.items()}, sd(rules.over_homicides)
    middle = (known[0] + known[-1] + 1) / 2
    age = (months.of_day(date) - middle) / months.PER_YEAR
    yearly = {iso: sum(counts.get(iso, {}).get(month, 0.0) for month in known) for iso in homicides}
    return yearly, rules.change.value * math.sqrt(age)
