"""The model reduces to that of Prieto-Curiel et al. (2023), with everything else switched off and their constants given instead of solved.

Their equations are solved independently, by `scipy` here and once for the table of docs/notes. See docs/model/recruitment.md.
"""

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from premortem.engine.simulate import one_future
from premortem.engine.week import Model, Setup
from premortem.evidence import load as load_evidence
from premortem.model.controls import Controls
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, View
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.mechanisms.state import STATE
from premortem.model.world import World
from premortem.theatre import literature
from tests.model.given import parameters, watched
from tests.model.toys import orders, status_quo

REFERENCE = Path(os.environ.get("PREMORTEM_REFERENCE_DATA", Path(__file__).parents[3] / "shared/data/reference"))
MAP_2020 = REFERENCE / "prieto_curiel_2023"
PUBLISHED = literature.constants()
BRANCH = 520  # weeks: scenarios part ways at the start of 2022
WEEKS = 1040 + 13  # to the start of 2032, and a quarter more to read its rates
SCENARIOS: Mapping[str, Mapping[str, float]] = {
    "status_quo": {},
    "double_incapacitation": {"arrest_capacity": 2.0},
    "half_recruitment": {"prevention": 0.5},
    "zero_recruitment": {"prevention": 1.0},
    "both_double_incap_half_recruit": {"arrest_capacity": 2.0, "prevention": 0.5},
}
OFF: Mapping[str, Any] = {
    # recruitment: no growth to be balanced, no vacancies, no way back from prison, an endless pool, programmes that act at once
    "recruitment_replace": 0,
    "recruitment_deterrence": 0,
    "recruitment_pool_share": 1e12,
    "recruitment_omega": PUBLISHED.omega,
    "recruitment_rejoin": 0,
    "recruitment_size": 1,
    "recruitment_org_share": 1,
    "recruitment_yield_prevention": 1,
    "recruitment_displaced": 0,
    "recruitment_tau_programme": 1e-6,
    # rivalry: members kill members only, allies protect in full, no heat, nothing stirs or calms
    "rivalry_member_share": 1,
    "rivalry_alpha": 1,
    **dict.fromkeys(("rivalry_s_x", "rivalry_s_u", "rivalry_s_l", "rivalry_s_g", "rivalry_war_rate"), 0),
    "rivalry_tau_l": 1e9,
    "rivalry_k_d": 0,
    # state: a fixed number held, nobody killed, nobody spared
    "state_arrests": PUBLISHED.eta,
    "state_chi": 0,
    "state_kills": 0,
    "state_capture_bias": 0,
}


def given_theta(view: View, own: Own[Any, Any, Any], hazards: Any) -> Balanced:
    return Balanced(dataclasses.replace(own.c, theta=jnp.full_like(own.c.theta, PUBLISHED.theta)), own.s)


def given_rho(view: View, own: Own[Any, Any, Any], hazards: Any) -> Balanced:
    assert RECRUITMENT.balance is not None
    solved = RECRUITMENT.balance(view, own, hazards)
    rate = jnp.full_like(solved.state.rate, PUBLISHED.rho)
    return dataclasses.replace(solved, state=dataclasses.replace(solved.state, rate=rate))


REDUCED: tuple[Mechanism, ...] = (
    watched(
        dataclasses.replace(RECRUITMENT, balance=given_rho),
        Outcome("recruits_now", lambda view, own, moved: own.s.recruits.sum()),
    ),
    watched(
        dataclasses.replace(RIVALRY, balance=given_theta),
        Outcome("deaths_now", lambda view, own, moved: own.s.deaths.sum()),
    ),
    STATE,
)


def branched(world: Any, weeks: int, levers: Mapping[str, float]) -> Controls:
    """Return empty orders in which some levers move at the branch and stay."""
    moved = np.arange(weeks) >= BRANCH
    usual = {name.partition(".")[2]: level for name, level in status_quo().items()}
    return orders(weeks, world, levers={name: np.where(moved, x, usual[name]) for name, x in levers.items()})


