import dataclasses
import itertools
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from premortem.engine.simulate import CHUNK, run
from premortem.engine.week import Model, Setup, begin, causes, stacked, step, traced, who_feeds_whom
from premortem.errors import DataError
from premortem.model.accounts import DISPLACED, HELD_MX_FINAL, KILLED_BY_RIVALS, MEMBERS, RESIDENTS_HOME
from premortem.model.controls import packed
from premortem.model.flows import Flow
from premortem.model.index_sets import VARIANT_BITS
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Proposal, View
from premortem.model.notes import Notes, Read
from premortem.model.pytrees import Nothing, array, pytree
from premortem.model.signals import PAY, RIVAL_WEIGHT
from premortem.model.units import LARGEST_SHARE
from tests.model.toys import FIGHT, PULL, batched, first_week, orders, toy_parameters, toy_world

WEEKS = 26


def simulate(
    mechanisms: tuple[Mechanism, ...] = (FIGHT, PULL),
    *,
    futures: Any = 8,
    seed: int = 1,
    noise: bool = True,
    **changes: float,
) -> Any:
    indices = np.arange(futures) if isinstance(futures, int) else np.asarray(futures)
    model = Model(mechanisms, noise=noise)
    controls = batched(orders(WEEKS), len(indices))
    parameters = batched(toy_parameters(**changes), len(indices))
    return run(model, Setup(toy_world(), controls, parameters), seed=seed, futures=indices, weeks=WEEKS)


def same(a: Any, b: Any) -> bool:
    return all(jax.tree.leaves(jax.tree.map(np.array_equal, dataclasses.asdict(a), dataclasses.asdict(b))))


def test_the_order_of_mechanisms_does_not_matter_by_a_single_bit() -> None:
    first, second = (simulate(tuple(order)) for order in itertools.permutations((FIGHT, PULL)))
    assert same(first, second)


@settings(max_examples=25, deadline=None)
@given(
    loss=st.floats(0, 5),
    growth=st.floats(0, 0.5),
    arrest=st.floats(0, 5),
    move=st.floats(0, 3),
    split=st.floats(0, 1),
    noise=st.booleans(),
)
def test_people_are_conserved_and_no_account_is_negative_whatever_the_rates(noise: bool, **rates: Any) -> None:
    result = simulate(noise=noise, **rates)
    people = toy_world().members.sum() + toy_world().population.sum()
    total = sum(change.reshape(len(change), -1).sum(1) for change in result.accounts.values())
    assert np.abs(total).max() <= 1e-5 * float(people)
    opening = {"members": toy_world().members, "residents_home": toy_world().population}
    for name, change in result.accounts.items():
        assert (change + np.asarray(opening.get(name, 0.0)) >= 0).all(), name


def _flee(view: View, own: Any, luck: Luck) -> Proposal:
    home = view.stock(RESIDENTS_HOME)
    wanted, some = jnp.full_like(home, 200.0), jnp.full_like(home, 0.5)
    return Proposal(
        (
            Flow("flee", RESIDENTS_HOME, DISPLACED, hazard=some),
            Flow("ordered", RESIDENTS_HOME, DISPLACED, amount=wanted),
            Flow("event", RESIDENTS_HOME, DISPLACED, share=some),
        )
    )


FLEE = Mechanism(name="flee", accounts=(RESIDENTS_HOME, DISPLACED), propose=_flee)


@cache
def week_of_those_at_home(noise: bool) -> Any:
    """Return a week of people who flee, given how many are at home: what the engine keeps is their change since the start."""
    model = Model((FLEE,), noise=noise)
    plan, first = orders(WEEKS), first_week(orders(WEEKS))
    setup = Setup(toy_world(), dataclasses.replace(plan, orders=first), {"flee": Nothing()})
    variants = [packed(first, 0)] * 2**VARIANT_BITS
    start, opened = begin(model, setup, first)
    opening = start.opening["residents_home"]

    def week(home: jax.Array) -> tuple[jax.Array, jax.Array]:
        before = dataclasses.replace(opened, accounts=opened.accounts | {"residents_home": home - opening})
        luck = Luck(jax.random.key(1), noisy=noise)
        after, _ = step(model, setup, start, before, variants, jnp.zeros((), int), luck)
        moved = after.accounts["residents_home"] - before.accounts["residents_home"]
        return moved, after.accounts["displaced"]

    return jax.jit(week)


