"""The week: observe, propose, integrate, settle, account. Pure functions of one future; `premortem.engine.simulate` makes many of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from premortem.arrays import jax, jnp
from premortem.errors import ModelError
from premortem.model import campaign, closure, conditions, notes
from premortem.model.accounts import RESIDENTS_HOME, Account
from premortem.model.campaign import Campaign
from premortem.model.conditions import Conditions
from premortem.model.controls import Controls, Orders, at_rest, packed
from premortem.model.flows import Moved, Pair, integrate
from premortem.model.index_sets import VARIANT_BITS
from premortem.model.labels import check_shapes, sizes
from premortem.model.luck import Luck, Shape
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.notes import Noted, Notes, Read
from premortem.model.pytrees import pytree
from premortem.model.signals import CAMPAIGN_STOPPED
from premortem.model.world import World

NO_FAULT = -1
"""In place of a week or of the index of a cause: every number is finite and every unit closes."""


@pytree
class Start:
    """What is solved once a future and then holds: opening balances by account name, constants by mechanism name."""

    opening: dict[str, jax.Array]
    constants: dict[str, Any]


@pytree
class State:
    """What is carried from week to week.

    ``accounts``: stored form by account name (balance, or change since the start for a wide account). ``own``: state by mechanism name.
    ``campaign``: what decision-makers have observed, which branches fired, when it stops. ``missing`` [mechanism, unit]: what flows of each
    mechanism have lost or made so far, in the order of ``Model.by_name`` and ``Model.units``; zero but for a fault.
    """

    accounts: dict[str, jax.Array]
    own: dict[str, Any]
    campaign: Campaign
    missing: jax.Array


@dataclasses.dataclass(frozen=True)
class Model:
    """A set of mechanisms and how finely time is cut.

    ``dt`` is the step in weeks (1; verification uses 1/4). ``noise=False`` gives expected flows without demographic noise and without rare
    events' luck being rounded to counts: smooth, for gradients and exact solutions. With ``check_every_week`` a future is checked each week
    and not once a quarter, and all flows are, to find where it went wrong. ``mapped``: ids of regional outcomes that are reported by region
    in every week, beside their quarters.
    """

    mechanisms: tuple[Mechanism, ...]
    dt: float = 1.0
    noise: bool = True
    check_every_week: bool = False
    mapped: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Mechanism]:
        """Mechanisms by name, in the order of their names."""
        return {m.name: m for m in sorted(self.mechanisms, key=lambda m: m.name)}

    @cached_property
    def accounts(self) -> dict[str, Account]:
        """Every account that some mechanism opens, by name."""
        return {a.name: a for name in self.by_name for a in self.by_name[name].accounts}

    @cached_property
    def units(self) -> tuple[str, ...]:
        """What accounts are counted in; accounts of one unit close together."""
        return tuple(sorted({account.unit for account in self.accounts.values()}))

    @cached_property
    def outcomes(self) -> dict[str, tuple[str, Outcome]]:
        """Outcome id -> (mechanism name, outcome)."""
        return {o.id: (name, o) for name, m in self.by_name.items() for o in m.outcomes}


@pytree
class Setup:
    """What futures of one plan are given: the theatre, the plan's controls, what its branches may fire, and parameters by mechanism."""

    world: World
    controls: Controls
    parameters: Mapping[str, Any]
    may_fire: Conditions = conditions.NONE


def _balances(model: Model, start: Start, accounts: Mapping[str, jax.Array]) -> dict[Account, jax.Array]:
    """Return the balance of every account: what a wide one had and how it has changed, which rounding could make less than nothing."""
    return {
        account: jnp.maximum(start.opening[name] + accounts[name], 0.0) if account.wide else accounts[name]
        for name, account in model.accounts.items()
    }


def _view(
    model: Model, setup: Setup, orders: Orders, week: jax.Array, stocks: dict[Account, jax.Array], owned: Any
) -> View:
    return View(setup.world, setup.controls, orders, week, model.dt, stocks, model.by_name, owned)


def outcomes_in_order(model: Model) -> tuple[list[str], list[str]]:
    """Return the ids of outcomes, those without regions and then those with, and of the latter alone."""
    regional = [id_ for id_, (_, outcome) in model.outcomes.items() if outcome.labels]
    return [id_ for id_ in model.outcomes if id_ not in regional] + regional, regional