def simulate(
    make_world: Callable[[], World],
    scenarios: Sequence[str],
    *,
    dt: float,
    weeks: int = WEEKS,
    exact: bool = False,
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return, by scenario, values at the start of every step: members, and deaths and recruits a week; ``exact`` in double precision."""
    with jax.enable_x64(exact):
        world = make_world()
        # Violence in proportion to people, so that arrests are too; its level does not matter, because theta is given.
        violence = world.population / world.population.sum() * 10_000
        world = dataclasses.replace(world, homicides=violence, homicides_before=violence)
        model = Model(REDUCED, dt=dt, noise=False)
        p = jax.tree.map(lambda x: x[0], parameters(REDUCED, world, **OFF))
        controls = [branched(world, weeks, SCENARIOS[name]) for name in scenarios]
        stacked = jax.tree.map(lambda *x: jnp.stack(x), *controls)
        future = jax.vmap(lambda plan: one_future(model, weeks, Setup(world, plan, p), jax.random.key(0)))
        weekly = jax.device_get(jax.jit(future)(stacked))["weekly"]
        start = float(world.members.sum())
    result = {}
    for i, name in enumerate(scenarios):
        members = np.append(start, np.asarray(weekly["members"][i], float))[:-1]
        result[name] = {
            "members": members,
            "deaths": np.asarray(weekly["deaths_now"][i], float),
            "recruits": np.asarray(weekly["recruits_now"][i], float),
            "killed": np.cumsum(np.asarray(weekly["members_killed_rivals"][i], float)),
        }
    return result


def solution(network: literature.Network, scenario: str, years: Sequence[int]) -> dict[str, NDArray[np.float64]]:
    """Return members, and deaths and recruits a week, at the start of some years: the published equations, solved by `scipy`."""
    s = network.conflict

    def decade(start: NDArray[np.float64], levers: Mapping[str, float], weeks: Any) -> Any:
        held = PUBLISHED.eta * levers.get("arrest_capacity", 1.0)
        rho = PUBLISHED.rho * (1 - levers.get("prevention", 0.0))

        def change(_: float, n: NDArray[np.float64]) -> NDArray[np.float64]:
            rate: NDArray[np.float64] = rho - held / n.sum() - PUBLISHED.theta * (s @ n) - PUBLISHED.omega * n
            return rate * n

        return solve_ivp(change, (0, weeks[-1]), start, t_eval=weeks, rtol=1e-9, atol=1e-6, method="LSODA").y, rho

    grid = 52.0 * np.arange(11)
    before, rho = decade(network.members(PUBLISHED.members), {}, grid)
    after, rho_after = decade(before[:, -1], SCENARIOS[scenario], grid)
    paths = [(before[:, y - 2012], rho) if y < 2022 else (after[:, y - 2022], rho_after) for y in years]
    return {
        "members": np.array([n.sum() for n, _ in paths]),
        "deaths": np.array([PUBLISHED.theta * n @ s @ n for n, _ in paths]),
        "recruits": np.array([r * n.sum() for n, r in paths]),
    }


def table(scenario: str, years: Sequence[int]) -> dict[str, NDArray[np.float64]]:
    """Return the same from the reference table of docs/notes, which was computed once and independently."""
    rows = load_evidence().tables["cartels.table.pc_rerun"].rows
    name = {year: "baseline_history" if year < 2022 else scenario for year in years}
    found = {(row["scenario"], int(row["year"])): row for row in rows}
    columns = {"members": "members", "deaths": "deaths_per_week", "recruits": "recruits_per_week"}
    return {key: np.array([float(found[name[y], y][c]) for y in years]) for key, c in columns.items()}


def assert_agrees(
    run: Mapping[str, NDArray[np.float64]],
    expected: Mapping[str, NDArray[np.float64]],
    years: Sequence[int],
    dt: float,
    within: float,
) -> None:
    steps = [round((year - 2012) * 52 / dt) for year in years]
    for quantity, values in expected.items():
        np.testing.assert_allclose(run[quantity][steps], values, rtol=within, err_msg=quantity)


@pytest.fixture(scope="module")
def published() -> literature.Network:
    if not (MAP_2020 / literature.NODES).is_file():
        pytest.skip("the map of 2020 is third-party data: see PREMORTEM_REFERENCE_DATA")
    return literature.read(MAP_2020)


ALL_YEARS = range(2012, 2033)
ONE_REGION = (126_000_000.0,)
MANY_REGIONS = tuple(np.geomspace(5e5, 1.7e7, 38))


def test_weekly_steps_agree_with_the_reference_table_within_a_fifth_of_a_percent(published: literature.Network) -> None:
    names = ("status_quo", "double_incapacitation")
    for name, run in simulate(partial(published.world, ONE_REGION), names, dt=1.0).items():
        assert_agrees(run, table(name, ALL_YEARS), ALL_YEARS, 1.0, 0.002)


def test_on_a_made_up_network_weekly_steps_agree_with_the_equations_within_a_fifth_of_a_percent() -> None:
    network = literature.synthetic()
    names = ("status_quo", "double_incapacitation")
    for name, run in simulate(partial(network.world, ONE_REGION), names, dt=1.0).items():
        assert_agrees(run, solution(network, name, ALL_YEARS), ALL_YEARS, 1.0, 0.002)


def test_spread_over_regions_in_proportion_to_people_the_totals_stay_the_same() -> None:
    network, weeks = literature.synthetic(organisations=30), 52
    one, many = (
        simulate(partial(network.world, regions), ["status_quo"], dt=1.0, weeks=weeks, exact=True)["status_quo"]
        for regions in (ONE_REGION, MANY_REGIONS)
    )
    for quantity in ("members", "deaths", "recruits", "killed"):
        np.testing.assert_allclose(many[quantity], one[quantity], rtol=1e-11, err_msg=quantity)


@pytest.mark.slow
@pytest.mark.parametrize(("dt", "within"), [(1.0, 0.002), (0.25, 0.001)])
@pytest.mark.parametrize("regions", [ONE_REGION, MANY_REGIONS], ids=["one region", "38 regions"])
def test_all_scenarios_agree_with_the_reference_table(
    published: literature.Network, regions: Sequence[float], dt: float, within: float
) -> None:
    for name, run in simulate(partial(published.world, regions), tuple(SCENARIOS), dt=dt).items():
        assert_agrees(run, table(name, ALL_YEARS), ALL_YEARS, dt, within)


@pytest.mark.slow
def test_the_error_of_a_step_falls_with_its_length() -> None:
    network, years = literature.synthetic(organisations=30), [2017]
    expected = solution(network, "status_quo", years)["deaths"][0]
    make = partial(network.world, ONE_REGION)
    errors = []
    for dt in (1.0, 0.25):
        run = simulate(make, ["status_quo"], dt=dt, weeks=273, exact=True)["status_quo"]
        errors.append(abs(run["deaths"][round(260 / dt)] / expected - 1))
    assert errors[1] < errors[0] / 3.5


def pooled(network: literature.Network, kept: int) -> World:
    """Return the world in which all but the strongest ``kept`` organisations are one pool, which meets and is met as its mean member."""
    members, s = network.members(PUBLISHED.members), network.conflict
    rest = members[kept:] / members[kept:].sum()
    ties = np.zeros((kept + 1, kept + 1))
    ties[:kept, :kept] = network.rivals[:kept, :kept]
    ties[:kept, kept] = network.rivals[:kept, kept:] @ rest
    ties[kept, :kept] = rest @ s[kept:, :kept] - 1  # its allies are counted here, member by member
    alone = np.append(np.zeros(kept), 1.0)
    return dataclasses.replace(
        network.world(ONE_REGION),
        members=jnp.asarray(np.append(members[:kept], members[kept:].sum())[:, None]),
        rival_weight=jnp.asarray(ties),
        ally_strength=jnp.asarray(np.append(network.ally_strength[:kept], 0.0)),
        pooled=jnp.asarray(alone * (rest @ s[kept:, kept:] @ rest)),
        concentration=jnp.asarray(np.append(np.ones(kept), (rest**2).sum())),
        spare=jnp.zeros(kept + 1),
        designated=jnp.zeros(kept + 1),
    )


@pytest.mark.slow
def test_pooling_all_but_fifteen_organisations_costs_two_percent_of_members_and_adds_eight_of_deaths(
    published: literature.Network,
) -> None:
    run = simulate(partial(pooled, published, 15), ["status_quo"], dt=1.0, weeks=533)["status_quo"]
    whole = table("status_quo", [2022])
    assert run["members"][BRANCH] / whole["members"][0] - 1 == pytest.approx(-0.022, abs=0.002)
    assert run["deaths"][BRANCH] / whole["deaths"][0] - 1 == pytest.approx(0.078, abs=0.004)
