import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import BOUND_NORTH
from premortem.model.index_sets import FATES
from premortem.model.luck import Luck
from premortem.model.mechanism import Outcome, Own
from premortem.model.mechanisms.crossings import CROSSINGS
from premortem.model.mechanisms.migration import ASYLUM, ENDED, MIGRATION, SET_OUT, WAITING
from premortem.model.mechanisms.people import PEOPLE
from premortem.model.signals import (
    BORDER_LOAD,
    JOBLESSNESS,
    LINE_EFFORT,
    MX_MIGRATION_CONTROL,
    PORTS_OPEN,
    SMUGGLING_TOLLS,
    US_PRESENCE,
    US_TAKE_OF_DISPLACED,
    VIOLENCE,
)
from premortem.model.units import WEEKS_PER_YEAR
from premortem.model.world import World
from tests.model import lines
from tests.model.given import median, of, one_week, scripted, simulate
from tests.model.lines import LAND_1, LAND_2, PORT_1, PORT_2
from tests.model.toys import orders

WEEKS = 260
WORLD = lines.manned_line()
QUIET: dict[str, Any] = {"regime_rate": 1e-9, "death_rate": 0.0}
SIGNALS = (VIOLENCE, JOBLESSNESS, MX_MIGRATION_CONTROL, LINE_EFFORT, US_PRESENCE, PORTS_OPEN)


def by_crossing(k: int) -> Outcome:
    return Outcome(f"by {k}", lambda view, own, moved: own.s.attempts[k])


PROBED = dataclasses.replace(
    MIGRATION,
    outcomes=(
        *MIGRATION.outcomes,
        *(by_crossing(k) for k in range(6)),
        Outcome("regime", lambda view, own, moved: own.s.regime),
        Outcome("load", lambda view, own, moved: view[BORDER_LOAD]),
        Outcome("tolls", lambda view, own, moved: view[SMUGGLING_TOLLS].sum()),
        Outcome("asked", lambda view, own, moved: moved.stocks[ASYLUM]),
        Outcome("homeward", lambda view, own, moved: moved.stocks[ENDED][FATES.index("gone_home")].sum()),
    ),
)
MODEL = Model((scripted(SIGNALS, (BOUND_NORTH,)), CROSSINGS, PROBED), noise=False)


def go(
    signals: Any = None,
    levers: Any = None,
    zone: bool = False,
    north: float = 0.0,
    world: World = WORLD,
    **changes: Any,
) -> dict[str, Any]:
    """Run five years at medians; ``changes`` are of migration, or of crossings if named so (``crossings_nu``)."""
    held: dict[str, Any] = {"zone_in_force": 1.0, "zone_depth": 20.0, "zone_share": WORLD.zone} if zone else {}
    result = simulate(
        MODEL,
        orders(WEEKS, world, levers=levers, **held),
        world=world,
        told={BOUND_NORTH: [north, 0.0, 0.0, 0.0]} | (signals or {}),
        **{name: value for name, value in changes.items() if name.startswith("crossings_")},
        **of(MIGRATION, QUIET | {name: value for name, value in changes.items() if not name.startswith("crossings_")}),
    )
    return {name: values[0] for name, values in result.weekly.items()} | {"accounts": result.accounts}


def share(results: dict[str, Any], k: int, week: int = -1) -> float:
    return float(results[f"by {k}"][week] / results["migrant_attempts"][week])


def test_at_status_quo_nothing_moves_and_apprehensions_between_ports_are_the_record() -> None:
    rest, p = go(death_rate=1.34), median(MIGRATION, WORLD)
    for id_, path in rest.items():
        if id_ not in {"accounts", "homeward", "asked"}:
            np.testing.assert_allclose(path, path[0], rtol=1e-5, err_msg=id_)
    assert rest["migrants_apprehended"][0] * WEEKS_PER_YEAR == pytest.approx(float(p.apprehended), rel=1e-5)
    assert rest["load"][-1] == pytest.approx(1.0, rel=1e-5)
    np.testing.assert_allclose([share(rest, k) for k in range(6)], WORLD.crossings.people, atol=1e-4)


