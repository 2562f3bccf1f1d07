import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import MEMBERS
from premortem.model.index_sets import LOADS, VENDORS, WEAPON_LOSSES, WEAPONS
from premortem.model.mechanism import Outcome, Own
from premortem.model.mechanisms.arms import (
    ARMS,
    ARMS_GONE,
    ARMS_HELD,
    ARMS_SEIZED_BORDER,
    ARMS_SUPPLY,
)
from premortem.model.signals import (
    ARMS_ABROAD,
    ARMS_OUTLAY,
    ARMS_PER_MEMBER,
    BUDGET,
    CONTEST,
    DETOUR,
    GROWTH,
    HEAVY_PER_MEMBER,
    HEAVY_TRANSFER,
    LETHALITY,
    LOSS,
    ROUTES,
    STATE_EFFORT,
    WEAPONS_GIVEN_UP,
)
from premortem.model.units import WEEKS_PER_YEAR
from tests.model.given import later, median, of, one_week, scripted, simulate_each
from tests.model.lines import LAND_1, LAND_2, MAIL, PORT_1, PORT_2, SEA, toy_line
from tests.model.toys import orders

SIDES = ("TX", "NM", "AZ", "CA", "rest")
HANDGUN, LONG, FIFTY, HEAVY, DEVICES = range(len(WEAPONS))
FIREARMS = LOADS.index("firearms")
WEEKS, P0 = 260, 0.01


def toy_border() -> Any:
    world = toy_line()
    side = np.zeros((6, len(SIDES)))
    side[[PORT_1, LAND_1, SEA], 0] = side[[PORT_2, LAND_2], 2] = side[MAIL, 4] = 1.0
    crossings = dataclasses.replace(world.crossings, side=jnp.asarray(side))
    return dataclasses.replace(world, crossings=crossings, firearms_seized=jnp.asarray(1000.0))


WORLD = toy_border()
LINE = {
    ROUTES: jnp.tile(WORLD.crossings.firearms, (len(LOADS), 1)),
    LOSS: jnp.full((len(LOADS), 6), P0),
}
SMALL = {"flow": 10_000.0, "stock": 25_000.0}  # about 4 firearms a member of this small world
SIGNALS = (ROUTES, LOSS, DETOUR, CONTEST, STATE_EFFORT, BUDGET, WEAPONS_GIVEN_UP, GROWTH, ARMS_ABROAD, HEAVY_TRANSFER)
PROBES = (
    Outcome("armed", lambda view, own, moved: view[ARMS_PER_MEMBER].mean()),
    Outcome("lethal", lambda view, own, moved: view[LETHALITY].mean()),
)
PROBED = dataclasses.replace(ARMS_HELD, outcomes=(*ARMS_HELD.outcomes, *PROBES))
MODEL = Model((scripted(SIGNALS, (MEMBERS,)), PROBED))


def opened(levers: Any = None, signals: Any = None, **changes: Any) -> tuple[Any, Own[Any, Any, Any]]:
    """Return a view of the first week with the arsenals of the start, and what the mechanism owns."""
    quiet = one_week(WORLD, {MEMBERS: WORLD.members, ARMS: np.zeros((5, 3, 4))}, LINE)
    p = median(ARMS_HELD, WORLD, **(SMALL | changes))
    balanced = ARMS_HELD.balance(quiet, Own(p, *ARMS_HELD.start(quiet, p)), {})  # type: ignore[misc]
    stocks = {MEMBERS: WORLD.members, **balanced.opening}
    view = one_week(WORLD, stocks, LINE | (signals or {}), levers)
    return view, Own(p, balanced.constants, balanced.state)


def ordered(view: Any, own: Own[Any, Any, Any]) -> tuple[np.ndarray[Any, Any], Any]:
    """Return purchases of the week by origin and class, those lost at the line included, and the memo."""
    proposal = ARMS_HELD.propose(view, own, None)  # type: ignore[arg-type]
    flows = {flow.name: flow for flow in proposal.flows}
    amounts = [flows[name].amount for name in ("bought", "seized_border")]
    assert amounts[0] is not None
    assert amounts[1] is not None
    return np.asarray(amounts[0] + amounts[1].sum(2)).T, proposal.memo


def by_side(purchases: np.ndarray[Any, Any], name: str) -> float:
    return float(purchases[SIDES.index(name), :DEVICES].sum())


