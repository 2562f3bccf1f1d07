"""A toy line: two sectors with a port and open land each, one way by sea, one by mail, and levers of all who work on what crosses it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from premortem.model.accounts import MEMBERS
from premortem.model.crossings import CROSSINGS
from premortem.model.drugs import DRUG_FLOWS
from premortem.model.index_sets import DRUGS, MODES
from premortem.model.mechanism import Mechanism
from premortem.model.signals import (
    CONTROL,
    DRUG_DEMAND,
    DRUG_SUPPLY,
    LAB_HITS,
    LINE_EFFORT,
    PRECURSORS,
    STATE_EFFORT,
    US_PRESENCE,
    Signal,
)
from premortem.model.week import Model
from premortem.model.world import Crossings, HomeFront, World
from tests.model.given import scripted, simulate_each
from tests.model.toys import orders, toy_world

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


SIGNALS = (CONTROL, STATE_EFFORT, LINE_EFFORT, US_PRESENCE, LAB_HITS, PRECURSORS, DRUG_SUPPLY, DRUG_DEMAND)
GIVEN = scripted(SIGNALS, (MEMBERS,))
PARTS: tuple[Mechanism, ...] = (GIVEN, CROSSINGS, DRUG_FLOWS)
EXPECTED, NOISY = Model(PARTS, noise=False), Model(PARTS)
WEEKS = 156


@dataclasses.dataclass(frozen=True)
class Case:
    """What one future is given: parameters by ``mechanism.name``, signals for all weeks or by week, levers, a zone by depth and week."""

    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    signals: Mapping[Signal, Any] = dataclasses.field(default_factory=dict)
    levers: Mapping[str, float] = dataclasses.field(default_factory=dict)
    zone: tuple[float, int, int] = (0.0, 0, 0)  # miles, first week, week after the last

    def arguments(self, world: World, weeks: int) -> dict[str, Any]:
        """Return what `simulate_each` is given."""
        miles, first, last = self.zone
        on = 1.0 * ((np.arange(weeks) >= first) & (np.arange(weeks) < last))
        zone = {"zone_in_force": on, "zone_depth": on * miles, "zone_share": on[:, None] * np.asarray(world.zone)}
        changes = {name.replace(".", "_"): value for name, value in self.parameters.items()}
        return {"controls": orders(weeks, world, levers=self.levers, **zone), "told": self.signals, **changes}


def flows(*cases: Case, model: Model = EXPECTED, world: World | None = None, weeks: int = WEEKS, seed: int = 1) -> Any:
    """Run each case as one future of the same program; futures of equal number have the same luck."""
    world = world or toy_line()
    result = simulate_each(model, [case.arguments(world, weeks) for case in cases], world=world, seed=seed)
    assert (result.fault_week == -1).all()
    return result
