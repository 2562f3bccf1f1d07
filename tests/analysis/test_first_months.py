"""The first months after a start beside what was recorded since."""

import datetime

import numpy as np
import pytest

from premortem import theatre
from premortem.analysis import first_months
from premortem.evidence.vintages import EVER, Vintage
from premortem.theatre import nowcast
from premortem.theatre.folder import Folder
from premortem.theatre.nowcast import drugs, violence

RULES = nowcast.read(Folder.find("us-mexico"))
assert RULES is not None
RULES_OF_STARTS = RULES


def test_noise_is_that_of_months_about_the_year_around_them() -> None:
    steady = dict.fromkeys(range(60), 100.0)
    assert first_months.noise(steady) == 0.0
    random = np.random.default_rng(0)
    shaken = {month: 100.0 * np.exp(0.2 * random.standard_normal()) for month in range(60)}
    assert first_months.noise(shaken) == pytest.approx(0.2, rel=0.3)
    assert first_months.noise(dict.fromkeys(range(12), 100.0)) == 0.0  # no month has a year around it


def test_the_record_of_homicides_goes_on_after_the_series_by_state_in_daily_reports() -> None:
    then = Vintage(datetime.date(2025, 7, 7))
    known = violence.record(then, Vintage(EVER), RULES_OF_STARTS)
    before = violence.record(then, then, RULES_OF_STARTS)
    june, january = 2025 * 12 + 5, 2026 * 12
    assert max(before) == june - 1
    assert {month for month in known if month > june} == {june + 3, january, january + 4}
    ratio = known[june] / 2029  # victims of June 2025
    assert known[january] == pytest.approx(52.4 * 31 * 1.03 * ratio)


def test_what_is_seized_at_the_line_is_part_of_what_is_seized() -> None:
    for drug in ("fentanyl", "cocaine"):
        assert drugs.beyond_the_line(Vintage(EVER), RULES_OF_STARTS.drugs, drug) > 1.0


@pytest.mark.slow
def test_the_first_year_after_july_2025_is_set_beside_every_series() -> None:
    months = first_months.check(theatre.load(start="2025-07"))
    by_series: dict[str, list[first_months.Month]] = {}
    for month in months:
        by_series.setdefault(month.series, []).append(month)
        assert month.model.low <= month.model.median <= month.model.high
        assert "2025-07" <= month.month <= "2026-06"
    assert {"homicides", "fentanyl_seized", "transfers", "overdose"} <= set(by_series)
    sent = {month.month: month.recorded for month in by_series["transfers"]}
    assert (sent["2025-07"], sent["2025-08"], sent["2026-01"]) == (0, 26, 63)
    assert sum(month.inside for month in months) > len(months) / 2
