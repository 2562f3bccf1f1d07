from __future__ import annotations

import numpy as np
import pytest

from premortem.analysis.believed import Believed, of
from premortem.analysis.compare import line_of
from premortem.evidence import outcomes

FUTURES = 200
RNG = np.random.default_rng(1)
DECIDES, IDLE = RNG.uniform(0, 10, FUTURES), RNG.uniform(0, 1, FUTURES)


def made(outcome: str, effect: np.ndarray) -> Believed:
    baseline = np.full(FUTURES, 100.0)
    line = line_of(outcomes.load()[outcome], baseline + effect, baseline)
    return of(line, {"decides": DECIDES, "idle": IDLE}, effect)


def test_the_input_on_which_an_outcome_turns_is_named_with_the_side_on_which_the_plan_does_better() -> None:
    found = made("homicides_mx", DECIDES - 5.0)  # homicides fall where it is below 5
    (one,) = found.assumptions
    assert (one.name, one.above) == ("decides", False)
    assert one.at == pytest.approx(np.median(DECIDES))
    assert one.better_there == (DECIDES[one.at > DECIDES] < 5).mean() > 0.9
    assert one.better_elsewhere == (DECIDES[one.at <= DECIDES] < 5).mean() < 0.1
    assert one.there < 0 < one.elsewhere


def test_the_fifths_are_the_best_and_the_worst_by_the_direction_of_the_outcome() -> None:
    for outcome, best in (("homicides_mx", np.min), ("mx_cooperation", np.max)):
        found = made(outcome, DECIDES - 5.0)
        ends = np.quantile(DECIDES - 5.0, [0.1, 0.9])
        near, far = sorted(ends, key=lambda x: abs(x - best(ends)))
        assert found.most == pytest.approx(near, abs=0.3)
        assert found.least == pytest.approx(far, abs=0.3)


def test_where_nothing_decides_nothing_is_named() -> None:
    assert made("homicides_mx", np.random.default_rng(2).normal(size=FUTURES)).assumptions == ()


def test_a_flag_is_on_its_side_where_it_holds() -> None:
    flag = (DECIDES > 7).astype(float)
    effect = np.where(flag > 0, -1.0, 1.0) + IDLE / 10
    line = line_of(outcomes.load()["homicides_mx"], 100 + effect, np.full(FUTURES, 100.0))
    found = {one.name: one for one in of(line, {"open.consent.assumed": flag}, effect).assumptions}
    assert found["open.consent.assumed"].above
    assert found["open.consent.assumed"].better_there == 1.0
    assert found["open.consent.assumed"].better_elsewhere == 0.0
