# %% [markdown]
# # Add a mechanism
# A mechanism is one file of pure functions of arrays: what it reads, what it carries from week to week, what people read of it. This one
# closes schools where violence rises. It is tried alone, in a toy world, before it meets the rest of the model.
# From a copy of the repository; the toy world is that of its tests.

# %%
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import premortem as pm
from premortem.engine.week import Model
from premortem.model.mechanism import Mechanism, Outcome
from premortem.model.pytrees import Nothing, array, pytree
from premortem.model.signals import VIOLENCE

sys.path.insert(0, str(Path(pm.__file__).parents[2]))
from tests.model.given import scripted, simulate
from tests.model.toys import orders, toy_world

# %% [markdown]
# The state says its unit, its axis (`r`: regions) and what it is. `settle` gives the state of the next week: schools close by a percentage
# for each percent of violence above that of the start, and take some weeks to do so. Here two numbers are written down; in the model they
# are parameters with a prior, `closing: jax.Array = param("elasticity")`, drawn in every future.


# %%
ELASTICITY, WEEKS = 0.1, 4.0


@pytree
class State:
    closed: jax.Array = array("share", "r", "schools closed by violence beyond that of the start")


SCHOOLS = Mechanism(
    "schools",
    state=State,
    start=lambda view, p: (Nothing(), State(jnp.zeros(view.world.regions))),
    settle=lambda view, own, moved, memo: State(
        view.approach(own.s.closed, 1.0 - jnp.maximum(view[VIOLENCE], 1.0) ** -ELASTICITY, WEEKS)
    ),
    outcomes=(Outcome("schools_closed", lambda view, own, moved: own.s.closed, labels="r", per_resident=True),),
)

# %% [markdown]
# It reads violence, which here a script gives: twice as much in the first year, as at the start in the second. The answer is known before
# it is run: with an elasticity of 0.1 the share closed goes to 1 - 2 ** -0.1, and back to none.

# %%
violence = np.where(np.arange(104) < 52, 2.0, 1.0)[:, None] * np.ones(toy_world().regions)
model = Model((scripted((VIOLENCE,)), SCHOOLS), noise=False)
made = simulate(model, orders(104), told={VIOLENCE: violence})
closed = made.weekly["schools_closed"][0]
{f"week {week}": round(float(closed[week]), 4) for week in (0, 4, 12, 51, 60, 103)} | {
    "known": round(1 - 2**-ELASTICITY, 4)
}

# %% [markdown]
# What is left: priors with their sources (`data/parameters/schools.toml`), one line in the list of mechanisms, a title in
# `data/outcomes.toml`, this known answer as a test, and a page on what it leaves out. `docs/model/README.md` has all six files, and a
# test follows them to the letter.
