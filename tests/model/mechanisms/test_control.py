import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from premortem.model.accounts import MEMBERS
from premortem.model.mechanism import Own, View
from premortem.model.mechanisms.control import CONTROL_SHARES, State
from premortem.model.signals import (
    COHESION_RATIO,
    CONTEST,
    CONTROL,
    EXPOSED,
    FORCE_RATIO,
    SPLIT_SHARE,
    SPLIT_TARGET,
    SUPPORT_STATE_RATIO,
    US_PRESENCE,
)
from premortem.model.world import neutral_world
from tests.model.given import median, one_week
from tests.model.toys import toy_world

LEVEL = {"regional": np.zeros(4), "police_tilt": 0.0}


def begin(view: View, **changes: Any) -> Own[Any, Any, Any]:
    p = median(CONTROL_SHARES, view.world, **changes)
    return Own(p, *CONTROL_SHARES.start(view, p))


def week_later(own: Own[Any, Any, Any], view: View) -> Own[Any, Any, Any]:
    return dataclasses.replace(own, s=CONTROL_SHARES.settle(view, own, None, None))  # type: ignore[arg-type]


def toy_view(world: Any = None, members: Any = None, **signals: Any) -> View:
    world = world or toy_world()
    named = {s.name: s for s in (EXPOSED, COHESION_RATIO, FORCE_RATIO, SUPPORT_STATE_RATIO, US_PRESENCE)}
    named |= {s.name: s for s in (SPLIT_SHARE, SPLIT_TARGET)}
    members = world.members if members is None else members
    return one_week(world, {MEMBERS: members}, {named[name]: value for name, value in signals.items()})


def national(own: Own[Any, Any, Any], view: View) -> float:
    weights = view.world.population / view.world.population.sum()
    return float((own.s.organisations.sum(0) * weights).sum())


@settings(max_examples=30, deadline=None)
@given(
    share=st.floats(0.05, 0.6),
    m=st.floats(0.7, 1.3),
    tilt=st.floats(0, 0.6),
    regional=st.lists(st.floats(-1, 1), min_size=4, max_size=4),
)
def test_the_share_of_the_start_is_met_whatever_the_other_draws(
    share: float, m: float, tilt: float, regional: list[float]
) -> None:
    view = toy_view()
    own = begin(view, start_share=share, m=m, police_tilt=tilt, regional=regional)
    assert national(own, view) == pytest.approx(share, rel=1e-5)
    assert float(own.c.ratio) > 0


def test_the_start_is_at_rest() -> None:
    view = toy_view()
    own = begin(view)
    later = own
    for _ in range(5):
        later = week_later(later, view)
    np.testing.assert_allclose(later.s.organisations, own.s.organisations, rtol=1e-5)


def test_the_gradient_of_the_start_is_that_of_the_solved_contest() -> None:
    view = toy_view()

    def ratio(share: float) -> jax.Array:
        return begin(view, start_share=share).c.ratio  # type: ignore[no-any-return]

    slope = float(jax.grad(ratio)(0.28))
    assert slope == pytest.approx((float(ratio(0.285)) - float(ratio(0.275))) / 0.01, rel=1e-2)
    assert slope < 0


def test_equal_strengths_share_equally_and_are_most_contested() -> None:
    world = neutral_world(jnp.full((3, 4), 100.0))
    view = toy_view(world)
    own = begin(view, start_share=0.75, **LEVEL)  # three organisations and a state of the same strength
    np.testing.assert_allclose(own.s.organisations, 0.25, rtol=1e-5)
    np.testing.assert_allclose(CONTROL_SHARES.signals[CONTEST](view, own), 0.75, rtol=1e-5)
    assert float(own.c.ratio) == pytest.approx(1 / 3, rel=1e-4)


def test_without_decisiveness_strength_does_not_count() -> None:
    view = toy_view(neutral_world(jnp.asarray([[100.0] * 4, [300.0] * 4])))
    own = begin(view, start_share=2 / 3, m=0.01, **LEVEL)
    np.testing.assert_allclose(own.s.organisations, 1 / 3, rtol=1e-2)


def test_one_to_three_is_a_quarter_to_three_quarters_and_doubling_everyone_changes_nothing() -> None:
    world = neutral_world(jnp.asarray([[100.0] * 4, [300.0] * 4]))
    own = begin(toy_view(world), start_share=0.5, m=1.0, **LEVEL)
    np.testing.assert_allclose(own.s.organisations[:, 0] / own.s.organisations[:, 0].sum(), [0.25, 0.75], rtol=1e-5)
    doubled = toy_view(world, members=2 * world.members, force_ratio=jnp.full(4, 2.0))
    np.testing.assert_allclose(week_later(own, doubled).s.organisations, own.s.organisations, rtol=1e-5)


