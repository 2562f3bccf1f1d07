"""Elements: what each kind of force does, where, in what status, as the table of the language says."""

from __future__ import annotations

import pytest

from premortem.lint.elements import Element, derive
from tests.lint.plans import on_base


def elements(toml: str) -> dict[tuple[str, str], Element]:
    found = derive(on_base(toml).plan)
    return {(element.task, element.place): element for element in found if element.kind != "measure"}


def task_force(reach: str, effort: str, more: str = "") -> dict[tuple[str, str], Element]:
    head = '[[task_force]]\nid = "tf"\nbase = "fort_bliss"\n'
    return elements(f"{more}\n{head}reach = {reach}\neffort = {effort}\n")


@pytest.mark.parametrize(
    ("group", "home", "abroad"),
    [
        ("presence", "surveillance", "ground_hold"),
        ("interdiction", "interdict_vehicle", "interdict_vehicle"),
        ("raids", None, "raid"),
        ("strikes", None, "strike"),
        ("surveillance", "surveillance", "surveillance"),
        ("partner", "training", "train_advise"),
    ],
)
def test_each_group_of_effort_is_one_task_at_home_and_one_abroad(group: str, home: str | None, abroad: str) -> None:
    found = set(task_force('["home_side", "interior"]', f"{{ {group} = 1.0 }}"))
    assert found == {(abroad, "interior_mx"), *({(home, "border_us")} if home else set())}


def test_presence_in_an_exclusion_zone_holds_the_zone_too() -> None:
    zone = '[zone]\nkind = "exclusion"\ndepth_miles = 10\n'
    assert set(task_force('["zone"]', "{ presence = 1.0 }", zone)) == {
        ("ground_hold", "border_strip_mx"),
        ("exclusion_zone", "border_strip_mx"),
    }


def test_an_exclusion_zone_is_held_for_sure_even_if_the_split_of_effort_is_open() -> None:
    zone = '[zone]\nkind = "exclusion"\ndepth_miles = 10\n'
    found = task_force('["zone"]', '"unspecified"', zone)
    assert found["exclusion_zone", "border_strip_mx"].exists.is_true
    assert found["ground_hold", "border_strip_mx"].exists.is_open
    none = task_force('["zone"]', "{ presence = 0.0, surveillance = 0.5 }", zone)
    assert ("exclusion_zone", "border_strip_mx") not in none


def test_a_zone_on_the_home_side_is_at_home() -> None:
    zone = '[zone]\nkind = "presence"\ndepth_miles = 10\nside = "us"\n'
    assert set(task_force('["zone"]', "{ interdiction = 1.0 }", zone)) == {("interdict_vehicle", "border_us")}


def test_stated_tasks_come_on_top_of_effort_and_are_sure() -> None:
    found = task_force('["interior"]\ntasks = ["capture"]', '{ raids = "unspecified" }')
    assert found["capture", "interior_mx"].exists.is_true
    assert found["raid", "interior_mx"].exists.depends == {"task_force.tf.effort.raids"}


@pytest.mark.parametrize(
    ("service", "status"),
    [
        ("army", "title10"),
        ("uscg", "title14"),
        ("cia", "title50"),
        ("cbp", "civilian_le"),
        ("local_police", "civilian_le"),
    ],
)
def test_an_open_status_is_that_of_the_service(service: str, status: str) -> None:
    found = elements(f'[[domestic]]\nid = "d"\nservice = "{service}"\ntasks = ["surveillance"]\n')
    assert found["surveillance", "border_us"].status.is_in(status).is_true


def test_the_guards_open_status_stays_open_among_three() -> None:
    status = elements('[[domestic]]\nid = "d"\nservice = "ng"\ntasks = ["arrest"]\n')["arrest", "border_us"].status
    assert status.is_in("title10").depends == {"domestic.d.status"}
    assert status.is_in("title10", "title32", "sad").is_true
    assert not status.is_in("title50").possible


def test_open_domestic_tasks_are_four_possible_ones() -> None:
    found = elements('[[domestic]]\nid = "d"\nservice = "cbp"\ntasks = "unspecified"\n')
    assert {task for task, _ in found} == {"surveillance", "logistics", "interdict_vehicle", "arrest"}
    assert all(element.exists.depends == {"domestic.d.tasks"} for element in found.values())


def test_an_elements_own_authority_goes_before_that_of_the_plan() -> None:
    toml = '[authority]\ncites = ["article2"]\n[[domestic]]\nid = "d"\nservice = "army"\ntasks = ["logistics"]\n'
    assert elements(toml)["logistics", "border_us"].authority.has("article2").is_true
    own = elements(toml + 'authority = ["10usc284"]\n')["logistics", "border_us"].authority
    assert own.has("10usc284").is_true
    assert not own.has("article2").possible


def test_a_lever_implies_its_law_tasks_only_when_it_is_moved() -> None:
    def tasks(level: str) -> list[str]:
        plan = on_base(f'[[measure]]\nid = "m"\nlever = "drugs.port_closure"\nlevel = {level}\n').plan
        return [element.task for element in derive(plan) if element.path == "measure.m"]

    assert tasks("0.2") == ["port_closure"]
    assert tasks("0") == []
    assert tasks('"unspecified"') == ["port_closure"]