@settings(max_examples=50, deadline=None)
@given(home=st.lists(st.floats(-4, 300, width=32), min_size=4, max_size=4), noise=st.booleans())
@example(home=[-0.25, 0.0, 0.25, 250.0], noise=True)
@example(home=[-0.25, 0.0, 0.25, 250.0], noise=False)
def test_a_region_that_has_emptied_loses_no_more_than_it_has(home: list[float], noise: bool) -> None:
    """Rounding of millions can leave less than nobody at home: then nobody leaves, and nobody comes of it either."""
    moved, fled = (np.asarray(x) for x in week_of_those_at_home(noise)(jnp.asarray(home)))
    there = np.maximum(home, 0.0)
    rounding = float(np.spacing(np.float32(toy_world().population.max())))
    assert (fled >= 0).all()
    assert (fled <= there + rounding).all()
    np.testing.assert_allclose(moved, -fled, rtol=0, atol=2 * rounding)  # one of what is given, one of what is kept


def test_a_future_is_the_same_alone_in_company_and_in_any_chunk() -> None:
    together = simulate(futures=CHUNK + 5)
    alone = simulate(futures=[CHUNK + 2])
    assert np.array_equal(together.weekly["members"][CHUNK + 2], alone.weekly["members"][0])
    assert not np.array_equal(together.weekly["members"][0], together.weekly["members"][1])


def test_another_seed_gives_other_luck() -> None:
    assert not same(simulate(seed=1), simulate(seed=2))


def test_a_draw_added_to_one_mechanism_moves_nobody_elses_luck() -> None:
    def with_unused_draw(view: View, own: Any, luck: Luck) -> Proposal:
        proposal = PULL.propose(view, own, luck)
        return dataclasses.replace(proposal, memo=luck.uniform("unused", (7,)))

    changed = dataclasses.replace(PULL, propose=with_unused_draw)
    assert same(simulate(), simulate((FIGHT, changed)))


def test_a_mechanism_without_effort_changes_nothing() -> None:
    neutral = dataclasses.replace(PULL, signals={})
    with_idle = simulate((FIGHT, neutral), arrest=0.0, move=0.0, split=0.0)
    without = simulate((FIGHT,))
    assert np.array_equal(with_idle.weekly["members"], without.weekly["members"])


def test_competing_hazards_follow_the_exact_solution() -> None:
    result = simulate(noise=False, growth=0.0, split=0.0, move=0.0, loss=0.02, arrest=0.01)
    leaving = 2 * 0.02 * 1.5 + 0.01  # PAY is 2: deaths .04, drop-outs .02, arrests .01
    start = float(toy_world().members.sum())
    expected = start * np.exp(-leaving * np.arange(1, WEEKS + 1))
    np.testing.assert_allclose(result.weekly["members"][0], expected, rtol=1e-4)
    arrested = result.accounts["held_mx_final"][0].sum()
    assert arrested == pytest.approx(start * (1 - np.exp(-leaving * WEEKS)) * 0.01 / leaving, rel=1e-4)


def test_an_ordered_amount_alone_moves_exactly_that_amount() -> None:
    result = simulate(noise=False, growth=0.01, loss=0.0, arrest=0.0, split=0.0, move=0.0)
    np.testing.assert_allclose(result.weekly["members"][0, 0], 1.01 * float(toy_world().members.sum()), rtol=1e-5)


def test_demographic_noise_has_the_spread_of_independent_people() -> None:
    result = simulate((FIGHT,), futures=400, growth=0.0, loss=0.01)
    start = float(toy_world().members.sum())
    deaths = result.weekly["deaths"][:, 0]
    expected = start * (1 - np.exp(-0.015)) * 2 / 3
    assert deaths.mean() == pytest.approx(expected, rel=0.03)
    assert deaths.var() == pytest.approx(expected, rel=0.25)


