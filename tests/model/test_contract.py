"""What every mechanism of the real list keeps, whoever writes it: held by one test over all of them.

Everything runs on the packaged theatre through two traces and one compiled week.
"""

import dataclasses
import random
from collections import Counter
from datetime import date
from functools import cache, partial
from typing import Any, get_type_hints
from unittest.mock import patch

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.interpreters import partial_eval

from premortem.analysis.couplings import default
from premortem.engine import compilation
from premortem.engine.week import Model, Setup, Start, State, begin, causes, draws, leaks, step, traced
from premortem.evidence import outcomes
from premortem.model import conditions
from premortem.model.controls import Controls, at_rest, packed
from premortem.model.index_sets import VARIANT_BITS
from premortem.model.luck import Luck, address, draw_all
from premortem.model.mechanism import Mechanism, Own, View
from premortem.model.mechanisms.movement import MOVEMENT
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.notes import Notes
from premortem.model.pytrees import pytree
from premortem.plan.language import catalogue
from tests.model.given import parameters
from tests.model.toys import orders, toy_world

UNREAD: dict[str, tuple[date, str]] = {}
"""What nothing reads yet, with the day it was listed and why: an entry that is read after all, or is gone, fails the test."""

OF_ITSELF = {
    "incident_factor": "over incidents without any deconfliction",
    "people_choice": "log odds for each unit of cost",
    "raid_tempo": "over that under an area command",
    "room": "what ways can take, over what is sent",
    "wrong": "over actions without friction between agencies",
    "yield": "over leads without friction between agencies",
}
"""Signals that are a ratio or a logarithm, but of something else than the start."""

OF_TWO_SHAPES = {f"rivalry State.{heat}.{part}" for heat in ("regional", "national") for part in ("value", "variance")}
"""One record, by region and for the nation: logarithms of violence, and their variances."""

DRAWS = 12
US_ACCOUNTS = (
    "killed_by_us",
    "us_dead_other",
    "us_forward",
    "us_killed_by_mx",
    "us_killed_hostile",
    "us_ready",
    "us_wounded_out",
)


@cache
def model() -> tuple[Model, Setup]:
    return default()


def at_first(setup: Setup) -> Setup:
    """Return what a run is given with the orders of its first week alone."""
    orders = jax.tree.map(lambda x: x[0, 0], setup.controls.orders)
    return dataclasses.replace(setup, controls=dataclasses.replace(setup.controls, orders=orders))


@cache
def notes() -> Notes:
    return traced(*model())


def weeks(model: Model, setup: Setup, count: int = 3) -> dict[str, jax.Array]:
    """Return the outcomes of some weeks under the first orders."""
    orders = setup.controls.orders
    start, state = begin(model, setup, orders)
    variants = [packed(orders, 0)] * 2**VARIANT_BITS

    def tick(state: State, week: jax.Array) -> tuple[State, dict[str, jax.Array]]:
        luck = Luck(jax.random.fold_in(jax.random.key(0), week))
        return step(model, setup, start, state, variants, week, luck)

    found: dict[str, jax.Array] = jax.lax.scan(tick, state, jnp.arange(count))[1]
    return found


@cache
def program(mechanisms: tuple[Mechanism, ...]) -> tuple[Any, list[Any]]:
    """Return what outcomes of some weeks are as a program of parameters, levers, orders and controls, and the path of each argument."""
    setup = model()[1]
    frame = at_first(setup).controls
    levers = [frame.orders.levers[i] for i in range(len(frame.lever_names))]

    def outcomes_of(parameters: Any, levers: Any, controls: Controls) -> Any:
        orders = dataclasses.replace(controls.orders, levers=jnp.stack(levers))
        own = dataclasses.replace(controls, orders=orders)
        return weeks(Model(mechanisms), dataclasses.replace(setup, controls=own, parameters=parameters))

    arguments = (setup.parameters, levers, frame)
    places = [path for path, _ in jax.tree_util.tree_flatten_with_path(arguments)[0]]
    return jax.make_jaxpr(outcomes_of)(*arguments), places


@cache
def used() -> dict[str, bool]:
    """Return whether the outcomes of some weeks depend on each parameter, each lever and each field of the orders and controls."""
    traced, places = program(MECHANISMS)
    _, read = partial_eval.dce_jaxpr(traced.jaxpr, [True] * len(traced.jaxpr.outvars))
    lever_names = model()[1].controls.lever_names

    def name(path: Any) -> str:
        first, *rest = path
        words = [str(getattr(key, "key", getattr(key, "name", getattr(key, "idx", "")))) for key in rest]
        if first.idx == 1:
            return f"lever {lever_names[int(words[0])]}"
        return f"{('parameter', '', 'controls')[first.idx]} {'.'.join(words)}"

    return {name(path): bool(is_read) for path, is_read in zip(places, read, strict=True)}