@pytest.mark.parametrize(("p0", "retry", "ratio"), [(0.7, 0.0, 1.0), (0.7, 0.4, 1 / (1 - 0.28))])
def test_who_tries_again_adds_to_attempts_and_not_to_arrivals(p0: float, retry: float, ratio: float) -> None:
    rest = go(p0=p0, retry=retry)
    arrivals = rest["accounts"][SET_OUT.name][0] / WEEKS
    assert rest["migrant_attempts"][-1] == pytest.approx(ratio * arrivals, rel=1e-4)


def test_persons_are_conserved_over_all_accounts() -> None:
    moved = go(
        {US_PRESENCE: [2e4, 1e4, 0.0, 0.0]}, {"legal_path": 0.5}, zone=True, north=9e4, death_rate=6.0, give_up=0.3
    )
    changed = {name: np.asarray(value[0]) for name, value in moved["accounts"].items()}
    held = sum(changed[a.name].sum() for a in (WAITING, ENDED, ASYLUM, BOUND_NORTH))
    np.testing.assert_allclose(held, changed[SET_OUT.name], rtol=1e-5)
    assert changed[ASYLUM.name] > 0
    assert (changed[ENDED.name] >= 0).all()


def test_a_new_regime_brings_its_level_of_attempts_and_the_next_takes_it_back() -> None:
    luck = np.full(8, 1e-30)
    luck[0] = np.exp(-0.5)  # with half a change a year: after a year
    changed = go(regime_rate=0.5, regime_level=5.0, regime_luck=luck)
    assert changed["migrant_attempts"][40] == pytest.approx(changed["migrant_attempts"][0], rel=1e-3)
    assert changed["migrant_attempts"][-1] == pytest.approx(5 * changed["migrant_attempts"][0], rel=1e-2)
    luck[1] = np.exp(-0.5)  # and another year later
    back = go(regime_rate=0.5, regime_level=5.0, regime_luck=luck)
    assert back["regime"].max() > 4.5
    assert back["regime"][-1] == pytest.approx(1.0, abs=0.01)


def test_a_new_administration_may_change_the_regime() -> None:
    soon = dataclasses.replace(
        WORLD, calendar=dataclasses.replace(WORLD.calendar, us_administrations=jnp.full(1, 30.0))
    )
    likely, unlikely = (
        go(world=soon, regime_2029=chance, regime_luck=np.full(8, 0.4), regime_level=3.0)["regime"][-1]
        for chance in (0.7, 0.5)
    )
    assert likely == pytest.approx(3.0, rel=1e-3)
    assert unlikely == pytest.approx(1.0, rel=1e-3)


def test_who_is_turned_back_by_a_zone_waits_or_goes_home_and_does_not_vanish() -> None:
    presence = {US_PRESENCE: [3e4, 1e4, 0.0, 0.0]}
    dull: dict[str, Any] = {"deterrence": 0.0, "nu": 0.1}
    rest, stay, leave = go(**dull), *(go(presence, zone=True, give_up=g, **dull) for g in (0.0, 0.5))
    assert stay["migrants_waiting"][-1] > 1.1 * rest["migrants_waiting"][-1]
    assert stay["homeward"][-1] == 0
    assert leave["migrants_waiting"][-1] < stay["migrants_waiting"][-1]
    assert leave["homeward"][-1] > 0
    ended = [result["accounts"][ENDED.name][0] for result in (rest, stay, leave)]
    assert ended[1].sum() == pytest.approx(ended[0].sum(), rel=0.02)  # sooner or later everybody's journey ends


