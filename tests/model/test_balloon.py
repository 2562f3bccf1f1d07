"""What pressure on the strip along the border does to the rest of the country: mechanics in the packaged theatre, no plan's verdict."""

from typing import Any

import numpy as np
import pytest

from premortem import theatre
from premortem.engine.week import Model
from premortem.model.mechanisms.movement import MOVEMENT
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.mechanisms.state import STATE
from tests.model.given import RAIDS, simulate
from tests.model.toys import orders

pytestmark = pytest.mark.slow

MODEL = Model((RECRUITMENT, RIVALRY, STATE, MOVEMENT, RAIDS))
FUTURES, WEEKS, FIRST, LAST = 48, 156, 26, 130
RISK = 0.004  # 1/week, killed or held by US forces in the zone


def go(risk: float, **changes: Any) -> Any:
    world = theatre.load().world()
    strikes = np.zeros((WEEKS, world.organisations, world.regions))
    strikes[FIRST:LAST] = risk * np.asarray(world.zone)
    told = {"strikes": strikes}
    result = simulate(MODEL, orders(WEEKS, world), world=world, futures=FUTURES, at_median=False, told=told, **changes)
    assert (result.fault_week == -1).all()
    return result


def members(result: Any) -> tuple[Any, Any]:
    """Return members in the zone and outside it in the last week of the raids, by future."""
    quarters = result.regional["members"][:, LAST // 13 - 1]
    zone = np.asarray(theatre.load().world().zone) > 0
    return quarters[:, zone].sum(1), quarters[:, ~zone].sum(1)


def test_raids_in_the_zone_empty_it_in_part_and_a_part_of_those_missing_is_found_outside() -> None:
    spared, hit = members(go(0.0)), members(go(RISK))
    inside, outside = hit[0] / spared[0] - 1, hit[1] / spared[1] - 1
    assert -0.45 < np.median(inside) < -0.1
    assert (
        0 < np.median(outside) < 0.03
    )  # an order of magnitude less, over many more places: effect.military.dell_diversion
    found = np.median((hit[1] - spared[1]) / (spared[0] - hit[0]))
    assert 0.1 < found < 0.6


def test_without_mobility_nobody_is_found_outside() -> None:
    spared, hit = (members(go(risk, movement_mu=0.0)) for risk in (0.0, RISK))
    assert np.median(hit[0] / spared[0]) < 0.95
    assert abs(np.median(hit[1] / spared[1]) - 1) < 0.002
