import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import MEMBERS, SEIZED_AT, STOCK_MX, STOCK_US
from premortem.model.index_sets import DRUGS
from premortem.model.luck import Luck
from premortem.model.mechanism import Outcome, Own
from premortem.model.mechanisms.crossings import CROSSINGS
from premortem.model.mechanisms.drugs import DRUG_FLOWS, _drift, _log_price, _reach
from premortem.model.signals import (
    CONTROL,
    DRUG_DEMAND,
    DRUG_SPENDING,
    DRUG_SUPPLY,
    DRUG_USE,
    EXPORTS,
    LAB_HITS,
    LINE_EFFORT,
    PRECURSORS,
    STATE_EFFORT,
    US_PRESENCE,
    Signal,
)
from premortem.model.units import WEEKS_PER_YEAR
from premortem.model.world import World
from tests.model.given import each, median, one_week, scripted, simulate_each, watched
from tests.model.lines import LAND_1, MAIL, PORT_1, PORT_2, toy_line
from tests.model.toys import orders

FENTANYL, METH, COCAINE, HEROIN = range(4)
WORLD = toy_line()
WEEKS = 156


def by_crossing(k: int) -> Outcome:
    return Outcome(f"sent {k}", lambda view, own, moved: view[EXPORTS][k, FENTANYL] / view[EXPORTS][:, FENTANYL].sum())


PROBED = watched(
    DRUG_FLOWS,
    *(by_crossing(k) for k in range(6)),
    Outcome("used", lambda view, own, moved: view[DRUG_USE][FENTANYL]),
    Outcome("spent", lambda view, own, moved: view[DRUG_SPENDING][FENTANYL]),
    Outcome("named", lambda view, own, moved: own.s.log_named[FENTANYL]),
    Outcome("labs", lambda view, own, moved: own.s.labs[0, FENTANYL]),
    Outcome("first organisation", lambda view, own, moved: moved.stocks[STOCK_MX][0, FENTANYL]),
    Outcome("stock", lambda view, own, moved: moved.stocks[STOCK_MX][:, FENTANYL].sum()),
    Outcome("elsewhere", lambda view, own, moved: own.s.elsewhere[FENTANYL]),
    Outcome("market", lambda view, own, moved: moved.stocks[STOCK_US][FENTANYL]),
    *each([f"drift of {drug}" for drug in DRUGS], lambda view, own, moved: own.s.market),
    Outcome("mix", lambda view, own, moved: own.s.mix),
)
SIGNALS = (CONTROL, STATE_EFFORT, LINE_EFFORT, US_PRESENCE, LAB_HITS, PRECURSORS, DRUG_SUPPLY, DRUG_DEMAND)
PARTS = (scripted(SIGNALS, (MEMBERS,)), CROSSINGS, PROBED)
MEAN, LUCKY = Model(PARTS, noise=False), Model(PARTS)


@dataclasses.dataclass(frozen=True)
class Case:
    """What one future is given: parameters by ``mechanism.name``, signals for all weeks or by week, levers, a zone by depth and week."""

    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    signals: Mapping[Signal, Any] = dataclasses.field(default_factory=dict)
    levers: Mapping[str, float] = dataclasses.field(default_factory=dict)
    zone: tuple[float, int, int] = (0.0, 0, 0)  # miles, first week, week after the last

    def arguments(self, world: World) -> dict[str, Any]:
        """Return what `simulate_each` is given."""
        miles, first, last = self.zone
        on = 1.0 * ((np.arange(WEEKS) >= first) & (np.arange(WEEKS) < last))
        zone = {"zone_in_force": on, "zone_depth": on * miles, "zone_share": on[:, None] * np.asarray(world.zone)}
        changes = {name.replace(".", "_"): value for name, value in self.parameters.items()}
        return {"controls": orders(WEEKS, world, levers=self.levers, **zone), "told": self.signals, **changes}


def flows(*cases: Case, model: Model = MEAN, world: World = WORLD) -> Any:
    """Run each case as one future of the same program, all with the same luck."""
    result = simulate_each(model, [case.arguments(world) for case in cases], world=world)
    assert (result.fault_week == -1).all()
    return result