def test_a_closed_crossing_shifts_people_to_the_others_of_its_sector_and_beyond() -> None:
    """With its officers idle; those who go between the ports make ways there harder, and send people to ports that are open."""
    closed = {PORTS_OPEN: [0.0, 1.0, 1.0, 1.0, 1.0, 1.0]}
    rest, shut, manned = go(), go(closed, crossings_idle=0.0), go(closed, crossings_idle=0.75)
    assert share(shut, PORT_1) == share(manned, PORT_1) == 0
    assert all(share(shut, k) > share(rest, k) for k in (PORT_2, LAND_1, LAND_2))
    assert all(share(manned, k) < share(shut, k) for k in (LAND_1, LAND_2))
    assert share(manned, PORT_2) > share(shut, PORT_2)
    for moved in (shut, manned):
        assert moved["migrant_attempts"][-1] == pytest.approx(rest["migrant_attempts"][-1], rel=0.02)


def test_effort_at_one_sector_moves_people_to_the_other_the_more_they_mind_risk() -> None:
    effort = {LINE_EFFORT: [1.0, 1.0, 4.0, 1.0, 1.0, 1.0]}
    keen, dull = go(effort, nu=6.0), go(effort, nu=0.5)
    assert share(keen, LAND_1) < share(dull, LAND_1) < share(go(), LAND_1)
    assert share(keen, LAND_2) > share(dull, LAND_2)


def test_more_work_on_the_line_moves_apprehensions_less_than_a_regime_does() -> None:
    rest, doubled = go(), go({LINE_EFFORT: np.full(6, 2.0)})
    change = doubled["migrants_apprehended"][-1] / rest["migrants_apprehended"][-1]
    assert change < median(MIGRATION, WORLD).regime_level
    assert doubled["migrants_entered"][-1] < rest["migrants_entered"][-1]
    assert doubled["smuggling_revenue"][-1] != rest["smuggling_revenue"][-1]


def test_hope_deters_only_as_far_as_it_is_said_to() -> None:
    effort = {LINE_EFFORT: np.full(6, 2.0)}
    set_out = [go(effort, deterrence=e)["accounts"][SET_OUT.name][0] for e in (0.0, 1.0)]
    assert set_out[0] == pytest.approx(go()["accounts"][SET_OUT.name][0], rel=1e-5)
    assert set_out[1] < 0.97 * set_out[0]


@pytest.mark.parametrize(
    ("signals", "factor"),
    [
        ({VIOLENCE: np.full(4, 2.0)}, 1.4),
        ({JOBLESSNESS: np.full(4, 3.0)}, 1.06),
        ({MX_MIGRATION_CONTROL: 0.8}, 1.25),
    ],
)
def test_violence_joblessness_and_less_mexican_control_raise_arrivals(signals: Any, factor: float) -> None:
    changes: dict[str, Any] = {"b_violence": 0.4, "b_jobless": 0.02}
    raised = go(signals, **changes)["migrant_attempts"][-1]
    assert raised == pytest.approx(factor * go(**changes)["migrant_attempts"][-1], rel=1e-3)


def test_levers_keep_people_from_the_line() -> None:
    rest = go(legal_effect=0.5, enforcement_effect=0.2, enforcement_fee=0.2)
    legal = go({}, {"legal_path": 1.0}, legal_effect=0.5)
    assert legal["migrant_attempts"][-1] == pytest.approx(0.5 * rest["migrant_attempts"][-1], rel=0.01)
    assert legal["migrant_attempts"][4] > 0.9 * rest["migrant_attempts"][4]
    harder = go({}, {"smuggling_enforcement": 4.0}, enforcement_effect=0.2, enforcement_fee=0.2)
    assert harder["migrant_attempts"][-1] == pytest.approx(4**-0.2 * rest["migrant_attempts"][-1], rel=1e-3)
    assert harder["smuggling_revenue"][-1] == pytest.approx(rest["smuggling_revenue"][-1], rel=1e-3)
    none = go({}, {"smuggling_enforcement": 0.0})
    assert np.isfinite(none["smuggling_revenue"]).all()