def test_a_number_that_stops_being_finite_names_its_week_and_mechanism_and_spares_the_other_futures() -> None:
    def explode(view: View, own: Any, luck: Luck) -> Proposal:
        proposal = PULL.propose(view, own, luck)
        bad = jnp.where((view.week == 7) & (own.p.arrest > 0.5), jnp.nan, 1.0)
        arrest = dataclasses.replace(proposal.flows[0], hazard=jnp.asarray(proposal.flows[0].hazard) * bad)
        return Proposal((arrest, *proposal.flows[1:]))

    futures = 4
    parameters = batched(toy_parameters(), futures)
    parameters["pull"].arrest[2] = 0.6
    model = Model((FIGHT, dataclasses.replace(PULL, propose=explode)))
    result = run(
        model,
        Setup(toy_world(), batched(orders(WEEKS), futures), parameters),
        seed=1,
        futures=np.arange(futures),
        weeks=WEEKS,
    )
    assert result.fault_week.tolist() == [-1, -1, 7, -1]
    assert np.isfinite(result.weekly["members"][[0, 1, 3]]).all()


def test_two_events_on_one_stock_share_the_cap_in_proportion() -> None:
    def events(view: View, own: Any, luck: Luck) -> Proposal:
        ones = jnp.ones_like(view.stock(MEMBERS))
        return Proposal(
            (
                Flow("a", MEMBERS, HELD_MX_FINAL, share=0.9 * ones),
                Flow("b", MEMBERS, HELD_MX_FINAL, share=0.45 * ones),
            )
        )

    result = simulate((FIGHT, dataclasses.replace(PULL, propose=events, signals={})), noise=False, growth=0.0, loss=0.0)
    left = (1 - LARGEST_SHARE) * float(toy_world().members.sum())
    np.testing.assert_allclose(result.weekly["members"][0, 0], left, rtol=1e-5)  # 1 - .95 in float32


def couplings(*mechanisms: Mechanism) -> set[tuple[str, str, str]]:
    model = Model(mechanisms)
    parameters = toy_parameters() | {"reader": Nothing(), "asks": Nothing()}
    return who_feeds_whom(model, traced(model, Setup(toy_world(), orders(WEEKS), parameters)))


def test_who_feeds_whom_is_found_by_tracing() -> None:
    edges = couplings(FIGHT, PULL)
    assert ("fight", "pay", "pull") in edges
    assert ("pull", "members", "fight") in edges


def test_what_the_engine_reads_and_what_comes_from_the_plan_feeds_no_mechanism() -> None:
    reads = {Read("", "signal", PAY.name), Read("fight", "controls", "members"), Read("fight", "signal", PAY.name)}
    assert who_feeds_whom(Model((FIGHT, PULL)), Notes(reads)) == {("fight", PAY.name, "pull")}