def after(week: int, value: Any, before: Any = 1.0, until: int = WEEKS) -> Any:
    """A path [week, ...] that takes a value between two weeks."""
    value, before = np.asarray(value, float), np.broadcast_to(np.asarray(before, float), np.shape(value))
    on = (np.arange(WEEKS) >= week) & (np.arange(WEEKS) < until)
    return np.where(on.reshape(-1, *[1] * value.ndim), value, before)


def fentanyl_only(value: float) -> Any:
    return np.where(np.arange(4) == FENTANYL, value, 1.0)


def at(crossings: list[int], value: float) -> Any:
    return np.where(np.isin(np.arange(6), crossings), value, 1.0)


# One program, many cases: each test reads the futures it asked for.
SQUEEZE = after(26, at([PORT_1], 4.0), until=78)
CASES: Mapping[str, Case] = {
    "status quo": Case(),
    "enough precursors": Case({"drugs.pslack": 1.3}, {PRECURSORS: fentanyl_only(1 / 1.29)}),
    "no precursors": Case({}, {PRECURSORS: after(26, fentanyl_only(0.3), until=34)}),
    "no precursors, elastic": Case({"drugs.eps.fentanyl": -2.0}, {PRECURSORS: after(26, fentanyl_only(0.3), until=34)}),
    "labs struck": Case(
        {"drugs.sites": 145.0, "drugs.tau_lab.fentanyl": 5.0, "drugs.raid_active": 1.0, "drugs.raid_returns": 0.0},
        levers={"lab_disruption": 2.0},
    ),
    "squeezed": Case({"crossings.nu": 6.0, "crossings.beta_ports": 0.55, "crossings.phi": 0.0}, {LINE_EFFORT: SQUEEZE}),
    "zone": Case({}, {US_PRESENCE: np.asarray([3e4, 1e4, 0.0, 0.0])}, zone=(20.0, 0, WEEKS)),
    "zone, nobody learns": Case(
        {"crossings.a": 1e-9, "crossings.f": 1e-9}, {US_PRESENCE: np.asarray([3e4, 1e4, 0, 0])}, zone=(20.0, 26, WEEKS)
    ),
    "more supply": Case({}, {DRUG_SUPPLY: fentanyl_only(1.5)}),
    "less demand": Case({}, {DRUG_DEMAND: fentanyl_only(0.5)}),
    "interior": Case({}, levers={"interior_effort": 2.0}),
    "raids where labs are": Case({"drugs.hit_active": 0.2}, {LAB_HITS: np.full(4, 400.0)}),
    "raids elsewhere": Case({}, {LAB_HITS: np.asarray([0.0, 0.0, 0.0, 400.0])}),
}


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Any]]:
    world = dataclasses.replace(WORLD, production=jnp.asarray([[0.5, 0.3, 0.2, 0.0]] * 4).T)
    outcome = flows(*CASES.values(), world=world)
    return {name: {id_: path[i] for id_, path in outcome.weekly.items()} for i, name in enumerate(CASES)}


def test_at_status_quo_without_luck_nothing_moves(results: Any) -> None:
    for id_, path in results["status quo"].items():
        np.testing.assert_allclose(path, path[0], rtol=1e-5, atol=1e-5, err_msg=id_)


def test_seizures_of_the_start_are_the_record(results: Any) -> None:
    p = median(DRUG_FLOWS, WORLD)
    recorded = float(WORLD.crossings.seized[:, FENTANYL].sum() * p.purity[FENTANYL])
    assert results["status quo"]["fentanyl_seized"][0] * WEEKS_PER_YEAR == pytest.approx(recorded, rel=1e-4)
    weighed = float(WORLD.crossings.seized[:, FENTANYL].sum())
    assert results["status quo"]["fentanyl_seized_gross"][0] * WEEKS_PER_YEAR == pytest.approx(weighed, rel=1e-4)


def test_precursors_beyond_need_change_nothing(results: Any) -> None:
    for id_, path in results["enough precursors"].items():
        if not id_.startswith("price"):
            np.testing.assert_allclose(path, results["status quo"][id_], rtol=1e-5, atol=1e-5, err_msg=id_)


