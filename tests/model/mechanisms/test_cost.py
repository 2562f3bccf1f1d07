import dataclasses
import functools
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.simulate import Trajectories
from premortem.engine.week import Model
from premortem.model.accounts import DISPLACED, US_DWELL, US_FORWARD, US_READY
from premortem.model.index_sets import HOME_SERVICES, LOWERED_LEVERS, PAYERS, PRICED_LEVERS, SPENDING
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.cost import COST
from premortem.model.signals import ADDED_PRISONERS, AFFORDABLE, US_CIVILIAN_DEATHS, US_STRIKES, US_WOUNDED
from premortem.plan.language import catalogue
from tests.model.given import GROW, scripted, simulate
from tests.model.toys import WEEKS, orders, status_quo

FORWARD, READY, DWELL, AWAY = 3780.0, 5220.0, 18_000.0, 1000.0
FORCE = dataclasses.replace(
    scripted((US_STRIKES, US_WOUNDED, US_CIVILIAN_DEATHS, ADDED_PRISONERS)),
    accounts=(US_FORWARD, US_READY, US_DWELL, DISPLACED),
    open=lambda world, p: {
        US_FORWARD: jnp.full(1, FORWARD) * p.paths["us_strikes"][0],
        US_READY: jnp.full(1, READY) * p.paths["us_strikes"][0],
        US_DWELL: jnp.full(1, DWELL) * p.paths["us_strikes"][0],
        DISPLACED: jnp.full(4, AWAY / 4),
    },
)
"""A force of 9,000 in the field wherever strikes are told to be 1 a week; nobody where 0."""
WATCHED = (
    *COST.outcomes,
    Outcome("affordable", lambda view, own, moved: view[AFFORDABLE]),
)
MODEL = Model((dataclasses.replace(COST, outcomes=WATCHED), GROW, FORCE), noise=False)
RATES: dict[str, Any] = {
    "cost_home": 0.158,
    "cost_guard": 0.234,
    "cost_forward": 1.2,
    "cost_near": 1.0,
    "cost_overrun": 1.0,
    "cost_strike": 0.0,
}


def home(**services: float) -> list[list[float]]:
    return [[services.get(service, 0.0) / 5] * 5 for service in HOME_SERVICES]


def play(*controls: Any, told: Any = None, **changes: Any) -> Trajectories:
    return simulate(MODEL, controls, told=told, **(RATES | changes))


def millions(result: Trajectories, outcome: str = "fiscal_cost") -> Any:
    return result.weekly[outcome].sum(1) / 1e6


def test_known_cases_of_a_year_have_their_known_cost() -> None:
    cases = [
        orders(home_people=home(active=8500)),
        orders(home_people=home(guard=10_000)),
        orders(home_people=home(guard=10_000)),
    ]
    result = play(*cases, told={"us_strikes": [0.0, 0.0, 1.0]})
    np.testing.assert_allclose(millions(result), [1343, 2340, 4536 + 825 + 2340], rtol=2e-4)


def test_the_status_quo_costs_nothing_more() -> None:
    result = play(orders())
    for name in ("fiscal_cost", "fiscal_cost_present", "fiscal_cost_mexico", "care_owed", "standing_cost"):
        assert not result.weekly[name].any(), name


def test_every_dollar_leaves_a_payer_and_enters_a_kind_or_is_owed() -> None:
    told = {"us_strikes": 1.0, "us_wounded": 3.0, "us_civilian_deaths": [1.0] * 4}
    plan = orders(
        home_people=home(guard=1000, dea=100, local_police=500),
        levers={name.partition(".")[2]: 2.0 * level + 1 for name, level in status_quo().items()},
    )
    result = play(plan, told=told, cost_overrun=1.15, cost_strike=0.5)
    given_out, spent, owed = (result.accounts[n][0] for n in ("treasury", "spent", "care_owed"))
    assert given_out.sum() == pytest.approx(spent.sum() + owed.sum(), rel=1e-5)
    assert (spent >= 0).all()
    assert given_out[PAYERS.index("mexico")] == pytest.approx(spent[PAYERS.index("mexico")].sum(), rel=1e-5)


