import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import MEMBERS
from premortem.model.index_sets import DRUGS, INCOMES, LOADS, OUTLAYS
from premortem.model.mechanism import Outcome, Own
from premortem.model.mechanisms.arms import ARMS_HELD
from premortem.model.mechanisms.control import CONTROL_SHARES
from premortem.model.mechanisms.money import CASH, CASH_SEIZED, FINANCES, INCOME, MONEY, PAID_OUT, PAYERS_IN
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.state import STATE
from premortem.model.signals import (
    ARMS_OUTLAY,
    BRIBES,
    BUDGET,
    CONTEST,
    CONTROL,
    DRUG_PRICE,
    DRUG_SPENDING,
    DRUGS_DELIVERED,
    EXPORTS,
    FORCE_RATIO,
    INTEGRITY_RATIO,
    LAUNDERING_FEE,
    LOSS,
    PAY,
    REVENUE,
    ROUTES,
    SMUGGLING_TOLLS,
    TRADE_VALUE,
    TRUCE,
    Signal,
)
from tests.model.given import later, median, of, one_week, scripted, simulate_each, watched
from tests.model.mechanisms.test_arms import LINE as ARMS_LINE
from tests.model.mechanisms.test_arms import WORLD
from tests.model.toys import orders

WEEKS = 208
CASH_LOAD = LOADS.index("cash")
SHARE = np.asarray(WORLD.members) / np.asarray(WORLD.members).sum(0) * 0.4
USUAL: dict[Signal, Any] = {
    ROUTES: ARMS_LINE[ROUTES],
    LOSS: ARMS_LINE[LOSS],
    CONTROL: SHARE,
    CONTEST: np.full(4, 0.5),
    TRUCE: np.zeros(SHARE.shape),
    DRUGS_DELIVERED: np.outer([3.0, 2.0, 1.0], [1.0, 20.0, 25.0, 1.0]) / 4,
    EXPORTS: np.outer([0.4, 0.3, 0.1, 0.1, 0.05, 0.05], [2.0, 30.0, 40.0, 2.0]),
    SMUGGLING_TOLLS: np.asarray([1e4, 1e4, 1e5, 1e5, 0.0, 0.0]),
    ARMS_OUTLAY: np.asarray([3e4, 2e4, 1e4]),
}
SIGNALS = (*USUAL, DRUG_PRICE, LAUNDERING_FEE, FORCE_RATIO)
SMALL = {"extortion": 3e7, "fuel": 2e7, "other": 1e7}


def _signal(name: str, signal: Signal, *where: int) -> Outcome:
    return Outcome(name, lambda view, own, moved: view[signal][where])


def _cash(o: int) -> Outcome:
    return Outcome(f"cash {o}", lambda view, own, moved: moved.stocks[CASH][o])


def _paid(kind: str) -> Outcome:
    return Outcome(f"paid {kind}", lambda view, own, moved: moved.entered(PAID_OUT)[OUTLAYS.index(kind)], flow=True)


PROBES = (
    *(_signal(f"{signal.name} {o}", signal, o) for signal in (PAY, BUDGET) for o in range(3)),
    *(_signal(f"revenue {r}", REVENUE, 0, r) for r in range(2)),
    _signal("bribes", BRIBES, 0),
    *map(_cash, range(3)),
    *map(_paid, OUTLAYS),
)
PROBED = dataclasses.replace(MONEY, outcomes=(*MONEY.outcomes, *PROBES))
MODEL = Model((scripted(SIGNALS, (MEMBERS,)), PROBED))


def run(cases: list[dict[str, Any]], weeks: int = WEEKS, world: Any = WORLD) -> Any:
    """Run each case (signals from the second week, ``always`` from the first, levers, parameters) as one future of one program."""
    built = []
    for case in cases:
        usual = USUAL | case.get("always", {})
        told = usual | later(case.get("signals"), world, weeks, usual)
        changes = of(MONEY, SMALL | case.get("parameters", {}))
        built.append({"controls": orders(weeks, world, levers=case.get("levers")), "told": told, **changes})
    result = simulate_each(MODEL, built, world=world)
    assert (result.fault_week == -1).all()
    return result


