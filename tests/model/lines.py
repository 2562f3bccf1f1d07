"""A toy line: two sectors with a port and open land each, one way by sea, one by mail."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from premortem.model.index_sets import DRUGS, MODES
from premortem.model.world import Crossings, HomeFront, World
from tests.model.toys import toy_world

PORT_1, PORT_2, LAND_1, LAND_2, SEA, MAIL = range(6)


def toy_line(organisations: int = 3) -> World:
    """Return the toy world with regions 0 and 1 on a line of 300 and 100 miles."""
    world = toy_world(organisations)
    sector = np.zeros((6, 2))
    sector[[PORT_1, LAND_1], 0] = sector[[PORT_2, LAND_2], 1] = 1.0
    region = np.zeros((6, 4))
    region[[PORT_1, LAND_1], 0] = 1.0
    region[PORT_2] = [0.25, 0.75, 0.0, 0.0]
    region[LAND_2, 1] = 1.0
    mode = [MODES[0], MODES[0], MODES[1], MODES[1], MODES[2], MODES[3]]
    share = np.array([[0.5, 0.3, 0.1, 0.06, 0.0, 0.04]] * len(DRUGS)).T
    share[SEA, 1:] = 0.02
    kilograms = np.array([5421.0, 73006.0, 22792.0, 583.0])
    line = Crossings(
        mode=jnp.asarray([[float(m == name) for name in MODES] for m in mode]),
        sector=jnp.asarray(sector),
        region=jnp.asarray(region),
        side=jnp.ones((6, 1)),
        seized=jnp.asarray(share / share.sum(0) * kilograms),
        firearms=jnp.asarray([0.5, 0.4, 0.05, 0.04, 0.0, 0.01]),
        people=jnp.asarray([0.05, 0.05, 0.5, 0.38, 0.02, 0.0]),
        remote=jnp.asarray([0.0, 0.0, 1.0, 0.0, 1.0, 0.0]),
        vehicles=jnp.asarray([3e6, 2e6, 0.0, 0.0, 0.0, 0.0]),
        trucks=jnp.asarray([1e6, 5e5, 0.0, 0.0, 0.0, 0.0]),
    )
    return dataclasses.replace(
        world, crossings=line, zone=jnp.asarray([1.0, 1, 0, 0]), border_miles=jnp.asarray([300.0, 100.0, 0.0, 0.0])
    )


def manned_line(organisations: int = 3) -> World:
    """Return the toy line with a home side: 1,000 agents by two sectors, soldiers and federal agents on two of five sides."""
    world = toy_line(organisations)
    services = [[100.0, 0.0], [200.0, 100.0], [600.0, 400.0], [50.0, 50.0], [0.0, 0.0]]
    home = HomeFront(
        miles=jnp.asarray([300.0, 100.0]),
        sector_side=jnp.eye(2, 5),
        sector_region=jnp.eye(2, 4),
        agents=jnp.asarray([600.0, 400.0]),
        people=jnp.pad(jnp.asarray(services), ((0, 0), (0, 3))),
    )
    quiet = jax.tree.map(lambda _: jnp.full(1, 1e6), world.calendar)
    return dataclasses.replace(world, home=home, calendar=quiet, northern_guard=jnp.asarray([500.0, 300.0, 0.0, 0.0]))