def stacked(found: Mapping[str, jax.Array], ids: Sequence[str], shape: tuple[int, ...]) -> jax.Array:
    """Return some outcomes of this shape as one array, ``[outcome, ...]``."""
    return jnp.stack([found[id_] for id_ in ids]) if ids else jnp.zeros((0, *shape))


def _totals(model: Model, world: World, found: Mapping[str, jax.Array]) -> jax.Array:
    """Return the week's outcomes of the whole country, `outcomes_in_order`."""
    ids, regional = outcomes_in_order(model)
    national = stacked(found, ids[: len(ids) - len(regional)], ())
    return jnp.concatenate([national, stacked(found, regional, world.population.shape).sum(-1)])


def begin(model: Model, setup: Setup, orders: Orders) -> tuple[Start, State]:
    """Open all accounts and solve every mechanism's constants and first state.

    The start is the same under every plan: nobody is sent, levers stand at their status quo. Signals are neutral while constants are
    first solved, because the start is where every relative index is 1; then second passes (``Mechanism.balance``) run in stages.
    """
    world, controls, parameters = setup.world, setup.controls, setup.parameters
    orders = at_rest(controls, orders)
    index = sizes(world, controls)
    opening: dict[str, jax.Array] = {
        name: jnp.zeros([index[label] for label in account.labels]) for name, account in model.accounts.items()
    }
    if RESIDENTS_HOME.name in opening:
        opening[RESIDENTS_HOME.name] = world.population
    for name, mechanism in model.by_name.items():
        for account, balance in mechanism.open(world, parameters[name]).items():
            opening[account.name] = balance
    stocks = {account: opening[name] for name, account in model.accounts.items()}
    week = jnp.zeros((), int)
    neutral = _view(model, setup, orders, week, stocks, {})
    constants, own = {}, {}
    for name, mechanism in model.by_name.items():
        constants[name], own[name] = mechanism.start(neutral.by(name), parameters[name])
    owned = {name: Own(parameters[name], constants[name], own[name]) for name in model.by_name}
    settled = {name for name, m in model.by_name.items() if m.balance is None}
    for stage in sorted({m.balance_stage for name, m in model.by_name.items() if name not in settled}):
        stocks = {account: opening[name] for name, account in model.accounts.items()}
        view = _view(model, setup, orders, week, stocks, dict(owned))
        hazards = _Hazards(partial(_hazards, model, view, dict(owned), frozenset(settled)))
        for name, mechanism in model.by_name.items():
            if mechanism.balance is not None and mechanism.balance_stage == stage:
                balanced = mechanism.balance(view.by(name), owned[name], Noted(name, "risk", hazards))
                owned[name] = Own(parameters[name], balanced.constants, balanced.state)
                opening |= {account.name: balance for account, balance in balanced.opening.items()}
                settled.add(name)
    constants = {name: owned[name].c for name in model.by_name}
    own = {name: owned[name].s for name in model.by_name}
    for name, record in (*constants.items(), *own.items()):
        check_shapes(name, record, index)
    accounts = {
        name: jnp.zeros_like(opening[name]) if account.wide else opening[name]
        for name, account in model.accounts.items()
    }
    missing = jnp.zeros((len(model.by_name), len(model.units)))
    clock = campaign.begin(notes.fields_of(conditions.OWNER, "controls", controls), setup.may_fire)
    return Start(opening, constants), State(accounts, own, clock, missing)


@dataclasses.dataclass(frozen=True)
class _Hazards(Mapping[Pair, jax.Array]):
    """Hazards by (source, target), for which mechanisms propose when somebody reads them: few do."""

    propose: Callable[[], dict[Pair, jax.Array]]

    @cached_property
    def _found(self) -> dict[Pair, jax.Array]:
        return self.propose()

    def __getitem__(self, pair: Pair) -> jax.Array:
        return self._found[pair]

    def __iter__(self) -> Iterator[Pair]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _hazards(model: Model, view: View, owned: Mapping[str, Any], settled: Iterable[str]) -> dict[Pair, jax.Array]:
    """Return every hazard that some mechanisms propose in the first week, by (source, target), on the source's labels.

    Luck plays no part in hazards: nothing is drawn.
    """
    hazards: dict[Pair, jax.Array] = {}
    luck = Luck(jax.random.key(0), noisy=False, requested={})
    for name in sorted(settled):
        for flow in _propose(model, name, view, owned, luck).flows:
            if flow.hazard is not None:
                pair = (flow.source, flow.target)
                hazards[pair] = hazards.get(pair, jnp.zeros_like(view.stocks[flow.source])) + flow.hazard
    return hazards