SALES = USUAL[DRUGS_DELIVERED]
CASES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "cut": {"signals": {DRUGS_DELIVERED: 0.5 * SALES}, "parameters": {"psi": 0.5, "extortion_shift": 0.0}},
    "collapse": {"signals": {DRUGS_DELIVERED: 0.0 * SALES, CONTROL: 0.0 * SHARE, SMUGGLING_TOLLS: np.zeros(6)}},
    "shift": {"signals": {DRUGS_DELIVERED: 0.5 * SALES}, "parameters": {"extortion_shift": 0.6}},
    "dearer": {"signals": {DRUG_PRICE: np.full(len(DRUGS), 1.44)}, "parameters": {"price_share": 0.5}},
    "search": {
        "signals": {LOSS: ARMS_LINE[LOSS].at[CASH_LOAD].set(0.5)},
        "parameters": {"south_bulk": 0.4, "psi": 1.0},
    },
    "laundering": {"levers": {"laundering_enforcement": 0.5}, "parameters": {"laundering_effect": 0.5}},
    "fee": {"signals": {LAUNDERING_FEE: 2.0}},
    "protected": {"levers": {"extortion_protection": 1.0}, "parameters": {"yield_extortion": 0.5}},
    "contest": {"signals": {CONTEST: np.full(4, 0.7)}, "parameters": {"z_e": 0.6}},
    "truce": {"signals": {TRUCE: np.ones(SHARE.shape)}, "parameters": {"truce_licence": 0.2}},
    "ground": {"signals": {CONTROL: SHARE * np.asarray([2.0, 1.0, 1.0, 1.0])}},
    "poor": {"always": {DRUGS_DELIVERED: SALES * np.asarray([[1.0], [1.0], [0.0]])}, "parameters": {"pay": 2e4}},
    "forces": {"signals": {FORCE_RATIO: np.full(4, 2.0)}},
}


@pytest.fixture(scope="module")
def cases() -> dict[str, Any]:
    """Four years of one program: nothing, and one change each."""
    result = run(list(CASES.values()))
    return {
        name: {
            "weekly": {key: np.asarray(values[i]) for key, values in result.weekly.items()},
            "moved": {key: np.asarray(values[i]) for key, values in result.accounts.items()},
            "regional": {key: np.asarray(values[i]) for key, values in result.regional.items()},
        }
        for i, name in enumerate(CASES)
    }


def last(case: Any, probe: str) -> float:
    return float(case["weekly"][probe][-1])


def test_every_dollar_that_leaves_one_account_enters_another(cases: dict[str, Any]) -> None:
    for case in cases.values():
        moved = case["moved"]
        entered = moved[CASH.name].sum() + moved[CASH_SEIZED.name].sum() + moved[PAID_OUT.name].sum()
        assert entered == pytest.approx(moved[PAYERS_IN.name].sum(), rel=2e-5)
        assert min(case["weekly"][f"cash {o}"].min() for o in range(3)) >= 0


def test_the_status_quo_stays_put(cases: dict[str, Any]) -> None:
    for name in ("nothing", "poor"):
        week = cases[name]["weekly"]
        for probe in ("pay 0", "pay 2", "budget 0", "budget 2", "bribes", "revenue 0"):
            np.testing.assert_allclose(week[probe], 1.0, rtol=1e-3, err_msg=f"{name} {probe}")
        np.testing.assert_allclose(week["cash 0"], week["cash 0"][0], rtol=1e-3)
        np.testing.assert_allclose(week["paid owners"], week["paid owners"][0], rtol=1e-2)


def test_pay_is_eighty_per_cent_where_income_is_sixty_four_and_half_of_it_is_shared() -> None:
    """psi .5: .64 ** .5, once the memory has forgotten; members are many beside the handful."""
    parameters = {"psi": 0.5, "tau_revenue": 4.0, "extortion": 1.0, "fuel": 1.0, "other": 1.0, "extortion_shift": 0.0}
    always = {SMUGGLING_TOLLS: np.zeros(6)}
    cut = {"signals": {DRUGS_DELIVERED: 0.64 * SALES}, "parameters": parameters, "always": always}
    result = run([cut] * len(CASES))
    for probe in ("pay 0", "budget 0", "pay 2"):
        assert float(result.weekly[probe][0, 60]) == pytest.approx(0.8, rel=1e-2)