def test_state_orders_make_states_pay_for_their_guard() -> None:
    guards = [orders(home_people=home(guard=1000), guard_on_state_orders=share) for share in (0.0, 1.0)]
    result = play(*guards)
    assert millions(result)[0] == pytest.approx(millions(result)[1], rel=1e-5)
    states = result.accounts["spent"][:, PAYERS.index("us_states")].sum(1)
    assert states[0] == 0
    assert states[1] == pytest.approx(234, rel=1e-3)


def test_standing_cost_is_a_memo_that_changes_no_other_figure() -> None:
    told = {"us_strikes": 1.0}
    result = play(orders(), orders(), told=told, cost_standing=[0.1, 0.2])
    assert result.weekly["fiscal_cost"][0].sum() == result.weekly["fiscal_cost"][1].sum()
    memo = millions(result, "standing_cost")
    np.testing.assert_allclose(memo, (FORWARD + READY + DWELL) * np.array([0.1, 0.2]), rtol=1e-4)


def test_overrun_multiplies_everything_that_is_added() -> None:
    told = {"us_strikes": 1.0, "us_wounded": 1.0}
    cost = millions(play(orders(), orders(), told=told, cost_overrun=[1.0, 1.3]))
    assert cost[1] / cost[0] == pytest.approx(1.3, rel=1e-4)


def test_discounting_at_zero_changes_nothing_and_else_follows_the_rate() -> None:
    result = play(orders(), orders(), told={"us_strikes": 1.0}, cost_discount=[0.0, 0.07])
    assert millions(result, "fiscal_cost_present")[0] == pytest.approx(millions(result)[0], rel=1e-5)
    weights = 1.07 ** (-np.arange(WEEKS) / 52)
    expected = (result.weekly["fiscal_cost"][1] * weights).sum() / 1e6
    assert millions(result, "fiscal_cost_present")[1] == pytest.approx(expected, rel=1e-5)


def test_care_is_promised_at_once_and_spent_over_the_years() -> None:
    told = {"us_wounded": 2.0}
    result = play(orders(), told=told, cost_care=1.0, cost_care_years=1.0)
    owed = result.weekly["care_owed"][0] / 1e6
    weeks = np.arange(1, WEEKS + 1)
    decay = np.exp(-1 / 52)
    np.testing.assert_allclose(owed, 2 * (1 - decay**weeks) / (1 - decay), rtol=1e-4)
    assert millions(result)[0] == pytest.approx(2 * WEEKS - owed[-1], rel=1e-4)


def test_strikes_condolence_and_shelter_have_their_price() -> None:
    paid = orders(levers={"compensation": 1.0})
    told = {"us_civilian_deaths": [1.0] * 4}
    assert millions(play(paid, told=told, cost_condolence=0.01))[0] == pytest.approx(0.04 * WEEKS, rel=1e-4)
    sheltered = orders(shelter_return=1.0, zone_share=[1.0, 0, 0, 0])
    assert millions(play(sheltered, cost_shelter=0.01))[0] == pytest.approx(AWAY / 4 * 0.01, rel=1e-4)
    struck = play(orders(), told={"us_strikes": 1.0}, cost_strike=0.5, cost_forward=0.0, cost_home=0.0)
    assert millions(struck)[0] == pytest.approx(0.5 * WEEKS, rel=1e-4)


def pulled(lever: str, weeks: Any = 1.0, step: float = 1.0) -> Any:
    """Return orders that pull one lever a step in the direction that costs, times a path over the weeks."""
    away = -step if lever in LOWERED_LEVERS else step
    return orders(levers={lever.partition(".")[2]: status_quo()[lever] + away * np.asarray(weeks)})


PULLED = {lever: pulled(lever) for lever in PRICED_LEVERS}


@functools.cache
def by_lever() -> tuple[dict[str, float], dict[str, str]]:
    """Return, by lever, million USD of a year of one step, and who paid them."""
    result = play(orders(), *PULLED.values(), at_median=True)
    spent = result.accounts["spent"].sum(2)
    assert not spent[0].any()
    payers = {lever: "+".join(np.array(PAYERS)[row > 0]) for lever, row in zip(PRICED_LEVERS, spent[1:], strict=True)}
    return dict(zip(PRICED_LEVERS, spent[1:].sum(1), strict=True)), payers


