"""What measures do wrong is counted, conserved, and nothing at the status quo."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.simulate import Trajectories
from premortem.engine.week import Model
from premortem.model.accounts import HELD_MX_FINAL, HELD_MX_RETURN, MEMBERS, RESIDENTS_HOME
from premortem.model.flows import Flow
from premortem.model.index_sets import PARTIES
from premortem.model.mechanism import Mechanism, Proposal, View
from premortem.model.mechanisms.harms import HARMS
from premortem.model.signals import VIOLENCE
from tests.model.given import GROW, of, scripted, simulate
from tests.model.toys import orders, toy_world

WORLD = toy_world()
WEEKS = 52
HELD_A_WEEK = 0.002


def _arrest(view: View, own: Any, luck: Any) -> Proposal:
    hazard = HELD_A_WEEK * view.lever("state.arrest_capacity") * jnp.ones_like(view.stock(MEMBERS))
    return Proposal((Flow("held", MEMBERS, HELD_MX_FINAL, hazard=hazard, noisy=False),))


JAIL = Mechanism(name="jail", accounts=(MEMBERS, HELD_MX_FINAL, HELD_MX_RETURN), propose=_arrest)
RESIDENTS = scripted((VIOLENCE,), (RESIDENTS_HOME,))
MODEL = Model((RESIDENTS, GROW, JAIL, HARMS), noise=False)


def go(levers: Any = None, weeks: int = WEEKS, **changes: Any) -> Trajectories:
    case = orders(
        weeks, WORLD, levers=levers, **{k: changes.pop(k) for k in ("partner_aid", "emergency") if k in changes}
    )
    told = {RESIDENTS_HOME: WORLD.population}
    return simulate(MODEL, case, world=WORLD, told=told, **of(HARMS, changes))


def test_at_the_status_quo_nobody_is_harmed_by_measures() -> None:
    rest = go()
    for name in ("wrongly_held", "deaths_in_custody", "aid_lost"):
        assert not rest.weekly[name].any(), name
    assert not rest.accounts["residents_killed"].any()
    assert rest.weekly["informants_killed"].sum() > 0  # who informs is killed under every plan


def test_added_arrests_hold_the_wrong_people_in_proportion_and_more_where_more_are_arrested() -> None:
    few, many, dosed = (
        go({"arrest_capacity": level}, wrongly_held=0.1, wrongly_dose=dose).weekly["wrongly_held"].sum()
        for level, dose in ((2.0, 0.0), (4.0, 0.0), (4.0, 0.5))
    )
    held = go({"arrest_capacity": 2.0}).weekly["prisoners_mx"][0, -1].sum()
    assert few == pytest.approx(held / 2 * 0.1 / 0.9, rel=0.05)
    assert many > 2 * few
    assert dosed > 1.5 * many
    exception = go({"arrest_capacity": 2.0}, emergency=1.0, wrongly_held=0.1, wrongly_dose=0.0, wrongly_emergency=1.0)
    assert exception.weekly["wrongly_held"].sum() == pytest.approx(few * (0.2 / 0.8) / (0.1 / 0.9), rel=0.02)
    assert not go({"arrest_capacity": 0.5}).weekly["wrongly_held"].any()


def test_those_held_wrongly_come_home_or_die_and_are_counted_as_killed_by_the_state() -> None:
    jailed = go({"arrest_capacity": 3.0}, custody_death=0.05, wrongly_time=20.0, prison_school=0.0)
    entered = jailed.weekly["wrongly_held"].sum()
    assert 0 < jailed.accounts["wrongly_held"].sum() < entered
    killed = jailed.accounts["residents_killed"][0].sum(1)
    assert killed[PARTIES.index("state")] > 0
    assert killed[PARTIES.index("us")] == 0
    died = jailed.weekly["deaths_in_custody"].sum()
    assert died == pytest.approx(killed[PARTIES.index("state")] + jailed.accounts["died_in_custody"].sum(), rel=1e-3)


def test_prisons_recruit() -> None:
    none, school = (go({"arrest_capacity": 3.0}, prison_school=rate).accounts["members"].sum() for rate in (0.0, 0.5))
    assert school > none


def test_who_informs_is_killed_for_it_and_protection_can_cost_lives_if_it_draws_more_than_it_keeps_safe() -> None:
    def killed(tip: float, **changes: float) -> float:
        known: dict[str, Any] = {"informants": 10_000.0, "exposed": 0.002} | changes
        return float(go({"tip_protection": tip}, **known).weekly["informants_killed"].sum())

    assert killed(0.0) == pytest.approx(20, rel=0.01)
    assert killed(1.0, informants_more=0.0, protected=0.3) == pytest.approx(6, rel=0.01)
    assert killed(1.0, informants_more=1.0, protected=1.0) == pytest.approx(40, rel=0.01)


def test_organisations_may_answer_transfers() -> None:
    answered = go({"transfers": 546.0}, reply=0.1, reply_deaths=2.0, reply_forces=0.5, reply_time=1e-3)
    assert answered.accounts["mx_forces_killed"].sum() == pytest.approx(50, rel=0.05)
    assert answered.accounts["residents_killed"][0, PARTIES.index("organisations")].sum() == pytest.approx(50, rel=0.05)
    assert not go({"transfers": 546.0}, reply=0.0).accounts["mx_forces_killed"].any()


def test_part_of_aid_does_not_arrive() -> None:
    lost = go({"aid": 150.0}, partner_aid=100.0, aid_loss=0.25).weekly["aid_lost"].sum()
    assert lost == pytest.approx(0.25 * 200e6, rel=0.01)
    assert not np.isnan(lost)
