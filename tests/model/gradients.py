"""Gradients of the full model against small steps, in double precision. A program of its own, which does not call
`configure`: it runs under XLA's default of fusion, under which the gradient of the full model compiles (docs/decisions/005).

Prints JSON: ``checked``, a count of parameters; ``not_finite`` and ``apart``, names.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from premortem.engine.simulate import one_future
from premortem.engine.week import Model, Setup
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.study.experiment import Experiment
from premortem.study.spec import make

WEEKS = 26
WEIGHTS = {"members": 1.0, "violent_deaths_mx": 0.7, "overdose_deaths": 0.5, "delivered_kg": 0.3, "arsenal": 0.2}
STEP = 1e-5
QUICK_TO_COMPILE = {"xla_backend_optimization_level": 0}


def _double(x: Any) -> jax.Array:
    return jnp.asarray(x, float) if np.issubdtype(np.asarray(x).dtype, np.floating) else jnp.asarray(x)


def main() -> None:
    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
    experiment = Experiment.of(make(plans=["border_task_forces"], futures=1, years=1, seed=1))
    inputs = experiment.inputs(0, np.arange(1))
    given = inputs.setup
    world = jax.tree.map(_double, given.world)
    controls, parameters = (jax.tree.map(lambda x: _double(x[0]), each) for each in (given.controls, given.parameters))
    model = Model(MECHANISMS, noise=False)

    def outcome(parameters: Any) -> jax.Array:
        weekly = one_future(model, WEEKS, Setup(world, controls, parameters), jax.random.key(0))["weekly"]
        return jnp.stack([weight * jnp.log(weekly[id_].sum()) for id_, weight in WEIGHTS.items()]).sum()

    gradient = jax.jit(jax.grad(outcome), compiler_options=QUICK_TO_COMPILE)(parameters)
    value = jax.jit(outcome, compiler_options=QUICK_TO_COMPILE)
    checked, not_finite, apart = 0, [], []
    for owner, fields in parameters.items():
        for field in dataclasses.fields(fields):
            x, slope = getattr(fields, field.name), getattr(gradient[owner], field.name)
            if not jnp.issubdtype(x.dtype, jnp.floating):
                continue
            checked += 1
            if not bool(jnp.isfinite(slope).all()):
                not_finite.append(f"{owner}.{field.name}")
                continue
            low, high = (
                float(value(parameters | {owner: dataclasses.replace(fields, **{field.name: x * (1 + by)})}))
                for by in (-STEP, STEP)
            )
            small_step, ours = (high - low) / (2 * STEP), float((slope * x).sum())
            if abs(ours - small_step) > 1e-7 + 1e-4 * abs(small_step):
                apart.append(f"{owner}.{field.name}: {ours} against {small_step}")
    print(json.dumps({"checked": checked, "not_finite": not_finite, "apart": apart}))


if __name__ == "__main__":
    main()
