"""The integrator on two or three accounts, against what can be computed by hand: nothing is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.model.accounts import (
    HELD_MX_FINAL,
    KILLED_BY_RIVALS,
    MEMBERS,
    MX_FORCES_KILLED,
    MX_FORCES_RESERVE,
    RESIDENTS_HOME,
    Account,
)
from premortem.model.flows import Booked, Flow, Moved, integrate
from premortem.model.luck import Luck
from premortem.model.units import LARGEST_SHARE

ORGANISATIONS, R = 2, 3


def stocks(members: float = 100.0) -> dict[Account, Any]:
    return {
        MEMBERS: jnp.full((ORGANISATIONS, R), members),
        HELD_MX_FINAL: jnp.full((ORGANISATIONS, R), 7.0),
        KILLED_BY_RIVALS: jnp.zeros((ORGANISATIONS, R)),
        RESIDENTS_HOME: jnp.full((R,), 1e6),
    }


def moved(*flows: Flow, luck: Luck | None = None, given: Mapping[Account, Any] | None = None, dt: float = 1.0) -> Any:
    """Return the stored form after a week, and what was booked."""
    before = dict(stocks() if given is None else given)
    stored = {account: jnp.zeros_like(value) if account.wide else value for account, value in before.items()}
    return integrate(before, stored, {"toy": flows}, dt, luck, closely=True)


def full(value: float) -> Any:
    return jnp.full((ORGANISATIONS, R), value)


def test_competing_hazards_take_what_their_sum_takes_each_its_share() -> None:
    deaths = Flow("deaths", MEMBERS, KILLED_BY_RIVALS, hazard=full(0.3))
    arrests = Flow("arrests", MEMBERS, HELD_MX_FINAL, hazard=full(0.1))
    after, booked = moved(deaths, arrests)
    leaving = 100 * (1 - np.exp(-0.4))
    np.testing.assert_allclose(after[MEMBERS], 100 - leaving, rtol=1e-6)
    np.testing.assert_allclose(booked.by_name["toy.deaths"], 0.75 * leaving, rtol=1e-6)
    np.testing.assert_allclose(booked.by_name["toy.arrests"], 0.25 * leaving, rtol=1e-6)
    np.testing.assert_allclose(booked.hazards[MEMBERS, KILLED_BY_RIVALS], 0.3, rtol=1e-6)
    assert all(float(missing) == 0 for missing in booked.missing.values())


def test_a_hazard_acts_for_as_long_as_the_step_lasts_and_none_takes_nothing() -> None:
    after, _ = moved(Flow("deaths", MEMBERS, KILLED_BY_RIVALS, hazard=full(0.4)), dt=0.25)
    np.testing.assert_allclose(after[MEMBERS], 100 * np.exp(-0.1), rtol=1e-6)
    after, booked = moved(Flow("deaths", MEMBERS, KILLED_BY_RIVALS, hazard=full(0.0)))
    assert (after[MEMBERS] == 100).all()
    assert (booked.by_name["toy.deaths"] == 0).all()


def test_an_amount_alone_moves_itself_and_beside_a_hazard_its_share_of_both() -> None:
    amount = Flow("arrests", MEMBERS, HELD_MX_FINAL, amount=full(20.0))
    _, alone = moved(amount)
    np.testing.assert_allclose(alone.by_name["toy.arrests"], 20.0, rtol=1e-5)
    _, both = moved(amount, Flow("deaths", MEMBERS, KILLED_BY_RIVALS, hazard=full(0.3)))
    risk = -np.log(0.8)
    leaving = 100 * (1 - np.exp(-risk - 0.3))
    np.testing.assert_allclose(both.by_name["toy.arrests"], leaving * risk / (risk + 0.3), rtol=1e-5)


@pytest.mark.parametrize("members", [0.0, 5.0])
def test_more_than_there_is_takes_the_largest_share_and_no_more(members: float) -> None:
    flow = Flow("arrests", MEMBERS, HELD_MX_FINAL, amount=full(20.0))
    after, booked = moved(flow, given=stocks(members))
    np.testing.assert_allclose(booked.by_name["toy.arrests"], LARGEST_SHARE * members, rtol=1e-5)
    np.testing.assert_allclose(after[MEMBERS], (1 - LARGEST_SHARE) * members, rtol=1e-4)


def test_an_amount_with_more_labels_than_its_source_is_cut_in_proportion() -> None:
    wanted = jnp.asarray([[4e5, 0.0, 2e5], [4e5, 1e5, 6e5]])
    flow = Flow("join", RESIDENTS_HOME, MEMBERS, amount=wanted, labels="or")
    given = stocks() | {RESIDENTS_HOME: jnp.full((R,), 5e5)}
    after, booked = moved(flow, given=given)
    share = np.minimum(1.0, LARGEST_SHARE * 5e5 / np.asarray(wanted).sum(0))
    np.testing.assert_allclose(booked.by_name["toy.join"], np.asarray(wanted) * share, rtol=1e-5)
    np.testing.assert_allclose(after[MEMBERS], 100 + np.asarray(wanted) * share, rtol=1e-5)
    np.testing.assert_allclose(booked.by_pair[RESIDENTS_HOME, MEMBERS], (np.asarray(wanted) * share).sum(0), rtol=1e-5)


def test_a_route_hands_on_what_leaves_by_its_rows() -> None:
    route = jnp.asarray([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    flow = Flow("move", MEMBERS, MEMBERS, hazard=full(0.2), route=route, route_labels="rR", to_labels="oR")
    after, booked = moved(flow)
    leaving = 100 * (1 - np.exp(-0.2))
    came = np.array([1.5, 0.5, 1.0]) * leaving
    np.testing.assert_allclose(after[MEMBERS][0], 100 - leaving + came, rtol=1e-6)
    np.testing.assert_allclose(booked.entered[MEMBERS][1], came, rtol=1e-6)


def test_events_take_shares_of_what_the_flows_left_and_together_no_more_than_the_largest() -> None:
    hazard = Flow("deaths", MEMBERS, KILLED_BY_RIVALS, hazard=full(0.3))
    first = Flow("a", MEMBERS, HELD_MX_FINAL, share=full(0.2))
    _, booked = moved(hazard, first)
    np.testing.assert_allclose(booked.by_name["toy.a"], 0.2 * 100 * np.exp(-0.3), rtol=1e-5)
    second = Flow("b", MEMBERS, KILLED_BY_RIVALS, share=full(1.8))
    after, booked = moved(hazard, first, second)
    left = 100 * np.exp(-0.3)
    np.testing.assert_allclose(booked.by_name["toy.b"], 0.9 * LARGEST_SHARE * left, rtol=1e-5)
    np.testing.assert_allclose(after[MEMBERS], (1 - LARGEST_SHARE) * left, rtol=1e-4)


def test_counted_flows_are_whole_keep_their_mean_and_never_take_more_than_there_is() -> None:
    luck = Luck(jax.random.key(3))
    flows = [Flow(name, MEMBERS, KILLED_BY_RIVALS, hazard=full(risk)) for name, risk in (("a", 3.0), ("b", 2.0))]
    given = stocks(3.0) | {MEMBERS: jnp.full((ORGANISATIONS, R), 3.0)}
    after, booked = moved(*flows, luck=luck, given=given)
    assert (np.asarray(after[MEMBERS]) >= 0).all()
    taken = np.asarray(booked.by_name["toy.a"] + booked.by_name["toy.b"])
    assert (taken <= 3.0 + 1e-5).all()
    smooth = Flow("smooth", MEMBERS, KILLED_BY_RIVALS, hazard=full(0.3), noisy=False)
    drawn = [Flow(name, MEMBERS, HELD_MX_FINAL, hazard=full(0.1)) for name in ("a", "b")]
    _, booked = moved(smooth, *drawn, luck=luck)
    whole = np.asarray([booked.by_name["toy.a"], booked.by_name["toy.b"]])
    np.testing.assert_allclose(booked.by_name["toy.smooth"], 0.6 * 100 * (1 - np.exp(-0.5)), rtol=1e-5)
    assert (whole == np.round(whole)).all()
    assert len(np.unique(whole)) > 1


def test_the_world_outside_counts_what_it_gives() -> None:
    given = stocks() | {MX_FORCES_RESERVE: jnp.zeros(()), MX_FORCES_KILLED: jnp.ones((R,))}
    flow = Flow("fallen", MX_FORCES_RESERVE, MX_FORCES_KILLED, amount=jnp.full((R,), 4.0), labels="r")
    after, booked = moved(flow, given=given, dt=0.5)
    assert float(after[MX_FORCES_RESERVE]) == 6
    assert (after[MX_FORCES_KILLED] == 3).all()
    assert float(sum(booked.missing.values())) == 0


def test_what_moved_is_read_by_pair_and_risk_by_week() -> None:
    flow = Flow("deaths", MEMBERS, KILLED_BY_RIVALS, hazard=full(0.4))
    after, booked = moved(flow, dt=0.5)
    read = Moved(booked, {}, stocks() | after, 0.5)
    np.testing.assert_allclose(read.hazard(MEMBERS, KILLED_BY_RIVALS), 0.4, rtol=1e-6)
    np.testing.assert_allclose(read(MEMBERS, KILLED_BY_RIVALS), 100 * (1 - np.exp(-0.2)), rtol=1e-6)
    assert (read(MEMBERS, HELD_MX_FINAL) == 0).all()
    assert (read.hazard(MEMBERS, HELD_MX_FINAL) == 0).all()
    assert (Moved(Booked(), {}, stocks(), 1.0).entered(MEMBERS) == 0).all()
