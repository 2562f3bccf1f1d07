"""Whether everything that leaves an account enters another.

Three checks, from the moment a flow is written down to the end of a run.

- `check`, when a flow is built: its labels and units, and the sums of its route as far as its numbers are known; `fit`, its sizes.
- `missing`, in every week of a run: what a routed flow loses or makes, beyond rounding.
- `drift`, once a quarter: what all accounts of a unit lose or make together, beyond rounding.

Rounding: a sum of n numbers in float32 is off by about sqrt(n) 2**-24 of the sum of their sizes, hardly ever by eight times that
(N. J. Higham and T. Mary, "A new approach to probabilistic rounding error analysis", SIAM J. Sci. Comput. 41(5), 2019, theorem 2.4). The
largest flow adds 7,000 numbers: 4e-5, less than `CLOSES_TO`, which is half of one in ten thousand. A test holds the model to both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from premortem.arrays import jax, jnp
from premortem.errors import ModelError
from premortem.model.accounts import Account
from premortem.model.units import CLOSES_TO, TINY

if TYPE_CHECKING:
    from premortem.model.flows import Flow


@contextmanager
def named(mechanism: str) -> Iterator[None]:
    """Put the mechanism's name before what is wrong with its flows."""
    try:
        yield
    except ModelError as error:
        raise ModelError(f"mechanism {mechanism}, {error}") from None


def check(flow: Flow) -> None:
    """Check that a flow closes, as far as is known when it is built.

    Raises
    ------
    ModelError : its accounts count different things, its labels do not fit them, or its route does not hand on all that it is given.
    """
    for wrong in (_structure(flow), _route(flow)):
        if wrong:
            raise ModelError(f"flow {flow.name}: {wrong}")


def _structure(flow: Flow) -> str:
    """Return what is wrong with the parts of a flow, whatever its numbers."""
    source, target = flow.source, flow.target
    labels, to = flow.labels or source.labels, flow.to_labels or target.labels
    reach = labels + flow.route_labels
    ordered = [x for x in (flow.hazard, flow.amount, flow.share) if x is not None]
    rules: Iterable[tuple[bool, str]] = (
        (len(ordered) == 1, "order a hazard, an amount or a share, and only one of them"),
        (source.unit == target.unit, f"{source.name} counts in {source.unit}, {target.name} in {target.unit}"),
        (not source.source or flow.amount is not None, f"{source.name} is the world outside, which gives amounts"),
        (flow.amount is not None or labels == source.labels, f"only an amount has other labels than {source.name}"),
        (set(source.labels) <= set(labels), f"labels {labels!r} lack some of {source.name}'s {source.labels!r}"),
        (to.lower() == target.labels, f"to_labels {to!r} are not {target.name}'s {target.labels!r}"),
        (_is_array(flow.route) or not flow.route_labels, "route_labels name the axes of a route that is an array"),
        (callable(flow.route) or set(to) <= set(reach), f"nothing says how {target.name}'s {to!r} come from {reach!r}"),
    )
    return next((wrong for right, wrong in rules if not right), "")


def _is_array(route: object) -> bool:
    return route is not None and not callable(route)


def _route(flow: Flow) -> str:
    """Return what is wrong with the sums of a route, as far as its numbers are known; a function is asked about unequal numbers."""
    if flow.route is None:
        return ""
    if callable(flow.route):
        return _probed(flow.route, flow.amount if flow.share is None and flow.hazard is None else _order(flow))
    new = tuple(i for i, label in enumerate(flow.route_labels) if label not in (flow.labels or flow.source.labels))
    if not _known(flow.route):
        return ""
    sums = np.asarray(flow.route).sum(new)
    off = float(np.abs(sums - 1.0).max(initial=0.0))
    return f"rows of its route do not sum to one but differ by up to {off:.3g}" if off > CLOSES_TO else ""


def _order(flow: Flow) -> Any:
    return flow.hazard if flow.share is None else flow.share


def _probed(route: Callable[[jax.Array], jax.Array], ordered: Any) -> str:
    if not _known(ordered):
        return ""
    whole = np.asarray(ordered)
    leaves = whole * np.linspace(1.0, 2.0, whole.size, dtype=whole.dtype).reshape(whole.shape)
    arrives = route(jnp.asarray(leaves))
    if not _known(arrives):
        return ""
    left, came = float(leaves.sum()), float(arrives.sum())
    return f"its route hands on {came:.6g} of {left:.6g}" if abs(came - left) > CLOSES_TO * abs(left) + TINY else ""


def _known(array: Any) -> bool:
    return not isinstance(array, jax.core.Tracer)


def fit(owner: str, flow: Flow, leaves: jax.Array, arrives: jax.Array, stocks: Mapping[Account, jax.Array]) -> None:
    """Check that a flow's accounts are there and have its sizes: spread over more places, it would be counted more than once.

    Raises
    ------
    ModelError : with the name of its mechanism.
    """
    for account, moved, verb in ((flow.source, leaves, "leaves"), (flow.target, arrives, "enters")):
        if account not in stocks:
            raise ModelError(f"mechanism {owner}, flow {flow.name}: no mechanism has {account.name} among its accounts")
        if moved.shape != stocks[account].shape:
            found = f"what {verb} {account.name} has shape {moved.shape}, the account {stocks[account].shape}"
            raise ModelError(f"mechanism {owner}, flow {flow.name}: {found}")


def missing(flow: Flow, amount: jax.Array, arrives: jax.Array, stock: jax.Array) -> jax.Array:
    """Return what a flow loses or makes, and what it moves backwards, beyond rounding: zero for a flow that closes.

    ``amount`` is what leaves, ``arrives`` what enters, ``stock`` the balance of its source at the start of the week.
    """
    moved, net, came = _total(jnp.abs(amount)), _total(amount), _total(arrives)
    whole = moved if flow.source.source else moved + _total(stock)
    lost = jnp.maximum(jnp.abs(came - net) - CLOSES_TO * moved - TINY, 0.0)
    backwards = (moved - net) / 2.0
    return lost + jnp.maximum(backwards - CLOSES_TO * whole - TINY, 0.0)


def _total(array: jax.Array) -> jax.Array:
    """Return the sum of an array, as a product with ones: futures side by side, it takes a fraction of a reduction's time."""
    return jnp.ones(array.size) @ array.ravel()


def drift(
    accounts: Iterable[Account], units: Iterable[str], before: Mapping[str, jax.Array], after: Mapping[str, jax.Array]
) -> jax.Array:
    """Return what all accounts of each unit lost or made together, beyond rounding [unit].

    ``before`` and ``after`` are stored forms by account name. The world outside counts what it gives, against the others.
    """
    opened = list(accounts)

    def of(unit: str) -> jax.Array:
        mine = [account for account in opened if account.unit == unit]
        change = sum((1.0 - 2.0 * a.source) * (after[a.name] - before[a.name]).sum() for a in mine)
        size = sum(jnp.abs(after[a.name]).sum() for a in mine)
        return jnp.maximum(jnp.abs(change) - CLOSES_TO * size - TINY, 0.0)

    return jnp.asarray([of(unit) for unit in units], float)
