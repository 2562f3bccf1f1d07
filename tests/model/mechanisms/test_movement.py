import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import MEMBERS
from premortem.model.mechanism import Outcome, Own, View
from premortem.model.mechanisms.movement import MOVEMENT
from premortem.model.signals import EXPOSED, PRESSURE, PRESSURE_RATIO, REVENUE, SPLIT_SHARE, SPLIT_TARGET, Signal
from premortem.model.world import neighbours, neutral_world
from tests.model.given import level, median, of, one_week, scripted, simulate
from tests.model.toys import orders, toy_world

WEEKS = 52
START_PRESSURE = 0.0014


def place(organisation: int, region: int) -> Outcome:
    return Outcome(
        f"members {organisation} {region}", lambda view, own, moved: moved.stocks[MEMBERS][organisation, region]
    )


def exposed(organisation: int, region: int) -> Outcome:
    return Outcome(f"exposed {organisation} {region}", lambda view, own, moved: view[EXPOSED][organisation, region])


PLACES = tuple(place(o, r) for o in range(3) for r in range(4))
PROBED = dataclasses.replace(MOVEMENT, outcomes=(*PLACES, *(exposed(o, r) for o in range(3) for r in range(4))))
GIVEN = scripted((PRESSURE, PRESSURE_RATIO, REVENUE), (MEMBERS,))
EXPECTED, NOISY = Model((GIVEN, PROBED), noise=False), Model((GIVEN, PROBED))


def pressed(ratio: Any, from_week: int = 0, to_week: int = WEEKS, weeks: int = WEEKS) -> dict[Signal, Any]:
    """Pressure at its start value, times ``ratio`` [o, r] between two weeks."""
    ratios = np.ones((weeks, 3, 4))
    ratios[from_week:to_week] = ratio
    return {PRESSURE: START_PRESSURE * ratios, PRESSURE_RATIO: ratios}


def only_first_region(ratio: float) -> Any:
    return np.where(np.arange(4) == 0, ratio, 1.0)


def go(
    signals: dict[Signal, Any],
    model: Model = EXPECTED,
    world: Any = None,
    weeks: int = WEEKS,
    futures: int = 1,
    **changes: Any,
) -> Any:
    world = world or toy_world()
    # The first week of every path is the start; the pressure of the start is read there.
    paths = {
        s: np.concatenate([np.broadcast_to(level_of_start(s, world), path[:1].shape), path[1:]])
        for s, path in signals.items()
    }
    result = simulate(model, orders(weeks), world=world, told=paths, futures=futures, **of(MOVEMENT, changes))
    assert (result.fault_week == -1).all()
    return result.weekly


def level_of_start(signal: Signal, world: Any) -> Any:
    return START_PRESSURE * np.ones((3, 4)) if signal == PRESSURE else np.asarray(level(signal, world))


def table(weekly: Any, what: str = "members", future: int = 0) -> Any:
    """Return [week, o, r] of one future."""
    return np.stack([[weekly[f"{what} {o} {r}"][future] for r in range(4)] for o in range(3)]).transpose(2, 0, 1)


@pytest.mark.parametrize("model", [EXPECTED, NOISY])
def test_without_a_change_of_pressure_nobody_moves_or_hides_for_ten_years_bit_for_bit(model: Model) -> None:
    weekly = go(pressed(1.0, weeks=520), model, weeks=520)
    assert (table(weekly) == np.asarray(toy_world().members)).all()
    assert (table(weekly, "exposed") == 1).all()


def test_less_pressure_than_at_the_start_does_not_expose_more() -> None:
    assert (table(go(pressed(0.2)), "exposed") == 1).all()


def test_members_leave_a_pressed_region_at_the_rate_of_the_difference_in_attraction() -> None:
    ratio, mu, b_p = 5.0, 0.01, 1.3
    members = table(go(pressed(only_first_region(ratio)), mu=mu, b_p=b_p, mu_home=0.0, welcome=1.0))
    hazard = mu * b_p * np.log((1 + ratio) / 2)
    expected = np.asarray(toy_world().members)[:, 0] * np.exp(-hazard * np.arange(WEEKS))[:, None]
    np.testing.assert_allclose(members[:, :, 0], expected, rtol=1e-5)


def test_leavers_go_to_neighbours_alone_and_nobody_is_lost() -> None:
    members = table(go(pressed(only_first_region(5.0)), mu=0.01, mu_home=0.0))
    start = np.asarray(toy_world().members)
    assert (members[-1, :, [1, 3]] > start[:, [1, 3]].T).all()  # the ring's neighbours of region 0
    np.testing.assert_array_equal(members[-1, :, 2], start[:, 2])
    np.testing.assert_allclose(members[-1].sum(1), start.sum(1), rtol=1e-6)


def test_every_organisation_keeps_its_members_under_noise_and_any_pressure() -> None:
    rng = np.random.default_rng(0)
    ratios = rng.lognormal(sigma=2, size=(WEEKS, 3, 4))
    signals = {PRESSURE: START_PRESSURE * ratios, PRESSURE_RATIO: ratios, REVENUE: rng.lognormal(size=ratios.shape)}
    weekly = go(signals, NOISY, futures=4, mu=0.2, mu_home=0.2)
    for future in range(4):
        members = table(weekly, future=future)
        np.testing.assert_allclose(members.sum(2), np.broadcast_to(toy_world().members.sum(1), (WEEKS, 3)), rtol=1e-5)
        assert (members >= 0).all()
        assert np.abs(np.diff(members, axis=0)).max() > 10


