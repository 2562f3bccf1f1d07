"""Members who leave by a deal: who, where, how many, who returns, and what it costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import MEMBERS, RESIDENTS_HOME
from premortem.model.index_sets import DEALS, WAYS_OUT
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.way_out import IN_PROGRAMME, WAY_OUT
from premortem.model.signals import DEAL_CHILL, DEALS_COST, PRESSURE_RATIO
from tests.model.given import GROW, scripted, simulate, watched
from tests.model.toys import orders, toy_world

WEEKS = 520
SCRIPT = scripted((PRESSURE_RATIO,))
WATCHED = watched(
    WAY_OUT,
    Outcome("programme", lambda view, own, moved: moved.stocks[IN_PROGRAMME].sum()),
    Outcome("first", lambda view, own, moved: moved.stocks[MEMBERS][0, 0]),
    Outcome("elsewhere", lambda view, own, moved: moved.stocks[MEMBERS][1:].sum() + moved.stocks[MEMBERS][0, 1:].sum()),
    Outcome("cost", lambda view, own, moved: view[DEALS_COST].sum()),
    Outcome("chill", lambda view, own, moved: view[DEAL_CHILL]),
)
MODEL = Model((GROW, WATCHED, SCRIPT), noise=False)
FIRST = [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
HERE = [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
ALL = np.outer([1.0, 0.0], [float(way == "all") for way in WAYS_OUT])
GIVEN: dict[str, Any] = {
    "way_out_leave": 0.1,
    "way_out_relapse": 0.25,
    "way_out_settle": 52.0,
    "way_out_under_pressure": 0.0,
    "way_out_agree": 1.0,
    "way_out_agree_luck": 0.5,
    "way_out_places_used": 1.0,
}


def play(*controls: Any, **changes: Any) -> Any:
    return simulate(MODEL, controls, **(GIVEN | changes))


def deal(**changes: Any) -> Any:
    return orders(WEEKS, deal_parties=FIRST, deal_regions=HERE, **changes)


def test_no_deal_moves_nobody() -> None:
    result = play(orders(WEEKS))
    assert not result.weekly["left_by_deals"].any()
    assert not result.accounts["members"].any()  # the change since the start
    assert not result.weekly["chill"].any()


def test_members_of_the_party_in_the_region_come_forward_at_the_rate_and_nobody_else() -> None:
    result = play(deal(way_out=ALL), way_out_relapse=0.0, way_out_successors=0.0)
    left = result.weekly["first"][0] / float(toy_world().members[0, 0])
    np.testing.assert_allclose(left, np.exp(-0.1 / 52 * np.arange(1, WEEKS + 1)), rtol=1e-4)
    assert np.ptp(result.weekly["elsewhere"][0]) == 0


def test_who_left_is_in_the_programme_home_or_back_in_the_shares_of_relapse() -> None:
    short = np.zeros((WEEKS, DEALS, len(WAYS_OUT)))
    short[:52] = ALL  # one year of offers, nine in which everybody settles or returns
    result = play(deal(way_out=short))
    left, back = result.weekly["left_by_deals"].sum(), result.weekly["returned_after_deals"].sum()
    assert result.weekly["programme"][0, -1] < 0.01 * left
    assert back / left == pytest.approx(0.25, rel=0.01)


def test_organisations_that_do_not_agree_send_nobody_and_those_who_agree_fill_the_places() -> None:
    asked = deal(disbands=[1.0, 0.0], deal_places=[52.0, 0.0])
    result = play(asked, asked, way_out_agree=[0.4, 0.6])
    left = result.weekly["left_by_deals"].sum(1)
    assert left[0] == 0
    assert left[1] == pytest.approx(WEEKS, rel=1e-3)


def test_whole_organisations_that_disband_return_more_and_programmes_cost_people_in_places() -> None:
    asked = deal(disbands=[1.0, 0.0], deal_places=[52.0, 0.0])
    result = play(asked, asked, way_out_successors=[0.0, 0.3], way_out_price=0.01)
    back = result.weekly["returned_after_deals"].sum(1)
    assert back[1] > 1.5 * back[0]
    people, cost = result.weekly["programme"][0], result.weekly["cost"][0]
    np.testing.assert_allclose(cost[-1], 0.01 * people[-1], rtol=0.02)


def test_people_are_neither_made_nor_lost() -> None:
    changes = play(deal(way_out=ALL)).accounts
    parts = [changes[account.name].sum() for account in (MEMBERS, IN_PROGRAMME, RESIDENTS_HOME)]
    assert parts[0] < -100 < 100 < parts[2]
    assert abs(sum(parts)) < 0.01


def test_who_watches_a_truce_is_paid_by_how_closely_he_watches() -> None:
    given = deal(deal_on=[1.0, 0.0], deal_monitors=[0.5, 1.0])
    cost = play(given, way_out_watch=40.0).weekly["cost"][0]
    np.testing.assert_allclose(cost, 20.0, rtol=1e-5)
