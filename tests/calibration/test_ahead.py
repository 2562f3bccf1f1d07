"""What the model says of the targets: weeks by month, factors known at the start, one length of records at every start."""

from __future__ import annotations

import datetime

import jax.numpy as jnp
import numpy as np
import pytest

from premortem import theatre
from premortem.calibration.ahead import CONTENTS, STRETCHES, Ahead, by_month, factors, filled
from premortem.calibration.hindcast import FIRST, forecasts, quarterly, rows, vintage_of
from premortem.calibration.targets import TARGETS
from premortem.evidence import months
from premortem.evidence.skill import MODEL
from premortem.evidence.vintages import EVER, Vintage
from premortem.model.mechanisms import overdose
from premortem.theatre.nowcast import newest_start

STATES = tuple(sorted({region.state for region in theatre.load(start="2021-12").regions}))


def flat(origin: str, horizon: int = 14) -> Ahead:
    """Return futures in which every state has 30 homicides a month and everything else is 100 a month."""
    first = months.of(origin)
    names = ("missing", "overdose_deaths", "fentanyl", "methamphetamine", "cocaine", "heroin")
    values = {name: np.full((5, horizon), 100.0) for name in names}
    return Ahead(origin, tuple(range(first, first + horizon)), STATES, values, np.full((5, horizon, len(STATES)), 30.0))


def test_weeks_are_shared_out_by_days_and_the_first_month_is_made_whole() -> None:
    world = theatre.load(start="2021-12")
    assert world.date == datetime.date(2021, 12, 6)
    first = months.of("2021-12")
    found = by_month(np.full((2, 13, 1), 7.0), world, range(first, first + 2))
    np.testing.assert_allclose(found[:, :, 0], 31.0)
    rising = by_month(np.arange(13.0)[None, :, None], world, range(first + 1, first + 2))
    whole, before = np.arange(13.0), (datetime.date(2022, 1, 1) - world.date).days / 7
    after = (datetime.date(2022, 2, 1) - world.date).days / 7
    cumulative = np.concatenate([[0.0], whole.cumsum()])
    expected = np.interp([before, after], np.arange(14), cumulative)
    np.testing.assert_allclose(found.sum(), 2 * 62.0)
    np.testing.assert_allclose(rising[0, 0, 0], expected[1] - expected[0])


@pytest.mark.parametrize(
    ("origin", "low", "high"), [("2012-12", 0.9, 1.0), ("2016-06", 0.9, 1.0), ("2021-12", 0.85, 1.0)]
)
def test_the_registers_months_are_most_of_its_official_totals(origin: str, low: float, high: float) -> None:
    of_nation = factors(TARGETS["homicides_registered"], vintage_of(origin), STATES).mean()
    assert low < of_nation < high


def test_prosecutors_victims_are_carried_over_by_what_was_known() -> None:
    then = factors(TARGETS["homicide_victims"], vintage_of("2021-12"), STATES)
    assert np.ptp(then) == 0
    assert 1 / 1.17 < then[0] < 1 / 0.94


def test_the_model_stands_beside_its_rivals_in_the_units_of_the_record() -> None:
    origin = "2021-12"
    found = list(forecasts(TARGETS["homicide_victims_yearly"], origin, flat(origin), vintage_of(origin), 14))
    own = {one.place: one for one in found if one.model == MODEL}
    rivals = {(one.place, tuple(one.ends)) for one in found if one.model == "pool"}
    assert {(place, tuple(one.ends)) for place, one in own.items()} == rivals
    factor = factors(TARGETS["homicide_victims"], vintage_of(origin), STATES)[0]
    np.testing.assert_allclose(own["MX-SIN"].samples, 360 * factor)
    np.testing.assert_allclose(own["MX"].samples, 32 * 360 * factor)
    frame = rows(found)
    assert frame.columns == ["model", "origin", "target", "location", "horizon", "target_end", "sample", "value"]
    assert frame["target_end"].unique().to_list() == ["2022-12-31"]


def test_a_year_of_overdoses_is_the_calendars() -> None:
    origin = "2021-12"
    found = list(forecasts(TARGETS["overdose_yearly"], origin, flat(origin, 26), vintage_of(origin), 26))
    own = next(one for one in found if one.model == MODEL)
    assert own.ends == [2022, 2023]
    np.testing.assert_allclose(own.samples, 1200.0)


def test_records_of_one_length_say_what_they_said() -> None:
    world = theatre.load(start="2021-12").world()
    full = filled(world)
    assert (len(full.overdoses.years), len(full.market.content)) == (STRETCHES, CONTENTS)
    p = overdose.Parameters(**{name: jnp.asarray(0.1) for name in overdose.Parameters.__dataclass_fields__})
    hazards, left = overdose._past(p, world.overdoses.years, world.overdoses.deaths)
    again, same = overdose._past(p, full.overdoses.years, full.overdoses.deaths)
    np.testing.assert_allclose(again[-len(hazards) :], hazards, rtol=1e-5)
    np.testing.assert_allclose(jnp.stack(same), jnp.stack(left), rtol=1e-5)
    before = world.market
    for week in (0.0, 30.0, 500.0):
        was = jnp.interp(week, before.weeks, before.content) if len(before.weeks) else 1.0
        np.testing.assert_allclose(jnp.interp(week, full.market.weeks, full.market.content), was, rtol=1e-6)


def test_origins_come_every_quarter() -> None:
    origins = quarterly(newest=newest_start(Vintage(EVER)))
    assert origins[0] == FIRST
    assert [origin[-2:] for origin in origins[:5]] == ["12", "03", "06", "09", "12"]