READERS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "to open": ({"start": lambda view, p: (Nothing(), view[PAY]) and (Nothing(), Nothing())}, ("pay", "pull")),
    "to balance": (
        {"balance": lambda view, own, hazards: Balanced(own.c, own.s, {}) if hazards[MEMBERS, HELD_MX_FINAL] is not None else None},
        ("members to held_mx_final", "pull"),
    ),
    "to propose": ({"propose": lambda view, own, luck: Proposal(memo=view.stock(MEMBERS))}, ("members", "fight")),
    "to settle": (
        {"settle": lambda view, own, moved, memo: moved.hazard(MEMBERS, KILLED_BY_RIVALS) is None or Nothing()},
        ("members to killed_by_rivals", "fight"),
    ),
    "in a signal": ({"signals": {RIVAL_WEIGHT: lambda view, own: view.stock(MEMBERS) @ view.stock(MEMBERS).T}}, ("members", "pull")),
    "in an outcome": (
        {"outcomes": (Outcome("read", lambda view, own, moved: moved.entered(HELD_MX_FINAL).sum()),)},
        ("held_mx_final", "pull"),
    ),
    "a flow by name": (
        {"outcomes": (Outcome("read", lambda view, own, moved: moved.by_name["fight.death"].sum()),)},
        ("fight.death", "fight"),
    ),
    "what another remembers": (
        {"outcomes": (Outcome("read", lambda view, own, moved: jnp.asarray(moved.memos["pull"] is None)),)},
        ("pull", "pull"),
    ),
    "a stock after the week": (
        {"outcomes": (Outcome("read", lambda view, own, moved: moved.stocks[RESIDENTS_HOME].sum()),)},
        ("residents_home", "fight"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("where", READERS)
def test_what_is_read_is_found_wherever_it_is_read(where: str) -> None:
    parts, found = READERS[where]
    reader = Mechanism("reader", **parts)
    asks = Mechanism("asks", propose=lambda view, own, luck: Proposal(memo=view[RIVAL_WEIGHT]))
    assert {edge[1:] for edge in couplings(FIGHT, PULL, reader, asks) if edge[0] == "reader"} >= {found}


def test_second_passes_run_in_stages_and_see_the_hazards_and_signals_before_them() -> None:
    seen: dict[str, Any] = {}

    def balance(name: str) -> Any:
        def solve(view: View, own: Any, hazards: Any) -> Balanced:
            seen[name] = {target.name for source, target in hazards if source == MEMBERS}
            seen[f"{name} pay"] = float(view[PAY][0])
            return Balanced(own.c, own.s, {HELD_MX_FINAL: jnp.ones_like(view.stock(MEMBERS))} if name == "pull" else {})

        return solve

    first = dataclasses.replace(PULL, balance=balance("pull"))
    second = dataclasses.replace(FIGHT, balance=balance("fight"), balance_stage=1)
    controls = orders(WEEKS)
    start, state = begin(Model((first, second)), Setup(toy_world(), controls, toy_parameters()), first_week(controls))
    assert seen["pull"] == set()
    assert seen["fight"] == {HELD_MX_FINAL.name, MEMBERS.name}
    assert seen["fight pay"] == 2
    assert (start.opening[HELD_MX_FINAL.name] == 1).all()
    assert (state.accounts[HELD_MX_FINAL.name] == 1).all()


def test_hazards_of_one_pair_add_up_at_the_start_whoever_proposes_them() -> None:
    def flees(hazard: float) -> Any:
        def propose(view: View, own: Any, luck: Luck) -> Proposal:
            each = jnp.full_like(view.stock(RESIDENTS_HOME), hazard)
            return Proposal((Flow("flee", RESIDENTS_HOME, DISPLACED, hazard=each),))

        return propose

    def read(view: View, own: Any, hazards: Any) -> Balanced:
        found.append(float(hazards[RESIDENTS_HOME, DISPLACED].max()))
        return Balanced(own.c, own.s)

    found: list[float] = []
    one = Mechanism("one", accounts=(RESIDENTS_HOME, DISPLACED), propose=flees(0.25))
    mechanisms = (one, Mechanism("two", propose=flees(0.5)), Mechanism("reads", balance=read))
    controls = orders(WEEKS)
    setup = Setup(toy_world(), controls, {mechanism.name: Nothing() for mechanism in mechanisms})
    begin(Model(mechanisms), setup, first_week(controls))
    assert found == [0.75]


def test_a_model_may_have_no_outcome_without_regions() -> None:
    assert stacked({}, (), (3,)).shape == (0, 3)


def test_the_start_is_the_same_whatever_the_plan_orders_in_its_first_week() -> None:
    levers: list[float] = []

    def read(view: View, own: Any, hazards: Any) -> Balanced:
        levers.append(float(view.lever("state.vetting")))
        levers.append(float(view.orders.people.sum()))
        return Balanced(own.c, own.s)

    controls = orders(WEEKS, levers={"vetting": 1.0}, people=5000.0)
    model = Model((FIGHT, dataclasses.replace(PULL, balance=read)))
    begin(model, Setup(toy_world(), controls, toy_parameters()), first_week(controls))
    assert levers == [0.0, 0.0]


def test_a_signal_nobody_provides_is_neutral_by_number_or_by_the_world() -> None:
    controls = orders(WEEKS)
    world = toy_world()
    view = View(world, controls, first_week(controls), jnp.zeros(()), 1.0, {}, {}, {})
    assert (view[PAY] == 1).all()
    assert (view[RIVAL_WEIGHT] == world.rival_weight).all()


def test_what_entered_an_account_is_summed_over_all_its_sources() -> None:
    outcome = Outcome("home", lambda view, own, moved: moved.entered(RESIDENTS_HOME).sum(), flow=True)
    left = Outcome("left", lambda view, own, moved: moved(MEMBERS, RESIDENTS_HOME).sum(), flow=True)
    result = simulate((dataclasses.replace(FIGHT, outcomes=(outcome, left)), PULL))
    assert np.array_equal(result.weekly["home"], result.weekly["left"])
    assert result.weekly["home"].sum() > 0


def test_the_risk_read_after_a_week_is_the_ordered_one_and_not_what_luck_made_of_it() -> None:
    risk = Outcome("risk", lambda view, own, moved: moved.hazard(MEMBERS, KILLED_BY_RIVALS).max(), flow=True)
    result = simulate((dataclasses.replace(FIGHT, outcomes=(risk,)), PULL), loss=0.01)
    np.testing.assert_allclose(result.weekly["risk"], 0.02, rtol=1e-6)  # PAY is 2


@pytree
class Declared:
    size: jax.Array = array("person", "r")


@pytest.mark.parametrize("held", ["constants", "state"])
def test_an_array_of_another_shape_than_its_declared_labels_is_an_error_when_the_model_starts(held: str) -> None:
    world, controls = toy_world(), orders(1)

    def started(size: Any) -> Any:
        record = Declared(size)
        pair = (record, Nothing()) if held == "constants" else (Nothing(), record)
        model = Model((Mechanism("toy", start=lambda view, p: pair),))
        return begin(model, Setup(world, controls, {"toy": Nothing()}), first_week(controls))

    started(jnp.zeros(world.regions))
    with pytest.raises(DataError, match=r"toy Declared.size: has another shape than its labels \[r\]"):
        started(jnp.zeros(world.regions + 1))


def leaky(kept: float) -> Mechanism:
    """Return PULL with a move whose route hands on a share of who leaves, from week 20 on; known only inside a run."""

    def propose(view: View, own: Any, luck: Luck) -> Proposal:
        arrest, move, split = PULL.propose(view, own, luck).flows
        route = jnp.asarray(move.route) * jnp.where(view.week < 20, 1.0, kept)
        return Proposal((arrest, dataclasses.replace(move, route=route), split))

    return dataclasses.replace(PULL, propose=propose)


@pytest.mark.parametrize("kept", [0.9, 0.9999, 1.0001])
def test_a_mechanism_that_loses_or_makes_one_person_in_ten_thousand_is_named_with_its_week_and_unit(
    kept: float,
) -> None:
    model = Model((FIGHT, leaky(kept)))
    result = simulate(model.mechanisms)
    assert (result.fault_week == 20).all()
    assert {causes(model)[cause] for cause in result.fault_cause} == {
        "flows of pull lost or made person: they do not close"
    }


def test_a_flow_that_moves_backwards_out_of_an_empty_account_is_named() -> None:
    def propose(view: View, own: Any, luck: Luck) -> Proposal:
        back = jnp.full_like(view.stock(MEMBERS), -50.0)
        return Proposal((Flow("back", MEMBERS, HELD_MX_FINAL, amount=back, noisy=False),))

    model = Model((FIGHT, dataclasses.replace(PULL, propose=propose)))
    result = simulate(model.mechanisms)
    assert (result.fault_week == 0).all()
    assert {causes(model)[cause] for cause in result.fault_cause} == {
        "flows of pull lost or made person: they do not close"
    }