def test_leavers_are_drawn_with_the_spread_of_independent_people() -> None:
    weekly = go(pressed(only_first_region(5.0)), NOISY, futures=160, mu=0.01, mu_home=0.0, tau_hide=1e6)
    start = float(toy_world().members[0, 0])
    left = start - weekly["members 0 0"][:, 1]
    chance = -np.expm1(-0.01 * np.log(3.0))
    assert left.mean() == pytest.approx(start * chance, rel=0.1)
    assert left.var() == pytest.approx(start * chance * (1 - chance), rel=0.35)


def test_a_region_that_touches_nobody_receives_nobody() -> None:
    ring = np.zeros((4, 4))
    ring[0, 1] = ring[1, 0] = ring[1, 2] = ring[2, 1] = 1
    world = dataclasses.replace(toy_world(), neighbours=jnp.asarray(neighbours(ring)))
    members = table(go(pressed(np.asarray([9.0, 5.0, 2.0, 1.0])), world=world, mu=0.05))
    np.testing.assert_array_equal(members[-1, :, 3], toy_world().members[:, 3])
    assert (members[-1, :, 2] > toy_world().members[:, 2]).all()


def test_without_mobility_there_is_no_balloon() -> None:
    assert (table(go(pressed(only_first_region(20.0)), mu=0.0)) == np.asarray(toy_world().members)).all()


def test_higher_revenue_draws_members() -> None:
    revenue = np.broadcast_to(np.asarray([1.0, 1.0, 1.0, 2.0]), (WEEKS, 3, 4))
    members = table(go({REVENUE: revenue}, mu=0.01, b_rev=0.5, mu_home=0.0, welcome=1.0))
    left = np.asarray(toy_world().members)[:, 0] * np.exp(-0.01 * 0.5 * 0.5 * np.log(2) * np.arange(WEEKS))[:, None]
    np.testing.assert_allclose(members[:, :, 0], left, rtol=1e-5)  # one of region 0's two neighbours attracts


def test_displaced_members_come_home_when_pressure_ends() -> None:
    members = table(go(pressed(only_first_region(9.0), to_week=20), mu=0.02, mu_home=0.02))[:, 0, 0]
    assert members[20] < 0.8 * members[0]
    assert (np.diff(members[22:]) > 0).all()
    assert members[-1] < members[0] * (1 + 1e-6)


def test_new_ground_is_harder_to_enter() -> None:
    start = np.asarray(toy_world().members).copy()
    start[0, 1] = 0.001 * start[0].sum()
    world = dataclasses.replace(toy_world(), members=jnp.asarray(start))
    members = table(go(pressed(only_first_region(5.0)), world=world, mu=0.01, mu_home=0.0, welcome=0.3))
    arrived = members[1] - members[0]
    assert arrived[0, 1] == pytest.approx(0.3 * arrived[0, 3], rel=1e-3)
    assert arrived[1, 1] == pytest.approx(arrived[1, 3], rel=1e-3)


def test_half_of_the_possible_hiding_happens_at_the_half_value_and_takes_its_time() -> None:
    ratio, tau = 3.0, 5.0
    excess_is_one = START_PRESSURE * (ratio - 1)
    weekly = go(pressed(ratio), h_hide=excess_is_one, e_min=0.2, tau_hide=tau, mu=0.0)
    share = weekly["exposed 0 0"][0]
    weeks = np.arange(WEEKS)  # the first week has the start's pressure
    np.testing.assert_allclose(share, 0.6 + 0.4 * np.exp(-weeks / tau), rtol=1e-5)
    assert share[5] == pytest.approx(0.747, abs=5e-4)


def test_hidden_members_come_back_slowly_after_the_pressure() -> None:
    weekly = go(pressed(50.0, to_week=30), h_hide=0.001, e_min=0.1, tau_hide=2.0, tau_unhide=13.0, mu=0.0)
    share = weekly["exposed 1 2"][0]
    low = share[29]
    assert low < 0.13
    np.testing.assert_allclose(1 - share[30:], (1 - low) * np.exp(-np.arange(1, WEEKS - 29) / 13), rtol=1e-5)


def test_a_splinter_hides_and_feels_at_home_as_its_parent_does() -> None:
    world = dataclasses.replace(toy_world(), spare=jnp.asarray([0.0, 0.0, 1.0]))
    members = world.members.at[2].set(0.0)
    quiet = one_week(world, {MEMBERS: members})
    p = median(MOVEMENT, world)
    constants, state = MOVEMENT.start(quiet, p)
    hiding = dataclasses.replace(state, exposed=state.exposed.at[0].set(0.4))
    split: View = one_week(world, {MEMBERS: members}, {SPLIT_SHARE: [0.3, 0, 0], SPLIT_TARGET: [0, 0, 1.0]})
    own: Own[Any, Any, Any] = Own(p, constants, hiding)
    np.testing.assert_allclose(MOVEMENT.signals[EXPOSED](split, own)[2], 0.4)
    after = MOVEMENT.settle(split, own, None, None)  # type: ignore[arg-type]
    np.testing.assert_array_equal(after.home[2], state.home[0])


def test_neighbours_are_listed_from_the_matrix_and_padded_with_the_region_itself() -> None:
    matrix = np.asarray([[0, 1, 1], [1, 0, 0], [1, 0, 0]])
    assert neighbours(matrix).tolist() == [[1, 2], [0, 1], [0, 2]]
    assert neutral_world(jnp.ones((1, 1))).neighbours.shape == (1, 0)