def run(cases: Any, weeks: int = WEEKS) -> Any:
    """Run each case, a mapping of levers, signals and parameters, as one future of the same program."""
    built = []
    for case in cases:
        given = case.get("signals", {})
        told = LINE | later(given, WORLD, weeks, LINE)
        if GROWTH in given:
            told[GROWTH] = given[GROWTH]  # expected from the start
        changes = of(ARMS_HELD, SMALL | case.get("parameters", {}))
        built.append({"controls": orders(weeks, WORLD, levers=case.get("levers")), "told": told, **changes})
    result = simulate_each(MODEL, built, world=WORLD)
    assert (result.fault_week == -1).all()
    return result


@pytest.fixture(scope="module")
def cases() -> dict[str, Any]:
    """Five years of one program: nothing, and one change each."""
    searched = {LOSS: LINE[LOSS].at[FIREARMS].set(0.2)}
    given: dict[str, Any] = {
        "nothing": {},
        "growth": {"signals": {GROWTH: 0.03}},
        "line": {"signals": searched},
        "oversight": {"levers": {"dealer_oversight": 1.0}, "parameters": {"oversight_effect": 0.4}},
        "poor": {"signals": {BUDGET: np.full(3, 0.5)}},
        "effort": {"signals": {STATE_EFFORT: np.full(4, 2.0)}},
        "raids": {"signals": {WEAPONS_GIVEN_UP: np.outer(np.ones(3), [0.01, 0.0, 0.0, 0.0])}},
        "contest": {"signals": {CONTEST: np.full(4, 0.2)}, "parameters": {"contest_demand": 0.5}},
        "inelastic": {"signals": searched, "parameters": {"price_elasticity": 0.0}},
    }
    result = run(list(given.values()))
    return {name: {"weekly": _of(result.weekly, i), "moved": _of(result.accounts, i)} for i, name in enumerate(given)}


def _of(table: Any, future: int) -> dict[str, np.ndarray[Any, Any]]:
    return {key: np.asarray(values[future]) for key, values in table.items()}


def arsenal(case: Any) -> float:
    return float(case["weekly"]["arsenal"][-1])


def test_every_weapon_that_leaves_one_account_enters_another(cases: dict[str, Any]) -> None:
    for case in cases.values():
        moved = case["moved"]
        held, gone = moved[ARMS.name].sum((1, 2)), moved[ARMS_GONE.name].sum((0, 2))
        entered = held + gone + moved[ARMS_SEIZED_BORDER.name].sum(1)
        np.testing.assert_allclose(entered, moved[ARMS_SUPPLY.name].sum(1), rtol=2e-5, atol=1.0)


def test_nothing_happens_to_stocks_at_the_status_quo(cases: dict[str, Any]) -> None:
    np.testing.assert_allclose(
        cases["nothing"]["weekly"]["arsenal"], cases["nothing"]["weekly"]["arsenal"][0], rtol=5e-4
    )
    for probe in PROBES:
        np.testing.assert_allclose(cases["nothing"]["weekly"][probe.id], 1.0, rtol=5e-4)


def test_who_expects_to_grow_buys_more_than_he_loses_until_he_has_it(cases: dict[str, Any]) -> None:
    """Growth of members is expected and does not come (they are fixed here): stocks stop where weapons wanted per member are held."""
    path = cases["growth"]["weekly"]["arsenal"]
    assert 1.0 < path[52] / path[0] < 1.03
    assert path[-1] / path[0] < 1.05


@pytest.mark.parametrize("case", ["line", "oversight", "poor", "effort", "raids"])
def test_pressure_on_guns_lowers_arsenals(cases: dict[str, Any], case: str) -> None:
    assert arsenal(cases[case]) < 0.99 * arsenal(cases["nothing"])


def test_searching_the_line_seizes_more_and_dearer_guns_are_fewer(cases: dict[str, Any]) -> None:
    seized = {name: cases[name]["moved"][ARMS_SEIZED_BORDER.name].sum() for name in ("nothing", "line")}
    assert 10 < seized["line"] / seized["nothing"] < 20.5
    assert cases["line"]["weekly"]["lethal"][-1] < cases["line"]["weekly"]["armed"][-1] ** 0.4 < 1.0


def test_demand_without_elasticity_keeps_its_stock_whatever_the_price(cases: dict[str, Any]) -> None:
    """Only the memory lags: what is lost at the line is bought again."""
    assert arsenal(cases["inelastic"]) == pytest.approx(arsenal(cases["nothing"]), rel=1e-2)


