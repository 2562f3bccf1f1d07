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
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.mechanisms.control import CONTROL_SHARES
from premortem.model.mechanisms.leadership import LEADERSHIP
from premortem.model.mechanisms.movement import MOVEMENT
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.mechanisms.state import STATE
from premortem.model.pytrees import Nothing, pytree
from premortem.model.signals import FEUD, ORGANISED_DEATHS, US_REMOVALS, WAR_ONSET
from premortem.model.splits import inherit
from tests.model.given import parameters
from tests.model.toys import batched, orders

pytestmark = pytest.mark.slow

MECHANISMS = (RECRUITMENT, RIVALRY, STATE, LEADERSHIP, CONTROL_SHARES, MOVEMENT)
FUTURES, WEEKS, REMOVED_IN = 192, 234, 26
AFTER = slice(REMOVED_IN + 1, WEEKS)
HALF_YEAR, YEAR = slice(REMOVED_IN + 1, REMOVED_IN + 27), slice(REMOVED_IN + 1, REMOVED_IN + 53)
LAST_YEAR = slice(WEEKS - 52, WEEKS)
LARGE_AT_HOME = 0.05
"""Share of an organisation's members above which a region is one of its homes."""


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


def _splinter_feud(view: View, own: Own[Blow, Nothing, Party], moved: Any) -> jax.Array:
    return (own.p.organisation @ view[FEUD]) @ (_slots(view, own) - own.p.organisation)


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
        Outcome("expected_deaths", lambda view, own, moved: view[ORGANISED_DEATHS], labels="r"),
        Outcome("war", lambda view, own, moved: view[WAR_ONSET].max()),
        Outcome("splinters", lambda view, own, moved: (_slots(view, own) - own.p.organisation).sum()),
        Outcome("splinter_feud", _splinter_feud),
    ),
)
# Deaths by region in every week: what is expected, so that luck of single deaths is not in the difference.
MODEL = Model((*MECHANISMS, BLOW), mapped=("expected_deaths",))


@dataclasses.dataclass(frozen=True)
class Case:
    """Futures with and without one removal, the same where every removal splits an organisation, and its home regions."""

    hit: Any
    spared: Any
    split: Any
    whole: Any
    home: np.ndarray


THEATRE = theatre.load(start="2018")
IDS = [organisation.id for organisation in THEATRE.organisations]


def largest_of_2018() -> tuple[Any, int, np.ndarray]:
    """Return the world of the 2018 start, its largest named organisation, and 1 there [o]."""
    world = THEATRE.world()
    largest = int(np.asarray(world.members.sum(1) * (1 - world.pooled)).argmax())
    return world, largest, np.eye(world.organisations)[largest]


def futures(world: Any, one: np.ndarray, heads: int, seed: int = 3, weeks: int = WEEKS, **changes: Any) -> Any:
    """Return futures in which an organisation loses so many heads by US forces."""
    removals = np.zeros((weeks, world.organisations))
    removals[REMOVED_IN] = heads * one
    given = parameters(MECHANISMS, world, FUTURES, at_median=False, organisations=IDS, **changes)
    given["blow"] = batched(Blow(jnp.asarray(one), jnp.asarray(removals)), FUTURES)
    setup = Setup(world, batched(orders(weeks, world), FUTURES), given)
    result = run(MODEL, setup, seed=seed, futures=np.arange(FUTURES), weeks=weeks)
    assert (result.fault_week == -1).all()
    return result


@pytest.fixture(scope="module")
def case() -> Case:
    """The largest named organisation of the 2018 start with and without the loss of its head, in the same futures."""
    world, largest, one = largest_of_2018()
    members = np.asarray(world.members)[largest]
    at_home = members / members.sum() >= LARGE_AT_HOME
    certain: dict[str, Any] = {"leadership_p_split": 1.0, "leadership_hier": 10.0}
    return Case(
        hit=futures(world, one, 1),
        spared=futures(world, one, 0),
        split=futures(world, one, 1, **certain),
        whole=futures(world, one, 0, **certain),
        home=at_home,
    )


def extra(hit: Any, spared: Any, when: slice = AFTER) -> np.ndarray:
    """Return [future, r] how many more are expected to be killed over some weeks, found and hidden."""
    return np.asarray((hit.mapped["expected_deaths"] - spared.mapped["expected_deaths"])[:, when].sum(1))


def without_war(result: Any) -> np.ndarray:
    return np.asarray(result.weekly["war"][:, REMOVED_IN] == 0)


def test_futures_are_the_same_until_the_week_of_the_removal(case: Case) -> None:
    for outcome, path in case.hit.weekly.items():
        assert np.array_equal(path[:, :REMOVED_IN], case.spared.weekly[outcome][:, :REMOVED_IN]), outcome


