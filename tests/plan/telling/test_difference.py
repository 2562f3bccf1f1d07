import pytest

from premortem.plan.language import packaged
from premortem.plan.language.load import load, load_text
from premortem.plan.telling.difference import differences
from premortem.plan.telling.left_open import left_open

HEAD = 'title = "A"\nsource = ["project"]\n'


@pytest.mark.parametrize("name", packaged.names())
def test_a_plan_differs_from_itself_in_nothing(name: str) -> None:
    assert differences(load(name).plan, load(name).plan) == ()


def test_the_op_ed_with_consent_differs_from_it_in_consent_and_partner_alone() -> None:
    found = differences(load("border_task_forces").plan, load("btf_with_consent").plan)
    assert [difference.path for difference in found] == [
        "claims", "consent.mexico", "consent.scope", "consent.assumed", "consent.sought", "consent.if_refused",
        "zone.mexican_forces", "partner.frontera_norte",
    ]  # fmt: skip
    assert found[1].before == "unspecified"
    assert found[1].after == "senate_authorized"
    assert "left open -> senate_authorized" in found[1].words


def test_lists_say_what_came_and_what_went_and_elements_what_they_are() -> None:
    before = load_text(HEAD + "[status]\ngroups = ['cjng', 'golfo']\n[zone]\nkind = 'presence'\ndepth_miles = 3\n").plan
    after = load_text(
        HEAD + "[status]\ngroups = ['golfo', 'noreste']\n[[measure]]\nlever = 'mexico.aid'\nlevel = 60\n"
        "[[measure]]\nlever = 'mexico.aid'\nlevel = 70\nweeks = [4, 'end']\n"
    ).plan
    words = [difference.words for difference in differences(before, after)]
    assert words == [
        "which organisations [status.groups]: adds noreste; drops cjng",
        "zone removed: kind presence; depth_miles 3",
        "measure.mexico.aid added: lever mexico.aid; level 60",
        "measure.mexico.aid#1 added: lever mexico.aid; level 70; weeks week 4 to the end",
    ]


def test_open_fields_are_told_apart_from_those_not_mentioned() -> None:
    plan = load_text(
        HEAD + "[zone]\nkind = 'presence'\ndepth_miles = 'unspecified'\n"
        "[[task_force]]\nid = 'west'\nreach = ['zone']\nunits = { seal_team = 'unspecified', ranger_battalion = 1 }\n"
        "effort = { raids = 'unspecified', partner = 0.2 }\n"
    ).plan
    rows = {row.path: row for row in left_open(plan)}
    assert rows["zone.depth_miles"].stated
    assert not rows["zone.residents"].stated
    assert rows["task_force.west.units.seal_team"].row == "task_force[].units"
    assert "task_force.west.units.ranger_battalion" not in rows
    assert "task_force.west.effort.raids" in rows
    assert "task_force.west.personnel" not in rows
    assert "budget.ceiling_musd_per_year" not in rows
    assert all(row.law for row in rows.values())