def _propose(model: Model, name: str, view: View, owned: Mapping[str, Any], luck: Luck) -> Proposal:
    with closure.named(name):
        return model.by_name[name].propose(view.by(name), owned[name], luck.of(name))


def _numbers(model: Model, state: State) -> tuple[jax.Array, list[int]]:
    """Return all numbers of a state, and for each the index, in name order, of the mechanism that holds it."""
    numbers, owners = [jnp.zeros(0)], []
    for i, (name, mechanism) in enumerate(model.by_name.items()):
        held = (state.own[name], [state.accounts[account.name] for account in mechanism.accounts])
        leaves = [leaf.ravel() for leaf in jax.tree.leaves(held) if jnp.issubdtype(leaf.dtype, jnp.floating)]
        numbers += leaves
        owners += [i] * sum(leaf.size for leaf in leaves)
    return jnp.concatenate(numbers), owners


def sound(model: Model, before: State, after: State) -> jax.Array:
    """Return whether all numbers of a state are finite, no flow has lost or made anything, and every unit has closed since ``before``.

    Finite numbers are counted as a product of arrays, in less than half the time of a reduction.
    """
    numbers, owners = _numbers(model, after)
    finite = jnp.isfinite(numbers).astype(float) @ jnp.ones(len(owners)) == len(owners)
    return finite & ~leaks(model, before, after).any()


def _drift(model: Model, before: State, after: State) -> jax.Array:
    return closure.drift(model.accounts.values(), model.units, before.accounts, after.accounts)


def leaks(model: Model, before: State, after: State) -> jax.Array:
    """Return what does not close, [mechanism and unit, then unit]: true where flows or accounts lost or made something."""
    return jnp.concatenate([after.missing.ravel(), _drift(model, before, after)]) > 0


def causes(model: Model) -> list[str]:
    """Return what can be wrong with a future, in the order in which `fault` counts it."""
    names = list(model.by_name)
    return [
        *(f"a number stopped being finite in {name}" for name in names),
        *(f"flows of {name} lost or made {unit}: they do not close" for name in names for unit in model.units),
        *(f"accounts in {unit} do not close" for unit in model.units),
    ]


def fault(model: Model, before: State, after: State) -> jax.Array:
    """Return the index in `causes` of the first thing that is wrong after a week, or ``NO_FAULT``."""
    numbers, owners = _numbers(model, after)
    wrong = [~jnp.isfinite(numbers), leaks(model, before, after)]
    index = [*owners, *range(len(model.by_name), len(causes(model)))]
    none = len(causes(model))
    first = jnp.where(jnp.concatenate(wrong), jnp.asarray(index, int), none).min(initial=none)
    return jnp.where(first < none, first, NO_FAULT)


def step(
    model: Model,
    setup: Setup,
    start: Start,
    state: State,
    variants: Sequence[jax.Array],
    week: jax.Array,
    luck: Luck,
) -> tuple[State, dict[str, jax.Array]]:
    """Advance one week; return the new state and every outcome of the week.

    ``variants`` are this week's orders by variant, as `campaign.orders_now` takes them; ``luck`` is the future's of this week. Flow
    outcomes are amounts of this week; level outcomes are read after it.
    """
    may_fire, parameters = setup.may_fire, setup.parameters
    clock = notes.fields_of(conditions.OWNER, "controls", setup.controls)
    orders = campaign.orders_now(clock, may_fire, state.campaign, variants, week)
    stocks = _balances(model, start, state.accounts)
    owned = {name: Own(parameters[name], start.constants[name], state.own[name]) for name in model.by_name}
    view = _view(model, setup, orders, week, stocks, owned)
    proposals = {name: _propose(model, name, view, owned, luck) for name in model.by_name}
    stored = {account: state.accounts[name] for name, account in model.accounts.items()}
    flows, noise = {name: proposal.flows for name, proposal in proposals.items()}, luck if model.noise else None
    after, booked = integrate(stocks, stored, flows, model.dt, noise, closely=model.check_every_week)
    accounts = {account.name: value for account, value in after.items()}
    closing = _balances(model, start, accounts)
    moved = Moved(booked, {n: p.memo for n, p in proposals.items()}, closing, model.dt)
    own = {
        name: m.settle(view.by(name), owned[name], moved.by(name), proposals[name].memo)
        for name, m in model.by_name.items()
    }
    now = {name: Own(parameters[name], start.constants[name], own[name]) for name in model.by_name}
    end = _view(model, setup, orders, week, closing, now)
    outcomes = {
        id_: outcome.compute(end.by(name), now[name], moved.by(name)) for id_, (name, outcome) in model.outcomes.items()
    }
    stopped = end[CAMPAIGN_STOPPED] > 0
    totals, own_luck = _totals(model, setup.world, outcomes), luck.of(conditions.OWNER)
    observed = campaign.observe(clock, may_fire, state.campaign, totals, week, own_luck, stopped)
    return State(accounts, own, observed, state.missing + _by_cause(model, booked.missing)), outcomes


