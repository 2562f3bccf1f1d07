from pathlib import Path

import numpy as np
import pytest

from premortem.errors import InputError, RunError
from premortem.report import page, state_maps
from premortem.report.brief import Brief
from premortem.report.figures.style import svg
from premortem.report.material import Material, read
from premortem.report.states import Course, States
from premortem.study.chunks import Chunk
from premortem.study.reading import dataset
from premortem.study.store import Store
from premortem.theatre import load as load_theatre
from premortem.wording.languages import messages
from tests.report.runs import REGIONAL, Invented, make

PLAN = "border_task_forces"


def test_states_are_what_their_regions_add_up_to(run: Path, material: Material) -> None:
    data = dataset(Store.open(run))["homicides_mx_by_region_weekly"]
    course = States(material).course(PLAN, "homicides_mx")
    assert course is not None
    for state in ("MX-SON", "MX-SIN"):
        regions = [region for region in data.region.values if region.startswith(state)]
        added = data.sel(region=regions).sum("region")
        expected = added.sel(plan=PLAN) - added.sel(plan="status_quo")
        assert np.allclose(course.values[:, course.states.index(state)], expected, rtol=1e-4, atol=1e-4)


def test_medians_and_agreement_are_over_futures() -> None:
    values = np.zeros((10, 2, 3), np.float32)
    values[:, 0, 1] = np.arange(10)  # nine futures of ten are above zero
    values[:, 1, 2] = [-1, -1, -1, -1, -1, -1, -1, -1, 1, 1]
    course = Course(values, ("MX-A", "MX-B"), 1, flow=True, rate=np.ones(2))
    assert course.medians().tolist() == [[0, 0], [4.5, 0], [0, -1]]
    assert course.agreed().tolist() == [[False, False], [True, False], [False, False]]


def test_a_year_adds_up_flows_and_ends_with_levels() -> None:
    values = np.arange(104, dtype=np.float32).reshape(1, 1, 104)
    years = {flow: Course(values, ("MX-A",), 1, flow=flow, rate=np.ones(1)).yearly() for flow in (True, False)}
    assert years[True].values.tolist() == [[[sum(range(52)), sum(range(52, 104))]]]
    assert years[False].values.tolist() == [[[51, 103]]]


def test_a_run_without_weeks_by_region_is_read_by_quarter(tmp_path: Path, material: Material) -> None:
    old = read(Store.open(make(tmp_path / "run", keep=("weekly", "regional", "draws"))))
    by_quarter, by_week = (States(one).course(PLAN, "displaced") for one in (old, material))
    assert by_quarter is not None
    assert by_week is not None
    assert (by_quarter.weeks, by_week.weeks) == (13, 1)
    same = States(material).course(PLAN, "displaced", by_week=False)
    assert same is not None
    assert np.array_equal(same.values, by_quarter.values)


def test_futures_that_are_not_finished_are_left_out_of_the_maps(tmp_path: Path) -> None:
    material = read(Store.open(make(tmp_path / "run", leave_out=[Chunk(1, 1)], finish=False)))
    course = States(material).course(PLAN, "members")
    assert course is not None
    assert len(course.values) == Invented().futures // 2


def test_damaged_weeks_by_region_are_a_clear_error(tmp_path: Path) -> None:
    run = make(tmp_path / "run")
    shard = next(
        path
        for path in (run / "trajectories.zarr" / "mapped").rglob("*")
        if path.is_file() and path.name != "zarr.json"
    )
    content = bytearray(shard.read_bytes())
    content[: len(content) // 2] = bytes(len(content) // 2)
    shard.write_bytes(content)
    with pytest.raises(RunError, match=r"trajectories\.zarr/mapped/\S+ is not what was written"):
        page.html(Brief(read(Store.open(run)), messages("en")))


def test_the_map_of_a_week_is_a_figure_for_notebooks(material: Material) -> None:
    t = messages("en")
    figure = state_maps.week(material, PLAN, "displaced", 104, t)
    assert figure.label == "People living displaced, week 104"
    drawn = svg(figure.chart)
    assert "median difference, people" in drawn
    assert drawn != svg(state_maps.week(material, PLAN, "displaced", 1, t).chart)


@pytest.mark.parametrize(
    ("plan", "outcome", "week", "message"),
    [("bordr_task_forces", "displaced", 1, r"(?s)no such plan.*border_task_forces"),
     (PLAN, "displacd", 1, r"(?s)no such outcome.*displaced"),
     (PLAN, "us_killed", 1, "no such outcome"),
     (PLAN, "displaced", 105, r"(?s)no such week.*1 to 104"),
     (PLAN, "displaced", 0, "no such week")],
)  # fmt: skip
def test_the_map_of_what_is_not_there_says_what_is(
    material: Material, plan: str, outcome: str, week: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        state_maps.week(material, plan, outcome, week, messages("en"))


def test_many_plans_stand_side_by_side_on_maps_that_need_no_script(tmp_path: Path) -> None:
    plans = ("status_quo", PLAN, "kingpin", "raids_only", "zone_only")
    material = read(Store.open(make(tmp_path / "run", Invented(plans=plans, futures=4))))
    found = state_maps.by_year(material, messages("en"))
    assert [one.figure.name for one in found] == [f"{id_}_states" for id_ in REGIONAL if id_ != "members"]
    drawn = svg(found[0].figure.chart)
    for part in material.plans[1:]:
        assert part.title[:20] in drawn
    explored = Brief(material, messages("en")).explorer
    assert explored is not None
    assert explored.steps == 2 * 4  # quarters, though weeks are kept: the weeks of many plans make a report slow


def test_few_plans_are_explored_by_week(material: Material) -> None:
    explored = Brief(material, messages("en")).explorer
    assert explored is not None
    assert explored.steps == 2 * 52


def test_maps_are_per_100_000_residents_of_each_state(material: Material) -> None:
    course = States(material).course(PLAN, "displaced")
    assert course is not None
    known = material.provenance.recipe.theatre
    assert known is not None
    theatre = load_theatre(known.name, known.start, known.depth_miles)
    last = course.changes(1.0)[-1]
    for state in ("MX-SON", "MX-YUC"):
        here = [number for number, region in enumerate(theatre.regions) if region.state == state]
        people = theatre.arrays["population"][here].sum()
        median = course.medians()[-1, course.states.index(state)]
        assert last[state].value == pytest.approx(1e5 * median / people)
