"""What a mechanism is, and the view of the world it gets.

A mechanism is one file with one ``Mechanism`` object. Each week every mechanism reads the same start-of-week view and proposes flows
(`propose`); one integrator applies all flows at once; then each mechanism sees what really moved and updates its own indices (`settle`).
None sees another's proposal of the same week, so their order cannot matter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from premortem.arrays import jax, jnp
from premortem.model import notes
from premortem.model.accounts import Account
from premortem.model.controls import Controls, Orders
from premortem.model.index_sets import CHANNELS
from premortem.model.labels import sizes
from premortem.model.luck import Luck
from premortem.model.pytrees import Nothing
from premortem.model.signals import JOINT, Signal
from premortem.model.world import World

if TYPE_CHECKING:
    from premortem.model.flows import Flow, Moved

P = TypeVar("P")
C = TypeVar("C")
S = TypeVar("S")
T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Own(Generic[P, C, S]):
    """What belongs to one mechanism: parameters ``p``, constants ``c`` solved at the start, state ``s``."""

    p: P
    c: C
    s: S


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A quantity people read: computed each week after the flows.

    ``id`` has an entry in data/outcomes.toml (unit, direction, definition). ``flow`` outcomes are amounts per week, added up over time;
    the others are levels. ``labels`` are "" or "r". Regional values add up to the national one; where ``per_resident``, the national one is
    their mean over the residents of the start.
    """

    id: str
    compute: Callable[[View, Any, Moved], jax.Array]
    labels: str = ""
    flow: bool = False
    per_resident: bool = False


@dataclasses.dataclass(frozen=True)
class Proposal:
    """What a mechanism wants to move this week, and what it wants to remember until `settle`."""

    flows: tuple[Flow, ...] = ()
    memo: Any = None


@dataclasses.dataclass(frozen=True)
class Balanced:
    """What a second pass at the start solves: constants, first state, and opening balances that follow from them."""

    constants: Any
    state: Any
    opening: Mapping[Account, jax.Array] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, eq=False)  # compared by identity: a mechanism is part of a compiled program's name
class Mechanism:
    """One mechanism of the model. What it does not do, it leaves out.

    Attributes
    ----------
    name : str
        Also the name of its parameter file, evidence chapter and tests.
    parameters, constants, state : pytree classes
        ``parameters`` has exactly the fields of ``data/parameters/<name>.toml`` that are not marked ``derived``.
    accounts : every account it moves anything into or out of.
    open : (world, p) -> opening balance of each account that does not start at zero.
    start : (View of the opening, p) -> constants and first state.
    balance : (View, Own, hazards) -> Balanced. Optional second pass at the start, given all signals and every hazard by (source, target)
        that the others propose in the first week: for what must balance against them. At rest: no orders, levers at status quo.
    balance_stage : second passes run in this order; one sees the hazards of those before it and of all without one. Signals of those
        after it are as their first pass left them.
    propose, settle : see the module.
    signals : what it provides, each a function of the start-of-week view and what it owns.
    outcomes : what it reports.
    """

    name: str
    parameters: type[Any] = Nothing
    constants: type[Any] = Nothing
    state: type[Any] = Nothing
    accounts: tuple[Account, ...] = ()
    open: Callable[[World, Any], Mapping[Account, jax.Array]] = lambda world, p: {}
    start: Callable[[View, Any], tuple[Any, Any]] = lambda view, p: (Nothing(), Nothing())
    propose: Callable[[View, Any, Luck], Proposal] = lambda view, own, luck: Proposal()
    settle: Callable[[View, Any, Moved, Any], Any] = lambda view, own, moved, memo: own.s
    signals: Mapping[Signal, Callable[[View, Any], jax.Array]] = dataclasses.field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    balance: Callable[[View, Any, Mapping[tuple[Account, Account], jax.Array]], Balanced] | None = None
    balance_stage: int = 0


