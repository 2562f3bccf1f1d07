"""What the fall of a head does in the packaged theatre, against published effects: paired futures, with and without one removal."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem import theatre
from premortem.engine.simulate import run
from premortem.engine.week import Model, Setup
from premortem.model.accounts import MEMBERS
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.mechanisms.control import CONTROL_SHARES
from premortem.model.mechanisms.leadership import LEADERSHIP
from premortem.model.mechanisms.movement import MOVEMENT
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.mechanisms.state import STATE
from premortem.model.pytrees import Nothing, pytree
from premortem.model.signals import RIVAL_WEIGHT, US_REMOVALS
from premortem.model.splits import inherit
from tests.model.given import parameters
from tests.model.toys import batched, orders

pytestmark = pytest.mark.slow

MECHANISMS = (RECRUITMENT, RIVALRY, STATE, LEADERSHIP, CONTROL_SHARES, MOVEMENT)
FUTURES, WEEKS, REMOVED_IN = 96, 104, 26
HALF_YEAR, YEAR = slice(REMOVED_IN + 1, REMOVED_IN + 27), slice(REMOVED_IN + 1, REMOVED_IN + 53)


@pytree
class Blow:
    """One organisation, and the leaders it loses: ``removals`` [week, o]."""

    organisation: jax.Array  # [o] 1 at the organisation
    removals: jax.Array


@pytree
class Party:
    """The organisation and all that split from it since, 1 each."""

    slots: jax.Array  # [o]


def _slots(view: View, own: Own[Blow, Nothing, Party]) -> jax.Array:
    return inherit(view, own.s.slots)


def _deaths(view: View, present: jax.Array) -> jax.Array:
    """Return the organised deaths of a week, expected, if only these organisations fought."""
    members = view.stocks[MEMBERS] * present[:, None]
    alone = dataclasses.replace(view, stocks={**view.stocks, MEMBERS: members}, _cache={})
    memo = RIVALRY.propose(alone.by("rivalry"), view.owned["rivalry"], Luck(jax.random.key(0), "rivalry", False)).memo
    return memo[2].sum()  # type: ignore[no-any-return]


def _party_deaths(view: View, own: Own[Blow, Nothing, Party], moved: Any) -> jax.Array:
    """Return the deaths in fights in which the party takes part: all fights but those of the others among themselves."""
    everyone = jnp.ones(view.world.organisations)
    return _deaths(view, everyone) - _deaths(view, everyone - _slots(view, own))


def _splinter_rivalry(view: View, own: Own[Blow, Nothing, Party], moved: Any) -> jax.Array:
    return (own.p.organisation @ view[RIVAL_WEIGHT]) @ (_slots(view, own) - own.p.organisation)


BLOW = Mechanism(
    name="blow",
    parameters=Blow,
    constants=Nothing,
    state=Party,
    accounts=(),
    start=lambda view, p: (Nothing(), Party(p.organisation)),
    propose=lambda view, own, luck: Proposal(),
    settle=lambda view, own, moved, memo: Party(_slots(view, own)),
    signals={US_REMOVALS: lambda view, own: own.p.removals[view.week]},
    outcomes=(
        Outcome("party_deaths", _party_deaths, flow=True),
        Outcome("splinters", lambda view, own, moved: (_slots(view, own) - own.p.organisation).sum()),
        Outcome("splinter_rivalry", _splinter_rivalry),
    ),
)


@pytest.fixture(scope="module")
def runs() -> tuple[Any, Any]:
    """The largest named organisation of the 2025 start with and without the loss of its head, in the same futures."""
    place = theatre.load()
    world = place.world()
    largest = int(np.asarray(world.members.sum(1) * (1 - world.pooled)).argmax())
    one = np.eye(world.organisations)[largest]
    results = []
    for heads in (1, 0):
        removals = np.zeros((WEEKS, world.organisations))
        removals[REMOVED_IN] = heads * one
        given = parameters(MECHANISMS, world, FUTURES, at_median=False)
        given["blow"] = batched(Blow(jnp.asarray(one), jnp.asarray(removals)), FUTURES)
        results.append(
            run(
                Model((*MECHANISMS, BLOW)),
                Setup(world, batched(orders(WEEKS, world), FUTURES), given),
                seed=3,
                futures=np.arange(FUTURES),
                weeks=WEEKS,
            )
        )
    assert all((result.fault_week == -1).all() for result in results)
    return results[0], results[1]


def effect(runs: tuple[Any, Any], outcome: str, when: slice) -> Any:
    """Return the relative change of an outcome in each future."""
    hit, spared = (result.weekly[outcome][:, when].sum(1) for result in runs)
    return hit / spared - 1


def test_futures_are_the_same_until_the_week_of_the_removal(runs: tuple[Any, Any]) -> None:
    for outcome, path in runs[0].weekly.items():
        assert np.array_equal(path[:, :REMOVED_IN], runs[1].weekly[outcome][:, :REMOVED_IN]), outcome


def test_a_removal_raises_the_partys_deaths_for_months_by_what_studies_of_captures_found(runs: tuple[Any, Any]) -> None:
    half_year, year = effect(runs, "party_deaths", HALF_YEAR), effect(runs, "party_deaths", YEAR)
    low, middle, high = np.quantile(half_year, [0.05, 0.5, 0.95])
    assert low < 0.365 < high  # effect.kingpin.calderon_6m, which centred the prior of kappa
    assert 0.15 < middle < 0.45
    assert np.quantile(year, 0.5) < middle
    assert (
        year > 0.8
    ).mean() > 0.01  # effect.kingpin.lindo_local lies in the tail: the model is milder than that study
    assert 0 < (half_year < 0).mean() < 0.15  # effect.kingpin.null: a removal may calm, but seldom


def test_nationally_one_removal_is_hardly_seen(runs: tuple[Any, Any]) -> None:
    assert 0 < np.median(effect(runs, "homicides_mx", YEAR)) < 0.06


def test_a_removal_makes_a_rival_about_as_often_as_organisations_split(runs: tuple[Any, Any]) -> None:
    hit, spared = (result.weekly["splinters"][:, REMOVED_IN + 1] for result in runs)
    new = hit > spared
    assert 0.4 < new.mean() < 0.85  # p_split times the hierarchy of the largest organisation
    rivalry = runs[0].weekly["splinter_rivalry"] - runs[1].weekly["splinter_rivalry"]
    assert np.median(rivalry[new, REMOVED_IN + 1]) > 3
    assert np.median(rivalry[new, -1]) < np.median(rivalry[new, REMOVED_IN + 1])


def test_a_removal_does_not_shrink_organisations_and_loses_nobody(runs: tuple[Any, Any]) -> None:
    change = runs[0].weekly["members"][:, -1] / runs[1].weekly["members"][:, -1] - 1
    assert abs(np.median(change)) < 0.01
    people = [
        name
        for name in runs[0].accounts
        if name not in {"mx_forces_reserve", "mx_forces_killed", "abuses", "complaints"}
    ]
    for result in runs:
        total = sum(result.accounts[name].reshape(FUTURES, -1).sum(1) for name in people)
        assert np.abs(total).max() < 50  # of 130 million


def test_splits_come_about_as_often_as_in_the_published_counts_allow(runs: tuple[Any, Any]) -> None:
    yearly = runs[1].weekly["splits"].sum(1) / (WEEKS / 52)
    assert 0.5 < np.median(yearly) < 2.5
    assert np.quantile(yearly, 0.95) < 6
