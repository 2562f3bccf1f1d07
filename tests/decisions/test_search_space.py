"""What a search may move: every field, lever and outcome is in one list; force rules are in none of those that move."""

import datetime
import fnmatch
from pathlib import Path

import numpy as np
import pytest

from premortem.analysis.box import Input
from premortem.decisions.search import objectives_of
from premortem.decisions.search_found import ABOUT
from premortem.decisions.search_space import Space, covers, row_of, rules, space_of
from premortem.errors import InputError
from premortem.evidence import outcomes
from premortem.plan.language import catalogue, packaged
from premortem.plan.language.fields import fields
from premortem.plan.language.load import load, load_text

DAY = datetime.date(2026, 4, 6)
OF_FORCE = (
    "roe.*",
    "status.*",
    "civilians.*",
    "detention.*",
    "sea[[]].*",
    "*.effort",
    "*.tasks",
    "*.trigger",
    "*.units",
    "*strike*",
    "*target*",
    "*lethal*",
    "*kill*",
    "*covert*",
    "*combat*",
)
"""Rows of rules of engagement, of what may be struck and of the use of strikes, by their names."""


def test_every_field_of_the_language_is_in_one_list_and_a_new_one_has_to_be_put_into_one() -> None:
    listed = rules()
    rows = [*(one.field for one in listed.moved), *listed.never.fields, *listed.left.fields]
    for field in fields():
        assert [row for row in rows if covers(row, field)] in ([row] for row in rows), field
    for row in rows:
        assert any(covers(row, field) for field in fields()), f"{row}: no such field"


def test_nothing_about_rules_of_engagement_targets_or_strikes_is_moved() -> None:
    listed = rules()
    moved = [one.field for one in listed.moved]
    of_force = [field for field in fields() for pattern in OF_FORCE if fnmatch.fnmatchcase(field, pattern)]
    assert len(set(of_force)) > 25
    assert not set(moved) & set(of_force)
    assert not [field for field in moved for row in listed.never.fields if covers(row, field)]
    assert {"roe.targets", "sea[].strikes_per_week", "task_force[].effort"} <= set(of_force)
    levers = {*listed.levers, *listed.more_levers}
    assert not levers & set(listed.never.levers)
    for id_ in levers:
        assert not any(
            word in f"{id_} {catalogue.levers()[id_].meaning}".lower() for word in ("kill", "strike", "lethal")
        ), id_


def test_every_lever_and_every_outcome_with_a_better_direction_is_judged_on() -> None:
    listed = rules()
    levers = [*listed.levers, *listed.more_levers, *listed.never.levers, *listed.left.levers]
    assert sorted(levers) == sorted(catalogue.levers())
    judged = {id_ for id_, info in outcomes.load().items() if info.direction != "none"}
    assert set(listed.never.objectives) <= judged
    assert not set(listed.objectives) & set(listed.never.objectives)
    assert listed.always in listed.objectives


def test_a_measure_that_costs_the_plan_nothing_is_not_offered() -> None:
    for id_ in rules().levers:
        lever = catalogue.levers()[id_]
        assert lever.payer in {"us_federal", "us_states"}, id_
        assert not lever.unpriced_reason, id_
        assert lever.status_quo < lever.high, id_


def test_deaths_are_always_among_the_objectives_and_none_rewards_killing() -> None:
    assert objectives_of(["fiscal_cost"]) == ("violent_deaths_mx", "fiscal_cost")
    assert objectives_of(["fiscal_cost", "violent_deaths_mx"]) == ("fiscal_cost", "violent_deaths_mx")
    with pytest.raises(InputError, match="a member killed is a member less"):
        objectives_of(["members"])
    with pytest.raises(InputError, match="with a better direction"):
        objectives_of(["members_killed_state"])
    counted = outcomes.load()["violent_deaths_mx"].definition
    assert "members and residents killed by US forces" in counted


@pytest.mark.parametrize("name", ["border_task_forces", "civil_combination", "raids_only"])
def test_a_plan_that_is_written_is_the_plan_that_was_tried(name: str, tmp_path: Path) -> None:
    space = space_of(load(name), DAY)
    about = set(ABOUT)
    for unit in np.random.default_rng(1).random((1, len(space.inputs))):
        tried = space.plan(unit).plan.model_dump(mode="json")
        written = load_text(space.text(unit, "found_1", "Found", "x", tmp_path), "found_1.toml").plan.model_dump(
            mode="json"
        )
        assert {key for key in tried if tried[key] != written[key]} <= about
        assert {key for key in tried if tried[key] != load(name).plan.model_dump(mode="json")[key]} - about


