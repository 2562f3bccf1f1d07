"""What a legal label does by itself: nothing under that of the status quo, known factors under the others, and only while in force."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.model.index_sets import LABELS, THEORIES
from premortem.model.mechanism import Own, View
from premortem.model.mechanisms.label import LABEL, Parameters
from premortem.model.pytrees import Nothing
from premortem.model.signals import (
    LABEL_CAPACITY,
    LABEL_CONGRESS,
    LABEL_COURTS,
    LABEL_EXTRADITION,
    LABEL_FEE,
    LABEL_INJURY,
    LABEL_RELIEF,
    LABEL_SURRENDER,
    Signal,
)
from tests.model.given import one_week
from tests.model.toys import first_week, one_hot, orders, toy_world

FIRST, LAST = 0.7, 1.3


def by_label(criminals: float, combatants: float) -> Any:
    """Factors by label: 1 for that of the status quo."""
    values = {"criminals": criminals, "enemy_combatants": combatants}
    return jnp.asarray([values.get(label, 1.0) for label in LABELS])


P = Parameters(
    capacity=jnp.asarray(0.25),
    fee=jnp.asarray(0.5),
    surrender=by_label(1.3, 0.7),
    extradition=by_label(1.2, 0.6),
    relief=jnp.asarray(0.2),
    congress=by_label(0.8, 1.25),
    courts=by_label(0.9, 1.5),
    theory_congress=jnp.asarray([FIRST, *[1.0] * (len(THEORIES) - 2), LAST]),
    theory_courts=jnp.ones(len(THEORIES)),
    injury=jnp.asarray(0.26),
    injury_weeks=jnp.asarray(13.0),
)


def told(signal: Signal, label: str, week: int = 0, **words: Any) -> float:
    given: dict[str, Any] = {"label": one_hot(label, LABELS), "in_force": 1.0} | words
    plan = orders(1, **given)
    seen: View = dataclasses.replace(
        one_week(toy_world()), controls=plan, orders=first_week(plan), week=jnp.asarray(week)
    )
    return float(LABEL.signals[signal](seen, Own(P, Nothing(), Nothing())))


FACTORS = tuple(signal for signal in LABEL.signals if signal is not LABEL_INJURY)


@pytest.mark.parametrize("signal", FACTORS, ids=lambda signal: signal.name)
def test_the_label_of_the_status_quo_does_nothing_more_and_none_acts_out_of_force(signal: Signal) -> None:
    assert told(signal, "terrorist_organizations") == 1
    for label in LABELS:
        assert told(signal, label, in_force=0.0) == 1


@pytest.mark.parametrize(
    ("signal", "criminals", "combatants"),
    [
        (LABEL_CAPACITY, 1 / 1.25, 1),
        (LABEL_FEE, 1 / 1.5, 1),
        (LABEL_RELIEF, 1 / 0.8, 1),
        (LABEL_SURRENDER, 1.3, 0.7),
        (LABEL_EXTRADITION, 1.2, 0.6),
        (LABEL_CONGRESS, 0.8, 1.25),
        (LABEL_COURTS, 0.9, 1.5),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_each_label_has_its_own_factor_and_criminals_lose_what_the_label_brought(
    signal: Signal, criminals: float, combatants: float
) -> None:
    assert told(signal, "criminals") == pytest.approx(criminals)
    assert told(signal, "enemy_combatants") == pytest.approx(combatants)


def test_theories_multiply_and_those_not_argued_do_not_count() -> None:
    none, first, both = np.zeros(len(THEORIES)), np.zeros(len(THEORIES)), np.zeros(len(THEORIES))
    first[0] = both[0] = both[-1] = 1.0
    usual = "terrorist_organizations"
    found = [told(LABEL_CONGRESS, usual, theories=theories) for theories in (none, first, both)]
    assert found == pytest.approx([1.0, FIRST, FIRST * LAST])
    assert told(LABEL_COURTS, usual, theories=both) == 1


def test_mexico_is_injured_once_by_the_label_of_combatants() -> None:
    weeks = [told(LABEL_INJURY, "enemy_combatants", week, start_week=4.0) for week in range(4, 40)]
    assert sum(weeks) == pytest.approx(0.26, rel=1e-5)
    assert not any(weeks[13:])
    assert told(LABEL_INJURY, "criminals") == told(LABEL_INJURY, "terrorist_organizations") == 0
