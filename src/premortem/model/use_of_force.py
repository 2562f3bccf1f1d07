"""How freely `operations` uses force: rules, kinds of zone, what may be struck, steps against harm (docs/model/operations.md)."""

from __future__ import annotations

import numpy as np

from premortem.arrays import jax, jnp
from premortem.model.index_sets import OBJECTS, RULES, TARGETS
from premortem.model.mechanism import View
from premortem.model.operations_records import Owned, Parameters
from premortem.model.signals import INTELLIGENCE
from premortem.model.task_forces import Deployed
from premortem.model.units import PER_THOUSAND, WEEKS_PER_YEAR

PER_PERSON_WEEK = 1.0 / (PER_THOUSAND * WEEKS_PER_YEAR)
"""Turns a rate per 1,000 person-years into one per person-week."""
RULES_OF_CAPTURE = np.array([float(rule not in {"any_cartel_activity", "membership_undefined"}) for rule in RULES])


def mitigation(view: View, p: Parameters) -> jax.Array:
    """Return the share of harm to residents that is avoided: the plan's steps or the lever, whichever is more."""
    steps = p.harm_step * view.orders.harm_steps
    return jnp.minimum(jnp.maximum(steps, view.lever("people.harm_mitigation")), p.mitigation_max)


def by_rule(view: View, values: jax.Array) -> jax.Array:
    """Return the value [rule] of the rule of engagement in force; identification caps it at that rule's value."""
    ruled = values @ view.orders.rules
    identified = jnp.minimum(ruled, values[RULES.index("positive_identification")])
    return jnp.where(view.orders.positive_identification > 0, identified, ruled)


def met_by_kind(view: View, p: Parameters) -> jax.Array:
    """Return how readily force is used [r] by the kind of zone, over one that excludes and over places without a zone."""
    return 1.0 - view.orders.zone_share * view.orders.zone_in_force * (1.0 - p.met @ view.orders.zone_kind)


def without_lead(view: View, p: Parameters) -> jax.Array:
    """Return the share [r] of idle capacity that acts without a lead."""
    return jnp.minimum(p.blind_factor * by_rule(view, p.blind), 1.0) * met_by_kind(view, p)


def deaths_by_raid(view: View, p: Parameters) -> jax.Array:
    """Return the people killed in a raid on a lead, []: fewer under rules of capture.

    These hold where capture is offered and a person's acts or identity decide, not an activity or a membership that nobody defines.
    """
    strict = jnp.maximum(RULES_OF_CAPTURE @ view.orders.rules, view.orders.positive_identification)
    return p.v_raid * (1.0 - view.orders.capture * strict * (1.0 - p.capture_rules))


def on_objects(view: View, p: Parameters) -> jax.Array:
    """Return the share of aimed actions that each category of objects would draw by itself, over OBJECTS; 0 where the plan spares it."""
    return p.objects * jnp.stack([view.orders.targets[TARGETS.index(name)] for name in OBJECTS])


def presence_harm(view: View, own: Owned, force: Deployed) -> jax.Array:
    """Return residents killed by presence, expected a week [r], before mitigation; people count by role, whatever their readiness."""
    p = own.p
    rule = p.rule_factor * by_rule(view, p.rule) * met_by_kind(view, p)
    ignorance = (1.0 - view[INTELLIGENCE]) / (1.0 - p.intelligence0)
    return p.c_pres * PER_PERSON_WEEK * force.harm * rule * ignorance
