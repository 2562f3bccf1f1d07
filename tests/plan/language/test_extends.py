from pathlib import Path

import pytest

from premortem.errors import InputError
from premortem.plan.language.load import LoadedPlan, load
from premortem.plan.language.words import UNSPECIFIED

PARENT = """title = "Parent"
source = ["project"]
summary = "kept"
id = "renamed"
[zone]
kind = "presence"
depth_miles = 20
ports = "open"
[[task_force]]
id = "west"
reach = ["zone"]
units = { seal_team = 1, delta_force = "unspecified" }
[[task_force]]
id = "east"
reach = ["zone"]
[[measure]]
lever = "mexico.aid"
level = 60
"""


def family(folder: Path, child: str, parent: str = PARENT) -> LoadedPlan:
    (folder / "parent.toml").write_text(parent)
    (folder / "child.toml").write_text('extends = "parent"\n' + child)
    return load(folder / "child.toml")


def test_tables_merge_by_key_arrays_by_id_and_all_else_is_replaced(tmp_path: Path) -> None:
    loaded = family(
        tmp_path,
        'title = "Child"\nsource = ["project"]\n'
        "[zone]\ndepth_miles = 5\n"
        '[[task_force]]\nid = "west"\nunits = { seal_team = 3 }\nreach = ["interior"]\n'
        '[[task_force]]\nid = "north"\nreach = ["home_side"]\n'
        '[[measure]]\nlever = "mexico.aid"\nlevel = 70\n',
    )
    plan = loaded.plan
    assert (plan.id, plan.title, plan.summary) == ("child", "Child", "kept")
    assert plan.zone is not None
    assert (plan.zone.depth_miles, plan.zone.ports) == (5, "open")
    assert [force.id for force in plan.task_force] == ["west", "east", "north"]
    assert plan.task_force[0].units == {"seal_team": 3, "delta_force": UNSPECIFIED}
    assert plan.task_force[0].reach == ("interior",)
    assert [measure.level for measure in plan.measure] == [60, 70]
    assert loaded.where("zone.ports").file.endswith("parent.toml")
    assert loaded.where("zone.depth_miles").file.endswith("child.toml")


def test_drop_acts_on_the_parent_before_the_child_is_laid_over_it(tmp_path: Path) -> None:
    child = 'title = "Child"\nsource = ["project"]\ndrop = ["zone.ports", "task_force", "measure"]\n'
    plan = family(tmp_path, child + '[[task_force]]\nid = "west"\nreach = ["home_side"]\n').plan
    assert plan.zone is not None
    assert plan.zone.ports is UNSPECIFIED
    assert [(force.id, force.units) for force in plan.task_force] == [("west", {})]
    plan = family(tmp_path, child.replace('"task_force", "measure"', '"task_force.west"')).plan
    assert [force.id for force in plan.task_force] == ["east"]


@pytest.mark.parametrize("path", ["zome", "task_force.north", "zone.residents", "title.x", "measure.m"])
def test_dropping_what_the_parent_does_not_have_is_an_error_at_the_item(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError) as error:
        family(tmp_path, f'title = "Child"\nsource = ["project"]\ndrop = ["{path}"]\n')
    (problem,) = error.value.problems
    assert (problem.kind, problem.where.line, problem.where.column) == ("bad_reference", 4, 9)


def test_an_error_of_the_parent_is_shown_at_its_line_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        family(tmp_path, 'title = "Child"\nsource = ["project"]\n', PARENT.replace("= 20", "= 200"))
    (problem,) = error.value.problems
    assert problem.where.file.endswith("parent.toml")
    assert (problem.kind, problem.where.line) == ("out_of_range", 7)


def test_a_variant_without_title_or_source_of_its_own_is_warned(tmp_path: Path) -> None:
    assert [warning.where.key for warning in family(tmp_path, "").warnings] == ["title", "source"]


def test_a_cycle_names_every_file_in_it(tmp_path: Path) -> None:
    for name, parent in {"a": "b", "b": "c", "c": "a"}.items():
        (tmp_path / f"{name}.toml").write_text(f'extends = "{parent}"\n')
    with pytest.raises(InputError) as error:
        load(tmp_path / "a.toml")
    (problem,) = error.value.problems
    assert problem.kind == "extends_cycle"
    assert all(f"{name}.toml" in problem.message for name in "abc")
    (tmp_path / "self.toml").write_text('extends = "self"\n')
    with pytest.raises(InputError, match="extend one another"):
        load(tmp_path / "self.toml")


def test_a_chain_of_eight_plans_is_allowed_and_one_of_nine_is_not(tmp_path: Path) -> None:
    (tmp_path / "p0.toml").write_text('title = "x"\nsource = ["project"]\n')
    for level in range(1, 9):
        (tmp_path / f"p{level}.toml").write_text(f'extends = "p{level - 1}"\ntitle = "x{level}"\n')
    assert load(tmp_path / "p7.toml").plan.title == "x7"
    with pytest.raises(InputError) as error:
        load(tmp_path / "p8.toml")
    assert error.value.problems[0].kind == "too_large"


def test_a_plan_beside_the_file_comes_before_a_packaged_one_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "status_quo.toml").write_text('title = "Mine"\nsource = ["project"]\n')
    (tmp_path / "child.toml").write_text('extends = "status_quo"\n')
    assert load(tmp_path / "child.toml").plan.title == "Mine"
    (tmp_path / "status_quo.toml").unlink()
    assert load(tmp_path / "child.toml").plan.title == "Status quo carried on"
