"""Laws of violence: heat and its wars against the record, removals and splits, truces, and what harm, pressure, bribes and pay do.

Definitions, results and doubts: docs/model/rivalry.md, docs/model/leadership.md.
"""

import dataclasses
import datetime
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem import theatre
from premortem.engine.week import Model
from premortem.evidence import load as load_evidence
from premortem.evidence import wars
from premortem.model import heat
from premortem.model.heat import Heat
from premortem.model.luck import Luck, key_of
from premortem.model.mechanisms.control import CONTROL_SHARES
from premortem.model.mechanisms.leadership import LEADERSHIP
from premortem.model.mechanisms.movement import MOVEMENT
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.mechanisms.state import STATE
from premortem.model.signals import BACKLASH, BRIBES, PAY
from tests.model.given import later, of, parameters, scripted, simulate, simulate_each
from tests.model.toys import orders, toy_world

STATES = 32
WEEKS_PER_YEAR = 52
STILL: dict[str, Any] = {
    **dict.fromkeys(("s_x", "s_u", "s_g", "s_l", "war_rate"), 0.0),
    **dict.fromkeys(("tau_x", "tau_l"), 1e9),
}


@cache
def _program(weeks: int, regions: int, war: float = 0.0) -> Any:
    """Return the program that moves heat for some weeks: [future, week, r] of what `states` reads."""
    of_state = jnp.arange(regions) // 2 * 2 if regions < STATES else jnp.arange(regions)

    def future(p: Any, number: jax.Array) -> tuple[jax.Array, jax.Array]:
        world = dataclasses.replace(toy_world(3, regions), wars=jnp.full(regions, war))
        key = key_of(jax.random.key(5), number)

        def week(now: Heat, index: jax.Array) -> tuple[Heat, tuple[jax.Array, jax.Array]]:
            luck = Luck(key_of(key, index), "rivalry")
            then = heat.week(now, p, luck, 1.0, of_state, jnp.zeros(()), jnp.zeros(regions))
            return then, (heat.log_level(then), then.rise - then.rise_mean)

        return jax.lax.scan(week, heat.begin(world, p), jnp.arange(weeks))[1]

    return jax.jit(jax.vmap(future))


