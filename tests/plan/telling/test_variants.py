from __future__ import annotations

from typing import Any

import pytest

from premortem.errors import InputError
from premortem.plan.language.fields import fields
from premortem.plan.language.load import altered, load, load_text
from premortem.plan.telling.variants import alternatives, places, variants

GLOSSARY = load("status_quo").plan.glossary


def others(row: str, value: Any) -> list[Any]:
    return alternatives(fields()[row], value, GLOSSARY)


@pytest.mark.parametrize(
    ("row", "value", "first"),
    [
        ("zone.depth_miles", 20, [40, 10.0, "unspecified"]),
        ("zone.depth_miles", 80, [100, 40.0, "unspecified"]),
        ("horizon_weeks", 312, [624, 156]),
        ("roe.hold_fire_below", 0, [1.0, 0]),
        ("authority.covert", False, [True]),
        ("consent.mexico", "none", ["senate_authorized", "executive_only"]),
        ("zone.ports", "closed", ["open", "inspected"]),
        (
            "civilians.harm_policy",
            ["estimate", "amends"],
            [["amends"], ["estimate"], ["estimate", "amends", "warnings"]],
        ),
        ("source", ["project"], []),
        ("exit.criteria", "week > 3", ["week >= 26", "week < 0", "unspecified"]),
        ("measure[].weeks", [0, "end"], [[26, "end"], [0, 26]]),
        ("task_force[].units", {"ranger_battalion": 4}, [{}, {"ranger_battalion": 2}]),
    ],
)
def test_other_values_stay_in_the_language_and_the_strongest_come_first(row: str, value: Any, first: list[Any]) -> None:
    found = others(row, value)
    assert found[: len(first)] == [other for other in first if other != value]
    assert value not in found


def test_an_open_field_is_stated_at_the_ends_of_its_law_or_as_each_choice() -> None:
    low, high = others("zone.depth_miles", "unspecified")[:2]
    assert 0 <= low < high <= 100
    assert others("authority.congress.consulted", "unspecified")[:2] == [True, False]


def test_every_variant_is_a_valid_plan_that_differs_in_one_field_alone() -> None:
    plan = load("zone_only")
    before = plan.root.plain()
    made = list(variants(plan))
    assert {one.path for one in made} >= {"zone.depth_miles", "zone.kind"}
    for one in made:
        after = one.loaded.root.plain()
        assert one.loaded.plan != plan.plan or after != before
        top = one.path.split(".")[0]
        assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == {top}


def test_an_element_is_left_out_whole_by_id_or_by_number() -> None:
    text = 'title = "a"\nsource = ["project"]\n' + "".join(
        f'[[measure]]\nlever = "mexico.aid"\nlevel = {n}\n' for n in (100, 200)
    )
    made = {one.path: one.loaded.plan for one in variants(load_text(text), ["measure.0", "measure.1"])}
    assert [len(plan.measure) for plan in made.values()] == [1, 1]
    forces = {one.path for one in variants(load("border_task_forces")) if one.row == "task_force[]"}
    assert forces == {f"task_force.{force.id}" for force in load("border_task_forces").plan.task_force}


def test_a_field_that_the_plan_does_not_state_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"did you mean 'zone\.depth_miles'"):
        list(variants(load("zone_only"), ["zone.depth_mile"]))


def test_places_are_all_fields_of_the_tables_that_a_plan_has() -> None:
    rows = {row for _, row, _ in places(load("every_field"))}
    named = {f"{array}[].{key}" for array, key in (("task_force", "id"), ("domestic", "id"), ("phase", "name"))}
    assert not rows & named
    assert not rows & {"id", "title", "theatre"}
    assert {"zone.depth_miles", "task_force[].dwell", "branch[].once", "measure[].regions"} <= rows


def test_altering_leaves_the_plan_as_it_was_and_refuses_what_is_not_valid() -> None:
    plan = load("zone_only")
    other = altered(plan, {"zone.depth_miles": 5, "consent.mexico": None, "retaliation.personnel": 100})
    assert plan.plan.zone is not None
    assert other.plan.zone is not None
    assert (plan.plan.zone.depth_miles, other.plan.zone.depth_miles) == (20, 5)
    assert other.plan.retaliation.personnel == 100
    assert other.content_hash != plan.content_hash
    with pytest.raises(InputError, match="100"):
        altered(plan, {"zone.depth_miles": 500})