def test_control_lost_by_the_state_relaxes_with_the_short_time_and_control_won_with_the_long_one() -> None:
    world = neutral_world(jnp.full((2, 4), 100.0))
    own = begin(toy_view(world), start_share=0.5, m=1.0, tau_up=20.0, tau_down=5.0, **LEVEL)
    for ratio, tau in ((0.5, 5.0), (2.0, 20.0)):
        view, now = toy_view(world, force_ratio=jnp.full(4, ratio)), own
        target = 1 / (1 + ratio)
        for _ in range(10):
            now = week_later(now, view)
        gap = (now.s.organisations.sum(0) - target) / (0.5 - target)
        np.testing.assert_allclose(gap, np.exp(-10 / tau), rtol=1e-4)


def test_an_organisation_that_is_gone_loses_its_ground_to_other_organisations_with_the_short_time() -> None:
    world = neutral_world(jnp.full((2, 4), 100.0))
    own = begin(toy_view(world), start_share=0.9999, m=1.0, tau_up=20.0, tau_down=5.0, **LEVEL)
    view = toy_view(world, members=jnp.asarray([[0.0] * 4, [100.0] * 4]))
    now = own
    for _ in range(5):
        now = week_later(now, view)
    np.testing.assert_allclose(now.s.organisations[0], own.s.organisations[0] * np.exp(-1), rtol=2e-3)


def test_a_presence_that_leaves_is_gone_with_the_short_time_whoever_follows() -> None:
    world = neutral_world(jnp.full((2, 4), 100.0))
    here = toy_view(world, us_presence=jnp.full(4, 400.0))
    own = begin(toy_view(world), start_share=0.4, m=1.0, tau_up=20.0, tau_down=5.0, us_weight=1.0, **LEVEL)
    for _ in range(400):
        own = week_later(own, here)
    np.testing.assert_allclose(own.s.us, 400 / (400 + 500), rtol=1e-4)
    left = toy_view(world)
    after = own
    for _ in range(5):
        after = week_later(after, left)
    np.testing.assert_allclose(after.s.us, own.s.us * np.exp(-1), rtol=1e-4)


def test_a_presence_has_the_weight_of_the_chapters_arithmetic() -> None:
    world = neutral_world(jnp.asarray([[19_000.0]]))
    own = begin(toy_view(world), start_share=1 / 3, m=1.0, us_weight=1.0, regional=[0.0], police_tilt=0.0)
    assert float(own.c.ratio) == pytest.approx(2, rel=1e-5)
    view = toy_view(world, us_presence=jnp.asarray([3_360.0]))
    for _ in range(1000):
        own = week_later(own, view)
    assert float(own.s.us[0]) == pytest.approx(3_360 / (19_000 + 38_000 + 3_360), rel=1e-3)
    assert float(own.s.organisations[0, 0]) == pytest.approx(0.3148, rel=1e-3)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 5000), st.floats(0, 2)), min_size=1, max_size=12),
    st.integers(0, 99),
)
def test_shares_stay_between_zero_and_one_and_sum_to_one_through_any_history(
    history: list[tuple[float, float, float]], seed: int
) -> None:
    world = toy_world()
    own = begin(toy_view(world))
    rng = np.random.default_rng(seed)
    for force, presence, support in history:
        members = world.members * rng.lognormal(size=world.members.shape) * rng.integers(0, 2, world.members.shape)
        view = toy_view(
            world,
            members,
            force_ratio=jnp.full(4, force),
            us_presence=jnp.full(4, presence),
            support_state_ratio=jnp.full(4, support),
        )
        own = week_later(own, view)
        s: State = own.s
        assert float(s.organisations.min()) >= 0
        assert float(s.us.min()) >= 0
        assert float((s.organisations.sum(0) + s.us).max()) <= 1 + 1e-5
        assert np.isfinite(CONTROL_SHARES.signals[CONTEST](view, own)).all()


def test_hidden_and_headless_organisations_control_less() -> None:
    own = begin(toy_view())
    hidden = week_later(own, toy_view(exposed=jnp.full((3, 4), 0.5)))
    headless = week_later(own, toy_view(cohesion_ratio=jnp.full(3, 0.6)))
    for later in (hidden, headless):
        assert (later.s.organisations < own.s.organisations).all()


def test_a_splinter_takes_its_share_of_the_ground() -> None:
    own = begin(toy_view())
    view = toy_view(split_share=[0.25, 0, 0], split_target=[0, 0, 1.0])
    before, after = own.s.organisations, CONTROL_SHARES.signals[CONTROL](view, own)
    np.testing.assert_allclose(after[0], 0.75 * before[0], rtol=1e-6)
    np.testing.assert_allclose(after[2], before[2] + 0.25 * before[0], rtol=1e-6)
