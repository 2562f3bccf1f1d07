import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.model.mechanism import View
from premortem.model.signals import ABSORBED, COOPERATION_RATIO, JOINT, SPLIT_SHARE, SPLIT_TARGET
from premortem.model.splits import divide, inherit
from tests.model.given import one_week
from tests.model.toys import toy_world


def view_with(levers: Any = None, **signals: Any) -> View:
    """A view of a world with five organisations: 3 is the pool, 4 a spare slot; signals by name."""
    known = {s.name: s for s in (SPLIT_SHARE, SPLIT_TARGET, ABSORBED, COOPERATION_RATIO, JOINT)}
    world = dataclasses.replace(
        toy_world(5), pooled=jnp.asarray([0.0, 0, 0, 1, 0]), spare=jnp.asarray([0.0, 0, 0, 0, 1])
    )
    return one_week(world, signals={known[name]: value for name, value in signals.items()}, levers=levers)


AMOUNTS = jnp.arange(1.0, 11.0).reshape(5, 2)


def test_in_a_week_without_a_split_amounts_and_qualities_stay_bit_for_bit() -> None:
    assert np.array_equal(divide(view_with(), AMOUNTS), AMOUNTS)
    assert np.array_equal(inherit(view_with(), AMOUNTS), AMOUNTS)


def test_a_splinter_takes_its_share_of_amounts_and_all_of_the_qualities() -> None:
    view = view_with(split_share=[0, 0.25, 0, 0, 0], split_target=[0, 0, 0, 0, 1.0])
    np.testing.assert_allclose(divide(view, AMOUNTS)[1::3], [[2.25, 3.0], [9.75, 11.0]])
    np.testing.assert_allclose(inherit(view, AMOUNTS)[1::3], [[3.0, 4.0], [3.0, 4.0]])


def test_a_split_into_the_pool_changes_the_pools_amounts_but_not_its_qualities() -> None:
    view = view_with(split_share=[0, 0.25, 0, 0, 0], split_target=[0, 0, 0, 1.0, 0])
    np.testing.assert_allclose(divide(view, AMOUNTS)[3], [7.75, 9.0])
    assert np.array_equal(inherit(view, AMOUNTS), AMOUNTS)


def test_an_absorbed_organisation_goes_to_the_pool_and_nothing_is_lost() -> None:
    view = view_with(split_share=[0.5, 0, 0, 0, 0], split_target=[0, 0, 0, 0, 1.0], absorbed=[0, 0, 0, 0, 0.95])
    after = divide(view, AMOUNTS)
    assert float(after.sum()) == pytest.approx(float(AMOUNTS.sum()))
    np.testing.assert_allclose(after[4], 0.05 * AMOUNTS[4] + 0.5 * AMOUNTS[0], rtol=1e-6)
    np.testing.assert_allclose(after[3], AMOUNTS[3] + 0.95 * AMOUNTS[4], rtol=1e-6)


@pytest.mark.parametrize(("asked", "joint", "delivered"), [(92.0, 0.5, 69.0), (92.0, 2.0, 92.0), (0.0, 0.5, 0.0)])
def test_joint_work_comes_in_proportion_to_its_channel(asked: float, joint: float, delivered: float) -> None:
    view = view_with({"transfers": asked}, joint=[joint, 1.0, 1.0])  # 46 at status quo
    assert float(view.delivered("leadership.transfers")) == pytest.approx(delivered)


def test_a_lever_in_mexicos_own_hand_comes_as_asked_without_any_cooperation() -> None:
    view = view_with({"arrest_capacity": 2.0, "vetting": 1.0}, joint=[0.0, 0.0, 0.0], cooperation_ratio=0.0)
    assert float(view.delivered("state.arrest_capacity")) == pytest.approx(2.0)
    assert float(view.delivered("state.vetting")) == pytest.approx(1.0)
