from itertools import chain

import pytest

from premortem.plan.language import catalogue, fields
from premortem.plan.language.expression import unit_of
from premortem.theatre import glossary

CATALOGUES = ("unit", "base", "lever", "observable", "region", "mx_border", "source", "claim")


def test_a_lever_starts_within_its_bounds_and_says_what_it_costs() -> None:
    levers = catalogue.levers()
    assert len(levers) >= 25
    for lever in levers.values():
        assert lever.low <= lever.status_quo <= lever.high, lever.id
        assert lever.low < lever.high
        assert lever.meaning
        assert (lever.price is None) == bool(lever.unpriced_reason), lever.id
        assert lever.mechanisms
        assert set(lever.law_tasks) <= set(catalogue.vocabulary("task").words), lever.id


def test_size_and_inventory_of_a_unit_come_from_the_evidence_table() -> None:
    units = glossary.of().units
    assert (units["infantry_brigade"].people, units["infantry_brigade"].inventory) == (4413, 13)
    assert units["delta_force"].people is None
    for unit in units.values():
        if unit.people:
            assert unit.people_low is not None
            assert unit.people_high is not None
            assert unit.people_low <= unit.people <= unit.people_high, unit.id
        assert unit.service in catalogue.vocabulary("service")
        assert unit.component in catalogue.vocabulary("component")


def test_new_mexico_has_no_base_and_every_base_lies_in_a_border_state() -> None:
    assert {base.state for base in glossary.of().bases.values()} == {"TX", "AZ", "CA"}


def test_regions_are_the_states_of_mexico_and_six_touch_the_line() -> None:
    assert len(catalogue.vocabulary("region").words) == 32
    assert set(catalogue.vocabulary("mx_border").words) == {
        "Baja California", "Coahuila", "Chihuahua", "Nuevo León", "Sonora", "Tamaulipas",
    }  # fmt: skip


def test_every_observable_has_a_unit_that_can_be_read() -> None:
    assert len(catalogue.observables()) == 27
    assert unit_of(catalogue.observables()["fentanyl_price_usd_per_g"].unit) == (("g", -1), ("usd", 1))


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_word_of_a_catalogue_has_a_meaning(name: str) -> None:
    assert all(catalogue.vocabulary(name).words.values())


def test_every_field_that_can_be_open_has_a_law_and_no_law_lacks_its_field() -> None:
    openable = {
        path for path, row in fields.fields().items()
        if '"unspecified"' in row.kind or row.kind in {"units", "effort"}
    }  # fmt: skip
    assert set(catalogue.open_laws()) == openable
    assert all(law.text for law in catalogue.open_laws().values())


def test_choices_of_an_open_field_are_values_the_field_can_take() -> None:
    for path, law in catalogue.open_laws().items():
        words = fields.fields()[path].kind.split(" or ")
        vocabulary = words[0].rpartition(":")[2]
        if not words[0].startswith(("enum:", "list:")):
            continue
        values = (choice.value for choice in law.choices)
        said = chain.from_iterable(value if isinstance(value, tuple) else [value] for value in values)
        known = [*catalogue.vocabulary(vocabulary).words, "none"]
        assert [word for word in said if word not in known] == [], path