def moved(years: int, futures: int, regions: int = STATES, **changes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return heat and its wars, [future, week, r], with parameters drawn from their priors but for ``changes``."""
    drawn = parameters([RIVALRY], toy_world(), futures, at_median=False, **of(RIVALRY, changes))["rivalry"]
    level, war = _program(WEEKS_PER_YEAR * years, regions)(drawn, jnp.arange(futures))
    return np.asarray(level), np.asarray(war)


def test_a_state_moves_as_far_in_one_three_and_five_years_as_states_on_record() -> None:
    """The facts less the passing part of a mean over a year, which a single week has in full."""
    known = STILL | {"s_x": 0.033, "tau_x": 1000.0, "s_u": 0.12, "tau_u": 15.0}
    level, _ = moved(5, 40, **known)
    for years, expected in ((1, 0.26), (3, 0.40), (5, 0.49)):
        assert level[:, WEEKS_PER_YEAR * years - 1].std() == pytest.approx(expected, rel=0.05)


def test_a_war_under_way_at_the_start_is_in_its_level_and_fades_from_it() -> None:
    """Known: without luck, exp(-t / tau_w) of it is left, some weeks later than that as far as what it built up lags behind."""
    still = of(RIVALRY, STILL | {"s_u": 0.0, "growth_start": 0.0, "tau_w": 100.0, "tau_b": 1.0})
    drawn = parameters([RIVALRY], toy_world(), 1, at_median=False, **still)["rivalry"]
    level, _ = _program(520, 6, 0.8)(drawn, jnp.arange(1))
    fell = np.asarray(level)[0, :, 0]
    assert fell[0] == pytest.approx(0, abs=0.01)
    assert (np.diff(fell) < 0).all()
    assert fell[99] == pytest.approx(-0.8 * (1 - np.exp(-1)), abs=0.01)
    assert fell[-1] == pytest.approx(-0.8, abs=0.01)


def test_the_strip_and_the_interior_of_a_state_share_their_luck() -> None:
    level, _ = moved(1, 8, regions=6)
    np.testing.assert_array_equal(level[..., 0::2], level[..., 1::2])
    assert np.abs(level[..., 0] - level[..., 2]).max() > 0.05


def test_wars_that_may_come_move_no_mean() -> None:
    level, war = moved(10, 100, **(STILL | {"war_rate": 1.0, "war_size": 1.0, "tau_w": 156.0, "tau_b": 26.0}))
    np.testing.assert_allclose(level, war, atol=1e-5)
    for years in (1, 3, 10):
        now = war[:, WEEKS_PER_YEAR * years - 1]
        assert abs(now.mean()) < 4 * now.std() / np.sqrt(now.size)


RECORD = wars.recorded().before(datetime.date(2022, 1, 1))


def simulated(level: np.ndarray, seed: int) -> wars.Series:
    """Return the months of 2005 to 2021 that heat [week, state] would give, with the nation's recorded path."""
    series = RECORD
    first = series.month(2005)
    months = series.deaths.shape[1] - first
    usual = series.deaths[:, first - 24 : first].mean(1)
    weeks = (np.arange(months) * WEEKS_PER_YEAR / 12).astype(int)
    expected = usual[:, None] * np.exp(level[weeks].T)
    expected *= series.deaths[:, first:].sum(0) / expected.sum(0)
    deaths = np.random.default_rng(seed).poisson(expected).astype(float)
    return wars.Series(series.states, 2005, deaths, series.population[:, first:])


@cache
def simulated_wars(futures: int) -> list[tuple[wars.Series, list[wars.War]]]:
    """Return futures of states whose nation is the recorded one, and their wars from 2007 on."""
    level, _ = moved(17, futures, **{name: STILL[name] for name in ("s_g", "s_l", "tau_l")})
    made = [simulated(level[i], i) for i in range(futures)]
    return [(series, wars.wars(series, series.month(2007))) for series in made]


def of_wars(read: Any, futures: int = 60) -> np.ndarray:
    """Return a statistic of the wars of each future."""
    return np.array([read(series, found) for series, found in simulated_wars(futures)])


def median_length(series: wars.Series, found: list[wars.War]) -> float:
    """Return the median of months until half of the excess is gone, those not yet over included (Kaplan and Meier)."""
    months = np.array([(war.half_gone or series.deaths.shape[1]) - war.onset for war in found])
    over = np.array([war.half_gone is not None for war in found])[np.argsort(months)]
    left = np.cumprod(1 - over / np.arange(len(months), 0, -1))
    reached = np.flatnonzero(left <= 0.5)
    return float(np.sort(months)[reached[0]]) if len(reached) else np.inf


STATISTICS: dict[str, Any] = {
    "number": lambda series, found: len(found),
    "multiple": lambda series, found: np.median([war.multiple for war in found]),
    "months to the peak": lambda series, found: np.median([war.peak - war.onset for war in found]),
    "months until half is gone": median_length,
    "excess deaths": lambda series, found: np.median([war.excess for war in found]),
    "share of the nation's rises": lambda series, found: wars.share_of_rises(series, found, series.month(2006)),
}


@pytest.mark.parametrize("name", list(STATISTICS))
def test_wars_are_as_many_as_large_as_long_and_as_much_of_the_nations_rises_as_on_record(name: str) -> None:
    read = STATISTICS[name]
    recorded = read(RECORD, wars.wars(RECORD, RECORD.month(2007)))
    low, high = np.quantile(of_wars(read), [0.05, 0.95])
    assert low <= recorded <= high


def test_a_passing_noise_alone_is_a_ripple_beside_the_record() -> None:
    """The nation's own rise makes a few wars; local ones need the walk and the jumps."""
    level, _ = moved(17, 12, **(STILL | {"s_u": 0.12}))
    found = [(made, wars.wars(made, made.month(2007))) for made in (simulated(level[i], i) for i in range(12))]
    assert np.median([len(each) for _, each in found]) < 22 / 2
    assert np.median([wars.share_of_rises(made, each, made.month(2006)) for made, each in found]) < 0.3


WEEKS = 3 * WEEKS_PER_YEAR
REACTING = Model(
    (scripted((BRIBES, PAY, BACKLASH)), RECRUITMENT, RIVALRY, STATE, MOVEMENT, CONTROL_SHARES), noise=False
)
HARMED = 0
"""The region in which residents were killed: in three years of twenty recruits a week."""


@pytest.fixture(scope="module")
def reactions() -> dict[str, dict[str, np.ndarray]]:
    """Three years of the packaged theatre, expected, at the medians of all priors, with one change each."""
    world = theatre.load().world()
    harm = np.zeros(world.regions)
    harm[HARMED] = 20.0
    unhidden = {"movement_h_hide": 1e9}
    cases: dict[str, dict[str, Any]] = {
        "rest": {},
        "effort": {"levers": {"arrest_capacity": 3.0}},
        "rest, nobody hides": {"changes": unhidden},
        "effort, nobody hides": {"levers": {"arrest_capacity": 3.0}, "changes": unhidden},
        "half the bribes": {"signals": {BRIBES: np.full(world.regions, 0.5)}},
        "twice the bribes": {"signals": {BRIBES: np.full(world.regions, 2.0)}},
        "less pay": {"signals": {PAY: np.full(world.organisations, 0.7)}},
        "harm": {"signals": {BACKLASH: harm}},
    }
    built = [
        {
            "controls": orders(WEEKS, world, levers=case.get("levers")),
            "told": later(case.get("signals"), world, WEEKS),
            **case.get("changes", {}),
        }
        for case in cases.values()
    ]
    result = simulate_each(REACTING, built, world=world)
    return {
        case: {name: values[i] for name, values in (result.weekly | {"by region": result.regional["members"]}).items()}
        for i, case in enumerate(cases)
    }


def over(reactions: dict[str, dict[str, np.ndarray]], name: str, case: str, rest: str = "rest") -> float:
    """Return an outcome of the last year over what it is at rest."""
    last = slice(WEEKS - WEEKS_PER_YEAR, WEEKS)
    return float(reactions[case][name][last].sum() / reactions[rest][name][last].sum())


def test_members_who_are_pressed_hide_so_that_three_times_the_effort_holds_fewer_than_three_times_as_many(
    reactions: Any,
) -> None:
    hiding = over(reactions, "members_held", "effort")
    seen = over(reactions, "members_held", "effort, nobody hides", "rest, nobody hides")
    assert 1.2 < hiding < 0.93 * seen
    assert seen < 3.05


def test_fewer_bribes_leave_forces_that_hold_more_and_more_bribes_the_other_way(reactions: Any) -> None:
    assert 1.03 < over(reactions, "members_held", "half the bribes") < 1.3
    assert 0.75 < over(reactions, "members_held", "twice the bribes") < 0.97


def test_lower_pay_keeps_recruits_away(reactions: Any) -> None:
    assert 0.8 < over(reactions, "recruits", "less pay") < 0.97
    assert 0.8 < over(reactions, "members", "less pay") < 0.99


def test_harm_fills_the_ranks_where_it_was_done(reactions: Any) -> None:
    more = reactions["harm"]["by region"][-1] - reactions["rest"]["by region"][-1]
    assert 0.4 * 20 * WEEKS < more.sum() < 20 * WEEKS  # some are lost, and leave
    assert more[HARMED] > 0.5 * more.sum()


@pytest.mark.slow
def test_the_nations_record_lies_in_the_middle_of_what_was_to_be_expected_from_2018() -> None:
    """Homicides of 2018 to 2021, of which the start of 2018 knows nothing."""
    futures, years = 128, 4
    world = theatre.load(start="2018").world()
    parts = (RECRUITMENT, RIVALRY, STATE, LEADERSHIP, MOVEMENT, CONTROL_SHARES)
    made = orders(WEEKS_PER_YEAR * years, world)
    weekly = simulate(Model(parts), made, world=world, futures=futures, at_median=False).weekly["homicides_mx"]
    yearly = weekly.reshape(futures, years, WEEKS_PER_YEAR).sum(2)
    rows = load_evidence().tables["violence.table.national"].rows
    record = {int(row["year"]): float(row["deaths"]) for row in rows if row["series"] == "inegi"}
    for year, expected in enumerate(yearly.T):
        low, high = np.quantile(expected, [0.05, 0.95])
        assert low < record[2018 + year] < high
        assert np.median(expected) == pytest.approx(record[2018 + year], rel=0.15)
