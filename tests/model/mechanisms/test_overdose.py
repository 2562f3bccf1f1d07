import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from premortem import theatre
from premortem.engine.week import Model
from premortem.evidence import parameters as ledger
from premortem.evidence.sampling import draw
from premortem.model.index_sets import DRUGS
from premortem.model.mechanism import Outcome, Own
from premortem.model.mechanisms.overdose import OVERDOSE, _chi, _hazard, _past, _thinned
from premortem.model.parameters import assemble
from premortem.model.signals import DRUG_DEMAND, DRUG_USE, DRUGS_LOST, FENTANYL_RETURN, OVERDOSE_RATIO, POTENCY
from premortem.model.units import STEPS, WEEKS_PER_YEAR
from premortem.model.world import Overdoses
from tests.model.given import median, of, one_week, scripted, simulate
from tests.model.toys import orders, toy_world

REAL = theatre.load(start="2025").arrays
RECORD = Overdoses(
    **{f.name: jnp.asarray(REAL[f"overdoses.{f.name}"], jnp.float32) for f in dataclasses.fields(Overdoses)}
)
WORLD = dataclasses.replace(toy_world(), overdoses=RECORD)
WEEKS = 520
LAST_YEAR = float(RECORD.deaths[-1])

GIVEN = scripted((DRUG_USE, DRUGS_LOST, POTENCY))
PROBED = dataclasses.replace(
    OVERDOSE,
    outcomes=(
        *OVERDOSE.outcomes,
        Outcome("frailty", lambda view, own, moved: own.s.frailty),
        Outcome("demand", lambda view, own, moved: view[DRUG_DEMAND][DRUGS.index("heroin")]),
        Outcome("ratio", lambda view, own, moved: view[OVERDOSE_RATIO]),
        Outcome("return", lambda view, own, moved: view[FENTANYL_RETURN]),
    ),
)
MEAN, LUCKY = Model((GIVEN, PROBED), noise=False), Model((GIVEN, PROBED))
ALONE = Model((PROBED,), noise=False)
CALM: dict[str, Any] = {"trend_fade": 1e-3}  # no trend left over from the fall since 2023


def go(
    model: Model = MEAN,
    signals: Any = None,
    levers: Mapping[str, float] | None = None,
    futures: int = 1,
    **changes: Any,
) -> Any:
    made = orders(WEEKS, levers=levers)
    result = simulate(model, made, world=WORLD, told=signals, futures=futures, **of(OVERDOSE, changes))
    assert (result.fault_week == -1).all()
    return result


def use(fentanyl: float, stimulants: float = 1.0) -> Any:
    path = np.asarray([fentanyl, stimulants, stimulants, fentanyl])
    return {DRUG_USE: np.broadcast_to(path, (WEEKS, 4))}


def solved(**changes: Any) -> Own[Any, Any, Any]:
    view = one_week(WORLD)
    p = median(OVERDOSE, WORLD, **changes)
    balanced = OVERDOSE.balance(view, Own(p, *OVERDOSE.start(view, p)), {})  # type: ignore[misc]
    return Own(p, balanced.constants, balanced.state)


# The start


@settings(max_examples=20, deadline=None)
@given(users=st.floats(1e6, 3.5e6), treated=st.floats(0.12, 0.3), frailty=st.floats(0.0, 8.0), rr=st.floats(0.25, 0.6))
def test_the_start_dies_at_the_rate_of_the_record_whatever_the_draw(
    users: float, treated: float, frailty: float, rr: float
) -> None:
    """The mean risk of the last year, at the end of it: what is off is what those at risk have changed within that year, and no more."""
    p = median(OVERDOSE, WORLD, users=users, treated_share=treated, frailty=frailty, rr=rr)
    _, (u, t, _, f) = _past(p, RECORD.years[:-1], RECORD.deaths[:-1])
    a_year_ago = float(f * (u + rr * t))
    by_row, (u, t, _, f) = _past(p, RECORD.years, RECORD.deaths)
    at_risk = float(f * (u + rr * t))
    low, high = sorted((1.0, at_risk / a_year_ago))
    assert low - 1e-4 < float(by_row[-1]) * at_risk / LAST_YEAR < high + 1e-4
    assert high - low < 0.05
    assert 0 < f <= 1


