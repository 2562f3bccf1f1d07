import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from premortem.model import border
from premortem.model.accounts import SEIZED_AT
from premortem.model.flows import Booked, Moved
from premortem.model.index_sets import DRUGS, LOADS
from premortem.model.mechanism import Own, View
from premortem.model.mechanisms.crossings import CROSSINGS, Constants, State
from premortem.model.signals import (
    ACCESS,
    BELIEVED_LOSS,
    BORDER_COST,
    CONTROL,
    CORRIDOR,
    DETOUR,
    EXPORTS,
    HELD_BACK,
    LINE_EFFORT,
    LOAD_SIZE,
    LOADS_SENT,
    LOSS,
    PEOPLE_LOSS,
    PORTS_OPEN,
    RECORDED_DELIVERIES,
    RECORDED_SEIZURES,
    ROOM,
    ROUTES,
    US_PRESENCE,
    ZONE_INSPECTION,
    Signal,
)
from premortem.model.units import WEEKS_PER_YEAR
from tests.model.given import median, one_week
from tests.model.lines import LAND_1, LAND_2, MAIL, PORT_1, PORT_2, SEA, toy_line

FENTANYL, COCAINE = LOADS.index("fentanyl"), LOADS.index("cocaine")
FIREARMS, PEOPLE = LOADS.index("firearms"), LOADS.index("people")
NORTH = slice(0, len(DRUGS) + 1)
WORLD = toy_line()
DELIVERED = {RECORDED_DELIVERIES: WORLD.crossings.seized.sum(0) / WEEKS_PER_YEAR * 6.0}
Owned = Own[Any, Constants, State]


def week(signals: dict[Signal, Any] | None = None, zone_miles: float = 0.0, **levers: float) -> View:
    """One week at the toy line; a zone of the given depth covers both regions on it."""
    view = one_week(WORLD, {}, DELIVERED | (signals or {}), levers)
    orders = dataclasses.replace(
        view.orders,
        zone_share=WORLD.zone * (zone_miles > 0),
        zone_in_force=jnp.asarray(float(zone_miles > 0)),
        zone_depth=jnp.asarray(zone_miles),
    )
    return dataclasses.replace(view, orders=orders)


def begin(view: View | None = None, **changes: Any) -> Owned:
    view = view or week()
    p = median(CROSSINGS, WORLD, **changes)
    balanced = CROSSINGS.balance(view, Own(p, *CROSSINGS.start(view, p)), {})  # type: ignore[misc]
    return Own(p, balanced.constants, balanced.state)


def whole(view: View, own: Owned) -> View:
    """Return the same week with the mechanism as a provider, nothing computed yet."""
    return dataclasses.replace(
        view,
        mechanisms={**view.mechanisms, "crossings": CROSSINGS},
        owned={**view.owned, "crossings": own},
        _cache={},
    )


def read(signal: Signal, view: View, own: Owned) -> Any:
    """Return a signal as the mechanism provides it to a whole model."""
    return np.asarray(whole(view, own)[signal])


def settle(view: View, own: Owned, lost: Any = None) -> Owned:
    none = jnp.zeros_like(WORLD.crossings.seized)
    booked = Booked(entered={SEIZED_AT: none if lost is None else jnp.asarray(lost)})
    after = CROSSINGS.settle(whole(view, own), own, Moved(booked, {}, {SEIZED_AT: none}, 1.0), None)
    return dataclasses.replace(own, s=after)


# The functions


def test_the_premium_of_risk_is_steep_above_the_base_risk() -> None:
    assert border.cost_of_risk(jnp.asarray(0.43), jnp.asarray(0.43)) == pytest.approx(0.562, abs=5e-4)
    assert border.cost_of_risk(jnp.asarray(0.6), jnp.asarray(0.43)) == pytest.approx(0.916 * 1.947, abs=1e-3)


def test_a_fifth_of_vehicles_searched_finds_what_it_should() -> None:
    values = [jnp.asarray(x) for x in (0.01, 0.2, 0.8, 1.0)]
    assert border.search_loss(*values) == pytest.approx(0.168)


def test_fourfold_effort_with_root_returns_doubles_the_exponent() -> None:
    values = [jnp.asarray(x) for x in (0.2, 4.0, 0.5, 0.8)]
    assert border.line_loss(*values) == pytest.approx(0.35)


