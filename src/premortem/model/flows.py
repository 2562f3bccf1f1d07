"""Flows and the integrator: the one place where anything moves from one account to another.

A flow is ordered in one of three ways.

- ``hazard`` [source labels], per week: competes with all other hazards on the source; leaving = N (1 - exp(-sum h)), split in proportion.
- ``amount`` [source labels and more], per week: a wanted number, turned into the hazard that alone would move exactly that number.
- ``share`` [source labels]: an event, applied after the flows, at most `LARGEST_SHARE` of a stock a week over all events.

``route`` distributes what leaves over labels that the source does not have; it sums to one over them. So every unit that leaves an account
enters another, whatever the parameters; ``closure`` holds every flow to it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from premortem.arrays import jax, jnp
from premortem.model import closure, noise, notes
from premortem.model.accounts import Account
from premortem.model.luck import Luck
from premortem.model.notes import Noted
from premortem.model.units import LARGEST_SHARE, TINY


@dataclasses.dataclass(frozen=True)
class Flow:
    """One ordered movement from ``source`` to ``target``.

    Attributes
    ----------
    name : unique within its mechanism; the address of its luck.
    labels : index labels of the ordered array, if they differ from the source's (an ``amount`` may have more).
    route, route_labels : array that distributes what leaves over new labels, and its labels. Repeated use of an index set takes a capital:
        ``"orR"`` routes from region r to region R. Where such an array would be large and mostly zero, a function from what leaves to
        what arrives, which keeps the sum. A flow that does not close is refused when it is built (`closure.check`).
    to_labels : labels of what arrives, in the target's order, if they differ from the target's own (capitals).
    noisy : whether counts are drawn; False for what is continuous or already drawn.
    """

    name: str
    source: Account
    target: Account
    hazard: jax.Array | None = None
    amount: jax.Array | None = None
    share: jax.Array | None = None
    labels: str = ""
    route: jax.Array | Callable[[jax.Array], jax.Array] | None = None
    route_labels: str = ""
    to_labels: str = ""
    noisy: bool = True

    def __post_init__(self) -> None:
        closure.check(self)


Pair = tuple[Account, Account]


@dataclasses.dataclass(frozen=True)
class Booked:
    """What one step booked.

    ``by_pair``: amounts by (source, target) on the source's labels. ``by_name``: amounts by "mechanism.flow" on the flow's labels.
    ``entered``: amounts by target on the target's labels. ``hazards``: by (source, target) on the source's labels, in this step.
    ``missing``: by (mechanism, unit), what its flows lost or made.
    """

    by_pair: dict[Pair, jax.Array] = dataclasses.field(default_factory=dict)
    by_name: dict[str, jax.Array] = dataclasses.field(default_factory=dict)
    entered: dict[Account, jax.Array] = dataclasses.field(default_factory=dict)
    hazards: dict[Pair, jax.Array] = dataclasses.field(default_factory=dict)
    missing: dict[tuple[str, str], jax.Array] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Moved:
    """What really moved this week, and the balances after it, as one mechanism (``reader``) reads it; what it reads is noted (`notes`)."""

    booked: Booked
    left: Mapping[str, Any]  # what mechanisms left to remember, by name
    closing: Mapping[Account, jax.Array]
    dt: float
    reader: str = ""

    def by(self, reader: str) -> Moved:
        """Return the same, as read by another mechanism."""
        return dataclasses.replace(self, reader=reader)

    def __call__(self, source: Account, target: Account) -> jax.Array:
        """Return what moved from one account to another, on the source's labels; zero if nothing can."""
        moved = Noted(self.reader, "flow", self.booked.by_pair).get((source, target))
        return jnp.zeros_like(self.closing[source]) if moved is None else moved

    def entered(self, target: Account) -> jax.Array:
        """Return what entered an account from anywhere, on its own labels."""
        moved = Noted(self.reader, "entered", self.booked.entered).get(target)
        return jnp.zeros_like(self.closing[target]) if moved is None else moved

    def hazard(self, source: Account, target: Account) -> jax.Array:
        """Return the risk per week, to one unit of the source, of being moved to the target.

        It is what was ordered, not what luck made of it: defined, and calm, where the stock is small or zero. Events are not in it.
        """
        hazard = Noted(self.reader, "risk", self.booked.hazards).get((source, target))
        return jnp.zeros_like(self.closing[source]) if hazard is None else hazard / self.dt

    @property
    def by_name(self) -> Mapping[str, jax.Array]:
        """What moved by "mechanism.flow", on the flow's own labels."""
        return Noted(self.reader, "own flow", self.booked.by_name)

    @property
    def memos(self) -> Mapping[str, Any]:
        """What mechanisms proposed to remember, by name."""
        return Noted(self.reader, "memo", self.left)

    @property
    def stocks(self) -> Mapping[Account, jax.Array]:
        """Balances after the week."""
        return Noted(self.reader, "stock", self.closing)


