"""The campaign's own clock: what decision-makers observe, which branches fire, when it stops, and what stays afterwards.

Decision-makers do not see the state. An observable is an outcome, at its reporting lag, with an error. Branches and exits of a plan are
conditions over observables, compiled here from postfix programs while tracing: part of the simulation, never evaluated as text.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import jax
import jax.numpy as jnp

from premortem.model.controls import Controls, Orders, Program
from premortem.model.index_sets import AFTER
from premortem.model.luck import Luck
from premortem.model.pytrees import pytree
from premortem.model.units import NEGLIGIBLE_DIVISOR, NEVER


@pytree
class Campaign:
    """The campaign so far. ``NEVER`` marks what has not happened.

    ``stop_week`` [] week in which the campaign ends; ``fired`` [branch] week in which each branch fired;
    ``sums`` [observable] running sums;
    ``reports`` one queue of unreported values per observable; ``windows`` one window of past values per avg or change.
    """

    stop_week: jax.Array
    fired: jax.Array
    sums: jax.Array
    reports: tuple[jax.Array, ...]
    windows: tuple[jax.Array, ...]


def _windows(programs: tuple[Program, ...]) -> list[int]:
    return [int(value) for program in programs for op, value in program if op in {"avg", "change"}]


def begin(controls: Controls) -> Campaign:
    """Return the campaign before its first week."""
    programs = tuple(branch.condition for branch in controls.branches)
    return Campaign(
        stop_week=controls.stop_week,
        fired=jnp.full(len(controls.branches), NEVER),
        sums=jnp.zeros(len(controls.observables)),
        reports=tuple(jnp.full(seen.lag + 1, jnp.nan) for seen in controls.observables),
        windows=tuple(jnp.full(weeks + 1, jnp.nan) for weeks in _windows(programs)),
    )


def orders_now(controls: Controls, campaign: Campaign, variants: Orders, week: jax.Array) -> Orders:
    """Return the orders of this week: those of the variant that fired branches select, faded out once the campaign has stopped.

    ``variants`` has leaves ``[variant, ...]``. Measures go on to their own end; task forces leave over the withdrawal weeks.
    """
    bits = sum(
        (
            jnp.where(week >= campaign.fired[i] + 1 + branch.delay, 2**branch.bit, 0)
            for i, branch in enumerate(controls.branches)
            if branch.bit >= 0
        ),
        jnp.zeros((), int),
    )
    orders: Orders = jax.tree.map(lambda leaf: leaf[bits if controls.branches else 0], variants)
    after = jnp.maximum(week - campaign.stop_week, 0.0)
    stopped = week >= campaign.stop_week
    stays = controls.residual_share * controls.after[AFTER.index("residual_presence")]
    present = jnp.where(stopped, jnp.maximum(1.0 - after / controls.withdrawal_weeks, stays), 1.0)
    handed = jnp.where(stopped, controls.after[AFTER.index("handover_mexico")], 0.0)
    at_home = jnp.where(stopped, jnp.maximum(present, controls.after[AFTER.index("handover_law_enforcement")]), 1.0)
    return dataclasses.replace(
        orders,
        people=orders.people * present,
        zone_share=jnp.where(stopped, 0.0, orders.zone_share),
        zone_in_force=jnp.where(stopped, 0.0, orders.zone_in_force),
        home_people=orders.home_people * at_home,
        partner_people=orders.partner_people * jnp.where(stopped, jnp.maximum(handed, present), 1.0),
        in_force=jnp.where(stopped, 0.0, orders.in_force),
    )


def observe(
    controls: Controls,
    campaign: Campaign,
    outcomes: Mapping[str, jax.Array],
    week: jax.Array,
    luck: Luck,
    stopped: jax.Array | bool = False,
) -> Campaign:
    """Return the campaign after the week: reports received, branches fired, stops ordered.

    ``stopped`` is whether a mechanism has stopped the campaign, this week or earlier: it then ends before the next week.

    Branches fire only while the campaign is in force: what holds before its start neither changes nor ends it.
    An outcome that no mechanism of the model reports is never seen: conditions on it stay false.
    """
    sums, reports, seen = [], [], {}
    for i, observable in enumerate(controls.observables):
        value = sum((outcomes[id_].sum() if id_ in outcomes else jnp.nan for id_ in observable.outcomes), jnp.zeros(()))
        total = campaign.sums[i] + value
        error = jnp.exp(observable.error * luck.normal(observable.name)) if observable.error else 1.0
        queue = jnp.append(campaign.reports[i][1:], (total if observable.form == "cumulative" else value) * error)
        sums.append(total)
        reports.append(queue)
        seen[observable.name] = queue[0]
    seen["week"] = week - controls.start_week
    memory = iter(campaign.windows)
    windows: list[jax.Array] = []
    fired: list[jax.Array] = []
    stop = jnp.where(stopped, jnp.minimum(campaign.stop_week, week + 1), campaign.stop_week)
    for i, branch in enumerate(controls.branches):
        holds = _evaluate(branch.condition, seen, memory, windows)
        in_force = (week >= controls.start_week) & (week < campaign.stop_week)
        first = jnp.where((campaign.fired[i] == NEVER) & holds & in_force, week, campaign.fired[i])
        fired.append(first)
        if branch.bit < 0:
            stop = jnp.minimum(stop, first + 1 + branch.delay)
    return Campaign(
        stop,
        jnp.stack(fired) if fired else campaign.fired,
        jnp.stack(sums) if sums else campaign.sums,
        tuple(reports),
        tuple(windows),
    )


def _evaluate(
    program: Program, seen: Mapping[str, jax.Array], memory: Iterator[jax.Array], windows: list[jax.Array]
) -> jax.Array:
    """Return whether a condition holds; a value that is not known yet, or a division by nearly nothing, makes its comparison false."""
    stack: list[jax.Array] = []
    for op, value in program:
        if op == "number":
            stack.append(jnp.asarray(value))
        elif op == "observed":
            stack.append(seen[str(value)])
        elif op in {"avg", "change"}:
            window = jnp.append(next(memory)[1:], stack.pop())
            windows.append(window)
            known = window if op == "change" else window[1:]
            mean = jnp.nanmean(known)
            oldest = known[jnp.argmax(~jnp.isnan(known))]
            stack.append(mean if op == "avg" else known[-1] - oldest)
        elif op == "neg":
            stack.append(-stack.pop())
        elif op == "not":
            stack.append(~stack.pop())
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(_BINARY[op](left, right))
    return jnp.asarray(stack.pop(), bool)


def _divide(left: jax.Array, right: jax.Array) -> jax.Array:
    fine = jnp.abs(right) >= NEGLIGIBLE_DIVISOR
    return jnp.where(fine, left / jnp.where(fine, right, 1.0), jnp.nan)


_BINARY: Mapping[str, Callable[[jax.Array, jax.Array], jax.Array]] = {
    "+": jnp.add,
    "-": jnp.subtract,
    "*": jnp.multiply,
    "/": _divide,
    "<": jnp.less,
    "<=": jnp.less_equal,
    ">": jnp.greater,
    ">=": jnp.greater_equal,
    "and": jnp.logical_and,
    "or": jnp.logical_or,
}