def test_a_precursor_shock_shows_in_purity_more_and_longer_than_in_the_price_named(results: Any) -> None:
    shock = results["no precursors"]
    assert shock["used"].min() < 0.75
    assert shock["fentanyl_purity"].min() < 0.65
    assert (np.abs(shock["named"]) > 0.1).sum() < (shock["fentanyl_purity"] < 0.9).sum()
    assert shock["used"][-1] == pytest.approx(1.0, abs=0.01)
    assert shock["elsewhere"].max() > shock["elsewhere"][0]
    assert shock["delivered_heroin"].min() == pytest.approx(shock["delivered_heroin"][0], rel=1e-4)


def test_a_named_price_forgets_a_jump_with_its_time_constant() -> None:
    p = dataclasses.replace(median(DRUG_FLOWS, WORLD), tau_price=jnp.asarray(10.0), psi=jnp.asarray(0.6))
    assert float((1 - p.psi) * np.log(13.5)) == pytest.approx(np.log(2.83), rel=1e-2)  # shown of the jump of 1995


def test_half_of_the_laboratories_work_when_a_fifth_is_struck_each_week(results: Any) -> None:
    struck = -np.expm1(-29 / 145.0)
    rebuilt = -np.expm1(-1 / 5.0)
    assert results["labs struck"]["labs"][-1] == pytest.approx(rebuilt / (rebuilt + struck), rel=1e-4)
    assert results["labs struck"]["labs"][0] == pytest.approx(1 - struck, rel=1e-5)


def test_raids_where_nothing_is_made_hit_nothing(results: Any) -> None:
    assert results["raids elsewhere"]["lab_capacity"].min() == pytest.approx(1.0, abs=1e-5)
    assert results["raids where labs are"]["lab_capacity"][-1] < 0.4
    assert results["raids where labs are"]["used"][-1] < 0.9


def test_a_squeezed_crossing_loses_flow_within_weeks_to_the_others_and_regains_it_later(results: Any) -> None:
    squeezed = results["squeezed"]
    before, weeks_later, end = (
        np.asarray([squeezed[f"sent {k}"][week] for k in range(6)]) for week in (25, 38, WEEKS - 1)
    )
    assert weeks_later[PORT_1] < 0.9 * before[PORT_1]
    others = [k for k in range(6) if before[k] > 0 and k != PORT_1]
    assert (weeks_later[others] > before[others]).all()
    assert end[PORT_1] > weeks_later[PORT_1]
    assert squeezed["fentanyl_seized"][26] > 1.5 * squeezed["fentanyl_seized"][25]
    assert squeezed["fentanyl_seized"][77] < squeezed["fentanyl_seized"][26]


def test_with_beliefs_held_more_interdiction_never_raises_deliveries(results: Any) -> None:
    held = results["zone, nobody learns"]["delivered_fentanyl"]
    assert held[26] < held[25]
    assert (held[26:] < held[25] * (1 + 1e-5)).all()


def test_a_zone_moves_loads_to_where_it_does_not_reach_and_raises_the_price(results: Any) -> None:
    zone, start = results["zone"], results["status quo"]
    assert zone[f"sent {MAIL}"][-1] > 1.2 * start[f"sent {MAIL}"][-1]
    assert zone[f"sent {LAND_1}"][-1] < start[f"sent {LAND_1}"][-1]
    assert zone["price_pure"][-1] > start["price_pure"][-1]
    assert zone["used"][-1] < 1


def test_drifts_of_supply_move_use_at_an_unchanged_price_named(results: Any) -> None:
    more = results["more supply"]
    assert more["used"][-1] == pytest.approx(1.5, rel=0.02)
    assert more["price_pure"][-1] == pytest.approx(900 / 1.5, rel=0.03)
    assert more["fentanyl_purity"][-1] == pytest.approx(1.5, rel=0.03)


def test_less_demand_is_less_use_at_hardly_another_price(results: Any) -> None:
    less = results["less demand"]
    assert less["used"][-1] == pytest.approx(0.5, rel=0.02)
    assert less["price_pure"][-1] == pytest.approx(900, rel=0.1)