def unread() -> set[str]:
    signals = {f"signal {signal.name}" for mechanism in MECHANISMS for signal in mechanism.signals}
    read = {f"signal {read.name}" for read in notes().reads if read.kind == "signal"}
    return {name for name, is_read in used().items() if not is_read and name != "controls orders.levers"} | (
        signals - read
    )


def test_every_parameter_lever_order_and_signal_is_read_but_for_what_is_listed() -> None:
    assert sorted(unread()) == sorted(UNREAD)


def test_what_outcomes_depend_on_of_a_plan_is_noted_with_its_reader() -> None:
    noted = {f"controls orders.{read.name}" for read in notes().reads if read.kind == "orders"}
    noted |= {f"controls {read.name}" for read in notes().reads if read.kind == "controls"}
    depended = {name for name, is_read in used().items() if is_read and name.startswith("controls ")}
    assert depended
    assert depended <= noted


@pytree
class Week:
    """What a week shows: what does not close, the accounts after it, and the signals with which the run began, by name."""

    lost: jax.Array
    accounts: dict[str, jax.Array]
    signals: dict[str, jax.Array]


def one_week(model: Model, setup: Setup, factors: dict[str, jax.Array]) -> Week:
    """Return a week from a state whose stocks are multiplied."""
    orders = setup.controls.orders
    start, state = begin(model, setup, orders)
    accounts = {name: value * factors[name] for name, value in state.accounts.items()}
    before = dataclasses.replace(state, accounts=accounts)
    variants = [packed(orders, 0)] * 2**VARIANT_BITS
    luck, week = Luck(jax.random.key(0)), jnp.zeros((), int)
    after, _ = step(model, setup, start, before, variants, week, luck)
    return Week(leaks(model, before, after), after.accounts, at_the_start(model, setup, start, state))


def at_the_start(model: Model, setup: Setup, start: Start, state: State) -> dict[str, jax.Array]:
    """Return all signals that somebody provides, before anything is ordered."""
    rest = at_rest(setup.controls, setup.controls.orders)
    owned = {name: Own(setup.parameters[name], start.constants[name], state.own[name]) for name in model.by_name}
    stocks = {account: start.opening[name] for name, account in model.accounts.items()}
    week = jnp.zeros((), int)
    view = View(setup.world, setup.controls, rest, week, model.dt, stocks, model.by_name, owned)
    return {signal.name: view[signal] for mechanism in model.mechanisms for signal in mechanism.signals}


def closely(model: Model, setup: Setup, factors: dict[str, float]) -> tuple[list[str], Week]:
    """Return what does not close in a week from a state whose stocks are multiplied, in words, and the week."""
    by_name = {name: np.float32(factors.get(name, 1.0)) for name in model.accounts}
    # once a process has simulated, programs of our mechanisms are kept: what tests make of them is not
    with patch.object(compilation, "_ours", lambda _: False):
        found = compilation.program(one_week, model, setup, by_name, quick=True)(setup, by_name)
    words = causes(model)[len(model.by_name) :]
    return [cause for cause, bad in zip(words, np.asarray(found.lost), strict=True) if bad], found


@cache
def drawn() -> Any:
    """Return the parameters of some futures, drawn from their priors."""
    return parameters(MECHANISMS, model()[1].world, DRAWS, at_median=False)


def week_of(
    factors: dict[str, float], draw: int = 0, levers: float | None = None, effort: float = 1.0
) -> tuple[list[str], Week]:
    """Return what does not close in a week, and the week: stocks times ``factors``, parameters of a draw, every lever at a share of
    the way from its lowest to its highest level or at its status quo, the campaign's orders times ``effort``."""
    engine, setup = model()
    controls = setup.controls
    engine = dataclasses.replace(engine, check_every_week=True)
    orders = jax.tree.map(lambda x: np.asarray(x[0, 0]) * np.float32(effort), controls.orders)
    known, level = catalogue.levers(), np.asarray(controls.lever_status_quo)
    if levers is not None:
        ends = [(known[name].low, known[name].high) for name in controls.lever_names]
        level = np.asarray([low + levers * (high - low) for low, high in ends])
    frame = dataclasses.replace(controls, orders=dataclasses.replace(orders, levers=level.astype(np.float32)))
    mine = jax.tree.map(lambda x: np.asarray(x[draw]), drawn())
    return closely(engine, Setup(setup.world, frame, mine), factors)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_unit_closes_from_any_stocks_under_any_parameters(data: st.DataObject) -> None:
    names = sorted(name for name, account in model()[0].accounts.items() if not account.source)
    chosen = data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from([0.0, 1e-6, 0.1, 3.0, 1e3]), max_size=8))
    draw, levers = data.draw(st.integers(0, DRAWS - 1)), data.draw(st.none() | st.floats(0, 1))
    assert week_of(chosen, draw, levers)[0] == []