def test_lost_revenue_lowers_pay_budgets_and_bribes_late_and_in_part(cases: dict[str, Any]) -> None:
    cut = cases["cut"]["weekly"]
    assert cut["pay 0"][1] > 0.98
    left = cut["revenue_organisations"][-1] / cut["revenue_organisations"][0]
    assert 0.5 < left < 1
    assert last(cases["cut"], "bribes") < 0.95
    assert left < last(cases["cut"], "pay 0") < 1


def test_owners_bear_what_members_do_not(cases: dict[str, Any]) -> None:
    lost = {
        kind: 1 - last(cases["cut"], f"paid {kind}") / last(cases["nothing"], f"paid {kind}")
        for kind in ("pay", "owners")
    }
    assert lost["owners"] > 2 * lost["pay"] > 0


def test_without_income_needs_are_cut_to_what_cash_is_left_and_cash_never_falls_below_nothing(
    cases: dict[str, Any],
) -> None:
    end = cases["collapse"]["weekly"]
    assert end["cash 0"][-1] < 0.1 * end["cash 0"][0]
    assert end["pay 0"][-1] < 0.2
    assert end["budget 0"][-1] < 0.2
    assert end["paid owners"][-1] == 0


def test_extortion_makes_up_for_lost_drug_revenue(cases: dict[str, Any]) -> None:
    before = cases["nothing"]["weekly"]["extortion_per_resident"][-1]
    assert 1.2 < last(cases["shift"], "extortion_per_resident") / before < 1.0 + 0.6 * 0.5
    collected = cases["nothing"]["regional"]["extortion_per_resident"][-1] @ np.asarray(WORLD.population)
    assert collected == pytest.approx(SMALL["extortion"], rel=1e-3)


def test_a_price_reaches_the_exporter_with_its_share(cases: dict[str, Any]) -> None:
    drugs = {name: cases[name]["moved"][PAYERS_IN.name][INCOMES.index("drugs")] for name in ("nothing", "dearer")}
    ratio = drugs["dearer"] / drugs["nothing"]
    assert ratio == pytest.approx(1.44**0.5, rel=1e-2)  # one week at the old price


def test_searching_the_line_southward_seizes_cash_and_lowers_pay(cases: dict[str, Any]) -> None:
    drugs = cases["search"]["moved"][PAYERS_IN.name][INCOMES.index("drugs")]
    assert cases["search"]["moved"][CASH_SEIZED.name] / drugs == pytest.approx(0.4 * 0.5, rel=1e-2)
    assert last(cases["search"], "pay 0") < 0.97
    assert last(cases["search"], "budget 0") < 0.97


def test_laundering_enforcement_seizes_and_a_dearer_launderer_is_paid_by_owners(cases: dict[str, Any]) -> None:
    calm, asked, fee = cases["nothing"], cases["laundering"], cases["fee"]
    assert asked["moved"][CASH_SEIZED.name] > 10 * calm["moved"][CASH_SEIZED.name]
    assert last(asked, "pay 0") < 0.99
    assert last(fee, "paid laundering") == pytest.approx(2 * last(calm, "paid laundering"), rel=1e-3)
    assert last(fee, "pay 0") == pytest.approx(1.0, rel=1e-3)
    assert last(fee, "paid owners") < last(calm, "paid owners")


def test_protection_cuts_extortion_where_the_state_is(cases: dict[str, Any]) -> None:
    ratio = last(cases["protected"], "extortion_per_resident") / last(cases["nothing"], "extortion_per_resident")
    assert ratio == pytest.approx(1 - 0.5 * 0.6, rel=1e-3)  # organisations hold .4 everywhere


def test_contest_moves_extortion_with_its_exponent(cases: dict[str, Any]) -> None:
    ratio = last(cases["contest"], "extortion_per_resident") / last(cases["nothing"], "extortion_per_resident")
    assert ratio == pytest.approx(1.2**0.6, rel=1e-3)


def test_extortion_grows_where_a_truce_leaves_its_parties_alone(cases: dict[str, Any]) -> None:
    ratio = last(cases["truce"], "extortion_per_resident") / last(cases["nothing"], "extortion_per_resident")
    assert ratio == pytest.approx(1.2, rel=1e-3)


def test_ground_that_is_won_pays_there(cases: dict[str, Any]) -> None:
    won = cases["ground"]["weekly"]
    assert won["revenue 0"][-1] > 1.02 * won["revenue 1"][-1] > 1.0