def _letters(flow: Flow) -> str:
    return flow.labels or flow.source.labels


def _sum_to(array: jax.Array, labels: str, target: str) -> jax.Array:
    return jnp.einsum(f"{labels}->{target}", array) if labels != target else array


def _arrive(flow: Flow, amount: jax.Array) -> jax.Array:
    """Return what enters the target, given what leaves on the flow's labels."""
    to = flow.to_labels or flow.target.labels
    labels = _letters(flow)
    if flow.route is None:
        return _sum_to(amount, labels, to)
    if callable(flow.route):
        return flow.route(amount)
    return jnp.einsum(f"{labels},{flow.route_labels}->{to}", amount, flow.route)


def _leaving_per_hazard(total: jax.Array) -> jax.Array:
    """Return (1 - exp(-H))/H, continuous at H = 0."""
    small = total < TINY
    return jnp.where(small, 1.0 - total / 2.0, -jnp.expm1(-total) / jnp.where(small, 1.0, total))


@dataclasses.dataclass
class _Draw:
    """One flow on its way: what is wanted or risked in this step, then what it takes."""

    owner: str
    flow: Flow
    hazard: jax.Array = dataclasses.field(default_factory=lambda: jnp.zeros(()))  # on the source's labels
    wanted: jax.Array | None = None  # on the flow's labels
    taken: jax.Array = dataclasses.field(default_factory=lambda: jnp.zeros(()))  # on the source's labels


def _counts(
    draws: Sequence[_Draw], means: Sequence[Sequence[jax.Array]], count: Any, luck: Luck | None
) -> list[jax.Array]:
    """Return noisy counts of several flows, drawn in one go; expected values of the flows without noise.

    ``means`` holds the arguments of ``count`` for each flow; their product is the expected value.
    """
    result = [math.prod(arguments[1:], start=arguments[0]) for arguments in means]
    if luck is None:
        return result
    noisy = [i for i, draw in enumerate(draws) if draw.flow.noisy]
    uniforms = [luck.of(draws[i].owner).uniform(draws[i].flow.name, result[i].shape) for i in noisy]
    arguments = [[jnp.broadcast_to(x, result[i].shape) for x in means[i]] for i in noisy]
    for i, counted in zip(noisy, noise.together(count, arguments, uniforms), strict=True):
        result[i] = counted
    return result


def _order(draws: Sequence[_Draw], stocks: Mapping[Account, jax.Array], dt: float, luck: Luck | None) -> None:
    """Turn what flows order into hazards of this step; wanted amounts into the hazard that alone would move exactly them."""
    amounts = [draw for draw in draws if draw.flow.amount is not None]
    means = [(draw.flow.amount * dt,) for draw in amounts if draw.flow.amount is not None]
    for draw, wanted in zip(amounts, _counts(amounts, means, noise.poisson, luck), strict=True):
        draw.wanted = wanted
        source = draw.flow.source
        if not source.source:
            ordered = _sum_to(wanted, _letters(draw.flow), source.labels)
            share = jnp.minimum(ordered / jnp.maximum(stocks[source], TINY), LARGEST_SHARE)
            draw.hazard = -jnp.log1p(-share)
    for draw in draws:
        if draw.flow.hazard is not None:
            draw.hazard = draw.flow.hazard * dt


def _compete(draws: Sequence[_Draw], stocks: Mapping[Account, jax.Array], luck: Luck | None) -> None:
    """Let the hazards on each stock compete, and draw what each flow takes."""
    groups = {
        account: [draw for draw in draws if draw.flow.source == account]
        for account in sorted({draw.flow.source for draw in draws})
    }
    none = {account: jnp.zeros_like(stocks[account]) for account in groups}
    factor = {
        account: _leaving_per_hazard(sum((draw.hazard for draw in group), none[account]))
        for account, group in groups.items()
    }
    chance = [(stocks[draw.flow.source], draw.hazard * factor[draw.flow.source]) for draw in draws]
    risked = [i for i, draw in enumerate(draws) if draw.flow.hazard is not None]
    noisy = _counts([draws[i] for i in risked], [chance[i] for i in risked], noise.binomial, luck)
    for draw, (stock, probability) in zip(draws, chance, strict=True):
        draw.taken = stock * probability
    for i, taken in zip(risked, noisy, strict=True):
        draws[i].taken = taken
    # Each flow was drawn on its own, so that one flow's luck is not another's; together they cannot take more than there is. What is not
    # drawn never does, nor one flow alone.
    drawn = {draws[i].flow.source for i in risked if draws[i].flow.noisy and luck is not None}
    for account in sorted(account for account in drawn if len(groups[account]) > 1):
        group = groups[account]
        total = sum((draw.taken for draw in group), none[account])
        scale = jnp.minimum(1.0, stocks[account] / jnp.maximum(total, TINY))
        for draw in group:
            draw.taken = draw.taken * scale


