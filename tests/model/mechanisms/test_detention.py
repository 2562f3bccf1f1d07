"""Captives of US forces: known rates of release, who is tried, and that nobody appears or vanishes."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from premortem.engine.simulate import Trajectories
from premortem.engine.week import Model
from premortem.model.accounts import HELD_US, MEMBERS
from premortem.model.flows import Flow
from premortem.model.index_sets import LABELS, REVIEWS, SITES, TRIALS
from premortem.model.mechanism import Mechanism, Outcome, Proposal, View
from premortem.model.mechanisms.detention import DETENTION
from premortem.model.signals import CAPTIVES_COST, REJOIN
from premortem.model.units import NEVER, WEEKS_PER_YEAR
from tests.model.given import GROW, scripted, simulate, watched
from tests.model.toys import WEEKS, one_hot, orders

CAPTURED, SENT_BEFORE = 100.0, 40.0
"""Members whom US forces capture in the first week, and those of each organisation whom Mexico has sent before."""


def _capture(view: View, own: Any, luck: Any) -> Proposal:
    there = view.stock(MEMBERS)
    wanted = CAPTURED * (view.week == 0) * there / there.sum()
    return Proposal((Flow("captured", MEMBERS, HELD_US, amount=wanted, noisy=False),))


CAPTURE = Mechanism(name="capture", accounts=(MEMBERS, HELD_US), propose=_capture)
MODEL = Model(
    (
        scripted((REJOIN,), (HELD_US,)),
        CAPTURE,
        GROW,
        watched(
            DETENTION,
            Outcome("captives_cost", lambda view, own, moved: view[CAPTIVES_COST]),
            Outcome("members", lambda view, own, moved: moved.stocks[MEMBERS].sum()),
        ),
    ),
    noise=False,
)
REVIEW = {"habeas": 0.5, "administrative": 0.25, "none": 0.0}
TRIED = {"federal_court": 0.6, "military_commission": 0.1, "mexican_court": 0.3, "none": 0.0}


def play(
    review: str = "habeas", trial: tuple[str, ...] = (), site: str = "US", label: str = LABELS[1], **words: float
) -> Trajectories:
    held, sent = words.pop("held_weeks", None), words.pop("sent", 0.0)
    plan = orders(
        review=one_hot(review, REVIEWS),
        trial=[float(court in trial) for court in TRIALS],
        site=one_hot(site, SITES),
        label=one_hot(label, LABELS),
        held_weeks=NEVER if held is None else held,
    )
    changes: dict[str, Any] = {f"detention_review_{word}": rate for word, rate in REVIEW.items()}
    changes |= {f"detention_tried_{word}": share for word, share in TRIED.items()}
    changes |= {f"detention_cost_{word}": float(place + 1) for place, word in enumerate(SITES)}
    changes["detention_untried"] = 0.5
    return simulate(MODEL, [plan], told={REJOIN: 0.25, HELD_US: np.full(3, sent)}, **changes)


def left(result: Trajectories) -> Any:
    return result.weekly["held_us"][0] / CAPTURED


def after(rate: float) -> Any:
    """Those left by week, of those who were captured in the first, if ``rate`` of them go free a year."""
    return np.exp(-rate * np.arange(WEEKS) / WEEKS_PER_YEAR)


@pytest.mark.parametrize("review", list(REVIEW))
def test_captives_go_free_at_the_rate_of_the_review(review: str) -> None:
    np.testing.assert_allclose(left(play(review)), after(REVIEW[review]), rtol=1e-3)


def test_the_court_that_tries_most_counts_and_combatants_are_tried_less() -> None:
    tried = left(play(trial=("federal_court", "mexican_court")))
    np.testing.assert_allclose(tried, after(0.5 * (1 - 0.6)), rtol=1e-3)
    combatants = left(play(trial=("federal_court",), label="enemy_combatants"))
    np.testing.assert_allclose(combatants, after(0.5 * (1 - 0.6 * 0.5)), rtol=1e-3)


def test_a_longest_time_is_one_more_way_out() -> None:
    np.testing.assert_allclose(left(play("none", held_weeks=26.0)), after(WEEKS_PER_YEAR / 26), rtol=1e-3)


def test_a_share_of_the_released_joins_again_and_those_sent_by_mexico_stay() -> None:
    result = play(sent=SENT_BEFORE)
    released = result.weekly["released_us"][0].sum()
    members = result.weekly["members"][0]
    assert released == pytest.approx(CAPTURED * (1 - left(result)[-1]), rel=1e-4)
    assert members[-1] - members[0] == pytest.approx(0.25 * released, rel=1e-2)
    held = result.accounts["held_us"][0].sum()
    assert held == pytest.approx(left(result)[-1] * CAPTURED, rel=1e-4)  # none of those whom Mexico sent


def test_holding_costs_what_the_site_costs() -> None:
    for place, site in enumerate(SITES):
        cost = play("none", site=site).weekly["captives_cost"][0, -1]
        assert cost == pytest.approx((place + 1) * CAPTURED, rel=1e-4)


def test_nobody_is_lost() -> None:
    changes = play().accounts
    total = sum(jax.tree.map(lambda change: float(change.sum()), list(changes.values())))
    assert abs(total) < 0.5
