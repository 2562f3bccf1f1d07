"""Order follows what organisations take and hold, how contested they are, what the state does: each by its own elasticity."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.mechanisms.order import ORDER_KEPT
from premortem.model.signals import (
    BORDER_LOAD,
    CONTEST,
    CONTROL,
    EXTORTED,
    INTEGRITY_RATIO,
    OVERDOSE_RATIO,
    PAY,
    STATE_EFFORT,
    US_SOIL_ATTACKS,
    VIOLENCE,
    Signal,
)
from tests.model.given import later, of, scripted, simulate
from tests.model.toys import orders, toy_world

WORLD = toy_world()
WEEKS = 52
SIGNALS = (
    BORDER_LOAD,
    CONTEST,
    CONTROL,
    EXTORTED,
    INTEGRITY_RATIO,
    OVERDOSE_RATIO,
    PAY,
    STATE_EFFORT,
    US_SOIL_ATTACKS,
    VIOLENCE,
)
MODEL = Model((scripted(SIGNALS), ORDER_KEPT), noise=False)
USUAL = {
    CONTROL: np.full((WORLD.organisations, WORLD.regions), 0.4 / WORLD.organisations),
    EXTORTED: np.array([4.0, 3.0, 2.0, 1.0]) * 1e6,
    CONTEST: np.full(WORLD.regions, 0.3),
}
QUICK: dict[str, Any] = {"time": 1e-3, "worry_time": 1e-3, "cash_predation": 0.0}


def go(changes: dict[Signal, Any] | None = None, levers: Any = None, **parameters: Any) -> dict[str, Any]:
    """Run a year at medians with signals that leave their start in the second week."""
    told = USUAL | later(changes, WORLD, WEEKS, USUAL)
    case = orders(WEEKS, WORLD, levers=levers)
    return dict(simulate(MODEL, case, world=WORLD, told=told, **of(ORDER_KEPT, QUICK | parameters)).weekly)


def ratio(outcome: str, changes: dict[Signal, Any] | None = None, levers: Any = None, **parameters: Any) -> Any:
    """Return the last week's values over those of a year in which nothing changes, in the nation."""
    return go(changes, levers, **parameters)[outcome][0, -1] / go(**parameters)[outcome][0, -1]


def test_at_rest_a_year_brings_the_recorded_victims() -> None:
    rest = go(extorted=10_000.0, kidnapped=1000.0)
    assert rest["extortion_victims"][0].sum() == pytest.approx(10_000, rel=1e-4)
    assert rest["kidnappings"][0].sum() == pytest.approx(1000, rel=1e-4)


def test_victims_of_extortion_follow_what_is_collected_where_it_is_collected() -> None:
    more = USUAL[EXTORTED] * np.array([2.0, 1.0, 1.0, 1.0])  # four in ten of the victims are in the first region
    found = ratio("extortion_victims", {EXTORTED: more}, extorted_with=0.5)
    assert found == pytest.approx(0.4 * 2**0.5 + 0.6, rel=1e-4)


def test_cash_where_organisations_are_feeds_extortion() -> None:
    jobs = {"youth_jobs": 1000.0}
    paid: dict[str, Any] = {"cash_predation": 1.0, "job_pay": 5.0, "local_income": 45_000.0}
    np.testing.assert_allclose(ratio("extortion_victims", levers=jobs, **paid), 1.1, rtol=1e-4)
    np.testing.assert_allclose(ratio("extortion_victims", levers=jobs), 1.0, rtol=1e-6)


def test_kidnapping_rises_with_contest_and_lost_income_and_falls_with_effort() -> None:
    assert ratio("kidnappings", {CONTEST: USUAL[CONTEST] + 0.2}, kidnap_contest=1.0) == pytest.approx(
        np.exp(0.2), rel=1e-4
    )
    poorer = {PAY: np.full(WORLD.organisations, 0.5)}
    np.testing.assert_allclose(ratio("kidnappings", poorer, kidnap_pay=0.5), 2**0.5, rtol=1e-4)
    np.testing.assert_allclose(ratio("kidnappings", {STATE_EFFORT: 2.0}, kidnap_effort=0.5), 2**-0.5, rtol=1e-4)


def test_impunity_falls_with_courts_and_integrity_and_rises_with_violence() -> None:
    rest = go(cleared=0.05)["impunity"][0, -1]
    np.testing.assert_allclose(rest, 0.95, rtol=1e-6)
    courts = go(levers={"prosecution": 0.1}, cleared=0.05)["impunity"][0, -1]
    np.testing.assert_allclose(courts, 0.9, rtol=1e-4)
    assert (go({INTEGRITY_RATIO: 1.2}, cleared=0.05)["impunity"][0, -1] < rest).all()
    assert (go({VIOLENCE: 2.0}, cleared=0.05)["impunity"][0, -1] > rest).all()
    assert (go(levers={"prosecution": 1.0}, cleared=0.9)["impunity"][0, -1] == 0).all()


def test_people_are_ruled_where_organisations_are_stronger_than_all_others() -> None:
    for held, share in ((0.5, 0.5), (0.2, 0.2**2 / (0.2**2 + 0.8**2))):
        control = np.full((WORLD.organisations, WORLD.regions), held / WORLD.organisations)
        ruled = go({CONTROL: control}, uneven=2.0)["people_ruled"][0, -1]
        assert ruled / float(WORLD.population.sum()) == pytest.approx(share, rel=1e-3)


def test_fear_follows_violence_and_extortion_in_its_own_time() -> None:
    doubled = {VIOLENCE: 2.0}
    assert (ratio("feel_unsafe_mx", doubled) > 1).all()
    slow, fast = (go(doubled, time=time)["feel_unsafe_mx"][0, 10] for time in (50.0, 1e-3))
    assert (slow < fast).all()
    assert (ratio("feel_unsafe_mx", {EXTORTED: 2 * USUAL[EXTORTED]}) > 1).all()


def test_worry_about_the_border_follows_crossings_deaths_and_attacks() -> None:
    rest = go()["border_worry_us"][0, -1]
    for changes in ({BORDER_LOAD: 2.0}, {OVERDOSE_RATIO: 1.5}, {US_SOIL_ATTACKS: 1.0}):
        assert go(changes)["border_worry_us"][0, -1] > rest
    assert go({BORDER_LOAD: 0.1}, worry=0.72)["border_worry_us"][0, -1] < 0.62
    assert np.isfinite(jnp.asarray(rest))