def _on_flow_labels(draw: _Draw) -> jax.Array:
    """Return what a flow takes on its own labels: an amount with more labels than its source is cut in proportion."""
    labels, source = _letters(draw.flow), draw.flow.source.labels
    if draw.wanted is None or labels == source:
        return draw.taken
    ratio = draw.taken / jnp.maximum(_sum_to(draw.wanted, labels, source), TINY)
    return jnp.einsum(f"{source},{labels}->{labels}", ratio, draw.wanted)


def integrate(
    stocks: Mapping[Account, jax.Array],
    changes: Mapping[Account, jax.Array],
    proposals: Mapping[str, Sequence[Flow]],
    dt: float,
    luck: Luck | None,
    *,
    closely: bool = False,
) -> tuple[dict[Account, jax.Array], Booked]:
    """Apply all proposed flows to all accounts.

    Parameters
    ----------
    stocks : balance of every account at the start of the week.
    changes : the stored form of every account (for a wide account its change since the start, else its balance).
    proposals : flows by mechanism; mechanisms and flows are taken in the order of their names, so any order gives the same bits.
    dt : length of the step in weeks.
    luck : stream of the week; None for expected values without demographic noise.
    closely : count what is missing from every flow, and not only from those with a route, the others being sums.

    Returns
    -------
    stored form of every account after the week, and what was booked.

    Raises
    ------
    ModelError : a flow does not have the sizes of its accounts; known from shapes, before any number is.
    """
    ordered = [(owner, flow) for owner in sorted(proposals) for flow in sorted(proposals[owner], key=lambda f: f.name)]
    after = dict(changes)
    booked = Booked()

    def book(owner: str, flow: Flow, amount: jax.Array, hazard: jax.Array | None = None) -> None:
        leaves, arrives = _sum_to(amount, _letters(flow), flow.source.labels), _arrive(flow, amount)
        closure.fit(owner, flow, leaves, arrives, stocks)
        notes.moves(owner, flow.name, flow.source.name, flow.target.name)
        after[flow.source] = after[flow.source] + leaves if flow.source.source else after[flow.source] - leaves
        after[flow.target] = after[flow.target] + arrives
        pair = (flow.source, flow.target)
        booked.by_name[f"{owner}.{flow.name}"] = amount
        _add(booked.by_pair, pair, leaves)
        _add(booked.entered, flow.target, arrives)
        if hazard is not None:
            _add(booked.hazards, pair, hazard)
        if closely or flow.route is not None:
            missing = closure.missing(flow, amount, arrives, stocks[flow.source])
            _add(booked.missing, (owner, flow.source.unit), missing)

    draws = [_Draw(owner, flow) for owner, flow in ordered if flow.share is None]
    inside = [draw for draw in draws if not draw.flow.source.source]
    _order(draws, stocks, dt, luck)
    _compete(inside, stocks, luck)
    for draw in draws:
        if draw.flow.source.source:
            assert draw.wanted is not None  # `closure.check` has seen to it
            book(draw.owner, draw.flow, draw.wanted)
        else:
            book(draw.owner, draw.flow, _on_flow_labels(draw), draw.hazard)
    _apply_events([(owner, flow) for owner, flow in ordered if flow.share is not None], stocks, changes, after, book)
    # Rounding only: no flow takes more than there is.
    after = {account: value if account.wide else jnp.maximum(value, 0.0) for account, value in after.items()}
    return after, booked


def _add(sums: dict[Any, jax.Array], key: Any, amount: jax.Array) -> None:
    sums[key] = sums[key] + amount if key in sums else amount


def _apply_events(
    events: Sequence[tuple[str, Flow]],
    stocks: Mapping[Account, jax.Array],
    changes: Mapping[Account, jax.Array],
    after: dict[Account, jax.Array],
    book: Any,
) -> None:
    """Move shares of what the flows left, all events on a stock together at most `LARGEST_SHARE` of it."""
    for account in sorted({flow.source for _, flow in events}):
        mine = [(owner, flow) for owner, flow in events if flow.source == account]
        left = stocks[account] + (after[account] - changes[account])
        shares = [jnp.broadcast_to(flow.share, left.shape) for _, flow in mine if flow.share is not None]
        cap = jnp.minimum(1.0, LARGEST_SHARE / jnp.maximum(sum(shares, jnp.zeros_like(left)), TINY))
        for (owner, flow), share in zip(mine, shares, strict=True):
            book(owner, flow, left * share * cap)