def test_all_measures_of_a_lever_are_written_as_they_were_tried(tmp_path: Path) -> None:
    two = "".join(
        f'\n[[measure]]\nid = "{id_}"\nlever = "overdose.treatment_coverage"\nlevel = {level}\nramp_weeks = 13\n'
        for id_, level in (("first", 0.3), ("second", 0.4))
    )
    given = load_text(f'schema = 1\nid = "mine"\ntitle = "Mine"\nsource = ["project"]\nextends = "status_quo"\n{two}')
    space = Space(given, (Input(path="lever.overdose.treatment_coverage", low=0.2, high=0.9),))
    for name, content in space.parents.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    unit = np.array([0.5])
    written = load_text(space.text(unit, "found_1", "Found", "x", tmp_path), "found_1.toml", tmp_path).plan
    assert (
        [one.level for one in written.measure] == [one.level for one in space.plan(unit).plan.measure] == [0.55, 0.55]
    )


def test_rules_of_force_are_those_of_the_given_plan_wherever_a_search_goes() -> None:
    for name in packaged.names():
        given = load(name)
        space = space_of(given, DAY)
        here = space.plan(np.random.default_rng(2).random(len(space.inputs))).plan
        for part in ("roe", "status", "civilians", "detention", "sea"):
            assert getattr(here, part) == getattr(given.plan, part), (name, part)
        for before, after in zip(given.plan.task_force, here.task_force, strict=True):
            assert (before.effort, before.trigger, before.tasks) == (after.effort, after.trigger, after.tasks)


def test_a_place_of_the_given_plan_gives_what_it_states() -> None:
    given = load("border_task_forces_resourced")
    space = space_of(given, DAY)
    made = space.plan(space.own_place()).plan
    assert made.zone is not None
    assert given.plan.zone is not None
    assert (made.zone.depth_miles, made.zone.ports) == (given.plan.zone.depth_miles, given.plan.zone.ports)
    assert [one.level for one in made.measure] == [one.level for one in given.plan.measure]
    assert made.start == given.plan.start


def _inputs(folder: Path, text: str) -> Space:
    file = folder / "inputs.toml"
    file.write_text(text, encoding="utf-8")
    return space_of(load("border_task_forces"), DAY, file)


def test_a_file_of_inputs_moves_what_it_names_and_nothing_that_is_never_searched(tmp_path: Path) -> None:
    some = '[[input]]\npath = "zone.depth_miles"\nlow = 5\nhigh = 30\n[[input]]\npath = "lever.sea.boarding"\nlow = 1\nhigh = 3\n'
    assert [one.path for one in _inputs(tmp_path, some).inputs] == ["zone.depth_miles", "lever.sea.boarding"]
    for path, why in {
        "roe.targets": "rules of engagement",
        "task_force.*.effort": "strikes and raids",
        "lever.sea.strikes": "never searched: strikes",
        "task_force.btfg_texas.units.delta_force": "not searched",
        "zone.states": "not searched",
        "zone.dept_miles": "not searched",
        "lever.economy.truck_closure": "not searched",
        "partner.*.personnel": "the plan has no partner",
        "task_force.nobody.personnel": "the plan has no task_force nobody",
        "lever.mexico.aid": "outside the bounds",
    }.items():
        with pytest.raises(InputError, match=why):
            _inputs(tmp_path, f'[[input]]\npath = "{path}"\nlow = -9\nhigh = -2\n')
    with pytest.raises(InputError, match="not a date"):
        _inputs(tmp_path, '[[input]]\npath = "start"\nwords = ["2026-13-01", "soon"]\n')
    with pytest.raises(InputError, match="no such file"):
        space_of(load("border_task_forces"), DAY, tmp_path / "nowhere.toml")
    with pytest.raises(InputError, match="no such lever"):
        _inputs(tmp_path, '[[input]]\npath = "lever.arms.nothing"\nlow = 1\nhigh = 2\n')


def test_rows_of_paths() -> None:
    assert row_of("task_force.*.personnel") == "task_force[].personnel"
    assert row_of("authority.congress.consulted") == "authority.congress.consulted"