@dataclasses.dataclass(frozen=True)
class View:
    """The start of a week: all stocks, all signals, this week's orders. Read only.

    ``dt`` is the length of the step in weeks (1 but in verification). What ``reader`` reads is noted (`notes`).
    """

    world: World
    controls: Controls
    orders: Orders
    week: jax.Array
    dt: float
    stocks: Mapping[Account, jax.Array]
    mechanisms: Mapping[str, Mechanism]
    owned: Mapping[str, Own[Any, Any, Any]]
    reader: str = ""
    _cache: dict[Any, Any] = dataclasses.field(default_factory=dict)

    def by(self, reader: str) -> View:
        """Return the same view, as read by another mechanism."""
        return dataclasses.replace(
            self,
            reader=reader,
            controls=notes.fields_of(reader, "controls", self.controls),
            orders=notes.fields_of(reader, "orders", self.orders),
        )

    def stock(self, account: Account) -> jax.Array:
        """Return the balance of an account at the start of the week."""
        notes.read(self.reader, "stock", account.name)
        return self.stocks[account]

    def __getitem__(self, signal: Signal) -> jax.Array:
        """Return a signal, from its provider or neutral."""
        notes.read(self.reader, "signal", signal.name)
        if signal not in self._cache:
            self._cache[signal] = self._provide(signal)
        value: jax.Array = self._cache[signal]
        return value

    def once(self, question: Callable[..., T], *own: object) -> T:
        """Return what a reader asks of the view and of what it owns, computed when it first asks: several of its signals need it."""
        key = (question, self.reader, *map(id, own))
        if key not in self._cache:
            self._cache[key] = own, question(self, *own)  # what it owns is kept, so that no other gets its id
        value: T = self._cache[key][1]
        return value

    def provided(self, signal: Signal) -> bool:
        """Return whether some mechanism of the model provides a signal: for what must act in one place only."""
        return any(signal in mechanism.signals for mechanism in self.mechanisms.values())

    def _provide(self, signal: Signal) -> jax.Array:
        for name, mechanism in self.mechanisms.items():
            if signal in mechanism.signals and name in self.owned:
                return mechanism.signals[signal](self.by(name), self.owned[name])
        if callable(signal.neutral):
            return signal.neutral(self.world)
        size = sizes(self.world, notes.unnoted(self.controls))
        return jnp.full([size[label] for label in signal.labels], signal.neutral)

    def lever(self, name: str) -> jax.Array:
        """Return a lever's level this week, in the lever's unit."""
        notes.read(self.reader, "lever", name)
        return self.orders.levers[self.controls.lever_names.index(name)]

    def status_quo(self, name: str) -> float:
        """Return a lever's status quo level."""
        return self.controls.lever_status_quo[self.controls.lever_names.index(name)]

    def delivered(self, name: str) -> jax.Array:
        """Return a lever's level as it comes about.

        What is asked of joint work above the status quo comes in proportion to its channel, at most in full. A lever in one country's own
        hand comes as asked.
        """
        level = self.lever(name)
        channel = self.controls.lever_channels[self.controls.lever_names.index(name)]
        if not channel:
            return level
        asked = level - self.status_quo(name)
        joint = self[JOINT][CHANNELS.index(channel)]
        return self.status_quo(name) + jnp.minimum(asked, asked * jnp.minimum(1.0, joint))

    def delivered_each(self, names: Sequence[str]) -> jax.Array:
        """Return levers' levels as they come about, one entry each."""
        for name in names:
            notes.read(self.reader, "lever", name)
        at = np.array([self.controls.lever_names.index(name) for name in names])
        channels = [self.controls.lever_channels[i] for i in at]
        status_quo = np.array(self.controls.lever_status_quo)[at]
        asked = self.orders.levers[at] - status_quo
        joint = jnp.minimum(1.0, self[JOINT])[np.array([CHANNELS.index(c) if c else 0 for c in channels])]
        alone = np.array([not channel for channel in channels])
        return jnp.where(alone, status_quo + asked, status_quo + jnp.minimum(asked, asked * joint))

    def approach(self, value: jax.Array, target: jax.Array, time_constant: jax.Array | float) -> jax.Array:
        """Return ``value`` after one step of relaxation towards ``target``; exact for any time constant, in weeks."""
        return value + (target - value) * -jnp.expm1(-self.dt / time_constant)
