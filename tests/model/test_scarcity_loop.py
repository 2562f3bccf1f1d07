"""A scarcer trade is fought over more, a smaller one less: from precursors and users through prices to fights, and back through sales."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.mechanisms.crossings import CROSSINGS
from premortem.model.mechanisms.drugs import DRUG_FLOWS
from premortem.model.mechanisms.money import MONEY
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.signals import CONTROL, DRUG_DEMAND, PRECURSORS
from tests.model.given import of, scripted, simulate_each
from tests.model.lines import toy_line
from tests.model.toys import orders

WEEKS = 104
WORLD = toy_line()
CONTROLLED = np.asarray(WORLD.members) / np.asarray(WORLD.members).sum(0) * 0.4
MODEL = Model(
    (scripted((CONTROL, PRECURSORS, DRUG_DEMAND)), RECRUITMENT, RIVALRY, CROSSINGS, DRUG_FLOWS, MONEY), noise=False
)
USUAL: dict[str, dict[str, Any]] = {
    "rivalry": {"tau_l": 1e9, "value_span": 3.0},
    "drugs": {"pslack": 1.0, "stock_weeks": 4.0, "cover": 4.0},
    "money": {"price_fentanyl": 1e6},  # fentanyl is most of the money, so that its precursors are felt
}


def case(k_v: float, precursors: float = 1.0, demand: float = 1.0) -> dict[str, Any]:
    """Return a future in which precursors or users fall after a year."""
    later = np.arange(WEEKS) >= WEEKS // 2
    told = {
        CONTROL: CONTROLLED,
        PRECURSORS: np.where(later[:, None], precursors, np.ones(4)),
        DRUG_DEMAND: np.where(later[:, None], demand, np.ones(4)),
    }
    changes = {name: dict(values) for name, values in USUAL.items()}
    changes["rivalry"]["k_v"] = k_v
    parts = (RECRUITMENT, RIVALRY, CROSSINGS, DRUG_FLOWS, MONEY)
    given = {key: value for m in parts for key, value in of(m, changes.get(m.name, {})).items()}
    return {"controls": orders(WEEKS, WORLD), "told": told, **given}


CASES = {
    (name, k_v): case(k_v, **changes)
    for k_v in (0.0, 0.8)
    for name, changes in {"nothing": {}, "scarce": {"precursors": 0.6}, "less demand": {"demand": 0.6}}.items()
}


@pytest.fixture(scope="module")
def results() -> Any:
    result = simulate_each(MODEL, list(CASES.values()), world=WORLD)
    assert (result.fault_week == -1).all()
    return result


def killed(results: Any, name: str, k_v: float) -> float:
    """Return members killed in the second year."""
    return float(results.weekly["members_killed_rivals"][list(CASES).index((name, k_v)), WEEKS // 2 :].sum())


def test_fights_follow_what_the_trade_is_worth_only_as_far_as_their_elasticity_says(results: Any) -> None:
    assert killed(results, "nothing", 0.8) == pytest.approx(killed(results, "nothing", 0.0), rel=2e-3)
    assert killed(results, "scarce", 0.8) > 1.05 * killed(results, "scarce", 0.0)
    assert killed(results, "less demand", 0.8) < 0.9 * killed(results, "less demand", 0.0)


def test_the_loop_closes_the_dead_of_a_scarcer_trade_are_fewer_members_to_fight_over_it(results: Any) -> None:
    members = {key: results.weekly["members"][i, -1] for i, key in enumerate(CASES)}
    assert members["scarce", 0.8] < members["scarce", 0.0]
    assert members["less demand", 0.8] > members["less demand", 0.0]


def test_people_dollars_and_kilograms_are_conserved_through_the_loop(results: Any) -> None:
    balance: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(CASES)))
    turnover: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(CASES)))
    for name, account in MODEL.accounts.items():
        change = np.asarray(results.accounts[name], float).reshape(len(CASES), -1)
        balance[account.unit] += -change.sum(1) if account.source else change.sum(1)  # a source counts what it gave
        turnover[account.unit] += np.abs(change).sum(1)
    assert {"person", "USD", "kg"} <= balance.keys()
    for unit, total in balance.items():
        assert (np.abs(total) <= 1e-4 * turnover[unit]).all(), unit
