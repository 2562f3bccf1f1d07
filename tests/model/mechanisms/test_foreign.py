import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.index_sets import DRUGS, VENDORS
from premortem.model.mechanism import Outcome, Own
from premortem.model.mechanisms.foreign import FOREIGN, State, remaining
from premortem.model.signals import (
    ARMS_ABROAD,
    DRUG_SUPPLY,
    FENTANYL_RETURN,
    HEAVY_TRANSFER,
    LAUNDERING_FEE,
    LAUNDERING_MOVED,
    OTHER_PRODUCERS,
    PERMISSION,
    POTENCY,
    PRECURSOR_COST,
    PRECURSORS,
    US_IN_MEXICO,
    Signal,
)
from tests.model.given import median, of, one_week, scripted, simulate
from tests.model.toys import orders, toy_world

FENTANYL, METH, COCAINE, HEROIN = range(4)
WORLD = dataclasses.replace(
    toy_world(), calendar=dataclasses.replace(toy_world().calendar, precursor_rules=jnp.asarray([18.0]))
)
WEEKS, FUTURES = 260, 16
SHAPES = {
    PRECURSORS: len(DRUGS),
    ARMS_ABROAD: len(VENDORS),
    POTENCY: 0,
    HEAVY_TRANSFER: 0,
    LAUNDERING_FEE: 0,
    LAUNDERING_MOVED: 0,
    PRECURSOR_COST: len(DRUGS),
}


def part(signal: Signal, i: int) -> Outcome:
    return Outcome(f"{signal.name} {i}", lambda view, own, moved: view[signal][i])


def level(signal: Signal) -> Outcome:
    return Outcome(signal.name, lambda view, own, moved: view[signal])


PROBES = [part(signal, i) for signal, size in SHAPES.items() for i in range(size)]
PROBES += [level(signal) for signal, size in SHAPES.items() if not size]
GIVEN = scripted((US_IN_MEXICO, PERMISSION))
PROBED = dataclasses.replace(FOREIGN, outcomes=tuple(PROBES))
LUCKY, CALM = Model((GIVEN, PROBED)), Model((GIVEN, PROBED), noise=False)


def go(model: Model = LUCKY, signals: Any = None, levers: Any = None, **changes: Any) -> Any:
    made = orders(WEEKS, levers=levers)
    return simulate(model, made, world=WORLD, told=signals, futures=FUTURES, **of(FOREIGN, changes)).weekly


def own(state: dict[str, Any] | None = None, **changes: Any) -> Own[Any, Any, State]:
    p = median(FOREIGN, WORLD, **changes)
    constants, start = FOREIGN.start(one_week(WORLD), p)
    moved = {name: jnp.asarray(value, float) for name, value in (state or {}).items()}
    return Own(p, constants, dataclasses.replace(start, **moved))


def read(signal: Signal, mine: Own[Any, Any, State], week: float = 0, signals: Any = None, **levers: float) -> Any:
    view = one_week(WORLD, {}, signals, levers)
    return FOREIGN.signals[signal](dataclasses.replace(view, week=jnp.asarray(week)), mine)


@pytest.mark.parametrize(("weeks", "left"), [(0.0, 0.3), (8.0, 0.3), (34.0, 0.632), (1e5, 0.825)])
def test_a_shock_holds_eight_weeks_and_recovers_in_part(weeks: float, left: float) -> None:
    p = median(FOREIGN, WORLD, shock_persistence=0.25, shock_tau=26.0)
    assert remaining(p, jnp.asarray(0.7), jnp.asarray(weeks)) == pytest.approx(left, abs=5e-4)


def test_two_shocks_multiply_and_each_hits_its_drugs() -> None:
    state = {"since": [0.0, 34.0, 1e9, 1e9], "hit": [[1, 0, 0, 0], [1, 1, 0, 0], [0] * 4, [0] * 4]}
    mine = own(state, shock_depth=0.7, shock_persistence=0.25, shock_tau=26.0)
    np.testing.assert_allclose(read(PRECURSORS, mine), [0.3 * 0.632, 0.632, 1.0, 1.0], atol=5e-4)


def test_the_export_licences_of_2025_come_in_their_week_and_bite_on_chinas_share() -> None:
    mine = own(licence_2025=0.4, china_share=0.8, shock_persistence=0.5)
    assert read(PRECURSORS, mine, week=17)[FENTANYL] == 1.0
    np.testing.assert_allclose(read(PRECURSORS, mine, week=18), [1 - 0.32, 1, 1, 1], rtol=1e-6)
    assert read(PRECURSORS, mine, week=5000)[FENTANYL] == pytest.approx(1 - 0.16)