def test_most_of_what_raids_take_is_bought_again(cases: dict[str, Any]) -> None:
    taken = cases["raids"]["moved"][ARMS_GONE.name][WEAPON_LOSSES.index("seized_us")]
    assert taken[:, 1:].sum() == 0
    missing = arsenal(cases["nothing"]) - arsenal(cases["raids"])
    assert 0 < missing < 0.5 * taken.sum()
    bought = {name: cases[name]["weekly"]["firearms_south"].sum() for name in ("nothing", "raids")}
    assert bought["raids"] > 1.1 * bought["nothing"]


def test_contested_ground_arms(cases: dict[str, Any]) -> None:
    """Contest up by .2 at a demand of .5 a unit: a tenth more wanted, devices built at once, at prices that rise with orders."""
    rise = arsenal(cases["contest"]) / arsenal(cases["nothing"])
    assert 1.05 < rise < 1.1


def test_sales_of_one_small_treated_source_fall_by_its_effect_whatever_the_elasticity() -> None:
    origin = np.asarray([0.01, 0.0, 0.0, 0.0, 0.99])
    for sigma in (1.5, 3.0, 8.0):
        draws = {"origin": origin, "sigma": sigma, "oversight_effect": 0.464, "tracing_gain": 0.0}
        before, _ = ordered(*opened(**draws))
        after, _ = ordered(*opened({"dealer_oversight": 1.0}, **draws))
        assert by_side(after, "TX") / by_side(before, "TX") == pytest.approx(1 - 0.464, rel=1e-2)


def test_the_price_and_the_stock_wanted_when_every_source_is_treated() -> None:
    """sigma 3, effect .4 on all, all guns from the United States: price 1.2910 by the chapter's formula, and its power -.6 wanted."""
    draws = {
        "us_share": 1.0,
        "us_share_heavy": 1.0,
        "us_share_fifty": 1.0,
        "sigma": 3.0,
        "stings_effect": 0.4,
        "price_elasticity": -0.6,
    }
    view, own = opened({"dealer_stings": 1.0}, supply_slope=0.0, tau_adjust=1.0, **draws)
    _, memo = ordered(view, own)
    price = 0.6 ** (-1 / 3)
    np.testing.assert_allclose(memo.price[:DEVICES], price, rtol=1e-5)
    calm, calm_memo = opened(supply_slope=0.0, tau_adjust=1.0, **draws), None
    _, calm_memo = ordered(*calm)
    stock = np.asarray(view.stocks[ARMS]).sum(2)[:DEVICES]
    fall = np.asarray(memo.orders - calm_memo.orders)[:DEVICES] / stock
    np.testing.assert_allclose(
        fall, np.maximum(price**-0.6 - 1, -np.asarray(calm_memo.orders)[:DEVICES] / stock), rtol=1e-3
    )


def test_a_dearer_texas_sends_buyers_to_other_sides() -> None:
    before, _ = ordered(*opened())
    searched = LINE[LOSS].at[FIREARMS, PORT_1].set(0.5)
    after, _ = ordered(*opened(signals={LOSS: searched}))
    share = {
        name: by_side(after, name) / after[:, :DEVICES].sum() / (by_side(before, name) / before[:, :DEVICES].sum())
        for name in SIDES
    }
    assert share["TX"] < 1 < share["AZ"]


def test_each_lever_moves_purchases_where_it_should() -> None:
    """Every lever alone, at its upper end, with an effect of .3 where the effect is drawn."""
    effects = {
        "oversight_effect": 0.3,
        "stings_effect": 0.3,
        "prosecution_effect": 0.05,
        "rule_effect": np.full(3, 0.3),
    }
    effects |= {"leak_yield": 0.5, "tracing_gain": 0.3}
    before, calm = ordered(*opened(**effects))
    origins = {"home": slice(0, len(SIDES)), "leaks": slice(len(SIDES), len(SIDES) + 1)}
    for name, where, classes in (
        ("dealer_inventory", "home", slice(0, DEVICES)),
        ("sales_registry", "home", slice(0, DEVICES)),
        ("maker_liability", "home", slice(0, DEVICES)),
        ("dealer_stings", "home", slice(0, DEVICES)),
        ("dealer_oversight", "home", slice(0, DEVICES)),
        ("trafficking_prosecution", "home", slice(0, DEVICES)),
        ("long_gun_rule", "home", slice(LONG, FIFTY + 1)),
        ("fifty_rule", "home", slice(FIFTY, FIFTY + 1)),
        ("leakage_control", "leaks", slice(0, DEVICES)),
    ):
        level = 4.0 if name == "trafficking_prosecution" else 0.5
        after, dearer = ordered(*opened({name: level}, **effects))
        rows, others = origins[where], slice(len(SIDES) + 1, len(SIDES) + len(VENDORS))
        assert after[rows, classes].sum() < before[rows, classes].sum(), name
        share = after[others, classes].sum() / after[:, classes].sum()
        assert share > before[others, classes].sum() / before[:, classes].sum(), name
        assert (dearer.price[classes] > calm.price[classes]).all(), name
    traced, _ = ordered(*opened({"dealer_oversight": 1.0, "trace_sharing": 1.0}, **effects))
    untraced, _ = ordered(*opened({"dealer_oversight": 1.0}, **effects))
    assert by_side(traced, "TX") < by_side(untraced, "TX")
    ruled, _ = ordered(*opened({"long_gun_rule": 0.7}, **effects))
    assert ruled[:, HANDGUN].sum() == pytest.approx(before[:, HANDGUN].sum(), rel=1e-5)


