"""What a mechanism declares in code is held to its entries in data/parameters."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from premortem import theatre
from premortem.errors import DataError
from premortem.evidence import parameters
from premortem.evidence.parameters import Parameter, read
from premortem.evidence.sampling import draw
from premortem.evidence.units import known
from premortem.model.index_sets import DRUGS
from premortem.model.labels import sizes
from premortem.model.mechanism import Mechanism
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.model.parameters import assemble
from premortem.model.pytrees import param, pytree
from premortem.study import experiment
from premortem.study.declared import declared
from tests.model.toys import orders, toy_world

LETTERS = sizes(toy_world(), orders(1))
HEAD = 'meaning = "A quantity made for a test."\nunit = "kg"\ngrade = "assumption"\nprior = "uniform(0, 1)"\n'
BY_DRUG = "".join(f"[load.{drug}]\n" for drug in DRUGS)
ENTRIES = f'[time]\n{HEAD.replace("kg", "week")}\n[load]\n{HEAD}shape = "drug"\n{BY_DRUG}'


@pytree
class Parameters:
    time: jax.Array = param("week")
    load: jax.Array = param("kg", "drug")


TOY = Mechanism("toy", parameters=Parameters)


def entries(text: str) -> dict[str, Parameter]:
    return {entry.id: entry for entry in read("toy", "toy.toml", text.encode())}


def test_every_entry_is_declared_in_its_mechanism_with_its_unit_and_axes() -> None:
    assert set(declared(MECHANISMS)) == {ident for ident, entry in parameters.load().items() if not entry.derived}


def test_elements_of_an_axis_become_one_array_in_the_order_of_the_index_set() -> None:
    assert list(declared([TOY], entries(ENTRIES))) == ["toy.time", *(f"toy.load.{drug}" for drug in DRUGS)]
    draws: dict[str, Any] = {f"toy.load.{drug}": np.array([i, 10.0 + i]) for i, drug in enumerate(DRUGS)}
    values = assemble([TOY], draws | {"toy.time": np.zeros(2)})["toy"]
    np.testing.assert_array_equal(values.load, [[0, 1, 2, 3], [10, 11, 12, 13]])


BY_ORGANISATION = HEAD.replace("kg", "ratio") + 'shape = "org"\n'


@pytree
class OfEach:
    head: jax.Array = param("ratio", "org")


EACH = Mechanism("toy", parameters=OfEach)


def test_an_organisation_with_a_prior_of_its_own_takes_it_wherever_it_stands_and_the_others_the_common_one() -> None:
    read = entries(f'[head]\n{BY_ORGANISATION}[head.second]\nprior = "point(7)"\n')
    assert list(declared([EACH], read)) == ["toy.head", "toy.head.second"]
    drawn = draw(read, 1, range(50), {"org": 3})
    for ids in (("first", "second", "third"), ("third", "first", "second"), ("first", "third", "fourth")):
        value = np.asarray(assemble([EACH], drawn, ids)["toy"].head)
        for i, id_ in enumerate(ids):
            expected = np.full(50, 7.0) if id_ == "second" else drawn["toy.head"][:, i]
            np.testing.assert_allclose(value[:, i], expected, rtol=1e-6)


def test_priors_of_one_organisation_in_the_ledger_are_of_organisations_of_the_packaged_theatre() -> None:
    ids = {organisation.id for organisation in theatre.load().organisations}
    own = [entry for entry in parameters.load().values() if entry.axis == "org"]
    assert own
    assert {entry.element for entry in own} <= ids
    assert {entry.id for entry in own} <= experiment.parameters_of("us-mexico").keys()
    toy = experiment.parameters_of(str(Path(__file__).parents[1] / "data/tiny_theatre"))
    assert [id_ for id_, entry in toy.items() if entry.axis == "org"] == ["leadership.hier.east"]


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('unit = "week"', 'unit = "day"', "toy.toml time: the code declares another unit.*found:   day.*allowed: week"),
        ("[time]", "[tine]", "toy.toml time: .*without an entry.*did you mean 'tine'"),
        ('shape = "drug"', 'shape = "weapon"', "toy.toml load: the code declares other axes.*weapon.*drug"),
        ("[load.heroin]\n", "", "toy.toml load: not the elements of the axis drug.*heroin"),
        ("[load.heroin]", "[load.opium]", "toy.toml load: not the elements of the axis drug.*opium"),
        ("[load.heroin]", '[load.heroin]\nunit = "lb"', "toy.toml load: the code declares another unit"),
        (f'shape = "drug"\n{BY_DRUG}', 'shape = "drug:3"\n', "toy.toml load: the axis drug has 4 elements"),
    ],
)
def test_what_code_and_entries_disagree_on_is_an_error_with_file_and_key(was: str, becomes: str, says: str) -> None:
    assert was in ENTRIES
    with pytest.raises(DataError, match=f"(?s){says}"):
        declared([TOY], entries(ENTRIES.replace(was, becomes)))


def test_a_field_without_a_declaration_is_an_error() -> None:
    @pytree
    class Bare:
        time: jax.Array

    with pytest.raises(DataError, match=r"toy.toml time: the field needs a declaration"):
        declared([dataclasses.replace(TOY, parameters=Bare)], entries(f"[time]\n{HEAD}"))


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda mechanism: mechanism.name)
def test_constants_and_state_have_known_units_and_letters(mechanism: Mechanism) -> None:
    fields = [field for record in (mechanism.constants, mechanism.state) for field in dataclasses.fields(record)]
    for field in (field for field in fields if "unit" in field.metadata):
        assert all(known(unit) for unit in field.metadata["unit"].split("; ")), field.name
        assert set(field.metadata["labels"]) <= {*LETTERS, "?"}, field.name