def test_diplomacy_denies_what_it_delivers_and_china_may_move_either_way() -> None:
    mine = own(diplomacy_yield=0.4, subsidy=0.1)
    asked = read(PRECURSORS, mine, precursor_control=0.5)
    np.testing.assert_allclose(asked, [0.8 * 0.95, 0.8 * 0.95, 1, 1], rtol=1e-6)
    worse, better = (
        read(PRECURSORS, own({"china": shift}, diplomacy_yield=0.4, china_share=0.8))[METH] for shift in (-0.2, 0.2)
    )
    np.testing.assert_allclose([worse, better], [1 + 0.064, 1 - 0.064], rtol=1e-5)


def test_licences_deny_what_china_enforces_of_its_share_and_sanctions_a_little_more() -> None:
    mine = own(china_share=0.8, licence_effect=0.5, sanctions_effect=0.1, subsidy=0.0)
    np.testing.assert_allclose(read(PRECURSORS, mine, precursor_licences=1.0), [0.6, 0.6, 1, 1], rtol=1e-6)
    np.testing.assert_allclose(read(PRECURSORS, mine, sanctions=1.0), [0.9, 0.9, 1, 1], rtol=1e-6)
    angry = own({"china": -0.5}, china_share=0.8, licence_effect=0.5, diplomacy_yield=0.0)
    np.testing.assert_allclose(read(PRECURSORS, angry, precursor_licences=1.0), [0.8, 0.8, 1, 1], rtol=1e-6)


def test_what_is_denied_is_replaced_with_time_by_chemistry_that_costs_more() -> None:
    given = {"china_share": 0.8, "licence_effect": 0.5, "replaced": 0.5, "replace_time": 52.0, "chemistry_cost": 0.4}
    denied = go(CALM, levers={"precursor_licences": 1.0}, licence_2025=0.0, **given)
    back = 0.4 * 0.5 * (1 - np.exp(-(np.arange(WEEKS) + 1) / 52.0))
    np.testing.assert_allclose(denied[f"{PRECURSORS.name} {METH}"][0], 0.6 + back, rtol=1e-4)
    np.testing.assert_allclose(denied[f"{PRECURSOR_COST.name} {METH}"][0], 0.4 * back, rtol=1e-4)
    np.testing.assert_array_equal(denied[f"{PRECURSOR_COST.name} {COCAINE}"], 0.0)


@pytest.mark.parametrize("answer", [-0.4, 0.4])
def test_china_may_answer_a_tariff_either_way(answer: float) -> None:
    given = {"tariff_answer": answer, "tariff_full": 0.2, "china_tau": 4.0, "diplomacy_yield": 0.4, "china_share": 0.8}
    tariff = go(CALM, levers={"tariff": 0.1}, licence_2025=0.0, replaced=0.0, **given)
    assert tariff[f"{PRECURSORS.name} {METH}"][0, -1] == pytest.approx(1 - 0.4 * 0.8 * answer / 2, rel=1e-4)


def test_networks_go_around_banks_unless_they_are_pressed_which_raises_the_fee() -> None:
    given = {"network_share": 0.6, "network_time": 20.0, "network_fee": 0.5, "sanctions_fee": 0.2}
    banks = go(CALM, levers={"laundering_enforcement": 0.2}, **given)
    np.testing.assert_allclose(
        banks[LAUNDERING_MOVED.name][0], 0.6 * (1 - np.exp(-(np.arange(WEEKS) + 1) / 20.0)), rtol=1e-4
    )
    np.testing.assert_allclose(banks[LAUNDERING_FEE.name], 1.0, rtol=1e-6)
    both = go(CALM, levers={"laundering_enforcement": 0.2, "laundering_networks": 1.0, "sanctions": 1.0}, **given)
    np.testing.assert_allclose(both[LAUNDERING_MOVED.name], 0.0, atol=1e-7)
    np.testing.assert_allclose(both[LAUNDERING_FEE.name], 1.7, rtol=1e-5)


def test_new_routes_are_capped() -> None:
    assert read(PRECURSORS, own({"routes": 9.0}))[FENTANYL] == 1.5


