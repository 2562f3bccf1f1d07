import dataclasses
import logging
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine import simulate
from premortem.engine.week import Model, Setup
from premortem.model.accounts import MEMBERS
from premortem.model.mechanism import View
from premortem.model.pytrees import Nothing, pytree
from tests.model.toys import FIGHT, PULL, batched, orders, toy_parameters, toy_world


@pytree
class Level:
    value: jax.Array


def test_a_state_that_starts_from_a_bare_number_is_compiled_for_once(caplog: pytest.LogCaptureFixture) -> None:
    """JAX would compile the quarter again for a state that began weakly typed, which doubles the wait for a first run."""

    def start(view: View, p: Any) -> tuple[Nothing, Level]:
        return Nothing(), Level(jnp.asarray(1.0))

    def settle(view: View, own: Any, moved: Any, memo: Any) -> Level:
        return Level(jnp.minimum(own.s.value, view.stock(MEMBERS).sum()))

    weak = dataclasses.replace(PULL, state=Level, start=start, settle=settle)
    with jax.log_compiles(), caplog.at_level(logging.WARNING):
        simulate.run_chunk(
            Model((FIGHT, weak)),
            Setup(toy_world(), batched(orders(39), 2), batched(toy_parameters(), 2)),
            seed=1,
            futures=np.arange(2),
            weeks=39,
        )
    assert len([m for m in caplog.messages if m.startswith("Compiling jit(_quarter_chunk)")]) == 1