def check(model: Model, setup: Setup) -> None:
    """Open a model, let it go one week under the plan's first orders, and check that everything closes.

    For when a mechanism is built: a run counts the same in every week, and fails its futures.

    Raises
    ------
    ModelError : names the mechanisms, and what they lose or make.
    """
    closely = dataclasses.replace(model, noise=False, check_every_week=True)

    def first_week(setup: Setup) -> jax.Array:
        before, after = _first_week(closely, setup)
        return leaks(closely, before, after)

    found = np.asarray(jax.jit(first_week)(setup))
    wrong = [cause for cause, leaks in zip(causes(model)[len(model.by_name) :], found, strict=True) if leaks]
    if wrong:
        raise ModelError(*wrong)


def _first_week(model: Model, setup: Setup) -> tuple[State, State]:
    """Return the state of the opening and that a week later, under the first orders of a plan as written."""
    orders = jax.tree.map(lambda x: x[0, 0], setup.controls.orders)
    setup = dataclasses.replace(setup, controls=dataclasses.replace(setup.controls, orders=orders))
    variants = [packed(orders, 0)] * 2**VARIANT_BITS
    luck, week = Luck(jax.random.key(0), noisy=model.noise), jnp.zeros((), int)
    start, before = begin(model, setup, orders)
    after, _ = step(model, setup, start, before, variants, week, luck)
    return before, after


def _by_cause(model: Model, missing: Mapping[tuple[str, str], jax.Array]) -> jax.Array:
    """Return what is missing by mechanism and unit [mechanism, unit]."""
    if not missing:
        return jnp.zeros((len(model.by_name), len(model.units)))
    place = [[[key == (name, unit) for unit in model.units] for name in model.by_name] for key in missing]
    return jnp.einsum("k,kmu->mu", jnp.stack(list(missing.values())), jnp.asarray(place, float))


def draws(model: Model, setup: Setup, start: Start, state: State, variants: Sequence[jax.Array]) -> dict[str, Shape]:
    """Return the shape of every draw of a week by its address, found by tracing one week."""
    requested: dict[str, Shape] = {}
    luck = Luck(jax.random.key(0), noisy=model.noise, requested=requested)
    week = jnp.zeros((), int)
    jax.eval_shape(lambda: step(model, setup, start, state, variants, week, luck))
    return requested


def traced(model: Model, setup: Setup) -> Notes:
    """Return everything that is read and moved when a model opens and goes one week, wherever it is read."""
    with notes.taken() as found:
        jax.eval_shape(lambda: _first_week(model, setup))
    return found


def who_feeds_whom(model: Model, found: Notes) -> set[tuple[str, str, str]]:
    """Return (reader, what, provider) triples of what was traced: the generated diagram of the model's couplings.

    The providers of a stock or a flow are all mechanisms that move it; of a stock that nobody moves, all that have it among their accounts.
    """
    provider = {signal.name: {name} for name, m in model.by_name.items() for signal in m.signals}
    opened = {
        account.name: {name for name, m in model.by_name.items() if account in m.accounts}
        for account in model.accounts.values()
    }

    def providers(read: Read) -> set[str]:
        if read.kind == "memo":
            return {read.name}
        if read.kind == "signal":
            return provider.get(read.name, set())
        return found.movers(read) or opened.get(read.name, set())

    return {
        (read.reader, read.name, name)
        for read in found.reads
        if read.reader and read.kind not in notes.OF_THE_PLAN
        for name in providers(read)
        if name != read.reader
    }