def test_drifts_follow_their_yearly_rates() -> None:
    mine = own(cocaine_drift=0.06, canada_drift=0.01)
    supply = read(DRUG_SUPPLY, mine, week=520, signals={FENTANYL_RETURN: 1.3})
    np.testing.assert_allclose(supply, [1.3, 1.0, np.exp(0.6), 1.0], rtol=1e-5)
    np.testing.assert_allclose(read(OTHER_PRODUCERS, mine, week=520), [0.1, 0, 0, 0], rtol=1e-5)


def test_fentanyl_follows_its_record_on_straight_lines_in_logarithms_and_then_stands_still() -> None:
    market = dataclasses.replace(
        WORLD.market, weeks=jnp.asarray([0.0, 52.0, 104.0]), content=jnp.asarray([1.0, 4.0, 2.0])
    )
    recorded = dataclasses.replace(WORLD, market=market)
    for week, wanted in ((0, 1.0), (26, 2.0), (52, 4.0), (78, 8**0.5), (104, 2.0), (500, 2.0)):
        view = dataclasses.replace(one_week(recorded), week=jnp.asarray(week))
        found = FOREIGN.signals[DRUG_SUPPLY](view, own(cocaine_drift=0.0))
        np.testing.assert_allclose(found, [wanted, 1, 1, 1], rtol=1e-5)


def test_arms_control_raises_cost_above_a_floor() -> None:
    mine = own({"arms": [0.1, 1.0, 2.0]}, arms_control_effect=0.3)
    cost = read(ARMS_ABROAD, mine, third_country_arms_control=0.5)
    np.testing.assert_allclose(cost, np.asarray([0.4, 1.0, 2.0]) * np.exp(0.15), rtol=1e-5)


def test_without_luck_only_what_is_known_happens() -> None:
    calm = go(CALM)
    for name, path in calm.items():
        if name != f"{PRECURSORS.name} {FENTANYL}":
            nothing = 0.0 if name.startswith((LAUNDERING_MOVED.name, PRECURSOR_COST.name)) else 1.0
            np.testing.assert_allclose(path, nothing, rtol=1e-6, err_msg=name)
    assert (calm[f"{PRECURSORS.name} {FENTANYL}"][:, 18:] < 1).all()


def test_plans_without_foreign_levers_meet_the_same_paths_bit_for_bit() -> None:
    quiet = go()
    permitted = go(signals={US_IN_MEXICO: np.full((WEEKS, 4), 900.0), PERMISSION: np.ones((WEEKS, 3))})
    for name, path in quiet.items():
        np.testing.assert_array_equal(path, permitted[name], err_msg=name)


def test_a_campaign_without_permission_moves_precursors_alone_and_by_the_shift() -> None:
    alone = go(CALM, {US_IN_MEXICO: np.full((WEEKS, 4), 900.0)}, unilateral_shift=0.2, china_tau=4.0, replaced=0.0)
    quiet, p = go(CALM), median(FOREIGN, WORLD)
    ratio = alone[f"{PRECURSORS.name} {METH}"][0, -1] / quiet[f"{PRECURSORS.name} {METH}"][0, -1]
    assert ratio == pytest.approx(float(1 - p.diplomacy_yield * p.china_share * 0.2), rel=1e-4)
    np.testing.assert_array_equal(alone[POTENCY.name], quiet[POTENCY.name])


def test_paths_have_the_spread_and_shocks_the_rate_they_are_drawn_with() -> None:
    lucky = go(shock_rate=2.0, transfer_rate=0.5, ukraine_rate=0.0, potency_sd=0.12, shock_persistence=0.0)
    years = WEEKS / 52
    end = np.log(lucky[POTENCY.name][:, -1])
    assert end.std() == pytest.approx(0.12 * np.sqrt(years), rel=0.5)
    assert abs(end.mean()) < 0.25
    cost = np.log(np.concatenate([lucky[f"{ARMS_ABROAD.name} {v}"][:, -1] for v in range(3)]))
    assert cost.std() == pytest.approx(0.15 * np.sqrt(years), rel=0.3)
    precursors = np.stack([lucky[f"{PRECURSORS.name} {d}"] for d in (FENTANYL, METH)])
    starts = (np.diff(precursors, axis=2) < -1e-3).any(0).sum(1)
    assert starts.mean() == pytest.approx(2.0 * years, rel=0.3)
    during = (lucky[HEAVY_TRANSFER.name] > 1).mean()
    assert 0.15 < during < 0.65
    assert (precursors > 0).all()
