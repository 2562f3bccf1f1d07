"""Cocaine at sea: what is boarded and struck, who dies, what lands and what it costs."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.index_sets import MANDATED
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.sea import CREWS, DETAINED_AT_SEA, KILLED_AT_SEA, REMOVED_AT_SEA, SEA, SENT_BY_SEA
from premortem.model.signals import COCAINE_COST, COCAINE_LANDED, COCAINE_MADE, MANDATE, SEA_STRIKES
from tests.model.given import of, scripted, simulate, watched
from tests.model.toys import orders

WEEKS = 104
PROBED = watched(
    SEA,
    Outcome("landed", lambda view, own, moved: view[COCAINE_LANDED]),
    Outcome("cost", lambda view, own, moved: view[COCAINE_COST]),
    Outcome("strikes", lambda view, own, moved: view[SEA_STRIKES]),
    Outcome("shifted", lambda view, own, moved: own.s.shifted),
)
MODEL = Model((scripted((COCAINE_MADE, MANDATE)), PROBED), noise=False)
FIXED = {
    "removed": 0.2,
    "boats": 25.0,
    "hit": 0.8,
    "killed": 3.5,
    "detained": 2.5,
    "replaced": 0.75,
    "coast_share": 0.4,
}
STILL = {"shift": 0.0, "withheld": 0.0, "partner_gain": 0.0, "build_up": 1e-3, "partner_time": 1e-3}


def at_sea(
    parameters: dict[str, Any] | None = None, mandate: float = 1.0, standing: float = 0.0, **levers: Any
) -> dict[str, Any]:
    made = orders(WEEKS, levers=levers)
    usual = dict(zip(made.lever_names, made.lever_status_quo, strict=True)) | {"sea.strikes": standing}
    made = dataclasses.replace(made, lever_status_quo=tuple(usual.values()))
    told = {COCAINE_MADE: 8000.0, MANDATE: [mandate if name == "strikes" else 1.0 for name in MANDATED]}
    result = simulate(MODEL, made, told=told, **of(SEA, FIXED | STILL | (parameters or {})))
    assert (result.fault_week < 0).all()
    return {name: path[0] for name, path in result.weekly.items()} | {"moved": result.accounts}


def test_at_the_start_a_share_is_removed_and_nothing_lands_otherwise_or_costs_more() -> None:
    quiet = at_sea()
    np.testing.assert_allclose(quiet["landed"], 1.0, rtol=1e-6)
    np.testing.assert_allclose(quiet["cost"], 0.0, atol=1e-6)
    np.testing.assert_allclose(quiet["cocaine_removed_at_sea"], 8000.0 / 0.8 * 0.2, rtol=1e-5)
    np.testing.assert_allclose(quiet["detained_at_sea"], 25.0 * 0.2 * 2.5, rtol=1e-5)
    assert (quiet["killed_at_sea"] == 0).all()


def test_a_strike_and_a_half_a_week_kills_hundreds_a_year_and_removes_few_boats() -> None:
    """next_flows.md 6: removal from .21 to .24, 280 dead a year."""
    struck = at_sea({"removed": 0.21}, strikes=1.5)
    assert struck["killed_at_sea"][:52].sum() == pytest.approx(1.5 * 52 * 3.5, rel=1e-4)
    removed = 1 - 0.79 * np.exp(-1.5 * 0.8 / 25.0)
    assert removed == pytest.approx(0.247, abs=1e-3)
    np.testing.assert_allclose(struck["landed"], ((1 - removed) / 0.79) ** 0.25, rtol=1e-5)
    np.testing.assert_allclose(struck["cost"], 0.4 * 1.5 * 0.8 / 25.0, rtol=1e-4)
    np.testing.assert_allclose(struck["uninvolved_killed_at_sea"] / struck["killed_at_sea"], 0.275, rtol=1e-4)


def test_boarding_more_kills_nobody_and_detains_more() -> None:
    more = at_sea({"returns": 0.75}, boarding=2.4)
    removed = 1 - 0.8 ** (2.4**0.75)
    assert (more["killed_at_sea"] == 0).all()
    np.testing.assert_allclose(more["detained_at_sea"][1:], 25.0 * removed * 2.5, rtol=1e-4)
    np.testing.assert_allclose(more["cocaine_removed_at_sea"][1:], 8000.0 * removed / (1 - removed), rtol=1e-4)


def test_partners_withhold_while_boats_are_struck_and_lend_more_under_agreements() -> None:
    struck = at_sea({"withheld": 0.3, "partner_time": 10.0}, strikes=np.where(np.arange(WEEKS) < 52, 2.0, 0.0))
    assert struck["partners_at_sea"][51] == pytest.approx(1 - 0.3 * (1 - np.exp(-5.2)), rel=1e-4)
    assert struck["partners_at_sea"][-1] > 0.99
    assert (struck["partners_at_sea"] <= 1 + 1e-6).all()
    agreed = at_sea({"partner_gain": 0.4}, partner_intelligence=1.0)
    assert agreed["partners_at_sea"][-1] == pytest.approx(1.4)
    assert agreed["cocaine_removed_at_sea"][-1] > agreed["cocaine_removed_at_sea"][0]


def test_cocaine_leaves_boats_that_are_lost_over_years() -> None:
    chased = at_sea({"shift": 0.5, "shift_time": 52.0}, boarding=4.0)
    assert 0 < chased["shifted"][4] < 0.05 < chased["shifted"][-1] < 0.5
    assert chased["landed"][-1] > chased["landed"][5]


def test_strikes_are_as_many_as_washington_lets_happen() -> None:
    halved = at_sea(mandate=0.5, strikes=4.0)
    np.testing.assert_allclose(halved["strikes"], 2.0)


def test_strikes_that_went_on_at_the_start_are_in_what_was_removed_and_ask_nothing_of_washington() -> None:
    withheld = {"withheld": 0.3, "partner_time": 10.0}
    going_on = at_sea(withheld, mandate=0.0, standing=1.15, strikes=1.15)
    np.testing.assert_allclose(going_on["landed"], 1.0, rtol=1e-5)
    np.testing.assert_allclose(going_on["partners_at_sea"], 1.0, rtol=1e-6)
    np.testing.assert_allclose(going_on["killed_at_sea"], 1.15 * 3.5, rtol=1e-5)
    assert (going_on["strikes"] == 0).all()
    ended = at_sea(withheld, standing=1.15, strikes=0.0)
    assert (ended["killed_at_sea"] == 0).all()
    assert ended["landed"][0] > 1
    assert ended["partners_at_sea"][-1] == pytest.approx(1 / 0.7, rel=1e-3)
    more = at_sea(standing=1.15, mandate=0.5, strikes=3.15)
    np.testing.assert_allclose(more["strikes"], 1.0, rtol=1e-5)
    np.testing.assert_allclose(more["killed_at_sea"], 2.15 * 3.5, rtol=1e-5)


def test_people_and_kilograms_are_conserved() -> None:
    moved = at_sea({"withheld": 0.3, "shift": 0.5}, strikes=3.0, boarding=2.0)["moved"]
    crews = moved[KILLED_AT_SEA.name] + moved[DETAINED_AT_SEA.name]
    np.testing.assert_allclose(moved[CREWS.name], crews, rtol=1e-5)
    np.testing.assert_allclose(moved[SENT_BY_SEA.name], moved[REMOVED_AT_SEA.name], rtol=1e-5)
