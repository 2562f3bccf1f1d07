"""The campaign's own clock: what decision-makers observe, which branches fire, when it stops, and what stays afterwards.

Decision-makers do not see the state. An observable is an outcome, at its reporting lag, with an error. Branches and exits of a plan are
conditions over observables, as data (``premortem.model.conditions``): part of the simulation, never evaluated as text.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from premortem.arrays import jax, jnp
from premortem.model.conditions import Conditions, evaluate, report
from premortem.model.controls import Controls, Orders, unpacked
from premortem.model.index_sets import AFTER
from premortem.model.luck import Luck
from premortem.model.pytrees import pytree
from premortem.model.units import NEVER


@pytree
class Campaign:
    """The campaign so far. ``NEVER`` marks what has not happened.

    ``stop_week`` [] week in which the campaign ends; ``fired`` [branch] week in which each branch fired, unused room included;
    ``sums`` [observable] running sums; ``reports`` [observable, week modulo the room] what is or will be reported; ``windows``
    [window, week modulo the room] past values of every avg or change. Not a number: not known.
    """

    stop_week: jax.Array
    fired: jax.Array
    sums: jax.Array
    reports: jax.Array
    windows: jax.Array


def begin(controls: Controls, conditions: Conditions) -> Campaign:
    """Return the campaign before its first week."""
    observables = len(conditions.lag)
    return Campaign(
        stop_week=controls.stop_week,
        fired=jnp.full(len(conditions.result), NEVER),
        sums=jnp.zeros(observables),
        reports=jnp.full((observables, conditions.report_weeks), jnp.nan),
        windows=jnp.full((conditions.windows + 1, conditions.window_weeks), jnp.nan),
    )


def orders_now(
    controls: Controls, conditions: Conditions, campaign: Campaign, variants: Sequence[jax.Array], week: jax.Array
) -> Orders:
    """Return the orders of this week: those of the variant that fired branches select, faded out once the campaign has stopped.

    ``variants``: the week's orders by variant, each `packed`, two to the power of ``VARIANT_BITS``; ``controls.orders`` has their shapes.
    Measures go on to their own end; task forces leave over the withdrawal weeks.
    """
    in_effect = (week >= campaign.fired + 1 + conditions.delay)[:, None]
    bits = jnp.where(in_effect, conditions.sets, 0.0).max(0) > 0
    chosen = list(variants)
    for bit in reversed(range(len(conditions.sets[0]))):
        half = len(chosen) // 2
        chosen = [jnp.where(bits[bit], chosen[half + i], chosen[i]) for i in range(half)]
    # Chosen once and kept: XLA would choose again in every loop that reads one of the orders.
    kept: jax.Array = jax.lax.optimization_barrier(chosen[0])  # type: ignore[no-untyped-call]
    orders = unpacked(kept, controls.orders)
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
        guards=jnp.where(stopped, 0.0, orders.guards),
        partner_people=orders.partner_people * jnp.where(stopped, jnp.maximum(handed, present), 1.0),
        in_force=jnp.where(stopped, 0.0, orders.in_force),
    )


def observe(
    controls: Controls,
    conditions: Conditions,
    campaign: Campaign,
    totals: jax.Array,
    week: jax.Array,
    luck: Luck,
    stopped: jax.Array | bool = False,
) -> Campaign:
    """Return the campaign after the week: reports received, branches fired, stops ordered.

    ``totals``: [outcome] of this week, of the whole country, in the order in which the conditions were encoded. ``stopped`` is whether a
    mechanism has stopped the campaign, this week or earlier: it then ends before the next week.

    Branches fire only while the campaign is in force: what holds before its start neither changes nor ends it.
    """
    seen, sums, reports = report(conditions, totals, campaign.sums, campaign.reports, week, luck)
    holds, windows = evaluate(conditions, seen, week - controls.start_week, campaign.windows, week)
    in_force = (week >= controls.start_week) & (week < campaign.stop_week)
    fired = jnp.where((campaign.fired == NEVER) & holds & in_force, week, campaign.fired)
    stop = jnp.where(stopped, jnp.minimum(campaign.stop_week, week + 1), campaign.stop_week)
    ordered = jnp.where(conditions.stops > 0, fired + 1 + conditions.delay, NEVER).min()
    return Campaign(jnp.minimum(stop, ordered), fired, sums, reports, windows)