def test_the_fall_since_2023_is_split_between_supply_thinning_and_safer_use() -> None:
    own = solved(supply_share=0.5)
    p, chi = own.p, float(own.c.chi)
    assert chi == pytest.approx(0.5 * np.log(0.546) / np.log(0.53))
    by_row, _ = _past(p, RECORD.years, RECORD.deaths)
    peak = int(np.argmax(RECORD.deaths))
    years = float(RECORD.years[peak + 1 :].sum() - RECORD.years[-1] / 2 + RECORD.years[peak] / 2)
    rest = np.log(by_row[-1] / by_row[peak]) - chi * np.log(0.53)
    assert float(own.c.trend) * 52 * years == pytest.approx(rest, rel=1e-4)
    assert own.c.trend < 0


def test_before_the_fall_there_is_no_trend_and_nothing_to_come_back() -> None:
    constants = opened(years=RECORD.years[:5], deaths=RECORD.deaths[:5], spread=RECORD.spread[:5])
    assert constants.trend == 0
    assert constants.fallen == 0


def opened(level: float = 0.0, **record: jax.Array) -> Any:
    """Return the constants of a start with another record."""
    world = dataclasses.replace(WORLD, overdoses=dataclasses.replace(RECORD, **record))
    view = dataclasses.replace(one_week(WORLD), world=world)
    p = median(OVERDOSE, WORLD, level=level)
    return OVERDOSE.balance(view, Own(p, *OVERDOSE.start(view, p)), {}).constants  # type: ignore[misc]


def test_what_grew_before_the_start_goes_on_and_a_fall_of_other_years_brings_no_supply_back() -> None:
    growing = opened(
        years=RECORD.years[:5], deaths=RECORD.deaths[:5], spread=RECORD.spread[:5], growth=jnp.asarray(0.12)
    )
    assert float(growing.trend) * WEEKS_PER_YEAR == pytest.approx(0.12)
    before_2023 = opened(fell=jnp.zeros(()), growth=jnp.asarray(-0.1))
    assert before_2023.fallen == 0
    assert float(before_2023.trend) * WEEKS_PER_YEAR == pytest.approx(-0.1)
    assert opened().fallen == 1


def test_a_start_whose_deaths_were_not_counted_yet_is_as_far_off_as_it_draws() -> None:
    spread = jnp.zeros_like(RECORD.spread).at[-1].set(0.3)
    low, middle, high = (float(opened(level, spread=spread).deaths) for level in (-1.0, 0.0, 1.0))
    others = float(
        opened(deaths=RECORD.deaths.at[-1].set(1e-3)).deaths
    )  # without synthetic opioids, which have no spread
    assert (high - others) / (middle - others) == pytest.approx(np.exp(0.3), rel=0.05)
    assert (low - others) / (middle - others) == pytest.approx(np.exp(-0.3), rel=0.05)
    assert float(opened(1.0).deaths) == middle  # the reference was counted


def test_supply_of_the_prior_reaches_from_a_tenth_to_nine_tenths_of_the_fall() -> None:
    mine = {name: p for name, p in ledger.load().items() if p.mechanism == "overdose"}
    [p] = assemble([OVERDOSE], draw(mine, 0, np.arange(500), {})).values()
    low, high = np.quantile(np.asarray(jax.vmap(_chi)(p)), [0.05, 0.95])
    assert low < 0.12
    assert high > 0.75


# Known answers


def test_frailty_rests_where_deaths_thin_as_fast_as_newcomers_come() -> None:
    p = median(OVERDOSE, WORLD, frailty=2.0)
    assert float(_thinned(p, jnp.asarray(0.5376), jnp.asarray(0.04), jnp.asarray(0.05))) == pytest.approx(0.0, abs=2e-5)
    same = median(OVERDOSE, WORLD, frailty=0.0)
    assert float(_thinned(same, jnp.asarray(1.0), jnp.asarray(0.5), jnp.asarray(0.05))) == 0.0