def test_bribes_count_by_member_of_the_forces(cases: dict[str, Any]) -> None:
    assert last(cases["forces"], "bribes") == pytest.approx(0.5, rel=1e-3)


def opened(signals: dict[Signal, Any] | None = None, **changes: Any) -> tuple[Any, Own[Any, Any, Any]]:
    """Return a view of the first week with the cash of the start, and what the mechanism owns."""
    given = USUAL | (signals or {})
    quiet = one_week(WORLD, {MEMBERS: WORLD.members, CASH: np.full(3, 1e9)}, given)
    p = median(MONEY, WORLD, **(SMALL | changes))
    balanced = MONEY.balance(quiet, Own(p, *MONEY.start(quiet, p)), {})  # type: ignore[misc]
    own = Own(p, balanced.constants, balanced.state)
    view = one_week(WORLD, {MEMBERS: WORLD.members, **balanced.opening}, given)
    return view, own


def outlays(view: Any, own: Own[Any, Any, Any], cash: Any) -> np.ndarray[Any, Any]:
    """Return what organisations holding this cash pay this week, [z, o]."""
    income = MONEY.signals[INCOME](view, own)
    stocks = {MEMBERS: WORLD.members, CASH: cash}
    known = one_week(WORLD, stocks, USUAL | {INCOME: income})
    finances = MONEY.signals[FINANCES](known, own)
    known = one_week(WORLD, stocks, USUAL | {INCOME: income, FINANCES: finances})
    flows = {flow.name: flow for flow in MONEY.propose(known, own, None).flows}  # type: ignore[arg-type]
    return np.asarray(flows["outlays"].amount)


def test_owners_take_what_is_above_the_reserve_and_nothing_below() -> None:
    view, own = opened(tau_owners=10.0)
    needs = outlays(view, own, np.full(3, 1e9))[: OUTLAYS.index("owners")].sum(0)
    reserve = float(own.p.reserve) * needs
    np.testing.assert_allclose(outlays(view, own, reserve)[-1], 0.0, atol=needs.max() * 1e-5)
    assert (outlays(view, own, 0.5 * reserve)[-1] == 0).all()
    np.testing.assert_allclose(outlays(view, own, 2 * reserve)[-1], reserve * (1 - np.exp(-0.1)), rtol=1e-4)
    patient = dataclasses.replace(own, p=dataclasses.replace(own.p, tau_owners=jnp.asarray(1e12)))
    np.testing.assert_allclose(outlays(view, patient, 2 * reserve)[-1] / reserve, 0.0, atol=1e-6)


def test_all_needs_are_cut_alike_when_cash_is_short() -> None:
    view, own = opened()
    rich, poor = outlays(view, own, np.full(3, 1e9)), outlays(view, own, np.full(3, 1e4))
    cut = poor[:-1] / rich[:-1]
    np.testing.assert_allclose(cut, np.broadcast_to(cut[0], cut.shape), rtol=1e-5)
    np.testing.assert_allclose(poor.sum(0), 0.95 * 1e4, rtol=1e-5)


def test_who_cannot_pay_its_people_from_its_income_pays_them_less_from_the_start() -> None:
    sales = SALES * np.asarray([[1.0], [1.0], [0.0]])
    view, own = opened({DRUGS_DELIVERED: sales}, pay=3e3, extortion=1e6, fuel=1e6, other=1e6)
    wages = np.asarray(own.s.books)[:, 3] / np.asarray(WORLD.members).sum(1) * 52
    assert wages[0] == pytest.approx(3e3, rel=1e-4)
    assert wages[2] < 0.5 * 3e3
    needs = outlays(view, own, np.full(3, 1e9))[:-1].sum(0)
    assert needs[2] == pytest.approx(float(own.s.books[2, 0]), rel=1e-3)