def test_without_effort_the_campaign_moves_nobody_at_all() -> None:
    accounts = week_of({}, effort=0.0)[1].accounts
    assert {name: float(jnp.abs(accounts[name]).max()) for name in US_ACCOUNTS} == dict.fromkeys(US_ACCOUNTS, 0.0)


def test_a_run_begins_where_the_start_is() -> None:
    """What is a ratio to the start, or the logarithm of one, begins at its neutral value, whatever the parameters.

    Ways have room for all that is sent at the start.
    """
    signals = {signal.name: signal for mechanism in MECHANISMS for signal in mechanism.signals}
    relative = {s.name: s.neutral for s in signals.values() if s.unit in {"ratio", "log"} and s.name not in OF_ITSELF}
    for draw in range(DRAWS):
        found = week_of({}, draw)[1].signals
        off = {name: float(np.abs(np.asarray(found[name]) - neutral).max()) for name, neutral in relative.items()}
        assert {name: by for name, by in off.items() if not by <= 1e-5} == {}
        assert np.asarray(found["room"]).min() >= 1.0


def test_no_mechanism_can_move_anothers_luck() -> None:
    """Luck is drawn at the address of its owner and name: no two draws of a week share one, and one draw more moves no other."""
    engine, setup = model()
    first = at_first(setup)
    found: dict[str, Any] = {}

    def trace() -> None:
        start, state = begin(engine, first, first.controls.orders)
        variants = [packed(first.controls.orders, 0)] * 2**VARIANT_BITS
        found.update(draws(engine, first, start, state, variants))

    jax.eval_shape(trace)
    owners = {place.partition(".")[0] for place in found}
    assert owners <= {mechanism.name for mechanism in MECHANISMS} | {conditions.OWNER}
    assert len({address(place) for place in found}) == len(found)
    key = jax.random.key(7)
    alone = draw_all(key, found)
    one_more = {f"{owner}.one more": (7,) for owner in sorted(owners)} | found
    together = draw_all(key, one_more)
    assert [place for place in found if not np.array_equal(together[place], alone[place])] == []


def test_the_order_of_the_list_does_not_matter() -> None:
    shuffled = tuple(random.Random(1).sample(MECHANISMS, len(MECHANISMS)))
    assert shuffled != MECHANISMS
    assert str(program(shuffled)[0]) == str(program(MECHANISMS)[0])


def test_whoever_proposes_first_the_same_bits_move() -> None:
    """A model sorts its mechanisms by name; here they are asked in the opposite order."""
    real = (MOVEMENT, RECRUITMENT, RIVALRY)
    sorted_, reversed_ = Model(real), Model(real)
    vars(reversed_)["by_name"] = dict(reversed(sorted_.by_name.items()))
    values = jax.tree.map(lambda x: jnp.asarray(x[0]), parameters(real, toy_world()))
    setup = at_first(Setup(toy_world(), orders(1), values))
    first, second = (jax.jit(partial(weeks, model))(setup) for model in (sorted_, reversed_))
    assert list(reversed_.by_name) == ["rivalry", "recruitment", "movement"]
    assert [name for name in first if not np.array_equal(first[name], second[name])] == []


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda m: m.name)
def test_every_flow_goes_between_accounts_of_its_mechanism_and_every_outcome_is_declared(mechanism: Any) -> None:
    own = {account.name for account in mechanism.accounts}
    flows = [flow for flow in notes().flows if flow.owner == mechanism.name]
    divided = {account.name for other in MECHANISMS for account in other.accounts if account.divides}
    strange = {f.flow for f in flows if not {f.source, f.target} <= own and not f.source == f.target in divided}
    assert strange == set()
    assert {outcome.id for outcome in mechanism.outcomes} <= set(outcomes.load())


def test_a_signal_has_one_provider_and_an_outcome_one_reporter() -> None:
    signals = Counter(signal.name for mechanism in MECHANISMS for signal in mechanism.signals)
    reported = Counter(outcome.id for mechanism in MECHANISMS for outcome in mechanism.outcomes)
    assert [name for count in (signals, reported) for name, times in count.items() if times > 1] == []


def undeclared(record: Any, place: str) -> list[str]:
    """Return the arrays of a mechanism's constants or state that declare no unit, those of records within it too."""
    within = get_type_hints(record)
    found = []
    for field in dataclasses.fields(record):
        here, kind = f"{place}.{field.name}", within[field.name]
        if dataclasses.is_dataclass(kind):
            found += undeclared(kind, here)
        elif not {"unit", "labels"} <= set(field.metadata):
            found.append(here)
    return found


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda m: m.name)
def test_constants_and_state_declare_their_units_and_labels(mechanism: Any) -> None:
    found = [
        place
        for what in (mechanism.constants, mechanism.state)
        for place in undeclared(what, f"{mechanism.name} {what.__name__}")
    ]
    assert [place for place in found if place not in OF_TWO_SHAPES] == []