def test_a_scarcer_drug_is_worth_more_where_demand_hardly_yields_and_less_where_it_does(results: Any) -> None:
    assert results["status quo"]["spent"] == pytest.approx(1, rel=1e-3)
    assert results["no precursors"]["spent"].max() > 1.2
    assert results["no precursors, elastic"]["spent"][:52].min() < 0.9
    assert results["less demand"]["spent"][-1] == pytest.approx(0.5, rel=0.1)


def test_drifts_of_supply_leave_what_is_spent(results: Any) -> None:
    assert results["more supply"]["spent"][-1] == pytest.approx(1, rel=0.03)


def test_inland_effort_is_replaced_by_shipping_more(results: Any) -> None:
    inland, start = results["interior"], results["status quo"]
    assert inland["fentanyl_seized"][-1] > start["fentanyl_seized"][-1]
    assert inland["used"][-1] == pytest.approx(1.0, rel=0.02)


def test_half_of_the_us_stock_doubles_the_price_at_unit_response_and_use_follows_its_elasticity() -> None:
    view = one_week(WORLD, {MEMBERS: WORLD.members})
    p = dataclasses.replace(median(DRUG_FLOWS, WORLD), gamma=jnp.asarray(1.0))
    p = dataclasses.replace(p, eps=p.eps.at[FENTANYL].set(-0.35))
    balanced = DRUG_FLOWS.balance(view, Own(p, *DRUG_FLOWS.start(view, p)), {})  # type: ignore[misc]
    half = dataclasses.replace(view, stocks={**view.stocks, STOCK_US: balanced.opening[STOCK_US] / 2})
    log_price = _log_price(half, Own(p, balanced.constants, balanced.state))
    np.testing.assert_allclose(np.exp(log_price), 2.0, rtol=1e-5)
    assert np.exp(p.eps[FENTANYL] * log_price[FENTANYL]) == pytest.approx(0.785, abs=5e-4)


def test_whoever_controls_where_drugs_are_made_makes_them() -> None:
    """Production follows control of the sites, whoever ships by whichever crossing; the record of seizures by crossing stays."""
    first, second = np.zeros((3, 4)), np.zeros((3, 4))
    first[0], second[1] = 0.5, 0.5
    taken_over = after(26, second, before=first)
    result = flows(Case({}, {CONTROL: taken_over}), Case({}, {CONTROL: first})).weekly
    share = result["first organisation"] / result["stock"]
    assert share[0, 0] == pytest.approx(1.0)
    assert share[0, -1] < 0.01
    assert result["used"][0].min() > 0.9
    np.testing.assert_allclose(share[1], 1.0, rtol=1e-5)
    np.testing.assert_allclose(result[f"sent {PORT_2}"][1], result[f"sent {PORT_2}"][1, 0], rtol=1e-4)


def test_organisations_of_different_access_send_together_as_recorded() -> None:
    rng = np.random.default_rng(0)
    access = jnp.asarray(rng.uniform(0.2, 1.0, (5, 6)))
    routes = jnp.asarray(rng.dirichlet(np.ones(6), 4).T).at[2, 1].set(0.0)
    routes = routes / routes.sum(0)
    shares = jnp.asarray(rng.dirichlet(np.ones(5), 4).T)
    weights = routes * _reach(access, routes, shares)
    sent = weights * (access.T @ (shares / (access @ weights)))
    np.testing.assert_allclose(sent, routes, rtol=1e-5, atol=1e-7)