def test_supply_from_abroad_moves_what_is_bought_there() -> None:
    before, _ = ordered(*opened())
    abroad = slice(len(SIDES), len(SIDES) + len(VENDORS))
    dear, _ = ordered(*opened(signals={ARMS_ABROAD: np.full(len(VENDORS), 2.0)}))
    assert dear[abroad].sum() < 0.7 * before[abroad].sum()
    transfer, _ = ordered(*opened(signals={HEAVY_TRANSFER: 2.0}))
    leaks, others = len(SIDES), slice(len(SIDES) + 1, len(SIDES) + len(VENDORS))
    assert transfer[others, HEAVY].sum() > 1.2 * before[others, HEAVY].sum()
    assert transfer[leaks, HEAVY] < before[leaks, HEAVY]
    np.testing.assert_allclose(transfer[:, LONG], before[:, LONG], rtol=1e-6)


def test_the_start_agrees_with_flow_seizures_wear_and_growth() -> None:
    """stock = 400,000, inflow 120,000, loss .01, seized .04 a year, no growth: wear .257 (the chapter's example), and back."""
    wear = 120_000 * 0.99 / 400_000 - 0.04
    assert wear == pytest.approx(0.257)
    share, us = 0.6, 0.7
    arriving = share * 170_000 * (1 / us - P0)
    world = dataclasses.replace(WORLD, firearms_seized=jnp.asarray(17_283.0))
    p = median(ARMS_HELD, world, flow=170_000.0, to_organisations=share, us_share=us, wear=wear)
    quiet = one_week(world, {MEMBERS: WORLD.members, ARMS: np.zeros((5, 3, 4))}, LINE)
    balanced = ARMS_HELD.balance(quiet, Own(p, *ARMS_HELD.start(quiet, p)), {})  # type: ignore[misc]
    fed = (arriving - 17_283 * float(p.seized_from_organisations)) / wear
    held = np.asarray(balanced.opening[ARMS])[:DEVICES].sum()
    assert held == pytest.approx((float(p.stock) * fed) ** 0.5, rel=1e-4)


def test_seizures_of_the_status_quo_are_those_recorded(cases: dict[str, Any]) -> None:
    """Also where weapons on the move compete with seizures for the same week."""
    share = float(median(ARMS_HELD, WORLD).seized_from_organisations)
    firearms = cases["nothing"]["moved"][ARMS_GONE.name][WEAPON_LOSSES.index("seized_mx"), :DEVICES].sum()
    assert firearms / WEEKS * WEEKS_PER_YEAR == pytest.approx(1000.0 * share, rel=2e-3)


def test_signals_follow_weapons_per_member() -> None:
    view, own = opened(lambda_=0.5)
    more = dataclasses.replace(view, stocks={**view.stocks, ARMS: 4 * view.stocks[ARMS]})
    armed = np.asarray(ARMS_HELD.signals[ARMS_PER_MEMBER](more, own))
    members = np.asarray(WORLD.members)
    handful = float(own.p.handful)
    assert (armed > 4 * members.min() / (members.min() + handful)).all()
    assert (armed < 4).all()
    known = one_week(WORLD, view.stocks, {ARMS_PER_MEMBER: armed})
    np.testing.assert_allclose(ARMS_HELD.signals[LETHALITY](known, own), armed**0.5, rtol=1e-6)
    assert (np.asarray(ARMS_HELD.signals[HEAVY_PER_MEMBER](more, own)) > 3.5).all()
    outlay = np.asarray(ARMS_HELD.signals[ARMS_OUTLAY](view, own))
    np.testing.assert_allclose(outlay / outlay.sum(), members.sum(1) / members.sum(), rtol=1e-5)