def test_tolls_move_drug_revenue_to_who_holds_the_ground_before_crossings() -> None:
    """All sales one organisation's, all ground before crossings another's: it gets the toll on all that crosses by land, and on people."""
    ground = np.zeros((3, 4))
    ground[1, :2] = ground[0, 2:] = 0.4
    given = {CONTROL: ground, DRUGS_DELIVERED: SALES * np.asarray([[1.0], [0.0], [0.0]])}
    without, free = opened(given, toll=0.0, extortion=1.0, fuel=1.0, other=1.0)
    with_tolls, tolled = opened(given, toll=0.1, extortion=1.0, fuel=1.0, other=1.0)
    before, after = MONEY.signals[INCOME](without, free), MONEY.signals[INCOME](with_tolls, tolled)
    np.testing.assert_allclose(before.sum(), after.sum(), rtol=1e-5)
    by_land = 0.9
    drugs = INCOMES.index("drugs")
    assert float(after[drugs, 1] / before[drugs, 0]) == pytest.approx(0.1 * by_land, rel=1e-4)
    np.testing.assert_allclose(after[INCOMES.index("people")], [0.0, USUAL[SMUGGLING_TOLLS].sum(), 0.0], rtol=1e-5)


def test_the_trade_is_worth_what_is_spent_on_each_drug_by_its_part_in_drug_money() -> None:
    spent = {DRUG_SPENDING: np.asarray([1.0, 1.0, 1.5, 0.5])}
    prices = {"price": (100.0, 5.0, 30.0, 60.0)}
    view, own = opened(spent, **prices)
    value = SALES.sum(0) * [100.0, 5.0, 30.0, 60.0]
    expected = (value * spent[DRUG_SPENDING]).sum() / value.sum()
    assert float(MONEY.signals[TRADE_VALUE](view, own)) == pytest.approx(expected, rel=1e-5)


def test_a_trade_of_nothing_is_worth_what_it_was() -> None:
    view, own = opened({DRUG_SPENDING: np.full(len(DRUGS), 1.5), DRUGS_DELIVERED: 0.0 * SALES})
    assert float(MONEY.signals[TRADE_VALUE](view, own)) == 1.0


LOOP_SIGNALS = (DRUGS_DELIVERED, EXPORTS, SMUGGLING_TOLLS, ROUTES, LOSS)
PARTS = (RECRUITMENT, STATE, CONTROL_SHARES, ARMS_HELD, MONEY)
INTEGRITY = Outcome("integrity", lambda view, own, moved: view[INTEGRITY_RATIO].mean())
LOOPS = Model(
    (
        scripted(LOOP_SIGNALS),
        *(watched(m, INTEGRITY) if m is MONEY else m for m in PARTS),
    ),
    noise=False,
)


@pytest.fixture(scope="module")
def loops() -> dict[str, Any]:
    """Four years with members, forces, control, weapons and money: nothing; drug sales fall to a fifth; guns are searched for."""
    given = {
        "nothing": {},
        "poor": {DRUGS_DELIVERED: 0.2 * SALES},
        "disarmed": {LOSS: ARMS_LINE[LOSS].at[LOADS.index("firearms")].set(0.6)},
    }
    changes = {key: value for m in PARTS for key, value in of(m, CHANGES.get(m.name, {})).items()}
    built = [{"told": USUAL | later(case, WORLD, WEEKS, USUAL), **changes} for case in given.values()]
    result = simulate_each(LOOPS, [case | {"controls": orders(WEEKS, WORLD)} for case in built], world=WORLD)
    assert (result.fault_week == -1).all()
    return {name: {k: float(np.asarray(v)[i, -1]) for k, v in result.weekly.items()} for i, name in enumerate(given)}


CHANGES: dict[str, dict[str, Any]] = {
    "recruitment": {"size": 1.0, "growth0": 0.0, "e_pay": 0.5},
    "state": {"arrests": 5.0, "kills": 1.0},
    "arms": {"flow": 10_000.0, "stock": 25_000.0},
    "money": SMALL | {"psi": 1.0, "extortion_shift": 0.0},
}


def test_organisations_short_of_money_lose_people_guns_and_bought_forces(loops: dict[str, Any]) -> None:
    calm, poor = loops["nothing"], loops["poor"]
    assert poor["members"] < 0.98 * calm["members"]
    assert poor["arsenal"] < 0.95 * calm["arsenal"]
    assert poor["integrity"] > calm["integrity"]
    assert poor["control_organisations"] < calm["control_organisations"]


def test_organisations_short_of_guns_lose_ground_to_the_state(loops: dict[str, Any]) -> None:
    calm, disarmed = loops["nothing"], loops["disarmed"]
    assert disarmed["arsenal"] < 0.97 * calm["arsenal"]
    assert disarmed["control_organisations"] < calm["control_organisations"]
    assert disarmed["mx_forces_killed"] < calm["mx_forces_killed"]