def test_kilograms_are_conserved_whatever_happens() -> None:
    rng = np.random.default_rng(5)
    cases = [
        Case(
            {"drugs.sites": 200.0, "drugs.use.fentanyl": use, "crossings.nu": 8.0},
            {
                LINE_EFFORT: rng.lognormal(sigma=1.0, size=(WEEKS, 6)),
                LAB_HITS: rng.lognormal(sigma=2.0, size=(WEEKS, 4)),
                PRECURSORS: rng.uniform(0.0, 1.5, (WEEKS, 4)),
                DRUG_DEMAND: rng.uniform(0.2, 2.0, (WEEKS, 4)),
                CONTROL: rng.dirichlet(np.ones(4), (WEEKS, 4)).transpose(0, 2, 1)[:, :3],
            },
            {"interior_effort": 3.0},
        )
        for use in (0.3, 2.5, 9.0)
    ]
    moved = flows(*cases, model=LUCKY).accounts
    into = moved["drugs_made"] + moved["drugs_elsewhere"]
    out = moved["seized_mx"] + moved["seized_interior"] + moved["consumed"] + moved["seized_at"].sum(1)
    stocks = moved["stock_mx"].sum(1) + moved["stock_us"]
    np.testing.assert_allclose(into, out + stocks, rtol=1e-5)
    assert (moved["seized_at"] >= 0).all()


NO_DRIFT = {f"drugs.{name}": 0.0 for name in (*(f"market_sd.{drug}" for drug in DRUGS), "mix_sd")}


def test_drifts_of_the_market_have_mean_one_and_their_yearly_spread() -> None:
    view = one_week(WORLD, {MEMBERS: WORLD.members})
    p = median(DRUG_FLOWS, WORLD)
    weeks, years = round(WEEKS_PER_YEAR), 4000
    keys = jax.random.split(jax.random.key(3), weeks * years)
    factors = np.asarray(jax.vmap(lambda key: _drift(view, p, Luck(key, "drugs")))(keys), float)
    yearly = factors.reshape(years, weeks, -1).prod(1)
    spread = np.append(p.market_sd, p.mix_sd)
    np.testing.assert_allclose(np.log(yearly).std(0), spread, rtol=0.04)
    np.testing.assert_allclose(yearly.mean(0), 1.0, atol=4 * spread.max() / np.sqrt(years))


def test_drifts_are_the_same_luck_under_every_plan_and_use_follows_them() -> None:
    result = flows(Case(), Case({}, {LAB_HITS: np.full(4, 50.0)}, {"interior_effort": 3.0}), model=LUCKY).weekly
    assert not np.allclose(result["fentanyl_seized"][0], result["fentanyl_seized"][1])
    for name in (*(f"drift of {drug}" for drug in DRUGS), "mix"):
        np.testing.assert_array_equal(result[name][0], result[name][1])
        assert np.log(result[name][0]).std() > 0.01
    drifted, used = (np.log(result[name][0, 52:]).mean() for name in ("drift of fentanyl", "used"))
    assert abs(drifted) > 0.1
    assert used == pytest.approx(drifted, abs=0.05)
    weighed = result["fentanyl_seized"] / float(median(DRUG_FLOWS, WORLD).purity[FENTANYL]) * result["mix"]
    np.testing.assert_allclose(result["fentanyl_seized_gross"], weighed, rtol=1e-5)


def test_luck_in_seizures_is_that_of_whole_loads_and_does_not_shift_the_mean() -> None:
    result = flows(Case(NO_DRIFT), model=LUCKY).weekly["fentanyl_seized"][0]
    p = median(DRUG_FLOWS, WORLD)
    yearly = float(WORLD.crossings.seized[:, FENTANYL].sum() * p.purity[FENTANYL])
    load = float(p.load[FENTANYL] * p.purity[FENTANYL])
    assert result.mean() * WEEKS_PER_YEAR == pytest.approx(yearly, rel=0.05)
    assert 0.4 < result.var() / (load * result.mean()) < 1.2  # a Poisson count of loads would give 1; a binomial less


def test_seized_kilograms_are_booked_where_they_were_taken() -> None:
    moved = flows(Case({"crossings.checkpoint": 0.0})).accounts[SEIZED_AT.name][0]
    recorded = np.asarray(WORLD.crossings.seized)
    np.testing.assert_allclose(moved / moved.sum(0), recorded / recorded.sum(0), atol=2e-4)


def test_every_drug_has_a_name_among_the_outcomes() -> None:
    assert {f"delivered_{drug}" for drug in DRUGS} <= {outcome.id for outcome in DRUG_FLOWS.outcomes}