@pytest.mark.parametrize("lever", PRICED_LEVERS)
def test_a_lever_costs_its_payer_the_price_of_a_step_and_its_start_once(lever: str) -> None:
    price = catalogue.levers()[lever].price
    assert price is not None
    total, payers = by_lever()
    expected = price.musd_a_year + price.musd_once
    if lever == "homefront.bp_hire":  # one agent a year: hired evenly over it
        expected = price.musd_a_year / 2 + price.musd_once
    assert total[lever] == pytest.approx(expected, rel=0.03)
    assert payers[lever] == price.payer


def test_a_step_twice_as_large_costs_twice_as_much_and_a_cut_saves_nothing() -> None:
    lever = "overdose.treatment_coverage"
    result = play(*(pulled(lever, step=step) for step in (0.1, 0.2, -0.1)))
    cost = millions(result)
    assert cost[1] == pytest.approx(2 * cost[0], rel=1e-5)
    assert cost[2] == 0


def test_what_is_bought_once_is_not_bought_again_after_a_pause() -> None:
    weeks = np.arange(WEEKS)
    paused = (weeks < 10) | (weeks >= 20)
    always, again = (pulled("drugs.port_scanning", path, step=0.1) for path in (np.ones(WEEKS), paused))
    cost = millions(play(always, again, cost_price_drugs_port_scanning=0.0))
    assert cost[1] == pytest.approx(cost[0], rel=1e-5)
    assert cost[0] > 0


def test_no_lever_without_a_price_costs_anything_but_what_is_computed_from_people() -> None:
    computed = {"people.compensation", "people.shelter", "people.victim_support"}
    unpriced = [lever for lever in status_quo() if lever not in PRICED_LEVERS and lever not in computed]
    cases = [orders(levers={lever.partition(".")[2]: status_quo()[lever] + 0.5}) for lever in unpriced]
    result = play(*cases, told={"us_civilian_deaths": [1.0] * 4})
    assert not result.accounts["spent"].any()


def test_prisons_are_paid_by_the_prisoner() -> None:
    result = play(orders(), told={"added_prisoners": [1000.0] * 4}, cost_prisoner=0.01)
    assert millions(result, "fiscal_cost_mexico")[0] == pytest.approx(4000 * 0.01, rel=1e-3)
    assert not millions(result)[0]


def test_arrests_that_emergency_powers_ask_for_have_a_price_of_their_own_and_others_keep_theirs() -> None:
    arrests = "state.arrest_capacity"
    level = {"arrest_capacity": status_quo()[arrests] + 3}
    cases = [orders(levers=level, emergency_arrests=asked) for asked in (0.0, 2.0, 3.0, 4.0)]
    cost = millions(
        play(*cases, cost_price_state_arrest_capacity=1000.0, cost_emergency_arrests=100.0), "fiscal_cost_mexico"
    )
    np.testing.assert_allclose(cost, [3000, 1200, 300, 300], rtol=1e-4)


def test_aid_and_compensation_that_a_plan_promises_are_paid() -> None:
    plan = orders(partner_aid=20.0, trade_compensation=3.0)
    result = play(plan)
    assert millions(result)[0] == pytest.approx(23.0, rel=1e-4)
    assert result.accounts["spent"][0, 0, SPENDING.index("measures")] == pytest.approx(23.0, rel=1e-4)


def test_a_ceiling_pays_for_part_of_what_is_ordered_after_the_forces_at_home() -> None:
    plan: dict[str, Any] = {"people": 9000.0, "forward_share": [0.42], "home_people": home(guard=10_000)}
    ordered = 4536 + 825
    ceilings = (1e9, 2340 + ordered, 2340 + ordered / 2, 2000)
    cases = [orders(**plan, ceiling=ceiling) for ceiling in ceilings]
    affordable = play(*cases).weekly["affordable"][:, -1]
    np.testing.assert_allclose(affordable, [1.0, 1.0, 0.5, 0.0], rtol=1e-3)