def test_half_the_content_and_a_fifth_more_kits_save_what_their_elasticities_say() -> None:
    own = solved(e_kit=0.16, entry_cost=0.0, offset=0.0)
    own = dataclasses.replace(own, c=dataclasses.replace(own.c, chi=jnp.asarray(0.5)))
    half = np.asarray([0.5, 1.0, 1.0, 1.0])
    stocks = dict.fromkeys(OVERDOSE.accounts, own.c.users)
    usual = float(_hazard(one_week(WORLD, stocks, {DRUG_USE: np.ones(4)}), own))
    view = one_week(WORLD, stocks, {DRUG_USE: half})
    assert float(_hazard(view, own)) / usual == pytest.approx(0.7071, abs=1e-4)
    more = dataclasses.replace(own, s=dataclasses.replace(own.s, programmes=own.s.programmes.at[0].set(1.2)))
    assert float(_hazard(view, more)) / usual / 0.7071 == pytest.approx(0.971, abs=1e-3)


def test_a_recorded_pandemic_raises_the_hazard_while_it_lasts_and_no_other_time() -> None:
    own = solved(pandemic_excess=0.25)
    view = one_week(WORLD, dict.fromkeys(OVERDOSE.accounts, own.c.users), {DRUG_USE: np.ones(4)})
    between = {"pandemic_begins": jnp.asarray([100.0]), "pandemic_ends": jnp.asarray([178.4])}
    world = dataclasses.replace(WORLD, calendar=dataclasses.replace(WORLD.calendar, **between))

    def rise(week: int) -> float:
        then = dataclasses.replace(view, week=jnp.asarray(week))
        return float(_hazard(dataclasses.replace(then, world=world), own) / _hazard(then, own))

    assert [rise(week) for week in (0, 99, 100, 178, 179, 400)] == pytest.approx([1.0, 1.0, 1.25, 1.25, 1.0, 1.0])


@pytest.mark.parametrize("model", [MEAN, LUCKY])
def test_persons_are_conserved(model: Model) -> None:
    moved = go(model, use(2.0), {"treatment_coverage": 0.6, "treatment_stay": 0.5}, futures=3).accounts
    stocks = ("users", "treated", "remission")
    gone = ("overdose_synthetic", "died_otherwise")
    came = moved["us_residents"] - moved["overdose_stimulant"] - moved["overdose_other"]
    np.testing.assert_allclose(sum(moved[name] for name in (*stocks, *gone)), came, atol=60)
    assert (moved["overdose_synthetic"] > 0).all()


def test_the_status_quo_goes_on_from_the_record_and_its_trend_fades() -> None:
    deaths = go().weekly["overdose_deaths_synthetic"][0]
    calm = go(**CALM).weekly["overdose_deaths_synthetic"][0]
    assert deaths[0] * 52 == pytest.approx(LAST_YEAR, rel=0.02)
    assert deaths[52] < deaths[0]
    assert calm[52] / calm[0] == pytest.approx(1.0, abs=0.03)
    assert deaths[-1] / deaths[260] == pytest.approx(calm[-1] / calm[260], abs=0.03)


def test_luck_is_that_of_single_deaths() -> None:
    lucky = go(LUCKY, futures=8, **CALM).weekly["overdose_deaths"]
    mean = go(**CALM).weekly["overdose_deaths"][0]
    spread = (lucky[:, :52] - mean[:52]) / np.sqrt(mean[:52])
    assert spread.std() == pytest.approx(1.0, abs=0.15)
    assert abs(spread.mean()) < 0.2


# Policies, compared with published effects of twenty per cent over ten years


def change(levers: Mapping[str, float], **changes: Any) -> float:
    usual = go(**(CALM | changes)).weekly["overdose_deaths_synthetic"].sum()
    return float(go(levers=levers, **(CALM | changes)).weekly["overdose_deaths_synthetic"].sum() / usual - 1)


def test_a_fifth_more_kits_save_what_was_published() -> None:
    assert -0.07 < change({"naloxone_coverage": 1.2}, entry_cost=0.0, offset=0.0) < -0.015


def test_a_fifth_less_risk_saves_more_than_a_tenth() -> None:
    assert -0.21 < change({"od_safety": 0.2}, yield_od_safety=1.0) < -0.10


def test_prevention_saves_slowly() -> None:
    assert -0.07 < change({"use_prevention": 0.2}, touched=1.0) < -0.011


def test_more_treatment_saves_and_levels_below_the_start_cost_lives() -> None:
    as_published = {"entry_cost": 0.0, "leaving": 1.15}
    assert -0.2 < change({"treatment_coverage": 0.33}, **as_published) < -0.03
    assert change({"treatment_coverage": 0.1}) > 0
    assert change({"naloxone_coverage": 0.0}) > 0
    assert change({"naloxone_coverage": 1.0, "treatment_coverage": 0.2}) == 0


