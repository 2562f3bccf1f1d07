"""Switches of all mechanisms on the toy theatre: all off, it is the baseline; all on, it is the ordinary program."""

from pathlib import Path

import numpy as np
import pytest

from premortem.analysis.responses import SIDE_BY_SIDE, of_experiment
from premortem.decisions.attribute import needed, orders, wedges
from premortem.engine import simulate
from premortem.plan.language.load import load
from premortem.study.experiment import Experiment
from premortem.study.spec import make

pytestmark = (
    pytest.mark.slow
)  # programs of the whole model, with switches and without: two minutes on busy cores: passed 2026-11-29

TINY = Path(__file__).parents[1] / "data/tiny_theatre"
YEARS = 1


def test_attribution_to_all_mechanisms_adds_up_and_their_switches_leave_no_trace() -> None:
    loaded = [load(TINY / name) for name in ("status_quo.toml", "river_zone.toml")]
    plans = tuple(str(TINY / name) for name in ("status_quo.toml", "river_zone.toml"))
    experiment = Experiment.of(make(plans=plans, futures=2, years=YEARS, seed=1), loaded)
    made = of_experiment(experiment, "carried_out", np.arange(2))
    drawn = orders(made.mechanisms, 2)
    sets = [there for there in needed(drawn) if there]
    every, none = frozenset(made.mechanisms), frozenset[str]()
    values: dict[frozenset[str], list[dict[str, float]]] = {there: [] for there in (none, *sets)}
    for future in range(2):
        alone = made.run(future, [none, every])
        for id_, weekly in alone.weekly.items():
            np.testing.assert_array_equal(weekly[1], weekly[0], err_msg=id_)
        for inputs, lane in ((made.base, 0), (made.plan, 2)):
            plain = simulate.run(experiment.model(), inputs.setup, seed=1, futures=inputs.luck, weeks=52 * YEARS)
            for id_, weekly in plain.weekly.items():
                whole = float(np.abs(weekly[future]).max())
                np.testing.assert_allclose(alone.weekly[id_][lane], weekly[future], rtol=1e-3, atol=1e-4 * whole)
        for first in range(0, len(sets), SIDE_BY_SIDE):
            part = sets[first : first + SIDE_BY_SIDE]
            result = made.run(future, part)
            assert (result.fault_week == -1).all()
            totals = {id_: weekly.sum(axis=1, dtype=np.float64) for id_, weekly in result.weekly.items()}
            for place, there in enumerate(part, 1):
                values[there].append({id_: float(one[place]) for id_, one in totals.items()})
            if first == 0:
                values[none].append({id_: float(one[0]) for id_, one in totals.items()})
    moved = set[str]()
    for id_ in values[none][0]:
        of_one = {there: np.array([one[id_] for one in found]) for there, found in values.items()}
        found = wedges(drawn, of_one)
        whole = of_one[every] - of_one[none]
        together = sum((one.by_future for one in found.values()), np.zeros(2))
        np.testing.assert_allclose(together, whole, rtol=1e-9, atol=1e-9 * float(np.abs(of_one[every]).max()))
        moved |= {name for name, one in found.items() if one.by_future.any()}
    assert {"operations", "zone", "cost"} <= moved
