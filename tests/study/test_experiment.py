import dataclasses
import pickle
from pathlib import Path

import numpy as np
import pytest

from premortem.errors import InputError
from premortem.evidence import parameters
from premortem.model.units import WEEKS_PER_YEAR
from premortem.plan.language import catalogue
from premortem.study.experiment import Experiment, rests_on
from premortem.study.spec import make


def experiment(**values: object) -> Experiment:
    defaults = {"plans": ("status_quo", "border_task_forces"), "futures": 20, "years": 1, "seed": 3}
    return Experiment.of(make(**{**defaults, **values}))


def test_a_recipe_travels_to_another_process_and_makes_the_same_futures() -> None:
    here = experiment()
    there = pickle.loads(pickle.dumps(here))
    assert there.provenance() == here.provenance()
    rows = np.arange(3, 9)
    one, other = here.inputs(1, rows), there.inputs(1, rows)
    assert all(np.array_equal(one.draws[name], other.draws[name]) for name in one.draws)


def test_a_future_has_the_same_draws_under_every_plan_and_in_any_company() -> None:
    made = experiment()
    alone, among = made.inputs(0, np.array([11])), made.inputs(1, np.arange(16))
    assert all(alone.draws[name][0] == among.draws[name][11] for name in alone.draws)


def test_only_the_uncertainties_named_vary_and_the_others_stand_at_their_medians() -> None:
    every, some = experiment(posterior="none"), experiment(uncertainties=["rivalry.*"])
    rows = np.arange(20)
    free, held = every.inputs(0, rows).draws, some.inputs(0, rows).draws
    for name, values in held.items():
        if name.startswith("rivalry."):
            assert np.array_equal(values, free[name]), name
        else:
            assert np.unique(values).size == 1, name
            assert values[0] == pytest.approx(float(parameters.load()[name].distribution.median())), name


@pytest.mark.parametrize("design", ["latin_hypercube", "sobol"])
def test_a_design_spreads_each_scalar_parameter_evenly(design: str) -> None:
    draws = experiment(design=design, futures=16).inputs(0, np.arange(16)).draws
    ids = [name for name in draws if np.unique(draws[name]).size > 8]
    assert len(ids) > 10
    for name in ids:
        levels = np.sort(parameters.load()[name].distribution.cdf(draws[name]))
        if np.unique(levels).size == 16:  # a mixture can hold a lump of probability at one value
            assert (np.floor(levels * 16 + 1e-9) == np.arange(16)).mean() > 0.8, name


def test_levers_make_variants_of_every_plan() -> None:
    made = experiment(levers={"arms.dealer_oversight": [0, 0.5]}, years=4)
    assert made.plans == (
        "status_quo+arms.dealer_oversight=0",
        "status_quo+arms.dealer_oversight=0.5",
        "border_task_forces+arms.dealer_oversight=0",
        "border_task_forces+arms.dealer_oversight=0.5",
    )
    lever = made.inputs(0, np.arange(2)).setup.controls.lever_names.index("arms.dealer_oversight")
    none, half = (made.inputs(plan, np.arange(2)).setup.controls.orders.levers[..., lever] for plan in (0, 1))
    assert [float(level.max()) for level in (none, half)] == [0, 0.5]
    pace = catalogue.levers()["arms.dealer_oversight"].most_a_year
    assert pace is not None
    risen = np.diff(half[0, :, 0], prepend=0)
    assert risen.max() == pytest.approx(pace / WEEKS_PER_YEAR, rel=1e-4), (
        "inspectors are had no faster than the lever's pace"
    )


def test_the_theatre_is_as_deep_as_the_deepest_plan() -> None:
    assert experiment(plans=("status_quo",)).depth_miles == 20
    assert experiment(depth_miles=35).depth_miles == 35
    assert experiment(depth_miles=35).theatre.depth_miles == 35


def test_what_a_study_rests_on_adds_up() -> None:
    counts = rests_on("us-mexico")
    assert counts.parameters == counts.calibrated + counts.sourced + counts.assumed > 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"uncertainties": ["rivalry.hiden"]}, "did you mean 'rivalry.hidden'"),
        ({"levers": {"arms.dealer_oversigt": [0]}}, "did you mean 'arms.dealer_oversight'"),
        ({"levers": {"arms.dealer_oversight": [7]}}, "outside the bounds of arms.dealer_oversight"),
        ({"outcomes": ["member"]}, "did you mean 'members'"),
        ({"plans": ("status_quo", "status_quo")}, "different ids"),
        ({"plans": ("status_qo",)}, "did you mean 'status_quo'"),
        ({"start": "1900"}, "1900"),
    ],
)
def test_what_is_unknown_is_named_with_its_nearest_likeness(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        experiment(**values)


def test_the_luck_of_a_row_is_the_luck_of_its_design() -> None:
    made = experiment(design="morris", futures=2, uncertainties=["rivalry.hidden", "rivalry.alpha"])
    assert dataclasses.replace(made).futures == 6
    assert made.inputs(0, np.arange(6)).luck.tolist() == [0, 0, 0, 1, 1, 1]


def test_every_plan_that_starts_outside_the_run_is_named_at_once(tmp_path: Path) -> None:
    files = []
    for name, start in (("early", "2006-02-06"), ("late", "2031-01-06")):
        file = tmp_path / f"{name}.toml"
        file.write_text(
            f'extends = "civil_combination"\nid = "{name}"\ntitle = "{name}"\nsource = ["project"]\nstart = {start}\n'
        )
        files.append(str(file))
    with pytest.raises(InputError) as raised:
        experiment(plans=("status_quo", *files))
    assert [Path(problem.where.file).stem for problem in raised.value.problems if problem.where] == ["early", "late"]


@pytest.mark.parametrize(
    ("dates", "start"),
    [(("2026-08-04",), "2026-04"), (("2025-08-04",), "2025-08"), (("2026-10-05", "2019-03-04"), "2019-03")],
)
def test_a_study_starts_in_the_month_of_its_earliest_plan_unless_it_says_where(
    tmp_path: Path, dates: tuple[str, ...], start: str
) -> None:
    files = []
    for day in dates:
        file = tmp_path / f"{day}.toml"
        name = f"on_{day.replace('-', '_')}"
        file.write_text(
            f'extends = "civil_combination"\nid = "{name}"\ntitle = "t"\nsource = ["project"]\nstart = {day}\n'
        )
        files.append(str(file))
    made = experiment(plans=("status_quo", *files), years=10)
    assert (made.start, made.theatre.start) == (start, start)
    assert experiment(plans=("status_quo", *files), years=15, start="2018").theatre.start == "2018"
    record = made.provenance().theatre
    assert record is not None
    assert record.newest == str(made.theatre.newest_homicides)