def test_a_halved_supply_saves_by_its_elasticity_and_survivors_keep_the_risk() -> None:
    weekly = go(signals=use(0.5), **CALM).weekly
    usual = go(**CALM).weekly
    ratio = weekly["overdose_deaths_synthetic"][0] / usual["overdose_deaths_synthetic"][0]
    chi = float(solved().c.chi)
    assert ratio[0] == pytest.approx(0.5**chi, rel=1e-3)
    assert ratio[-1] > ratio[0]  # the frail live longer, and there are more users
    assert weekly["frailty"][0, -1] > usual["frailty"][0, -1]
    assert weekly["demand"][0, -1] > usual["demand"][0, -1]


def test_stimulants_kill_by_their_own_use_and_other_drugs_regardless() -> None:
    p = median(OVERDOSE, WORLD)
    moved = go(signals=use(1.0, 0.5)).accounts
    expected = float(p.stimulant_only) * 10 * 0.5 ** float(p.chi_stimulant)
    assert moved["overdose_stimulant"][0] == pytest.approx(expected, rel=1e-3)
    assert moved["overdose_other"][0] == pytest.approx(float(p.other_deaths) * 10, rel=1e-3)


def test_seizures_that_churn_suppliers_may_kill() -> None:
    more = {DRUGS_LOST: np.broadcast_to([0.2, 0, 0, 0], (WEEKS, 4))}
    with_churn = go(signals=more, turnover=0.2).weekly["overdose_deaths_synthetic"][0, 0]
    without = go(signals=more, turnover=0.0).weekly["overdose_deaths_synthetic"][0, 0]
    assert with_churn / without == pytest.approx(1.04, rel=1e-4)


# Lost supply that comes back


def test_lost_supply_comes_back_up_to_the_part_that_lasts() -> None:
    back = go(persist=0.4, t_back=52.0).weekly["return"][0]
    assert back[51] == pytest.approx(0.53 ** -(0.6 * (1 - np.exp(-51 / 52))), rel=1e-3)
    assert back[-1] == pytest.approx(0.53**-0.6, rel=1e-3)
    assert go(persist=1.0).weekly["return"].max() == 1.0


def test_the_return_acts_here_only_where_nobody_simulates_the_market() -> None:
    with_market = go(persist=0.0, t_back=26.0, **CALM).weekly["overdose_deaths_synthetic"][0]
    alone = go(ALONE, persist=0.0, t_back=26.0, **CALM).weekly["overdose_deaths_synthetic"][0]
    chi = float(solved().c.chi)
    assert alone[0] == pytest.approx(with_market[0], rel=1e-5)
    assert alone[260] / with_market[260] == pytest.approx(0.53**-chi, rel=0.12)
    assert with_market[260] / with_market[0] < 1.1


def test_the_record_of_the_theatre_reconciles_with_the_years_that_followed() -> None:
    """From mid 2025: all drugs 68,632 reported to 70,000 predicted in the year 2025 (drugs.deaths.us.total.2025)."""
    futures = 64
    model = Model((OVERDOSE,), noise=False)
    result = simulate(model, orders(52), world=WORLD, futures=futures, at_median=False)
    year = result.weekly["overdose_deaths"].sum(1)
    low, middle, high = np.quantile(year, [0.05, 0.5, 0.95])
    assert low < 68_632 < high
    assert 60_000 < middle < 73_000


def test_steps_of_the_record_are_fine_enough() -> None:
    p = median(OVERDOSE, WORLD)
    coarse, fine = (_past(p, jnp.repeat(RECORD.years / n, n), jnp.repeat(RECORD.deaths, n)) for n in (1, 8))
    for a, b in zip(coarse[1], fine[1], strict=True):
        assert float(a) == pytest.approx(float(b), rel=0.02)
    assert STEPS >= 12


def test_riskier_use_takes_back_what_kits_save_and_can_take_more() -> None:
    gross, half, none, worse = (
        change({"naloxone_coverage": 2.0}, entry_cost=0.0, offset=offset) for offset in (0.0, 0.5, 1.0, 1.2)
    )
    assert gross < half < 0 < worse
    assert none == 0
