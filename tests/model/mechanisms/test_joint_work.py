"""Known answers of joint work: channels, suspensions, settlements, trust, people sent to the United States."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import HELD_MX_FINAL, HELD_MX_RETURN, HELD_US, US_FORWARD
from premortem.model.index_sets import TASKS
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.joint_work import JOINT_WORK, _due
from premortem.model.signals import COOPERATION_RATIO, FRESH_INJURY, JOINT, PERMISSION, TRUST
from premortem.model.units import NEVER
from tests.model.given import of, scripted, simulate, watched
from tests.model.toys import one_hot, orders, toy_world

WEEKS = 260
WORLD = toy_world()
PROBED = watched(
    JOINT_WORK,
    Outcome("legal", lambda view, own, moved: view[JOINT][0]),
    Outcome("trust", lambda view, own, moved: view[TRUST]),
    Outcome("held", lambda view, own, moved: (moved.stocks[HELD_MX_RETURN] + moved.stocks[HELD_MX_FINAL]).sum()),
    Outcome("held by the US", lambda view, own, moved: moved.stocks[HELD_US].sum()),
)
GIVEN = scripted((COOPERATION_RATIO, FRESH_INJURY, PERMISSION), (US_FORWARD, HELD_MX_RETURN, HELD_MX_FINAL))
EXPECTED, NOISY = Model((GIVEN, PROBED), noise=False), Model((GIVEN, PROBED))
SUSPENDING = {"suspend_from": 0.1, "suspend_weeks": 30.0, "units_longer": 2.0, "stop_half_time": 4.0}


def run(
    ratio: Any = 1.0,
    injury: dict[int, float] | None = None,
    *,
    people: float = 0.0,
    futures: int = 1,
    model: Model = EXPECTED,
    parameters: dict[str, Any] | None = None,
    **plan: Any,
) -> dict[str, np.ndarray]:
    """Return weekly outcomes [week] (of the first future) or [future, week]; ``injury`` by week."""
    fresh = np.zeros(WEEKS)
    for week, amount in (injury or {}).items():
        fresh[week] = amount
    half = jnp.full(WORLD.members.shape, 5000.0 / WORLD.members.size)
    told = {
        US_FORWARD: [people],
        HELD_MX_RETURN: half,
        HELD_MX_FINAL: half,
        COOPERATION_RATIO: ratio,
        FRESH_INJURY: fresh,
        PERMISSION: [1.0, 1.0, 0.0],
    }
    made = orders(WEEKS, WORLD, effort=[one_hot("partner", TASKS)], **plan)
    result = simulate(model, made, world=WORLD, told=told, futures=futures, **of(JOINT_WORK, parameters or {}))
    return {name: values[0] if futures == 1 else values for name, values in result.weekly.items()}


def test_without_an_act_joint_work_stays_as_it_is() -> None:
    quiet = run()
    for name in ("legal", "joint_leads", "joint_units"):
        assert (quiet[name] == 1).all()
    assert quiet["weeks_suspended"].sum() == 0


def test_each_channel_follows_cooperation_by_its_own_elasticity_up_to_a_most() -> None:
    fixed = {"elasticity_legal": 0.5, "elasticity_leads": 2.0, "elasticity_units": 1.0, "most": 1.5}
    low, high = run(0.5, parameters=fixed), run(4.0, parameters=fixed)
    found = [low[name][10] for name in ("legal", "joint_leads", "joint_units")]
    np.testing.assert_allclose(found, [0.5**0.5, 0.25, 0.5], rtol=1e-5)
    assert high["joint_leads"][10] == pytest.approx(1.5, rel=1e-5)
    assert run(0.0, parameters=fixed)["joint_leads"][10] == pytest.approx(0.0, abs=1e-6)


def test_a_grave_act_suspends_by_the_root_of_its_injury_and_a_small_one_does_not() -> None:
    halving = run(injury={10: np.log(2)}, parameters=SUSPENDING)
    assert halving["weeks_suspended"].sum() == pytest.approx(30, abs=1)
    quarter = run(injury={10: np.log(2) / 4}, parameters=SUSPENDING)
    assert quarter["weeks_suspended"].sum() == pytest.approx(15, abs=1)
    assert run(injury={10: 0.09}, parameters=SUSPENDING)["weeks_suspended"].sum() == 0


def test_a_suspension_takes_hold_with_its_half_time_ends_at_once_and_lasts_longer_for_units() -> None:
    depth = {"leads_depth": 0.8, "units_depth": 1.0}
    stopped = run(injury={10: np.log(2)}, parameters=SUSPENDING | depth)
    leads, units = stopped["joint_leads"], stopped["joint_units"]
    assert leads[14 - 1] == pytest.approx(1 - 0.8 / 2, rel=1e-5)
    assert leads[38] == pytest.approx(1 - 0.8 * (1 - 0.5 ** (29 / 4)), rel=1e-4)
    assert leads[42] == 1
    assert units[42] < 0.01
    assert units[72] == 1
    assert (stopped["legal"] == 1).all()


def test_a_second_act_does_not_shorten_a_suspension() -> None:
    once = run(injury={10: np.log(2)}, parameters=SUSPENDING)["weeks_suspended"].sum()
    again = run(injury={10: np.log(2), 15: 0.11}, parameters=SUSPENDING)["weeks_suspended"].sum()
    assert again == once


def test_full_diplomacy_shortens_what_is_left_by_its_share() -> None:
    settling = SUSPENDING | {"settlement": 0.5}
    late = np.where(np.arange(WEEKS) < 20, 0.3, 1.0)
    plain = run(injury={10: np.log(2)}, parameters=settling)["weeks_suspended"].sum()
    talks = run(injury={10: np.log(2)}, parameters=settling, levers={"diplomacy": late})["weeks_suspended"].sum()
    assert plain - talks == pytest.approx((plain - 10) / 2, abs=1)


def test_trust_grows_only_beside_mexican_forces_and_a_suspension_halves_it() -> None:
    growing = {"trust_rate": 0.52, "trust_half_life": 1e9, "trust_most": 10.0}
    assert (run(parameters=growing)["trust"] == 0).all()
    built = run(people=600, parameters=growing)["trust"]
    np.testing.assert_allclose(built, 0.01 * (np.arange(WEEKS) + 1), rtol=1e-4)
    broken = run(people=600, injury={99: 1.0}, parameters=growing | SUSPENDING)["trust"]
    assert broken[99] == pytest.approx(0.99 / 2 + 0.01, rel=1e-3)
    assert run(people=600, parameters=growing | {"trust_most": 0.3})["trust"].max() == pytest.approx(0.3, rel=1e-5)


def test_people_sent_follow_the_legal_channel_and_nobody_vanishes() -> None:
    fixed = {"extraditions": 52.0, "elasticity_legal": 1.0}
    standing, halved = run(parameters=fixed), run(0.5, parameters=fixed)
    assert standing["extraditions"].sum() == pytest.approx(WEEKS, rel=1e-3)
    assert standing["transfers"].sum() == pytest.approx(46 * WEEKS / 52, rel=1e-3)
    assert standing["held"][-1] + standing["held by the US"][-1] == pytest.approx(10_000, rel=1e-4)
    for name in ("extraditions", "transfers"):
        assert halved[name].sum() == pytest.approx(standing[name].sum() / 2, rel=2e-2)
    asked = run(levers={"transfers": 102.0}, parameters=fixed)
    assert asked["transfers"].sum() == pytest.approx(102 * WEEKS / 52, rel=1e-3)
    refused = run(0.0, levers={"transfers": 102.0}, parameters=fixed)
    assert refused["transfers"].sum() == pytest.approx(0, abs=1)


def test_the_legal_channel_varies_by_year_as_given_and_its_median_stays() -> None:
    many = run(futures=400, model=NOISY, parameters={"legal_noise": 0.3, "legal_memory": 1e6})["legal"]
    year = np.log(many[:, 104] / many[:, 52])
    assert year.std() == pytest.approx(0.3, rel=4 / np.sqrt(2 * 400))
    assert abs(np.median(np.log(many[:, 52]))) < 4 * 0.3 * 1.25 / np.sqrt(400)


def test_the_next_transfer_is_due_when_the_last_is_months_old_and_as_many_are_sent_in_the_long_run() -> None:
    """Gaps of four equal waits: hardly one in the first weeks after another, and the rate of the lever over years."""
    rate = 2.0 / 52
    hazard = np.array([float(_due(jnp.asarray(rate), jnp.asarray(age))) for age in (1.0, 10.0, 26.0, 500.0)])
    assert (np.diff(hazard) > 0).all()
    assert hazard[0] < rate / 100
    assert hazard[-1] == pytest.approx(4 * rate, rel=0.1)
    assert float(_due(jnp.asarray(rate), jnp.asarray(NEVER))) == pytest.approx(rate)
    ages = np.arange(0.0, 2000.0, 0.1) + 0.05
    hazards = np.asarray(_due(jnp.asarray(rate), jnp.asarray(ages)))
    mean_gap = np.exp(-np.cumsum(hazards) * 0.1).sum() * 0.1
    assert mean_gap == pytest.approx(1 / rate, rel=0.02)
    variance = (2 * ages * np.exp(-np.cumsum(hazards) * 0.1)).sum() * 0.1 - mean_gap**2
    assert np.sqrt(variance) / mean_gap == pytest.approx(0.5, rel=0.03)
