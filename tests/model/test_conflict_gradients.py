import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.simulate import one_future
from premortem.engine.week import Model, Setup
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.mechanisms.state import STATE
from tests.model.given import parameters
from tests.model.toys import orders, toy_world

CONFLICT = (RECRUITMENT, RIVALRY, STATE)
STEPS = {"growth0", "replace", "tau_vacancy", "omega", "size"} | {"hidden", "alpha", "member_share", "base_factor"}
STEPS |= {"arrests", "chi", "kills", "capture_bias", "integrity_federal", "civilian_ratio", "pressure_floor"}


H = 1e-5


@pytest.mark.slow
def test_gradients_of_members_and_deaths_agree_with_finite_differences() -> None:
    small = toy_world()
    with jax.enable_x64(True):
        world = jax.tree.map(lambda x: jnp.asarray(x, float), small)
        controls = orders(13, world, levers={"arrest_capacity": 2.0})
        model = Model(CONFLICT, noise=False)
        p = jax.tree.map(lambda x: x[0], parameters(CONFLICT, world))

        def outcome(p: Any) -> jax.Array:
            weekly = one_future(model, 13, Setup(world, controls, p), jax.random.key(0))["weekly"]
            return jnp.log(weekly["members"][-1]) + jnp.log(weekly["violent_deaths_mx"].sum())

        outcome = jax.jit(outcome)
        gradient = jax.jit(jax.grad(outcome))(p)
        assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(gradient))

        def shifted(name: str, field: str, by: float) -> float:
            values = dataclasses.replace(p[name], **{field: getattr(p[name], field) * (1 + by)})
            return float(outcome(p | {name: values}))

        checked = [(name, f.name) for name, values in p.items() for f in dataclasses.fields(values) if f.name in STEPS]
        for name, field in checked:
            slope = (shifted(name, field, H) - shifted(name, field, -H)) / (2 * H)
            ours = float((getattr(gradient[name], field) * getattr(p[name], field)).sum())
            np.testing.assert_allclose(ours, slope, rtol=1e-4, atol=1e-7, err_msg=f"{name}.{field}")