def test_displaced_people_come_to_the_sector_they_face_and_some_may_ask_for_asylum() -> None:
    rest, came = go(), go(north=50_000.0, north_delay=8.0)
    assert came["displaced_at_line"].sum() == pytest.approx(50_000, rel=1e-3)
    assert came["asked"][-1] == 0  # closed in mid 2025
    extra = came["migrant_attempts"] - rest["migrant_attempts"]
    assert extra.sum() > 50_000
    assert came["by 2"][10] / rest["by 2"][10] > 1.5 * came["by 3"][10] / rest["by 3"][10]
    opened = go({}, {"legal_path": 1.0}, north=50_000.0, asylum_open=0.4, legal_time=1.0)
    assert 0.3 * 50_000 < opened["asked"][-1] < 0.4 * 50_000  # the door opens while the first come


def test_support_where_they_are_keeps_the_displaced_from_going_north() -> None:
    view = one_week(WORLD)
    p = median(MIGRATION, WORLD, north=0.1, host_effect=0.6)
    own = Own(p, *MIGRATION.start(view, p))
    provide = MIGRATION.signals[US_TAKE_OF_DISPLACED]
    np.testing.assert_allclose(provide(view, own), [0.1, 0.1, 0.0, 0.0], rtol=1e-6)
    helped = one_week(WORLD, levers={"host_support": 0.5})
    np.testing.assert_allclose(provide(helped, own), [0.07, 0.07, 0.0, 0.0], rtol=1e-6)


def test_only_those_displaced_beyond_the_ordinary_leave_for_the_border() -> None:
    p = median(PEOPLE, WORLD)
    stocks = {account: jnp.asarray(value) for account, value in PEOPLE.open(WORLD, p).items()}
    view = one_week(WORLD, stocks, {US_TAKE_OF_DISPLACED: np.full(4, 0.2)})
    constants, state = PEOPLE.start(view, p)
    for violence, expected in ((1.0, 0.0), (4.0, 0.2)):
        own = Own(p, constants, dataclasses.replace(state, violence=jnp.full(4, violence)))
        proposed = PEOPLE.propose(view, own, Luck(jax.random.key(0), noisy=False)).flows
        flows = {flow.name: np.asarray(flow.hazard) for flow in proposed}
        total = flows["flee"] + flows["flee_north"]
        np.testing.assert_allclose(flows["flee_north"], expected * (total - constants.flight0), atol=1e-9)


def test_deaths_rise_as_remote_ways_are_taken_and_fall_in_crowds() -> None:
    rate: dict[str, Any] = {"death_rate": 2.0, "death_remote": 3.0, "deterrence": 0.0}
    rest, shifted = go(**rate), go({LINE_EFFORT: [1.0, 1.0, 1.0, 8.0, 1.0, 1.0]}, nu=8.0, **rate)

    def per_thousand(results: dict[str, Any]) -> float:
        outside_ports = sum(results[f"by {k}"][-1] for k in range(2, 6))
        return float(results["migrants_died_crossing"][-1] / outside_ports * 1000)

    assert per_thousand(rest) == pytest.approx(2.0, rel=0.01)
    assert per_thousand(shifted) > 2.1
    luck = np.full(8, 1e-30)
    luck[0] = 0.9999
    crowd = go(regime_rate=0.5, regime_luck=luck, regime_level=5.0, death_crowd=0.5, **rate)
    assert per_thousand(crowd) == pytest.approx(2.0 / 5**0.5, rel=0.02)


def test_fees_follow_risk_and_tolls_are_their_share() -> None:
    changes: dict[str, Any] = {"e_fee": 1.0, "paid": 0.8, "toll": 0.3, "fee": 2000.0, "fee_2025": 1.5}
    rest = go(**changes)
    assert rest["smuggling_revenue"][-1] == pytest.approx(3000 * 0.8 * rest["migrant_attempts"][-1], rel=1e-4)
    assert rest["tolls"][-1] == pytest.approx(0.3 * rest["smuggling_revenue"][-1], rel=1e-4)
    assert rest["people_exploited"][-1] < 0.1 * rest["migrant_attempts"][-1]