@settings(max_examples=50, deadline=None)
@given(
    start=st.floats(0.0, 0.55),
    effort=st.floats(0.0, 50.0),
    returns=st.floats(0.1, 1.0),
    ceiling=st.floats(0.6, 0.95),
)
def test_the_line_takes_nothing_without_effort_and_never_more_than_its_ceiling(
    start: float, effort: float, returns: float, ceiling: float
) -> None:
    def loss(work: float) -> float:
        return float(border.line_loss(*(jnp.asarray(x) for x in (start, work, returns, ceiling))))

    assert loss(0.0) == 0.0
    assert loss(1.0) == pytest.approx(start, rel=1e-5, abs=1e-7)
    assert 0.0 <= loss(effort) <= ceiling * (1 + 1e-6)
    assert loss(effort) <= loss(effort + 1.0) + 1e-7


def test_two_equal_crossings_share_by_the_odds_of_their_risks() -> None:
    believed, start = jnp.asarray([0.3, 0.1]), jnp.asarray([0.1, 0.1])
    steep = jnp.asarray(0.5)
    cost = border.cost_of_risk(believed, steep) - border.cost_of_risk(start, steep)
    shares = border.route_shares(jnp.asarray([0.5, 0.5]), cost, jnp.asarray(4.0), jnp.asarray(1.0))
    assert shares[0] == pytest.approx(0.268, abs=5e-4)


def test_spreading_evens_shares_out_and_keeps_closed_crossings_closed() -> None:
    weights = jnp.asarray([0.7, 0.3, 0.0])
    shares = border.route_shares(weights, jnp.zeros(3), jnp.asarray(4.0), jnp.asarray(2.0))
    root = np.sqrt([0.7, 0.3])
    np.testing.assert_allclose(shares, [*root / root.sum(), 0.0], rtol=1e-5)


def test_leaving_the_routes_of_the_start_costs_their_relative_entropy() -> None:
    start, shares = jnp.asarray([0.8, 0.2]), jnp.asarray([0.5, 0.5])
    expected = (0.5 * np.log(0.5 / 0.8) + 0.5 * np.log(0.5 / 0.2)) / 4.0
    assert border.detour_cost(shares, start, jnp.asarray(4.0)) == pytest.approx(expected, rel=1e-5)
    assert border.detour_cost(start, start, jnp.asarray(4.0)) == pytest.approx(0.0, abs=1e-7)


def test_believing_shares_minimise_risk_plus_detour() -> None:
    """Whoever chooses by log odds could not do better: diversion is never free, nor is staying."""
    rng = np.random.default_rng(3)
    start, cost = rng.dirichlet(np.ones(6)), rng.uniform(0.0, 2.0, 6)
    nu = jnp.asarray(3.0)
    best = border.route_shares(jnp.asarray(start), jnp.asarray(cost), nu, jnp.asarray(1.0))

    def burden(shares: Any) -> float:
        return float((shares * cost).sum() + border.detour_cost(jnp.asarray(shares), jnp.asarray(start), nu))

    others = [burden(rng.dirichlet(np.ones(6))) for _ in range(200)] + [burden(start)]
    assert burden(best) < min(others)