def test_one_removal_costs_lives_of_the_published_order(case: Case) -> None:
    """effect.kingpin.dickenson_per_removal: 17 deaths a removal in four years, without an interval."""
    total = extra(case.hit, case.spared).sum(1)
    assert 3 < np.median(total) < 40
    low, high = np.quantile(total, [0.05, 0.95])
    assert low < 0
    assert high > 17
    groups = np.random.default_rng(1).choice(total, (2000, 25)).mean(1)
    assert np.quantile(groups, 0.05) < 17 < np.quantile(groups, 0.95)
    assert (total > 1000).mean() < 0.05


def test_few_removals_cost_more_than_a_thousand_lives(case: Case) -> None:
    assert 0.003 <= (extra(case.hit, case.spared).sum(1) > 1000).mean() <= 0.03


@pytest.mark.xfail(
    strict=True, reason="5.9 percent of the first year's, by our law at most 5: docs/model/leadership.md"
)
def test_what_it_stirs_up_is_gone_in_years(case: Case) -> None:
    calm = without_war(case.hit)
    first, last = (extra(case.hit, case.spared, when)[calm].sum(1) for when in (YEAR, LAST_YEAR))
    assert abs(np.median(last)) < 0.05 * np.median(np.abs(first))


@pytest.mark.xfail(strict=True, reason="59 percent, by specification at least 80: docs/model/leadership.md")
def test_what_it_stirs_up_lies_where_the_organisation_lives(case: Case) -> None:
    more = extra(case.hit, case.spared)
    assert more[:, case.home].sum() > 0.8 * more.sum()


@pytest.mark.xfail(strict=True, reason="57 percent, by specification at least 85: docs/model/leadership.md")
def test_what_a_split_stirs_up_lies_where_the_organisation_lives(case: Case) -> None:
    more = extra(case.split, case.whole)
    assert more[:, case.home].sum() > 0.85 * more.sum()


def test_the_nation_hardly_moves_and_members_do_not(case: Case) -> None:
    hit, spared = (result.mapped["expected_deaths"][:, HALF_YEAR].sum((1, 2)) for result in (case.hit, case.spared))
    assert -0.01 < np.median(hit / spared - 1) < 0.01
    change = case.hit.weekly["members"][:, -1] / case.spared.weekly["members"][:, -1] - 1
    assert abs(np.median(change)) < 0.01


def test_a_split_begins_a_war_in_few_futures_and_the_war_lasts(case: Case) -> None:
    begun = ~without_war(case.split)
    assert 0.08 <= begun.mean() <= 0.3
    total = extra(case.split, case.whole).sum(1)
    assert np.median(total[begun]) > 2 * np.median(total[~begun])
    yearly = np.stack([extra(case.split, case.whole, slice(a, a + 52))[begun].sum(1) for a in range(27, 183, 52)])
    assert np.median(yearly[2] / np.maximum(yearly.max(0), 1e-9)) > 0.3  # in its third year it still kills


@pytest.mark.xfail(strict=True, reason="3.2 times, by specification 10: docs/model/leadership.md")
def test_a_war_after_a_split_carries_ten_times_the_deaths_of_a_split_without(case: Case) -> None:
    begun, total = ~without_war(case.split), extra(case.split, case.whole).sum(1)
    assert np.median(total[begun]) > 10 * max(np.median(total[~begun]), 1.0)


def test_a_removal_makes_a_rival_as_often_as_the_draws_say() -> None:
    """Of six runs of luck with the same draws: one of 192 futures alone may be half as high or twice (.07 to .17)."""
    world, largest, one = largest_of_2018()
    given = parameters((LEADERSHIP,), world, FUTURES, at_median=False, organisations=IDS)["leadership"]
    chance = np.minimum(given.p_split * given.hier[:, largest], 1.0)
    rivals = [
        futures(world, one, heads, seed=seed, weeks=39).weekly["splinters"][:, REMOVED_IN + 1]
        for seed in range(3, 9)
        for heads in (1, 0)
    ]
    made = np.mean([hit > spared for hit, spared in zip(rivals[::2], rivals[1::2], strict=True)])
    assert made == pytest.approx(chance.mean(), abs=0.03)  # three standard errors


def test_a_splinter_and_its_parent_fight_less_as_years_pass(case: Case) -> None:
    feud = case.split.weekly["splinter_feud"] - case.whole.weekly["splinter_feud"]
    assert 0.2 < np.median(feud[:, REMOVED_IN + 1]) < 0.8
    assert np.median(feud[:, -1]) < np.median(feud[:, REMOVED_IN + 1])


def test_nobody_is_lost(case: Case) -> None:
    for result in (case.hit, case.spared):
        people = [
            name
            for name in result.accounts
            if name not in {"mx_forces_reserve", "mx_forces_killed", "abuses", "complaints"}
        ]
        total = sum(result.accounts[name].reshape(FUTURES, -1).sum(1) for name in people)
        assert np.abs(total).max() < 50  # of 130 million


def test_splits_come_about_as_often_as_in_the_published_counts_allow(case: Case) -> None:
    """Forty-seven groups a year were born of any size; named splits of large ones are about one in a year or two."""
    yearly = case.spared.weekly["splits"].sum(1) / (WEEKS / 52)
    assert 0.1 < yearly.mean() < 1.5
