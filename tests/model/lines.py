"""A toy line: two sectors with a port and open land each, one way by sea, one by mail, and levers of all who work on what crosses it."""

from __future__ import annotations

import dataclasses

import jax.numpy as jnp
import numpy as np

from premortem.model.index_sets import DRUGS, MODES
from premortem.model.world import Crossings, World
from tests.model.toys import toy_world

PORT_1, PORT_2, LAND_1, LAND_2, SEA, MAIL = range(6)
LEVERS = {
    "arms.southbound_inspection": 0.01,
    "crossings.north_effort": 1.0,
    "drugs.port_scanning": 0.18,
    "drugs.truck_inspection": 0.0,
}


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
        vehicles=jnp.asarray([3e6, 2e6, 0.0, 0.0, 0.0, 0.0]),
        trucks=jnp.asarray([1e6, 5e5, 0.0, 0.0, 0.0, 0.0]),
    )
    return dataclasses.replace(
        world, crossings=line, zone=jnp.asarray([1.0, 1, 0, 0]), border_miles=jnp.asarray([300.0, 100.0, 0.0, 0.0])
    )