def test_crowded_ways_take_what_they_have_room_for_and_the_rest_goes_elsewhere() -> None:
    """Shares of four ways: the one closed takes nothing, the one full takes its room, the others balance what crowding costs."""
    start = jnp.asarray([0.6, 0.2, 0.15, 0.05])
    nu, chi, cover = jnp.asarray(4.0), jnp.asarray([0.03, 0.1, 0.1, 0.3]), jnp.asarray([0.0, 1.0, 1.0, 1.0])
    room = jnp.asarray([9.0, 0.3, 9.0, 9.0])
    shares = border.route_shares(start, jnp.zeros(4), nu, jnp.asarray(1.0), chi, cover, room)
    assert shares[0] == 0
    assert shares[1] == pytest.approx(0.3, rel=1e-5)
    assert float(shares.sum()) == pytest.approx(1.0, rel=1e-6)
    burden = np.log(np.asarray(shares[2:]) / np.asarray(start[2:])) * (1.0 + 4.0 * np.asarray(chi[2:]))
    assert burden[0] == pytest.approx(burden[1], rel=1e-4)  # the last load would go either way
    assert shares[3] / start[3] < shares[2] / start[2]


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_shares_of_ways_add_up_whatever_is_closed_full_or_feared(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start = rng.dirichlet(np.full(8, 0.3))
    cover, room = rng.uniform(0.0, 1.0, 8) * (rng.random(8) > 0.3), rng.lognormal(-2.0, 1.0, 8)
    shares = border.route_shares(
        *(jnp.asarray(x) for x in (start, rng.uniform(0.0, 3.0, 8), rng.uniform(0.5, 12.0), rng.uniform(0.6, 2.0))),
        *(jnp.asarray(x) for x in (rng.lognormal(-2.0, 1.0, 8), cover, room)),
    )
    assert (shares >= 0).all()
    if (cover > 0).any():
        assert float(shares.sum()) == pytest.approx(1.0, rel=1e-5)
        fits = np.minimum((room * (cover > 0)).sum(), 1.0)
        assert (np.asarray(shares) * fits <= room * (1 + 2e-3) + 1e-6).all()


def test_room_is_built_where_it_is_used_and_lost_where_it_is_not() -> None:
    rates = [jnp.asarray(x) for x in (0.8, 0.15, 0.01)]
    used, idle = (
        border.room_after(jnp.asarray(4.0), jnp.asarray(2.0), jnp.asarray(flow), *rates) for flow in (3.5, 1.0)
    )
    assert float(used) == pytest.approx(4.6)
    assert float(idle) == pytest.approx(3.98)


# The start


def test_at_the_start_seizures_are_the_record_and_the_rest_is_delivered() -> None:
    own = begin(checkpoint=0.0)
    recorded = np.asarray(WORLD.crossings.seized) / WEEKS_PER_YEAR
    flow = recorded.sum(0) * 7.0
    loss, shares = own.c.loss[: len(DRUGS)], own.c.shares[: len(DRUGS)]
    scale = (shares * loss).sum(1) * flow / recorded.sum(0)  # below 1 where the ceiling raised the flow
    np.testing.assert_allclose(shares * loss * flow[:, None] / scale[:, None], recorded.T, rtol=1e-5)
    np.testing.assert_allclose(scale, 1.0, rtol=0.03)
    np.testing.assert_allclose(shares.sum(1), 1.0, rtol=1e-6)


def test_seizures_beyond_any_line_raise_the_flow_and_not_the_chance_of_loss() -> None:
    nothing = week({RECORDED_DELIVERIES: np.zeros(len(DRUGS))})
    own = begin(nothing, checkpoint=0.0)
    assert (own.c.loss < 0.6).all()
    recorded = np.asarray(WORLD.crossings.seized).T
    flow = recorded.sum(1) / (own.c.loss * own.c.shares)[: len(DRUGS)].sum(1)
    assert (flow > 1.5 * recorded.sum(1)).all()


def test_the_chances_of_loss_keep_their_ratios_by_way() -> None:
    own = begin(lambda_=0.4, mu=0.6, pmax=0.95, p0_max=1e6)
    loss = own.c.loss[FENTANYL]
    np.testing.assert_allclose(loss[LAND_1] / loss[PORT_1], 0.4, rtol=0.02)
    np.testing.assert_allclose(loss[MAIL] / loss[PORT_1], 0.6, rtol=0.02)


def test_what_road_checkpoints_find_had_come_through_the_port_of_the_sector() -> None:
    view = week()
    before, after = (begin(view, checkpoint=share, lambda_=1.0, mu=1.0) for share in (0.0, 0.5))
    moved = before.c.shares[COCAINE] - after.c.shares[COCAINE]
    np.testing.assert_allclose(moved[LAND_1], before.c.shares[COCAINE][LAND_1] / 2, rtol=1e-4)
    np.testing.assert_allclose(moved[PORT_1], -moved[LAND_1], rtol=1e-4)
    np.testing.assert_allclose(moved[PORT_2], -moved[LAND_2], rtol=1e-4)
    np.testing.assert_allclose(moved[jnp.asarray([SEA, MAIL])], 0.0, atol=1e-7)


def test_a_drug_that_nobody_seizes_goes_anywhere_at_no_risk() -> None:
    own = begin(week({RECORDED_SEIZURES: np.zeros_like(WORLD.crossings.seized)}))
    np.testing.assert_allclose(own.c.loss[: len(DRUGS)], 0.0, atol=1e-6)
    np.testing.assert_allclose(own.c.shares[: len(DRUGS)], 1.0 / 6.0, rtol=1e-6)


def test_at_status_quo_nothing_differs_from_the_start() -> None:
    view, own = week(), begin()
    np.testing.assert_allclose(read(LOSS, view, own), own.c.loss, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(read(ROUTES, view, own), own.c.shares, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(read(BORDER_COST, view, own), 0.0, atol=1e-6)
    np.testing.assert_array_equal(read(LOAD_SIZE, view, own), 1.0)
    np.testing.assert_allclose(read(BELIEVED_LOSS, view, own), (own.c.loss * own.c.shares).sum(1), rtol=1e-5, atol=1e-7)


def test_at_status_quo_beliefs_stay_where_they_are_for_ten_years() -> None:
    own, rng = begin(), np.random.default_rng(0)
    sent = rng.uniform(0.0, 30.0, WORLD.crossings.seized.shape)
    view = week({EXPORTS: sent, LOADS_SENT: sent})
    start = own
    for _ in range(20):
        own = settle(view, own, sent * start.c.loss[: len(DRUGS)].T)
    np.testing.assert_allclose(own.s.belief, start.s.belief, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(own.s.spread, 1.0, rtol=1e-5)


# What moves it


def test_twice_the_work_raises_the_chance_of_loss_where_it_is_done() -> None:
    effort = np.ones(6)
    effort[LAND_1] = 2.0
    own = begin(pmax=0.8, beta_between=0.5)
    loss, start = read(LOSS, week({LINE_EFFORT: effort}), own), np.asarray(own.c.loss)
    assert loss[FENTANYL, LAND_1] == pytest.approx(0.8 * (1 - (1 - start[FENTANYL, LAND_1] / 0.8) ** np.sqrt(2)))
    others = [k for k in range(6) if k != LAND_1]
    np.testing.assert_allclose(loss[:, others], start[:, others], rtol=1e-5)
    np.testing.assert_allclose(loss[FIREARMS], start[FIREARMS], rtol=1e-5)


def test_scanners_and_second_inspections_work_at_ports_only_and_perhaps_not_at_all() -> None:
    own = begin(scan_gain=0.5, truck_gain=0.4, beta_ports=1.0)
    view, start = week(port_scanning=0.4, truck_inspection=0.5), np.asarray(own.c.loss)
    loss, ceiling = read(LOSS, view, own), float(own.p.pmax)
    work = np.sqrt(4.0) * 1.2
    expected = ceiling * (1 - (1 - start[FENTANYL, PORT_2] / ceiling) ** work)
    assert loss[FENTANYL, PORT_2] == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(loss[:, [LAND_1, LAND_2, SEA, MAIL]], start[:, [LAND_1, LAND_2, SEA, MAIL]], rtol=1e-5)
    idle = begin(scan_gain=0.0, truck_gain=0.0)
    np.testing.assert_allclose(read(LOSS, view, idle), idle.c.loss, rtol=1e-5)


def test_southbound_inspection_finds_guns_at_ports_and_less_of_it_finds_fewer() -> None:
    own = begin(p0_south=0.01, hit=0.8, g=1.0)
    loss = read(LOSS, week(southbound_inspection=0.21), own)
    assert loss[FIREARMS, PORT_1] == pytest.approx(0.168, abs=1e-4)
    assert loss[FIREARMS, LAND_1] == pytest.approx(0.01, abs=1e-5)
    assert read(LOSS, week(southbound_inspection=0.0), own)[FIREARMS, PORT_1] == 0.0


def test_checks_that_a_zone_orders_at_ports_find_loads_both_ways() -> None:
    own = begin(p0_south=0.01, hit=0.8, g=1.0, truck_gain=0.5, beta_ports=1.0)
    loss, start = read(LOSS, week({ZONE_INSPECTION: 0.2}), own), np.asarray(own.c.loss)
    assert loss[FIREARMS, PORT_1] == pytest.approx(0.168, abs=1e-4)
    assert loss[FENTANYL, PORT_1] > start[FENTANYL, PORT_1]


def test_a_zone_takes_half_of_its_most_at_the_half_density_between_ports() -> None:
    presence = {US_PRESENCE: np.asarray([4.0, 4.0, 0.0, 0.0]) * 10.0 * np.asarray([300.0, 100.0, 0.0, 0.0])}
    own = begin(zmax=0.6, u_half=4.0, zeta_ports=0.5, corridor_shield=0.5, depth_exponent=0.5)
    start = np.asarray(own.c.loss)
    full = (read(LOSS, week(presence, zone_miles=20.0), own) - start) / (1 - start)
    np.testing.assert_allclose(full[FENTANYL, [LAND_1, LAND_2]], 0.3, rtol=1e-4)
    np.testing.assert_allclose(full[FENTANYL, [PORT_1, PORT_2]], 0.3 * 0.5 * 0.5, rtol=1e-3)
    np.testing.assert_allclose(full[FENTANYL, [SEA, MAIL]], 0.0, atol=1e-6)
    np.testing.assert_allclose(full[FIREARMS, LAND_1], 0.3, rtol=1e-4)  # a held zone is in the way of guns as well
    shallow = (read(LOSS, week(presence, zone_miles=5.0), own) - start) / (1 - start)
    np.testing.assert_allclose(shallow[FENTANYL, LAND_1], 0.15, rtol=1e-4)
    np.testing.assert_allclose(read(LOSS, week(presence), own), start, rtol=1e-5)
    searched = week(presence | {CORRIDOR: 0.0}, zone_miles=20.0)
    assert (read(LOSS, searched, own)[FENTANYL, PORT_1] - start[FENTANYL, PORT_1]) / (
        1 - start[FENTANYL, PORT_1]
    ) == pytest.approx(0.15, rel=1e-3)


def test_closed_ports_carry_nothing_and_the_detour_is_paid() -> None:
    own, shut = begin(chi=np.zeros(4), head=np.full(4, 1e6)), {PORTS_OPEN: np.asarray([0.0, 1.0, 1.0, 1.0, 1.0, 1.0])}
    routes, start = read(ROUTES, week(shut), own), np.asarray(own.c.shares)
    assert (routes[:, PORT_1] == 0).all()
    rest = start[:, 1:] / start[:, 1:].sum(1, keepdims=True)
    np.testing.assert_allclose(routes[:, 1:], rest, rtol=1e-4, atol=1e-7)
    detour = read(DETOUR, week(shut), own)
    chosen = np.where(
        np.arange(len(LOADS)) == PEOPLE, 1.0, own.p.nu
    )  # people choose as `migration` says, here neutrally
    np.testing.assert_allclose(detour, -np.log(1 - start[:, PORT_1]) / chosen, rtol=1e-4)


def test_people_are_lost_at_the_chance_that_migration_says() -> None:
    own = begin(week({PEOPLE_LOSS: 0.75}))
    np.testing.assert_allclose(read(LOSS, week(), own)[PEOPLE], 0.75, rtol=1e-5)
    more = read(LOSS, week(north_effort=5.0), own)[PEOPLE]
    assert ((more > 0.75) & (more < 1)).all()


def test_an_organisation_uses_rivals_ground_at_a_discount() -> None:
    control = np.zeros((3, 4))
    control[0, 0], control[1, 1] = 1.0, 0.5
    access = read(ACCESS, week({CONTROL: control}), begin(tau_access=0.4))
    np.testing.assert_allclose(access[0], [1.0, 0.4 + 0.25 * 0.6, 1.0, 0.4, 1.0, 1.0], rtol=1e-6)
    np.testing.assert_allclose(access[1, [LAND_1, LAND_2]], [0.4, 0.7], rtol=1e-6)
    np.testing.assert_allclose(access[2], [0.4, 0.4, 0.4, 0.4, 1.0, 1.0], rtol=1e-6)


def test_goods_bound_for_ports_wait_when_ports_close_and_dare_again_with_time() -> None:
    own = begin(phi=1e3, wait=2.0)
    shut = {PORTS_OPEN: np.asarray([0.0, 0.0, 1.0, 1.0, 1.0, 1.0])}
    held = read(HELD_BACK, week(shut), own)
    through = np.asarray(own.c.shares)[:, [PORT_1, PORT_2]].sum(1)
    np.testing.assert_allclose(held, np.where(np.arange(len(LOADS)) == PEOPLE, 0.0, through), rtol=1e-5)
    later = settle(week(shut), own)
    np.testing.assert_allclose(read(HELD_BACK, week(shut), later), held * np.exp(-0.5), rtol=1e-5)
    np.testing.assert_array_equal(read(HELD_BACK, week(), settle(week(), own)), 0.0)  # nothing new is seen


def test_officers_northward_do_not_hold_back_guns_and_scanners_hold_back_nobody() -> None:
    own = begin(phi=1.0)
    held = read(HELD_BACK, week(north_effort=5.0), own)
    assert (held[: len(DRUGS)] > 0.4).all()
    assert held[FIREARMS] == 0
    assert (read(HELD_BACK, week(port_scanning=1.0, truck_inspection=1.0), own) == 0).all()


def test_ways_take_all_that_is_sent_at_the_start_and_only_their_room_when_ports_close() -> None:
    own = begin(head=np.asarray([2.0, 3.0, 1.5, 1.2]))
    assert (read(ROOM, week(), own) > 1.2).all()
    shut = week({PORTS_OPEN: np.asarray([0.0, 0.0, 1.0, 1.0, 1.0, 1.0])})
    left = np.asarray(own.c.shares) @ np.asarray([0.0, 0.0, 3.0, 3.0, 1.5, 1.2])
    np.testing.assert_allclose(read(ROOM, shut, own), left, rtol=1e-5)


# Learning


def test_weekly_learning_is_the_published_monthly_rate() -> None:
    weekly = 0.0965
    assert 1 - (1 - weekly) ** (WEEKS_PER_YEAR / 12) == pytest.approx(0.3558, abs=5e-4)


def test_beliefs_follow_own_losses_and_are_forgotten_where_nobody_sends() -> None:
    own = begin(a=0.1, f=0.04)
    sent = np.zeros_like(np.asarray(WORLD.crossings.seized))
    sent[PORT_1] = 9.0
    view = week({EXPORTS: sent * 2.0, LOADS_SENT: sent})
    start = float(own.s.belief[FENTANYL, PORT_1])
    learned = settle(view, own, sent * 2.0 * (0.5 if start < 0.5 else 0.9))
    assert learned.s.belief[FENTANYL, PORT_1] == pytest.approx(start + 0.1 * ((9 * 0.5 + start) / 10 - start), rel=1e-4)
    feared = dataclasses.replace(own, s=dataclasses.replace(own.s, belief=own.s.belief + 0.2))
    forgotten = settle(week(), feared)
    np.testing.assert_allclose(forgotten.s.belief[: len(DRUGS)] - own.s.belief[: len(DRUGS)], 0.2 * 0.96, rtol=1e-4)


def test_senders_of_guns_learn_what_is_to_be_expected() -> None:
    own = begin(a=0.6)
    view = week(southbound_inspection=0.5)
    loss = read(LOSS, view, own)[FIREARMS, PORT_1]
    for _ in range(8):
        own = settle(view, own)
    assert own.s.belief[FIREARMS, PORT_1] == pytest.approx(loss, rel=1e-3)
    assert read(ROUTES, view, own)[FIREARMS, PORT_1] < own.c.shares[FIREARMS, PORT_1]


def test_losses_beyond_tolerance_spread_loads_over_more_ways_in_smaller_lots() -> None:
    own = begin(delta=0.8, tol=0.05, vs=0.5)
    feared = dataclasses.replace(own, s=dataclasses.replace(own.s, belief=jnp.minimum(own.c.loss + 0.3, 0.9)))
    view = week()
    for _ in range(3):
        feared = settle(view, feared)
    assert (feared.s.spread[NORTH] > 1.05).all()
    assert (read(LOAD_SIZE, view, feared)[NORTH] < 1).all()
    shares, start = read(ROUTES, view, feared), np.asarray(own.c.shares)
    assert ((shares**2).sum(1) < (start**2).sum(1))[: len(DRUGS)].all()
    assert float(border.wanted_spread(jnp.asarray(9.0), jnp.asarray(0.0), own.p.tol, own.p.delta)) == pytest.approx(
        np.exp(0.8)
    )
