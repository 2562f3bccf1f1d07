"""What a plan's units are made of, and who stands behind a plan."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from premortem.errors import InputError
from premortem.model.index_sets import BACKERS, ROLES
from premortem.plan.controls import roles
from premortem.plan.controls.open_fields import Draws, Floats
from premortem.plan.language.load import load_text
from premortem.theatre import glossary

HEAD = 'title = "Test"\nsource = ["project"]\nstart = 2026-04-06\nduration_weeks = 104\n'
DRAWS = Draws(1, np.arange(50))


def shares(lines: str, size: float) -> Floats:
    """Return the roles [future, role] of one task force of some people."""
    text = f'{HEAD}[[task_force]]\nid = "a"\nbase = "fort_bliss"\nreach = ["zone"]\npersonnel = {size:g}\n{lines}\n'
    plan = load_text(text).plan
    return roles.mixture(plan, plan.task_force[0], size * DRAWS.ones, Draws(1, DRAWS.futures))


def of(role: str, mixture: Floats) -> Floats:
    return mixture[:, ROLES.index(role)]


def test_stated_units_count_by_their_people_and_the_rest_is_army_support() -> None:
    # Eight hundred Rangers and 160 people of a patrol, 40 beyond them.
    found = shares("units = { ranger_battalion = 1, mq9_patrol = 1 }", 1000)
    np.testing.assert_allclose(of("assault", found), 0.8)
    np.testing.assert_allclose(of("isr", found), 0.16)
    np.testing.assert_allclose(of("support", found), 0.04 * 0.3)
    np.testing.assert_allclose(found.sum(1), 1.0)


def test_people_beyond_known_units_are_in_named_types_of_unpublished_size() -> None:
    assert (of("assault", shares("units = { delta_force = 1 }", 1000)) == 1).all()


def test_a_force_of_which_nothing_is_named_is_the_generic_mixture() -> None:
    generic = glossary.of().mixtures[glossary.GENERIC].shares
    np.testing.assert_allclose(shares("", 1000), np.tile(generic, (50, 1)))


def test_types_of_open_number_hold_a_drawn_share_and_other_names_of_equal_roles_change_nothing() -> None:
    rangers, seals = (
        shares(f'units = {{ {unit} = "unspecified" }}', 9000) for unit in ("ranger_battalion", "seal_team")
    )
    assert np.array_equal(rangers, seals)
    assert of("assault", rangers).min() >= 0.3
    assert of("assault", rangers).max() <= 0.7
    assert of("assault", rangers).std() > 0.05
    two = shares('units = { ranger_battalion = "unspecified", mq9_squadron = "unspecified" }', 9000)
    assert np.corrcoef(of("assault", two), of("isr", two))[0, 1] < 0


@pytest.mark.parametrize(
    ("command", "behind"),
    [
        ('lead = "socom"\nsupporting = ["dod", "dhs", "intelligence"]', ["defence", "homeland", "intelligence"]),
        ('lead = "dhs"', ["homeland"]),
        ('lead = "northcom"\nsupporting = ["intelligence"]', ["defence", "intelligence"]),
        ('lead = "unspecified"', []),
    ],
)
def test_who_leads_or_supports_stands_behind_the_plan(command: str, behind: list[str]) -> None:
    plan = load_text(f"{HEAD}[command]\n{command}\n").plan
    assert roles.backing(plan) == [float(name in behind) for name in BACKERS]
    assert roles.special_lead(plan) == float("socom" in command)


WRONG = {
    "has no source": ('grade = "assumption"', 'grade = "B"', "needs a fact"),
    "cites what does not exist": ('grade = "assumption"', 'grade = "B"\nfacts = ["no.such.fact"]', "no.such.fact"),
    "has other roles": ("isr = 0.1", "isr = 0.05, magic = 0.05", "no such role: magic"),
    "does not sum to one": ("isr = 0.1", "isr = 0.2", "sum to 1.1"),
    "leaves a type out": ('"river_company", ', "", "river_company"),
    "names an unknown type": ('"river_company"', '"river_company", "lake_company"', "lake_company"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_mixture_is_refused_that(what: str, tmp_path: Path) -> None:
    was, becomes, says = WRONG[what]
    folder = tmp_path / "theatre"
    shutil.copytree(Path(__file__).parents[2] / "data" / "tiny_theatre", folder)
    file = folder / "roles.toml"
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, becomes), encoding="utf-8")
    with pytest.raises(InputError, match=r"roles\.toml") as error:
        _ = glossary.of(str(folder)).mixtures
    assert says in str(error.value)