def test_classes_count_by_what_they_do() -> None:
    """Rifles of .50 calibre alone: forces meet more of them, rivals hardly more; handguns alone: forces meet nothing new."""
    view, own = opened(
        against_forces=np.asarray([0.0, 0.0, 1.0, 1.0, 0.0]), in_fights=np.asarray([0.5, 1.0, 2.0, 3.0, 0.0])
    )

    def read(signal: Any, w: int, times: float) -> Any:
        stocks = {**view.stocks, ARMS: jnp.asarray(view.stocks[ARMS]).at[w].multiply(times)}
        return np.asarray(ARMS_HELD.signals[signal](dataclasses.replace(view, stocks=stocks), own))

    held = np.asarray(view.stocks[ARMS]).sum((1, 2))
    rise = held[FIFTY] / (held[FIFTY] + held[HEAVY])
    np.testing.assert_allclose(read(HEAVY_PER_MEMBER, FIFTY, 2.0), 1.0 + rise, rtol=0.02)
    assert (read(ARMS_PER_MEMBER, FIFTY, 2.0) < 1.05).all()
    np.testing.assert_allclose(read(HEAVY_PER_MEMBER, HANDGUN, 2.0), 1.0, rtol=1e-5)
    assert (read(ARMS_PER_MEMBER, HANDGUN, 2.0) > 1.1).all()
    assert (read(ARMS_PER_MEMBER, LONG, 2.0) > read(ARMS_PER_MEMBER, HANDGUN, 2.0)).all()


def test_an_organisation_without_members_has_ratios_of_one_and_buys_nothing() -> None:
    nobody = jnp.asarray(WORLD.members).at[2].set(0.0)
    quiet = one_week(WORLD, {MEMBERS: nobody, ARMS: np.zeros((5, 3, 4))}, LINE)
    p = median(ARMS_HELD, WORLD, **SMALL)
    balanced = ARMS_HELD.balance(quiet, Own(p, *ARMS_HELD.start(quiet, p)), {})  # type: ignore[misc]
    own = Own(p, balanced.constants, balanced.state)
    view = one_week(WORLD, {MEMBERS: nobody, **balanced.opening}, LINE)
    assert float(np.asarray(balanced.opening[ARMS])[:, 2].sum()) == pytest.approx(0, abs=1e-3)
    np.testing.assert_allclose(ARMS_HELD.signals[ARMS_PER_MEMBER](view, own), 1.0, rtol=1e-5)
    _, memo = ordered(view, own)
    assert float(memo.orders[:, 2].sum()) == pytest.approx(0, abs=1e-3)


def test_arrivals_stay_opposite_the_crossing_where_the_buyer_has_people_and_keep_their_sum() -> None:
    view, own = opened(foothold=1.0)
    flows = {flow.name: flow for flow in ARMS_HELD.propose(view, own, None).flows}  # type: ignore[arg-type]
    bought = flows["bought"]
    assert callable(bought.route)
    assert bought.amount is not None
    arrived = np.asarray(bought.route(bought.amount))
    np.testing.assert_allclose(arrived.sum((1, 2)), np.asarray(bought.amount).sum(1), rtol=1e-5)
    on_line, inland = arrived[LONG, :, :2].sum(), arrived[LONG, :, 2:].sum()
    assert on_line > 2 * inland
    np.testing.assert_allclose(
        arrived[DEVICES], arrived[DEVICES].sum() * WORLD.members / WORLD.members.sum(), rtol=1e-4
    )


def test_an_uneven_stock_evens_out_in_its_half_life() -> None:
    view, own = opened(spread_half_life=20.0)
    [spread] = [f for f in ARMS_HELD.propose(view, own, None).flows if f.name == "spread"]  # type: ignore[arg-type]
    assert spread.hazard is not None
    assert float(np.exp(-20 * np.asarray(spread.hazard)[0, 0, 0])) == pytest.approx(0.5)
    assert callable(spread.route)
    left = jnp.zeros((5, 3, 4)).at[:, :, 0].set(1.0)
    np.testing.assert_allclose(
        np.asarray(spread.route(left))[0], WORLD.members / WORLD.members.sum(1, keepdims=True), rtol=1e-5
    )
